/** Where the report's figures come from. Each is read on its own way, so that none can be right only because another is. */
import { imagePath } from '../functions/src/contract/names.ts'
import { asStatsShard, sumShards } from '../functions/src/ledger/counters.ts'
import { asRecord } from '../functions/src/ledger/ledger.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import type { ImageRecord } from '../functions/src/contract/record.ts'
import type { CustomerMonth, DayFigures, DayTotals } from '../functions/src/contract/totals.ts'
import type { Instant } from '../functions/src/ledger/instant.ts'
import type { Stack } from '../stack/stack.ts'
import type { RecordSeen, Row } from './compare.ts'
import { inParallel } from './parallel.ts'
import { kafkaSeen } from './seed-kafka.ts'
import type { Sources } from './report.ts'
import { openStore } from './store.ts'

/** Reads at a time. */
const LANES = 16

export function sourcesOf(stack: Stack): Sources & AsyncDisposable {
  const store = openStore(stack)
  const processed = new CloudObjects(stack.processedBucket, {
    projectId: stack.projectId,
    apiEndpoint: stack.storageUrl,
  })
  return {
    async record({ customerId, imageId }) {
      const data = await store.get(imagePath(customerId, imageId))
      return data === null ? null : seen(asRecord(data))
    },
    firestore: () =>
      store.snapshot(async (reader) => {
        const records = await reader.query({ collection: 'images', group: true })
        const shards = await reader.query({ collection: 'stats', group: true })
        return {
          records: records.map(({ data }) => seen(asRecord(data))),
          counters: shards
            .map(asStatsShard)
            .flatMap((shard) => rowsOf(shard.customerId, shard.date, Object.fromEntries(sumShards([shard])))),
        }
      }),
    async rollups() {
      await stack.invoke('rollup')
      const months = await store.query({ collection: 'months', group: true })
      const totals = await store.query({ collection: 'totals' })
      return {
        months: months.flatMap(({ data }) => {
          const { customerId, days } = data as unknown as CustomerMonth<Instant>
          return Object.entries(days).flatMap(([date, { cells }]) => rowsOf(customerId, date, cells))
        }),
        totals: totals.flatMap(({ data }) => {
          const { date, cells } = data as unknown as DayTotals<Instant>
          return rowsOf('', date, cells)
        }),
      }
    },
    async bigQuery() {
      const keys = 'customer_id, CAST(date AS STRING) AS day, source, format, outcome'
      const sums = ['reprocessed', 'bytes_in', 'bytes_out', 'pixels', 'milliseconds']
      const select = (images: string, table: string) =>
        `SELECT ${keys}, ${images} AS images, ${sums.map((sum) => `SUM(${sum}) AS ${sum}`).join(', ')}
         FROM \`${stack.projectId}.${stack.dataset}.${table}\` WHERE date >= '2000-01-01' GROUP BY 1, 2, 3, 4, 5`
      const images = await bigQueryRows(stack, select('COUNT(*)', 'images'))
      const [distinct] = await bigQueryRows(
        stack,
        `SELECT COUNT(DISTINCT CONCAT(customer_id, '/', image_id)) AS images
         FROM \`${stack.projectId}.${stack.dataset}.images\` WHERE date >= '2000-01-01'`,
      )
      const statsTable = await bigQueryRows(stack, select('SUM(images)', 'customer_stats'))
      return {
        imagesTable: { rows: images.map(asRow), distinct: Number(distinct?.['images']) },
        statsTable: statsTable.map(asRow),
      }
    },
    async missingResults() {
      const records = await store.query({ collection: 'images', group: true })
      const named = records.flatMap(({ data }) => asRecord(data).outputs)
      const missing = await inParallel(named, LANES, async ({ object, bytes }) => {
        const stat = await processed.stat(object)
        return stat?.bytes === bytes ? [] : [object]
      })
      return missing.flat()
    },
    kafka: () => kafkaSeen(stack),
    async runExport() {
      if (stack.bigQueryUrl === null) throw new Error('this stack has no BigQuery stand-in')
      await stack.invoke('exportToBigQuery')
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const rowsOf = (customerId: string, date: string, cells: DayFigures['cells']): Row[] =>
  Object.entries(cells).map(([key, figures]) => {
    const [source = '', format = '', outcome = ''] = key.split('~')
    return { ...figures, customerId, date, source, format, outcome }
  })

const seen = (record: ImageRecord<Instant>): RecordSeen => ({
  imageId: record.imageId,
  customerId: record.customerId,
  rawName: record.raw.name,
  date: record.date,
  state: record.state,
  atWork: record.job !== null,
  counted: record.counted,
})

const asRow = (row: Readonly<Record<string, string | null>>): Row => ({
  customerId: row['customer_id'] ?? '',
  date: row['day'] ?? '',
  source: row['source'] ?? '',
  format: row['format'] ?? '',
  outcome: row['outcome'] ?? '',
  images: Number(row['images']),
  reprocessed: Number(row['reprocessed']),
  bytesIn: Number(row['bytes_in']),
  bytesOut: Number(row['bytes_out']),
  pixels: Number(row['pixels']),
  milliseconds: Number(row['milliseconds']),
})

/**
 * BigQuery's REST API, not the client that the export uses. Throws what it answers when it refuses.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
 */
async function bigQueryRows(stack: Stack, query: string): Promise<Record<string, string | null>[]> {
  if (stack.bigQueryUrl === null) throw new Error('this stack has no BigQuery stand-in')
  const response = await fetch(`${stack.bigQueryUrl}/bigquery/v2/projects/${stack.projectId}/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, useLegacySql: false, maxResults: 100_000, timeoutMs: 60_000 }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`BigQuery answered ${response.status}: ${text.slice(0, 500)}`)
  const answer = JSON.parse(text) as {
    readonly jobComplete?: boolean
    readonly pageToken?: string
    readonly schema?: { readonly fields: readonly { readonly name: string }[] }
    readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  }
  if (answer.jobComplete !== true || answer.pageToken !== undefined)
    throw new Error('BigQuery gave a part of the answer')
  const names = (answer.schema?.fields ?? []).map(({ name }) => name)
  return (answer.rows ?? []).map(({ f }) => Object.fromEntries(names.map((name, i) => [name, f[i]?.v ?? null])))
}
