/** Whether all figures agree: a pure function over what was read. Every difference becomes a sentence. */
import type { Contribution } from '../functions/src/contract/record.ts'

/** What is summed up, for each customer, date, source, format and outcome. */
export const MEASURES = ['images', 'reprocessed', 'bytesIn', 'bytesOut', 'pixels', 'milliseconds'] as const
export type Measure = (typeof MEASURES)[number]

export interface Row extends Readonly<Record<Measure, number>> {
  readonly customerId: string
  readonly date: string
  readonly source: string
  readonly format: string
  readonly outcome: string
}

export interface RecordSeen {
  readonly imageId: string
  readonly customerId: string
  readonly rawName: string
  readonly date: string
  readonly state: 'received' | 'processed' | 'failed'
  /** Whether a job is open. */
  readonly atWork: boolean
  readonly counted: Contribution | null
}

export interface Evidence {
  /** What the seed has seen arrive. `imageId` is derived from the name, not read from a record. */
  readonly uploaded: readonly { readonly imageId: string; readonly customerId: string; readonly rawName: string }[]
  readonly records: readonly RecordSeen[]
  /** The shards added up. */
  readonly counters: readonly Row[]
  /** Customers' months, and totals, whose rows have no customer. Null: nobody rolls up. */
  readonly rollups: { readonly months: readonly Row[]; readonly totals: readonly Row[] } | null
  /** BigQuery's `images`, grouped. `distinct` is the number of different keys. */
  readonly imagesTable: { readonly rows: readonly Row[]; readonly distinct: number }
  /** BigQuery's `customer_stats`. */
  readonly statsTable: readonly Row[]
  /** Objects that records name as results and that are not in the processed bucket. */
  readonly missingResults: readonly string[]
}

export interface Figures {
  readonly processed: number
  readonly failed: number
  readonly customers: readonly {
    readonly id: string
    readonly processed: number
    readonly failed: number
    readonly byFormat: Readonly<Record<string, number>>
  }[]
  readonly firestore: { readonly images: number; readonly counted: number; readonly rolledUp: number | null }
  readonly bigquery: { readonly images: number; readonly counted: number }
  readonly mismatches: readonly string[]
}

export function compare(evidence: Evidence): Figures {
  const { records, counters, rollups, imagesTable, statsTable, missingResults } = evidence
  const expected = records.flatMap(asRow)
  const bigQueryImages = total(imagesTable.rows)
  const mismatches = [
    ...unmatchedUploads(evidence),
    ...records.flatMap(unfinished),
    ...differences(expected, counters, 'the counters'),
    ...(rollups === null ? [] : differences(expected, rollups.months, "customers' months")),
    ...(rollups === null ? [] : differences(expected.map(ofAll), rollups.totals.map(ofAll), 'the totals')),
    ...differences(expected, imagesTable.rows, "BigQuery's images"),
    ...differences(expected, statsTable, "BigQuery's customer_stats"),
    ...missingResults.map((object) => `The result ${object} is not in the processed bucket.`),
  ]
  if (bigQueryImages !== imagesTable.distinct) {
    mismatches.push(`BigQuery's images has ${bigQueryImages} rows for ${imagesTable.distinct} images.`)
  }
  return {
    processed: records.filter(({ state }) => state === 'processed').length,
    failed: records.filter(({ state }) => state === 'failed').length,
    customers: byCustomer(records),
    firestore: { images: records.length, counted: total(counters), rolledUp: rollups && total(rollups.totals) },
    bigquery: { images: bigQueryImages, counted: total(statsTable) },
    mismatches,
  }
}

/** Ended, and nothing is open: no figure of it will change by itself. */
export const isTerminal = ({ state, atWork }: Pick<RecordSeen, 'state' | 'atWork'>) => state !== 'received' && !atWork

const ofAll = (row: Row): Row => ({ ...row, customerId: 'all customers' })

const total = (rows: readonly Row[]) => rows.reduce((sum, { images }) => sum + images, 0)

const asRow = ({ customerId, date, counted }: RecordSeen): Row[] =>
  counted === null ? [] : [{ customerId, date, images: 1, ...counted }]

function unmatchedUploads({ uploaded, records }: Evidence): string[] {
  const problems: string[] = []
  const byId = Map.groupBy(records, ({ imageId }) => imageId)
  for (const { imageId, customerId, rawName } of uploaded) {
    const found = byId.get(imageId) ?? []
    if (found.length === 0) problems.push(`${rawName} was uploaded and has no record.`)
    if (found.length > 1) problems.push(`${rawName} was uploaded once and has ${found.length} records.`)
    for (const record of found) {
      if (record.customerId !== customerId || record.rawName !== rawName) {
        problems.push(`${rawName} was uploaded, but its record is of ${record.rawName} for ${record.customerId}.`)
      }
    }
  }
  const known = new Set(uploaded.map(({ imageId }) => imageId))
  for (const { imageId, rawName } of records) {
    if (!known.has(imageId)) problems.push(`${rawName} has a record and was not uploaded by this run.`)
  }
  return problems
}

function unfinished(record: RecordSeen): string[] {
  const { rawName, state, counted, atWork } = record
  if (!isTerminal(record)) return [`${rawName} has not ended: it is ${state}${atWork ? ', with a job open' : ''}.`]
  if (counted === null) return [`${rawName} has ended as ${state} and is not counted.`]
  if ((counted.outcome === 'processed') !== (state === 'processed')) {
    return [`${rawName} has ended as ${state} and is counted as ${counted.outcome}.`]
  }
  return []
}

function sumUp(rows: readonly Row[]): Map<string, Record<Measure, number>> {
  const sums = new Map<string, Record<Measure, number>>()
  for (const row of rows) {
    const key = [row.customerId, row.date, row.source, row.format, row.outcome].join(', ')
    const sum = sums.get(key) ?? { images: 0, reprocessed: 0, bytesIn: 0, bytesOut: 0, pixels: 0, milliseconds: 0 }
    for (const measure of MEASURES) sum[measure] += row[measure]
    sums.set(key, sum)
  }
  return sums
}

/** Cells that are not there count as zeros: a cell that fell to zero stays in the counters. */
function differences(records: readonly Row[], others: readonly Row[], name: string): string[] {
  const expected = sumUp(records)
  const actual = sumUp(others)
  return [...new Set([...expected.keys(), ...actual.keys()])].sort().flatMap((key) =>
    MEASURES.flatMap((measure) => {
      const byRecords = expected.get(key)?.[measure] ?? 0
      const byOther = actual.get(key)?.[measure] ?? 0
      return byRecords === byOther
        ? []
        : [`${key}: ${measure} is ${byRecords} by the records and ${byOther} by ${name}.`]
    }),
  )
}

function byCustomer(records: readonly RecordSeen[]): Figures['customers'] {
  return [...Map.groupBy(records, ({ customerId }) => customerId)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, own]) => {
      const formats = own.flatMap(({ counted }) => (counted === null ? [] : [counted.format]))
      return {
        id,
        processed: own.filter(({ state }) => state === 'processed').length,
        failed: own.filter(({ state }) => state === 'failed').length,
        byFormat: Object.fromEntries(
          [...Map.groupBy(formats, (format) => format)]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([format, images]) => [format, images.length]),
        ),
      }
    })
}
