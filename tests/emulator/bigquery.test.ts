import { randomBytes } from 'node:crypto'
import { SERVER_TIME } from '../../functions/src/ledger/document-store.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { MemoryStore } from '../../functions/src/ledger/testing/memory-store.ts'
import type { Row } from '../../functions/src/export/rows.ts'
import { runExport } from '../../functions/src/export/run.ts'
import {
  CUSTOMER_STATS,
  CUSTOMERS,
  EXPORT_STATUS,
  IMAGES,
  TABLES,
  type Table,
} from '../../functions/src/export/schema.ts'
import type { FieldSchema } from '../../functions/src/export/statements.ts'
import { describeWarehouse } from '../../functions/src/export/testing/warehouse-conformance.ts'
import type { WarehouseHarness } from '../../functions/src/export/testing/warehouse-fixtures.ts'
import { bigQueryClient } from '../../functions/src/platform/bigquery-client.ts'
import { BigQueryWarehouse } from '../../functions/src/platform/bigquery-warehouse.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ parts: ['bigquery'], log: () => {} })
}, 300_000)
afterAll(async () => stack?.stop(), 60_000)

/** A dataset of its own, with the real client. */
function harness(): WarehouseHarness & {
  readonly client: ReturnType<typeof bigQueryClient>
  readonly dataset: string
} {
  if (stack.bigQueryUrl === null) throw new Error('there is no BigQuery stand-in')
  const dataset = `test_${randomBytes(6).toString('hex')}`
  const where = {
    bigqueryApiEndpoint: stack.bigQueryUrl,
    bigqueryDataset: dataset,
    bigqueryLocation: 'EU',
    projectId: stack.projectId,
    rawDays: 14,
    retentionDays: 7,
    reportingTimeZone: 'UTC',
  }
  const client = bigQueryClient(where)
  return {
    client,
    dataset,
    warehouse: new BigQueryWarehouse(where, client),
    rows: async ({ name, partition }) => {
      const filter = partition === undefined ? '' : ` WHERE \`${partition}\` >= DATE '0001-01-01'`
      const [rows] = await client.query({ query: `SELECT * FROM \`${dataset}.${name}\`${filter}`, location: 'EU' })
      return rows.map((row) => plain(row as Record<string, unknown>) as Row)
    },
    fields: async (table) => (await metadataOf(client, dataset, table)).schema.fields,
    drop: async ({ name }) => void (await client.dataset(dataset).table(name).delete()),
  }
}

async function metadataOf(client: ReturnType<typeof bigQueryClient>, dataset: string, table: Table) {
  const [metadata] = await client.dataset(dataset).table(table.name).getMetadata()
  return metadata as {
    readonly description: string
    readonly schema: { readonly fields: readonly FieldSchema[] }
    readonly timePartitioning?: { readonly type: string; readonly field: string }
    readonly clustering?: { readonly fields: readonly string[] }
    readonly requirePartitionFilter?: boolean
    readonly expirationTime?: string
  }
}

const soon = async () => new Promise<void>((resolve) => setTimeout(resolve, 20))

/** The client wraps dates and times in objects of its own. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if ('value' in value && Object.keys(value).length === 1) return value.value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

describeWarehouse('BigQuery by its own client', async () => harness())

it('makes the tables partitioned, clustered and described', async () => {
  const { client, dataset, warehouse } = harness()
  await warehouse.ensure(TABLES)
  await warehouse.ensure(TABLES)
  for (const table of [IMAGES, CUSTOMER_STATS]) {
    expect(await metadataOf(client, dataset, table)).toMatchObject({
      description: table.description,
      timePartitioning: { type: 'DAY', field: 'date' },
      clustering: { fields: table.clustering },
      requirePartitionFilter: true,
    })
  }
  for (const table of TABLES) {
    const { schema } = await metadataOf(client, dataset, table)
    for (const { name, description } of table.columns) {
      expect(schema.fields.find((field) => field.name === name)?.description).toBe(description)
    }
  }
})

it('exports records, counters and customers, and once only', async () => {
  let now = Instant.parse('2026-11-23T12:00:00Z')
  const store = new MemoryStore({ now: () => (now = Instant.ofMicros(now.micros + 1)) })
  const counted = {
    source: 'web',
    format: 'jpeg',
    outcome: 'processed',
    reprocessed: 0,
    bytesIn: 1_234_567_890,
    bytesOut: 3,
    pixels: 6,
    milliseconds: 5,
  }
  const { source: _source, format: _format, outcome: _outcome, ...sums } = counted
  await store.transact(async (transaction) => {
    transaction.set('customers/c1', { name: 'Änne `"', kind: 'web', createdAt: now, updatedAt: SERVER_TIME })
    transaction.set('customers/c1/images/a', {
      imageId: 'a',
      customerId: 'c1',
      source: 'web',
      fileName: 'größe "1".jpg',
      date: '2026-11-23',
      state: 'processed',
      job: null,
      attempt: 1,
      raw: { name: 'web/c1/u/größe "1".jpg', generation: '17', bytes: 9, contentType: '', crc32c: '', createdAt: now },
      input: { format: 'jpeg', width: 2, height: 3, pages: 1, alpha: false, bytes: 9, sha256: 'aa' },
      outputs: [],
      error: null,
      profileVersion: 'p1',
      receivedAt: now,
      processedAt: now,
      availableUntil: null,
      counted,
      revision: 2,
      updatedAt: SERVER_TIME,
      exportShard: 3,
    })
    transaction.set('customers/c1/stats/2026-11-23~1', {
      customerId: 'c1',
      date: '2026-11-23',
      cells: { 'web~jpeg~processed': { ...sums, images: 1, histogram: { '9': 1 } } },
      updatedAt: SERVER_TIME,
      exportShard: 1,
    })
  })
  const { warehouse, rows } = harness()
  for (const runId of ['r1', 'r2']) {
    const unique = `${runId}_${randomBytes(4).toString('hex')}`
    const report = await runExport({
      store,
      warehouse,
      runId: unique,
      pageRows: 10,
      sleep: soon,
      outOfTime: () => false,
    })
    expect(report).toMatchObject({ outcome: 'complete', rows: { images: 1, customer_stats: 1, customers: 1 } })
  }
  expect(await rows(IMAGES)).toEqual([
    expect.objectContaining({
      image_id: 'a',
      date: '2026-11-23',
      bytes_in: 1_234_567_890,
      alpha: false,
      file_name: 'größe "1".jpg',
      raw_generation: '17',
      available_until: null,
      processed_at: '2026-11-23T12:00:00.000Z',
    }),
  ])
  expect(await rows(CUSTOMER_STATS)).toEqual([
    expect.objectContaining({ outcome: 'processed', images: 1, histogram: [{ bucket: 9, images: 1 }] }),
  ])
  expect(await rows(CUSTOMERS)).toEqual([expect.objectContaining({ customer_id: 'c1', name: 'Änne `"' })])
  expect(await rows(EXPORT_STATUS)).toHaveLength(2)
  for (const table of TABLES) {
    const { rows: all, keys } = await warehouse.count(table)
    expect(all).toBe(keys)
  }
}, 120_000)
