import { randomBytes } from 'node:crypto'
import { EXPORT_SHARDS } from '../contract/limits.ts'
import { RECOUNT_CURSOR_PATH, RECOUNT_PATH } from '../contract/names.ts'
import { readPage, type Changes, type Cursor } from '../export/cursor.ts'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { isWhole, readDay, type Day, type DayRead, type DaySizes, type PartOfDay } from './day.ts'
import {
  assertUnique,
  compareWithBigQuery,
  recountKey,
  type InBigQuery,
  type Recounts,
  type Uniqueness,
} from './in-bigquery.ts'
import { EXPORTED_WITHIN_SECONDS, sealedUntil, serverTime, shortestRecordDays } from './moment.ts'
import { judge } from './repair.ts'
import { latest } from './streams.ts'
import { asTodo, dueQuery, keepPart, settled, touch, type Timing, type Todo, type Touch } from './todo.ts'

export interface Recount extends InBigQuery {
  readonly store: DocumentStore
  readonly timeZone: string
  /** After so many days TTL removes a record: older days are sealed. */
  readonly recordDays: number
  readonly timing: Timing
  /** How far back changes are looked at again, in seconds; see export/cursor.ts. */
  readonly overlapSeconds?: number
  /** For tests. */
  readonly sizes?: DaySizes
  /** True once the function should come to an end: the next run goes on from there. */
  outOfTime(): boolean
}

export interface Recounted {
  /** Customers' days that were recounted. */
  readonly days: number
  /** Of these: in how many the counters were not what the records say. */
  readonly differing: number
  readonly repaired: number
  /** Days that were due and are left to the next run; at most {@link DUE_AT_ONCE} are counted. */
  readonly left: number
  /** Null: no day was recounted, or BigQuery could not be asked. */
  readonly uniqueness: Uniqueness | null
  /** Dates of which counters have changed since the last run, or just before: when they did last. */
  readonly touched: ReadonlyMap<string, Instant>
}

/**
 * Counters alone are followed. A record changes in the same transaction as they do, and to follow records as well would cost another read
 * for each image; a record that changed without its counters shows in BigQuery: see compareWithBigQuery.
 */
const counterChanges = (overlapSeconds: number | undefined): Changes => ({
  collection: 'stats',
  group: true,
  shards: Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard),
  fields: ['customerId', 'date', 'updatedAt'],
  ...(overlapSeconds !== undefined && { overlapSeconds }),
})
const CHANGES_AT_ONCE = 2000

const DUE_AT_ONCE = 1000
/** Days that are read at the same time: most are small, and their time goes into waiting. */
const LANES = 8
/** Days whose figures are kept for the comparison with BigQuery. */
const KEPT = 20_000
/** Dates that are looked at in BigQuery, the newest: each costs a scan of its partitions. */
const DATES = 31

/**
 * Recounts every customer's day that was touched and has come to rest: its counters must say what its records add up to, at one moment. What
 * they lack is added to them, with a trace. Any number of runs may go on at once, beside images that are being counted.
 *
 * Throws what Firestore throws; what was written stays right. That BigQuery could not be asked is logged.
 */
export async function recount(deps: Recount): Promise<Recounted> {
  const runId = randomBytes(8).toString('hex')
  const startedAt = await serverTime(deps.store)
  const sealed = await sealedFor(deps, startedAt)
  const touched = await follow(deps, sealed)
  const run = new Run(deps, runId, sealed)
  await run.all()
  const { days, differing, repaired, left, recounted, dates } = run
  const uniqueness = await lookIntoBigQuery(deps, recounted, dates)
  const done = { days, differing, repaired, left, uniqueness }
  await deps.store.transact(async (transaction) =>
    transaction.merge(RECOUNT_PATH, { ...done, startedAt, finishedAt: SERVER_TIME } as unknown as WriteData),
  )
  return { ...done, touched }
}

/** The newest sealed day: by the shortest RECORD_DAYS that this function has ever been set to, which it keeps. */
async function sealedFor({ store, timeZone, recordDays }: Recount, now: Instant): Promise<string> {
  const shortest = await store.transact(async (transaction) => {
    const recounted = await transaction.get(RECOUNT_PATH)
    const days = shortestRecordDays(recounted, recordDays)
    if (recounted?.['recordDays'] !== days) transaction.merge(RECOUNT_PATH, { recordDays: days })
    return days
  })
  return sealedUntil(timeZone, now, shortest)
}

/**
 * Puts every day whose counters have changed on the list, and then moves the cursor: a run that dies in between does it again. Returns the
 * dates.
 */
async function follow(deps: Recount, sealed: string): Promise<Recounted['touched']> {
  const dates = new Map<string, Instant>()
  const { store, timing } = deps
  const changes = counterChanges(deps.overlapSeconds)
  const unread = new Set(changes.shards)
  let cursor = ((await store.get(RECOUNT_CURSOR_PATH)) ?? { shards: {}, watermark: null }) as unknown as Cursor
  while (unread.size > 0 && !deps.outOfTime()) {
    const touches = new Map<string, Touch>()
    const add = ({ data }: { readonly data: unknown }) => {
      const { customerId, date, updatedAt } = data as Day & { readonly updatedAt: Instant }
      if (date <= sealed) return
      dates.set(date, latest(updatedAt, dates.get(date)) ?? updatedAt)
      const known = touches.get(recountKey({ customerId, date }))
      const first = known === undefined || known.first.isAfter(updatedAt) ? updatedAt : known.first
      const last = known === undefined || updatedAt.isAfter(known.last) ? updatedAt : known.last
      touches.set(recountKey({ customerId, date }), { customerId, date, first, last })
    }
    cursor = await readPage(store, changes, cursor, unread, { add }, CHANGES_AT_ONCE)
    await touch(store, [...touches.values()], timing)
    const written: WriteData = { ...(cursor as unknown as WriteData), updatedAt: SERVER_TIME }
    await store.transact(async (transaction) => transaction.set(RECOUNT_CURSOR_PATH, written))
  }
  return dates
}

class Run {
  readonly #deps: Recount
  readonly #runId: string
  readonly #sealed: string
  days = 0
  differing = 0
  repaired = 0
  left = 0
  readonly recounted: Recounts = new Map()
  readonly dates = new Set<string>()

  constructor(deps: Recount, runId: string, sealed: string) {
    this.#deps = deps
    this.#runId = runId
    this.#sealed = sealed
  }

  async all(): Promise<void> {
    const { store } = this.#deps
    const outOfTime = () => this.#deps.outOfTime()
    const now = await serverTime(store)
    for (;;) {
      const due = (await store.query(dueQuery(now, DUE_AT_ONCE))).map(asTodo)
      const waiting = due.toReversed()
      let done = 0
      const lane = async () => {
        for (let todo = waiting.pop(); todo !== undefined; todo = waiting.pop()) {
          if (outOfTime()) return void waiting.push(todo)
          if (await this.#one(todo)) done++
        }
      }
      const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
      for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
      this.left = due.length - done
      // Where some are left it is for want of time, or because they have to wait: in either case for the next run.
      if (this.left > 0 || due.length < DUE_AT_ONCE) return
    }
  }

  /** False where the day stays on the list. */
  async #one(todo: Todo): Promise<boolean> {
    const { store, log, timing } = this.#deps
    const day: Day = { customerId: todo.customerId, date: todo.date }
    if (day.date <= this.#sealed) return settled(store, todo, todo.touchedAt, timing).then(() => true)
    const read = await this.#read(todo, day)
    if (read === null) return false
    if (!isWhole(read)) {
      await keepPart(store, todo, read)
      return false
    }
    const { outcome, differences } = await judge(store, day, read, { by: 'recount', runId: this.#runId })
    // Another run has repaired it since: what was read says nothing about it any more.
    if (outcome === 'superseded') return false
    if (outcome === 'none' || outcome === 'erased') {
      return settled(store, todo, todo.touchedAt, timing).then(() => true)
    }
    if (outcome === 'repaired') {
      this.differing++
      this.repaired++
      const { customerId: customer, date } = day
      log.error('counters differ', { customer, date, differences: differences.length, repaired: true })
    }
    await settled(store, todo, read.readAt, timing)
    this.days++
    this.dates.add(day.date)
    if (outcome === 'same') this.#keep(todo, day, read)
    return true
  }

  /** Null where what an earlier run had read of it is of no use any more. */
  async #read(todo: Todo, day: Day): Promise<DayRead | PartOfDay | null> {
    const { store, log, sizes } = this.#deps
    const outOfTime = () => this.#deps.outOfTime()
    const now = await serverTime(store)
    if (todo.part === null) return readDay(store, day, now, outOfTime, null, sizes)
    try {
      return await readDay(store, day, now, outOfTime, todo.part, sizes)
    } catch (error) {
      const { readAt } = todo.part
      log.error('the recount of a large day begins anew', { customer: day.customerId, date: day.date, readAt, error })
      await keepPart(store, todo, null)
      return null
    }
  }

  /** For the comparison with BigQuery, where what was touched a moment ago need not be. */
  #keep({ touchedAt }: Todo, day: Day, { readAt, records }: DayRead): void {
    const isExported = readAt.isAfter(touchedAt.plusSeconds(EXPORTED_WITHIN_SECONDS))
    if (isExported && this.recounted.size < KEPT) this.recounted.set(recountKey(day), { ...day, records, touchedAt })
  }
}

async function lookIntoBigQuery(
  deps: Recount,
  recounted: Recounts,
  touchedDates: ReadonlySet<string>,
): Promise<Uniqueness | null> {
  const dates = [...touchedDates].sort().slice(-DATES)
  if (dates.length === 0) return null
  try {
    const now = await serverTime(deps.store)
    const uniqueness = await assertUnique(deps, dates)
    for (const date of dates) {
      if (deps.outOfTime()) break
      const suspects = await compareWithBigQuery(deps, deps.store, date, recounted)
      const touches = suspects.map((day) => ({ ...day, first: now, last: now }))
      await touch(deps.store, touches, deps.timing, { ifAbsent: true })
    }
    return uniqueness
  } catch (error) {
    deps.log.warn('BigQuery could not be asked whether it agrees', { error })
    return null
  }
}
