/** What a recount looks at in BigQuery: whether a key is there twice, and whether its figures are those that were just recounted. */
import { retrying } from '../export/jobs.ts'
import { TABLES } from '../export/schema.ts'
import type { Warehouse } from '../export/warehouse.ts'
import type { Log } from '../intake/log.ts'
import { customerPath } from '../contract/names.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Day } from './day.ts'
import { differences, type Sums } from './figures.ts'
import { byDay, joined, latest } from './streams.ts'

export interface InBigQuery {
  readonly warehouse: Pick<Warehouse, 'count' | 'cells'>
  readonly log: Log
  sleep(milliseconds: number): Promise<void>
}

export type Uniqueness = Readonly<Record<string, { readonly rows: number; readonly keys: number }>>

/** Customers' days of which neither their records nor their counters were looked at in this run, and that a recount should judge. */
const MAX_SUSPECTS = 1000

/**
 * COUNT(*) = COUNT(DISTINCT key) for each table. Of the partitioned ones only these dates are looked at, since only there something has
 * been written: to look at all would cost a scan of the whole table with each run.
 */
export async function assertUnique(deps: InBigQuery, dates: readonly string[]): Promise<Uniqueness> {
  const uniqueness: Record<string, { readonly rows: number; readonly keys: number }> = {}
  for (const table of TABLES) {
    const counted = await retrying(deps, () =>
      deps.warehouse.count(table, table.partition === undefined ? undefined : dates),
    )
    uniqueness[table.name] = counted
    if (counted.rows !== counted.keys) deps.log.error('BigQuery has a key twice', { table: table.name, ...counted })
  }
  return uniqueness
}

/** A day that was recounted and found right. */
export interface Recounted extends Day {
  readonly records: Sums
  /** When its counters had last changed. */
  readonly touchedAt: Instant
}

/** By {@link recountKey}. */
export type Recounts = Map<string, Recounted>
export const recountKey = ({ customerId, date }: Day) => `${date}/${customerId}`

/**
 * Compares a date in BigQuery with what was recounted of it, and its two tables with each other. Returns the days in which those differ and
 * that were not recounted: a record may have changed without its counters, which nothing else would find, or the export is on its way.
 */
export async function compareWithBigQuery(
  deps: InBigQuery,
  store: DocumentStore,
  date: string,
  recounts: Recounts,
): Promise<readonly Day[]> {
  const suspects: Day[] = []
  const left = new Map([...recounts].filter(([, day]) => day.date === date))
  const cells = (table: 'images' | 'customer_stats') => byDay(deps.warehouse.cells(table, { from: date, to: date }))
  const differing = { images: 0, customer_stats: 0 }
  const compare = async (recounted: Recounted, images: Sums, stats: Sums) => {
    const found = { images: cellsIn(recounted.records, images), customer_stats: cellsIn(recounted.records, stats) }
    if (found.images + found.customer_stats === 0 || (await isTouchedSince(store, recounted))) return
    differing.images += found.images
    differing.customer_stats += found.customer_stats
  }
  for await (const { customerId, of } of joined({ images: cells('images'), stats: cells('customer_stats') })) {
    const [images, stats] = [of.images?.sums ?? NOTHING, of.stats?.sums ?? NOTHING]
    const key = recountKey({ customerId, date })
    const recounted = left.get(key)
    left.delete(key)
    if (recounted !== undefined) await compare(recounted, images, stats)
    else if (suspects.length < MAX_SUSPECTS && cellsIn(images, stats) > 0) suspects.push({ customerId, date })
  }
  for (const recounted of left.values()) await compare(recounted, NOTHING, NOTHING)
  for (const [table, count] of Object.entries(differing)) {
    if (count > 0)
      deps.log.error('figures differ', { between: `Firestore and BigQuery's ${table}`, date, cells: count })
  }
  return suspects
}

const NOTHING: Sums = new Map()

/** BigQuery may know by now of images that were counted after the recount. */
async function isTouchedSince(store: DocumentStore, { customerId, date, touchedAt }: Recounted): Promise<boolean> {
  const collection = `${customerPath(customerId)}/stats`
  const shards = await store.query({ collection, where: [['date', '==', date]], fields: ['updatedAt'] })
  const last = shards.reduce<Instant | null>((at, { data }) => latest(at, data['updatedAt'] as Instant), null)
  return last !== null && last.isAfter(touchedAt)
}

const cellsIn = (expected: Sums, actual: Sums) =>
  new Set(differences(expected, actual, { histogram: false }).map(({ cell }) => cell)).size
