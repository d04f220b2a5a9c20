import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { scan } from '../../admin/scan.ts'
import { ndjson, type Row } from '../../functions/src/export/rows.ts'
import {
  CUSTOMER_STATS,
  CUSTOMERS,
  EXPORT_STATUS,
  IMAGES,
  TABLES,
  type Table,
} from '../../functions/src/export/schema.ts'
import type { View } from '../../functions/src/export/view.ts'
import { VIEWS } from '../../functions/src/export/views.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { dateIn } from '../../functions/src/ledger/reporting-zone.ts'
import { bigQueryClient, pages } from '../../functions/src/platform/bigquery-client.ts'
import { BigQueryWarehouse } from '../../functions/src/platform/bigquery-warehouse.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

const ZONE = 'Pacific/Auckland'
const dataset = `views_${randomBytes(6).toString('hex')}`
let stack: Stack
let client: ReturnType<typeof bigQueryClient>
let warehouse: BigQueryWarehouse

beforeAll(async () => {
  stack = await startStack({ parts: ['bigquery'], log: () => {} })
  if (stack.bigQueryUrl === null) throw new Error('there is no BigQuery stand-in')
  const where = {
    bigqueryApiEndpoint: stack.bigQueryUrl,
    bigqueryDataset: dataset,
    bigqueryLocation: 'EU',
    projectId: stack.projectId,
    rawDays: 14,
    retentionDays: 7,
    reportingTimeZone: ZONE,
  }
  client = bigQueryClient(where)
  warehouse = new BigQueryWarehouse(where, client)
  await warehouse.ensure(TABLES, VIEWS)
  await append(CUSTOMERS, CUSTOMER_ROWS)
  await append(CUSTOMER_STATS, STATS_ROWS)
  await append(IMAGES, IMAGE_ROWS)
  await append(EXPORT_STATUS, [
    { run_id: 'r1', finished_at: '2025-11-01T12:00:00Z', outcome: 'complete', lag_seconds: 0 },
  ])
}, 300_000)
afterAll(async () => stack?.stop(), 60_000)

async function append(table: Table, rows: readonly Row[]): Promise<void> {
  const jobId = `${table.name}_${dataset}`
  await warehouse.submit(jobId, { kind: 'append', table, rows: ndjson(rows) })
  for (;;) {
    const state = await warehouse.state(jobId)
    if (state.state === 'done') return
    if (state.state !== 'running') throw new Error(JSON.stringify(state))
    await setTimeout(20)
  }
}

async function ask(query: string): Promise<readonly Row[]> {
  const all: Row[] = []
  for await (const rows of pages(client, 'EU', { query, params: {} })) all.push(...rows)
  return all
}

/** All of a view, in the order of its columns' values, each row as a list. */
async function contentOf(name: string, where = ''): Promise<readonly (readonly unknown[])[]> {
  const view = VIEWS.find((each) => each.name === name)
  if (view === undefined) throw new Error(`there is no view ${name}`)
  const rows = await ask(`SELECT * FROM \`${dataset}.${name}\` ${where}`)
  const listed = rows.map((row) => view.columns.map((column) => row[column.name]))
  return listed.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

// A fixed small set: two customers, a pseudonym, the smoke test; two months.
const CUSTOMER_ROWS: readonly Row[] = [
  { customer_id: 'acme', name: 'Acme', kind: 'web', revision: 1, erased: false },
  { customer_id: 'erased-1', name: null, kind: 'web', revision: 1, erased: true },
  { customer_id: 'smoke-test', name: 'Smoke test', kind: 'web', revision: 1, erased: false },
]

type Histogram = readonly (readonly [bucket: number, images: number])[]
const stats = (
  [customer_id, date, source, format, outcome]: readonly [string, string, string, string, string],
  [images, bytes_in, bytes_out, pixels, milliseconds, reprocessed = 0]: readonly number[],
  histogram: Histogram = [],
): Row => ({
  customer_id,
  date,
  source,
  format,
  outcome,
  images: images ?? 0,
  bytes_in: bytes_in ?? 0,
  bytes_out: bytes_out ?? 0,
  pixels: pixels ?? 0,
  milliseconds: milliseconds ?? 0,
  reprocessed,
  histogram: histogram.map(([bucket, count]) => ({ bucket, images: count })),
  revision: 1,
})

const STATS_ROWS: readonly Row[] = [
  // 50 of 100 in bucket 20 [32, 38.1), 44 in 27 [107.6, 128), 1 in 29 [152.2, 181.02), 4 in 31 [215, 256), one in the last, without an end.
  stats(
    ['acme', '2025-10-31', 'web', 'jpeg', 'processed'],
    [100, 5000, 1000, 2_500_000, 7_200_000, 2],
    [
      [20, 50],
      [27, 44],
      [29, 1],
      [31, 4],
      [95, 1],
    ],
  ),
  stats(['acme', '2025-10-31', 'web', 'jpeg', 'corrupt'], [20, 400, 0, 0, 0], [[0, 20]]),
  stats(['acme', '2025-10-31', 'kafka', 'png', 'processed'], [1, 10, 5, 1_000_000, 3], [[6, 1]]),
  stats(['acme', '2025-10-31', 'web', 'png', 'processed'], [0, 0, 0, 0, 0]),
  stats(['acme', '2025-11-01', 'web', 'png', 'processor-failed'], [1, 10, 0, 0, 9], [[12, 1]]),
  stats(['acme', '2025-11-01', 'web', 'jpeg', 'processed'], [3, 30, 9, 600, 12], [[8, 3]]),
  stats(['big', '2025-11-01', 'kafka', 'jpeg', 'processed'], [4, 80, 40, 800, 0], [[0, 4]]),
  stats(['erased-1', '2025-11-01', 'web', 'gif', 'processed'], [4, 8, 4, 4, 4], [[0, 4]]),
  stats(['smoke-test', '2025-11-01', 'web', 'png', 'processed'], [1, 1, 1, 1, 1], [[0, 1]]),
]

const DAY = 86_400_000
const now = Date.now()
/** A point in time so many days from now. */
const at = (days: number) => new Date(now + days * DAY).toISOString()
const utcDay = (days: number) => at(days).slice(0, 10)
/** In the reporting time zone. */
const dayOf = (instant: string) => dateIn(ZONE, Instant.parse(instant))

let images = 0
const image = (
  [customer_id, date, source, format, outcome]: readonly [string, string, string, string, string],
  more: Row,
): Row => ({
  customer_id,
  date,
  source,
  format,
  outcome,
  image_id: String(++images),
  reprocessed: 0,
  bytes_in: 10,
  bytes_out: 0,
  pixels: 200,
  milliseconds: 4,
  outputs: 0,
  received_at: `${date}T12:00:00Z`,
  revision: 1,
  ...more,
})

const IMAGE_ROWS: readonly Row[] = [
  // As the counters say.
  ...[null, '1', '1'].map((same_as) =>
    image(['acme', '2025-11-01', 'web', 'jpeg', 'processed'], {
      bytes_out: 3,
      same_as,
      reprocessed_at: '2025-11-02T12:00:00Z',
    }),
  ),
  image(['smoke-test', '2025-11-01', 'web', 'png', 'processed'], {
    bytes_in: 1,
    bytes_out: 1,
    pixels: 1,
    milliseconds: 1,
  }),
  // One byte less than the counters say.
  image(['acme', '2025-11-01', 'web', 'png', 'processor-failed'], { bytes_in: 9, pixels: 0, milliseconds: 9 }),
  // One image less.
  ...[1, 2, 3].map(() =>
    image(['big', '2025-11-01', 'kafka', 'jpeg', 'processed'], { bytes_in: 20, bytes_out: 10, milliseconds: 0 }),
  ),
  // Original and results are kept.
  image(['acme', utcDay(-2), 'web', 'jpeg', 'processed'], {
    received_at: at(-2),
    available_until: at(5),
    outputs: 2,
    bytes_in: 100,
    bytes_out: 30,
  }),
  // Results have gone, the original is kept.
  image(['acme', utcDay(-9), 'web', 'jpeg', 'processed'], {
    received_at: at(-9),
    available_until: at(-2),
    outputs: 1,
    bytes_in: 1000,
    bytes_out: 300,
  }),
  // A failed one has no results.
  image(['acme', utcDay(-9), 'web', 'jpeg', 'corrupt'], { received_at: at(-9), available_until: null, bytes_in: 7 }),
  // The original has gone; it was processed again on its last day.
  image(['big', utcDay(-15), 'kafka', 'jpeg', 'processed'], {
    received_at: at(-15),
    available_until: at(5),
    outputs: 1,
    bytes_out: 50,
  }),
  image(['smoke-test', utcDay(-1), 'web', 'png', 'processed'], {
    received_at: at(-1),
    available_until: at(6),
    outputs: 1,
  }),
]

it('adds up customers by month', async () => {
  expect(await contentOf('customer_months')).toEqual([
    ['acme', 'Acme', '2025-10-01', 121, 101, 20, 5410, 1005, 101 / 121, 2, 3.5, 7_200_003 / 3_600_000],
    ['acme', 'Acme', '2025-11-01', 4, 3, 1, 40, 9, 0.75, 0, 0.0006, 21 / 3_600_000],
    ['big', 'big', '2025-11-01', 4, 4, 0, 80, 40, 1, 0, 0.0008, 0],
    ['erased-1', 'erased-1', '2025-11-01', 4, 4, 0, 8, 4, 1, 0, 0.000004, 4 / 3_600_000],
  ])
})

it('ranks customers by month, with equal places for equal numbers', async () => {
  expect(await contentOf('top_customers')).toEqual([
    ['2025-10-01', 1, 'acme', 'Acme', 121, 101, 20, 5410, 1005, 1],
    ['2025-11-01', 1, 'acme', 'Acme', 4, 3, 1, 40, 9, 4 / 12],
    ['2025-11-01', 1, 'big', 'big', 4, 4, 0, 80, 40, 4 / 12],
    ['2025-11-01', 1, 'erased-1', 'erased-1', 4, 4, 0, 8, 4, 4 / 12],
  ])
})

it('divides days by type', async () => {
  expect(await contentOf('type_mix')).toEqual([
    ['2025-10-31', 'jpeg', 120, 100, 20, 5400, 1000, 120 / 121],
    ['2025-10-31', 'png', 1, 1, 0, 10, 5, 1 / 121],
    ['2025-11-01', 'gif', 4, 4, 0, 8, 4, 4 / 12],
    ['2025-11-01', 'jpeg', 7, 7, 0, 110, 49, 7 / 12],
    ['2025-11-01', 'png', 1, 0, 1, 10, 0, 1 / 12],
  ])
  expect(await contentOf('type_mix', "WHERE date = DATE '2025-10-31' AND format = 'png'")).toEqual([
    ['2025-10-31', 'png', 1, 1, 0, 10, 5, 1 / 121],
  ])
})

it('divides days by source', async () => {
  expect(await contentOf('source_mix')).toEqual([
    ['2025-10-31', 'kafka', 1, 1, 0, 10, 5, 1 / 121],
    ['2025-10-31', 'web', 120, 100, 20, 5400, 1000, 120 / 121],
    ['2025-11-01', 'kafka', 4, 4, 0, 80, 40, 4 / 12],
    ['2025-11-01', 'web', 8, 7, 1, 48, 13, 8 / 12],
  ])
})

it('gives success rates, and tells whose a failure is', async () => {
  expect(await contentOf('success_rate')).toEqual([
    ['2025-10-31', 'acme', 'Acme', 'kafka', 'png', 1, 1, 0, 10, 5, 0, 0, 1],
    ['2025-10-31', 'acme', 'Acme', 'web', 'jpeg', 120, 100, 20, 5400, 1000, 20, 0, 100 / 120],
    ['2025-11-01', 'acme', 'Acme', 'web', 'jpeg', 3, 3, 0, 30, 9, 0, 0, 1],
    ['2025-11-01', 'acme', 'Acme', 'web', 'png', 1, 0, 1, 10, 0, 0, 1, 0],
    ['2025-11-01', 'big', 'big', 'kafka', 'jpeg', 4, 4, 0, 80, 40, 0, 0, 1],
    ['2025-11-01', 'erased-1', 'erased-1', 'web', 'gif', 4, 4, 0, 8, 4, 0, 0, 1],
  ])
})

it('lists why images failed', async () => {
  expect(await contentOf('failure_reasons')).toEqual([
    ['2025-10-31', 'acme', 'Acme', 'web', 'jpeg', 'corrupt', 'sender', 20, 400],
    ['2025-11-01', 'acme', 'Acme', 'web', 'png', 'processor-failed', 'us', 1, 10],
  ])
})

it('gives percentiles as the ends of the buckets that they are in', async () => {
  expect(await contentOf('processing_times')).toEqual([
    // 51 of 101 are needed for the median, and 50 + 1 took at most 38 ms.
    ['2025-10-31', 101, 38, 181, 255],
    ['2025-11-01', 11, 1, 4, 4],
  ])
  expect(await contentOf('processing_times_by_type')).toEqual([
    ['2025-10-31', 'jpeg', 100, 38, 181, 255],
    ['2025-10-31', 'png', 1, 3, 3, 3],
    ['2025-11-01', 'gif', 4, 1, 1, 1],
    ['2025-11-01', 'jpeg', 7, 1, 4, 4],
  ])
})

it('says what is kept now', async () => {
  expect(await contentOf('storage_now')).toEqual([
    ['acme', 'Acme', 3, 1107, 1, 2, 30],
    ['big', 'big', 0, 0, 1, 1, 50],
  ])
})

it('says what goes when, by days of the reporting time zone', async () => {
  const rows = [
    [dayOf(at(5)), 'originals', 'acme', 'Acme', 2, 2, 1007],
    [dayOf(at(12)), 'originals', 'acme', 'Acme', 1, 1, 100],
    [dayOf(at(5)), 'results', 'acme', 'Acme', 1, 2, 30],
    [dayOf(at(5)), 'results', 'big', 'big', 1, 1, 50],
  ]
  expect(await contentOf('retention_horizon')).toEqual(
    rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  )
})

it('finds each cell where rows and counters differ, and leaves a pseudonym undecided', async () => {
  const none = [0, 0, 0, 0, 0]
  const rows = [
    ['2025-10-31', 'acme', 'kafka', 'png', 'processed', 0, 1, 0, -10, -5, -1_000_000, -3, false],
    ['2025-10-31', 'acme', 'web', 'jpeg', 'corrupt', 0, 20, 0, -400, 0, 0, 0, false],
    ['2025-10-31', 'acme', 'web', 'jpeg', 'processed', 0, 100, -2, -5000, -1000, -2_500_000, -7_200_000, false],
    ['2025-11-01', 'acme', 'web', 'jpeg', 'processed', 3, 3, ...none, true],
    ['2025-11-01', 'acme', 'web', 'png', 'processor-failed', 1, 1, 0, -1, 0, 0, 0, false],
    ['2025-11-01', 'big', 'kafka', 'jpeg', 'processed', 3, 4, 0, -20, -10, -200, 0, false],
    ['2025-11-01', 'erased-1', 'web', 'gif', 'processed', 0, 4, 0, -8, -4, -4, -4, null],
    ['2025-11-01', 'smoke-test', 'web', 'png', 'processed', 1, 1, ...none, true],
    [utcDay(-15), 'big', 'kafka', 'jpeg', 'processed', 1, 0, 0, 10, 50, 200, 4, false],
    [utcDay(-9), 'acme', 'web', 'jpeg', 'corrupt', 1, 0, 0, 7, 0, 200, 4, false],
    [utcDay(-9), 'acme', 'web', 'jpeg', 'processed', 1, 0, 0, 1000, 300, 200, 4, false],
    [utcDay(-2), 'acme', 'web', 'jpeg', 'processed', 1, 0, 0, 100, 30, 200, 4, false],
    [utcDay(-1), 'smoke-test', 'web', 'png', 'processed', 1, 0, 0, 10, 0, 200, 4, false],
  ]
  expect(await contentOf('reconciliation')).toEqual(rows)
})

interface Described {
  readonly description?: string
  readonly lastModifiedTime?: string
  readonly view?: { readonly query: string }
  readonly schema: { readonly fields: readonly { readonly name: string; readonly description?: string }[] }
}

async function metadataOf(name: string): Promise<Described> {
  const [metadata] = await client.dataset(dataset).table(name).getMetadata()
  return metadata as Described
}

it.each(VIEWS.map((view) => [view.name, view] as const))(
  '%s describes itself and each of its columns',
  async (_, view) => {
    const { description, schema } = await metadataOf(view.name)
    expect(description).toBe(view.description)
    expect(schema.fields.map((field) => ({ name: field.name, description: field.description }))).toEqual(view.columns)
  },
)

it('changes a view only where it differs, and leaves others alone', async () => {
  const one: View = {
    name: 'one',
    description: 'One.',
    columns: [{ name: 'a', description: 'The a.' }],
    sql: () => 'SELECT 1 AS a',
  }
  const other: View = {
    ...one,
    description: 'Other.',
    columns: [...one.columns, { name: 'b', description: 'The b.' }],
    sql: () => "SELECT 1 AS a, 'x' AS b",
  }
  await warehouse.ensure([], [one])
  const before = await metadataOf('one')
  await warehouse.ensure([], [one])
  expect(await metadataOf('one')).toEqual(before)
  await warehouse.ensure([], [other])
  const after = await metadataOf('one')
  expect(after).toMatchObject({
    description: 'Other.',
    view: { query: other.sql({ dataset, rawDays: 1, retentionDays: 1, reportingTimeZone: 'UTC' }) },
  })
  expect(after.schema.fields.map(({ description }) => description)).toEqual(['The a.', 'The b.'])
  expect(await ask(`SELECT * FROM \`${dataset}.one\``)).toEqual([{ a: 1, b: 'x' }])
  await warehouse.ensure(TABLES, VIEWS)
  expect(await metadataOf('one')).toEqual(after)
})

// Each query stands under the heading that it answers.
const DOC = readFileSync(join(ROOT, 'docs', 'bi.md'), 'utf8')
const QUERIES = [...DOC.matchAll(/^### (.+)\n(?:[^#`].*\n|`[^`].*\n)*```sql\n([^]*?)^```$/gm)].map(
  ([, question = '', query = '']) => [question, query] as const,
)

it.each(QUERIES)('answers: %s', async (_, query) => {
  const rows = await ask(query.replaceAll(/\bdarkroom\./g, `${dataset}.`))
  expect(rows.length).toBeGreaterThan(0)
})

it('has a query for each question and each view in docs/bi.md', () => {
  expect(QUERIES).toHaveLength([...DOC.matchAll(/^### /gm)].length)
  expect(QUERIES).toHaveLength([...DOC.matchAll(/^```sql$/gm)].length)
  const asked = VIEWS.filter(({ name }) => QUERIES.some(([, query]) => query.includes(`darkroom.${name}`)))
  expect(asked).toEqual(VIEWS)
})

it('takes what `npm run admin -- scan` asks, and counts no bytes', async () => {
  const scans = await scan(warehouse, { from: '2025-10-01', to: '2025-11-30' }, false)
  expect(scans).toHaveLength(3 + VIEWS.length)
  expect(scans.every(({ bytes }) => bytes === null)).toBe(true)
  expect(await warehouse.count(IMAGES)).toEqual({ rows: IMAGE_ROWS.length, keys: IMAGE_ROWS.length })
})
