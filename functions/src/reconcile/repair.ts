import { EXPORT_SHARDS } from '../contract/limits.ts'
import { customerPath, RECOUNT_PATH, statsPath } from '../contract/names.ts'
import {
  increment,
  SERVER_TIME,
  type Data,
  type DocumentStore,
  type Increment,
  type WriteData,
} from '../ledger/document-store.ts'
import { isErased } from '../ledger/erasure.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Day, DayRead } from './day.ts'
import { bucketOf, differences, FIGURES, type Difference } from './figures.ts'

/**
 * `none`: there are no records to compare with, since the customer was deleted, or is the pseudonym of one that was.
 * `seen`: how often this day had been repaired at the moment at which it was read.
 */
export type Standing = { readonly kind: 'none' } | { readonly kind: 'comparable'; readonly seen: number }

/** `superseded`: the day has been repaired since it was read, so what was read is void. */
export type Repaired = 'repaired' | 'superseded' | 'erased'

export interface Repair {
  readonly day: Day
  /** The moment at which the differences were read. */
  readonly readAt: Instant
  readonly seen: number
  /** Of the counters (actual) from the records (expected). */
  readonly differences: readonly Difference[]
  /** Who repairs: `recount` or `verify`, and its run. */
  readonly by: string
  readonly runId: string
}

/** Listed in the trace of a repair: a document takes 1 MiB. */
const LISTED = 2000
/** The shard that a repair adds to. */
const SHARD = 0

const repairsPath = ({ customerId, date }: Day, readAt: Instant) =>
  `${RECOUNT_PATH}/repairs/${customerId}~${date}~${readAt.micros}`
const repairedPath = ({ customerId, date }: Day) => `${RECOUNT_PATH}/repaired/${customerId}~${date}`

const repairsOf = (repaired: Data | null) => Number(repaired?.['repairs'] ?? 0)

/** Whether a day can be compared, as of the moment at which it was read. */
export function standingAt(store: DocumentStore, { customerId, date }: Day, at: Instant): Promise<Standing> {
  return store.snapshot<Standing>(
    async (reader) => {
      const [customer, erased, repaired] = await Promise.all([
        reader.get(customerPath(customerId)),
        isErased(reader, customerId),
        reader.get(repairedPath({ customerId, date })),
      ])
      if (erased || customer?.['erased'] === true) return { kind: 'none' }
      return { kind: 'comparable', seen: repairsOf(repaired) }
    },
    { at },
  )
}

/**
 * Adds to the counters what they lack, once: images that are counted meanwhile are added to the same counters by themselves, so the
 * difference stays what it was when it was read, until somebody repairs it. That is what `seen` tells; a time could not, since the one
 * that a transaction writes is that of its request, and another may read between that and its commit.
 *
 * Its trace is a document named after the moment of reading. May be called again where its answer was lost.
 */
export function repair(store: DocumentStore, asked: Repair): Promise<Repaired> {
  const { day, readAt, seen, by, runId } = asked
  const { customerId, date } = day
  const path = repairsPath(day, readAt)
  return store.transact<Repaired>(async (transaction) => {
    const trace = await transaction.get(path)
    const repairs = repairsOf(await transaction.get(repairedPath(day)))
    const erased = await isErased(transaction, customerId)
    if (trace?.['runId'] === runId) return 'repaired'
    if (trace !== null || repairs !== seen) return 'superseded'
    if (erased) return 'erased'
    const listed = asked.differences.slice(0, LISTED)
    transaction.create(path, {
      customerId,
      date,
      readAt,
      by,
      runId,
      repairedAt: SERVER_TIME,
      differing: asked.differences.length,
      // `expected` is what it is by the records; `actual` what the counters were: after the repair both are `expected`.
      differences: listed.map((difference) => ({ ...difference })),
    })
    transaction.set(repairedPath(day), { customerId, date, repairs: repairs + 1, updatedAt: SERVER_TIME })
    transaction.merge(statsPath(customerId, date, SHARD), addition(day, asked.differences))
    return 'repaired'
  })
}

export interface Judged {
  /** `same`: nothing was to be done. `none`: there are no records to compare with. */
  readonly outcome: 'same' | 'none' | Repaired
  readonly differences: readonly Difference[]
}

/** Repairs a day that was read, where its counters are not what its records say. */
export async function judge(
  store: DocumentStore,
  day: Day,
  { readAt, records, counters }: DayRead,
  who: Pick<Repair, 'by' | 'runId'>,
): Promise<Judged> {
  const found = differences(records, counters)
  if (found.length === 0) return { outcome: 'same', differences: found }
  const standing = await standingAt(store, day, readAt)
  if (standing.kind === 'none') return { outcome: 'none', differences: found }
  const outcome = await repair(store, { ...who, day, readAt, seen: standing.seen, differences: found })
  return { outcome, differences: found }
}

function addition({ customerId, date }: Day, lacking: readonly Difference[]): WriteData {
  const cells: Record<string, Record<string, Increment | Record<string, Increment>>> = {}
  for (const [cell, own] of Map.groupBy(lacking, (difference) => difference.cell)) {
    // The shard may not have this cell yet, and one that is not whole could not be added up. Nor may its histogram be replaced by an empty one.
    const histogram: Record<string, Increment> = { '0': increment(0) }
    const fields: Record<string, Increment | Record<string, Increment>> = {
      ...Object.fromEntries(FIGURES.map((field) => [field, increment(0)])),
      histogram,
    }
    for (const { field, expected, actual } of own) {
      const bucket = bucketOf(field)
      if (bucket === null) fields[field] = increment(expected - actual)
      else histogram[bucket] = increment(expected - actual)
    }
    cells[cell] = fields
  }
  return { customerId, date, exportShard: SHARD % EXPORT_SHARDS, cells, updatedAt: SERVER_TIME }
}
