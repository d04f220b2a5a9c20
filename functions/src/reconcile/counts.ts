/** How many images of a day records, counters and BigQuery have, side by side: `counts/{date}`, for the admin's page. `verify` compares all figures, of each customer. */
import { countsPath, disagreeing, type DayCounts } from '../contract/runs.ts'
import { RECOUNT_PATH } from '../contract/names.ts'
import { retrying } from '../export/jobs.ts'
import type { Warehouse } from '../export/warehouse.ts'
import type { Log } from '../intake/log.ts'
import { SERVER_TIME, type CountingStore, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import { customerHash } from '../ledger/erasure.ts'
import type { Instant } from '../ledger/instant.ts'
import { dateIn, plusDays } from '../ledger/reporting-zone.ts'
import { imagesIn } from './figures.ts'
import { EXPORTED_WITHIN_SECONDS, sealedUntil, serverTime, shortestRecordDays } from './moment.ts'
import { countersOf, latest } from './streams.ts'

export interface Counting {
  readonly store: CountingStore
  readonly warehouse: Pick<Warehouse, 'imagesByDate'>
  readonly log: Log
  readonly timeZone: string
  readonly recordDays: number
  sleep(milliseconds: number): Promise<void>
  /** True once it should come to an end: the days that are left keep what was counted before. */
  outOfTime(): boolean
  /** Called after each day. */
  progress?(counted: Counted): void
}

export interface Counted {
  readonly days: number
  /** Of these: in how many the three do not agree, though they should. */
  readonly differing: number
}

type Count = Omit<DayCounts<Instant>, 'countedAt'>

/** The newest days, which are counted at least once a day, whether or not something has touched them. */
const NEWEST_DAYS = 7
const NEWEST_SECONDS = 86_400
/** Days that one run of recount counts, the newest: each costs a read for each of its shards of counters. */
const MOST_DAYS = 31

/**
 * Counts these days anew, the newest first. Records and counters of a day are of one moment, so that they must agree; BigQuery is asked before,
 * so that Firestore knows no less. That BigQuery could not be asked is logged.
 *
 * Of a day Firestore bills a read for each thousand records and one for each shard of counters; BigQuery eight bytes a row.
 */
export async function countDays(deps: Counting, dates: readonly string[]): Promise<Counted> {
  const { store } = deps
  let counted: Counted = { days: 0, differing: 0 }
  if (dates.length === 0) return counted
  const asked = await serverTime(store)
  const shortest = shortestRecordDays(await store.get(RECOUNT_PATH), deps.recordDays)
  const sealed = sealedUntil(deps.timeZone, asked, shortest)
  const inBigQuery = await askBigQuery(deps, dates)
  const erased = await erasedIn(store)
  for (const date of [...new Set(dates)].sort().toReversed()) {
    if (deps.outOfTime()) break
    const at = await serverTime(store)
    const [records, counters] = await Promise.all([recordsAt(store, date, at), countersAt(store, date, at, erased.has)])
    const count: Count = {
      date,
      records,
      counters: counters.images,
      bigQuery: inBigQuery === null ? null : (inBigQuery.get(date) ?? 0),
      sealed: date <= sealed,
      recent: counters.updatedAt?.isAfter(asked.plusSeconds(-EXPORTED_WITHIN_SECONDS)) ?? false,
      erasing: erased.underWay,
    }
    await keep(store, count)
    const differs = disagreeing(count).length > 0
    counted = { days: counted.days + 1, differing: counted.differing + (differs ? 1 : 0) }
    deps.progress?.(counted)
  }
  return counted
}

/**
 * The days that recount counts: those that were touched since they were counted, those of which the last count left something open, and the
 * newest, each at least once a day. `touched`: as recount tells it.
 */
export async function daysToCount(
  { store, timeZone }: Pick<Counting, 'store' | 'timeZone'>,
  touched: ReadonlyMap<string, Instant>,
): Promise<readonly string[]> {
  const now = await serverTime(store)
  const today = dateIn(timeZone, now)
  const newest = Array.from({ length: NEWEST_DAYS }, (_, days) => plusDays(today, -days))
  const isCountedSince = async (date: string, moment: Instant) => {
    const countedAt = (await store.get(countsPath(date)))?.['countedAt'] as Instant | undefined
    return countedAt?.isAfter(moment) ?? false
  }
  const uncounted = async (dates: readonly (readonly [date: string, since: Instant])[]) => {
    const counted = await Promise.all(dates.map(([date, since]) => isCountedSince(date, since)))
    return dates.flatMap(([date], i) => (counted[i] ? [] : [date]))
  }
  const changed = [...touched].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, MOST_DAYS)
  const open = await store.query({ collection: 'counts', where: [['settled', '==', false]], fields: ['date'] })
  const dates = new Set([
    // A time that a write gives may be earlier than the moment at which it is seen.
    ...(await uncounted(changed.map(([date, at]) => [date, at.plusSeconds(EXPORTED_WITHIN_SECONDS)]))),
    ...(await uncounted(newest.map((date) => [date, now.plusSeconds(-NEWEST_SECONDS)]))),
    ...open.map(({ data }) => data['date'] as string),
  ])
  return [...dates].sort().slice(-MOST_DAYS)
}

async function askBigQuery(deps: Counting, dates: readonly string[]): Promise<ReadonlyMap<string, number> | null> {
  try {
    return await retrying(deps, () => deps.warehouse.imagesByDate(dates))
  } catch (error) {
    deps.log.warn('BigQuery could not be asked how many images it has', { error })
    return null
  }
}

/** Those that have come to an end, and so are counted. */
async function recordsAt(store: CountingStore, date: string, at: Instant): Promise<number> {
  const inState = (state: 'processed' | 'failed') =>
    store.count(
      {
        collection: 'images',
        group: true,
        where: [
          ['state', '==', state],
          ['date', '==', date],
        ],
      },
      { at },
    )
  const [processed, failed] = await Promise.all([inState('processed'), inState('failed')])
  return processed + failed
}

async function countersAt(
  store: DocumentStore,
  date: string,
  at: Instant,
  isErased: (customerId: string) => boolean,
): Promise<{ readonly images: number; readonly updatedAt: Instant | null }> {
  let images = 0
  let updatedAt: Instant | null = null
  for await (const day of countersOf(store, date, at)) {
    if (isErased(day.customerId)) continue
    images += imagesIn(day.sums)
    updatedAt = latest(updatedAt, day.updatedAt)
  }
  return { images, updatedAt }
}

interface Erased {
  /** Whether it is a customer whose data was deleted, or the pseudonym of one: it has counters, and neither records nor rows of `images`. */
  readonly has: (customerId: string) => boolean
  /** Of one it is being deleted now: then it has some of these. */
  readonly underWay: boolean
}

async function erasedIn(store: DocumentStore): Promise<Erased> {
  const erasures = await store.query({ collection: 'erasures', fields: ['pseudonym', 'open'] })
  const hashes = new Set(erasures.map(({ path }) => path.split('/')[1]))
  const pseudonyms = new Set(erasures.map(({ data }) => data['pseudonym']))
  return {
    has: (customerId) => hashes.size > 0 && (pseudonyms.has(customerId) || hashes.has(customerHash(customerId))),
    underWay: erasures.some(({ data }) => data['open'] === true),
  }
}

/** `settled`: only what touches the day again could make another count say something else. */
async function keep(store: DocumentStore, count: Count): Promise<void> {
  const { recent, erasing, bigQuery } = count
  const settled = !recent && !erasing && bigQuery !== null && disagreeing(count).length === 0
  const written: WriteData = { ...count, settled, countedAt: SERVER_TIME }
  await store.transact(async (transaction) => transaction.set(countsPath(count.date), written))
}
