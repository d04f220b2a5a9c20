/**
 * Keeps the rollups of contract/totals.ts: a run a minute follows the counters' changes, builds days anew that were not rolled up yet, and checks those that
 * have come to rest. docs/decisions/rollup.md.
 */
import { isDeepStrictEqual } from 'node:util'
import { EXPORT_SHARDS } from '../contract/limits.ts'
import { ROLLUP_CURSOR_PATH, summaryPath } from '../contract/totals.ts'
import { OVERLAP_SECONDS, readPage, shardName, type Changes, type Cursor, type Position } from '../export/cursor.ts'
import { SERVER_TIME, type Document, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Day } from '../reconcile/day.ts'
import { apply, inTurn, Superseded, takeTurn, type Turn } from './apply.ts'
import { check } from './check.ts'
import { datesOf, readDays, readPageOfDay, isRolledUp } from './read.ts'
import { chunkOf, identityOf } from './figures.ts'

export interface RollUp {
  readonly store: DocumentStore
  readonly log: Turn['log'] & { info(message: string, fields: Readonly<Record<string, unknown>>): void }
  readonly timing: RollUpTiming
  /** For tests. */
  readonly sizes?: RollUpSizes
  /** True once the function should come to an end: the next run goes on from there. */
  outOfTime(): boolean
}

/** All in seconds. */
export interface RollUpTiming {
  /** How far back changes are looked at again each minute: enough for all but what Firestore commits very late. */
  readonly overlap: number
  /** How far back they are looked at once in as long: then nothing is missed. See export/cursor.ts. */
  readonly thoroughOverlap: number
  /** A day that has not changed for so long is checked. */
  readonly rest: number
  /** One that does change all the time is checked after so long. */
  readonly latest: number
}
export const TIMING: RollUpTiming = { overlap: 30, thoroughOverlap: OVERLAP_SECONDS, rest: 3600, latest: 86_400 }

export interface RollUpSizes {
  /** Changed counters that are read at a time. */
  readonly changes: number
  /** Customers' days that are read, and written, at a time: their months are read and written whole, and a transaction takes 10 MiB. */
  readonly days: number
  /** Counters of a day that are read at a time: more than one customer can have of a day. */
  readonly page: number
}
const SIZES: RollUpSizes = { changes: 1000, days: 100, page: 1000 }

export interface RolledUp {
  /** Customers' days that were read, and how many customers' these were. */
  readonly days: number
  readonly customers: number
  /** Of these: how many differed from what was rolled up. */
  readonly changed: number
  /** Days of all customers that were held against the counters, and in how many of them something differed. */
  readonly checked: number
  readonly differing: number
  /** Days of all customers that are yet to be built or checked, and 1 where changes are left that were not read. */
  readonly left: number
}

/** `rollups/cursor` */
interface State {
  readonly quick: Cursor
  readonly thorough: Cursor
  readonly customers: Cursor
  /** When the last thorough pass began that came to its end; and the one that is under way, where there is one. */
  readonly thoroughAt: Instant
  readonly began: Instant | null
  /** Days to be built anew from the counters, the next one last; and the last counters of it that are done. */
  readonly build: readonly string[]
  readonly after: string | null
  /** Days to be checked, since when they were touched, first and last. */
  readonly touched: Readonly<Record<string, { readonly first: Instant; readonly last: Instant }>>
}

const SHARDS = Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard)
const COUNTERS = { collection: 'stats', group: true, fields: ['customerId', 'date', 'updatedAt'] } as const
const CUSTOMERS = { collection: 'customers', group: false, fields: ['name', 'kind', 'erased', 'updatedAt'] } as const

/**
 * One run. `again`: builds everything anew, beside what changes. Where another run begins, or a customer is erased, this one ends, and what it has
 * written is right: the next one goes on. Throws what Firestore throws; then the same holds.
 */
export async function rollUp(deps: RollUp, { again = false } = {}): Promise<RolledUp> {
  const { store, log } = deps
  const { fence, at } = await takeTurn(store)
  const known = (await store.get(ROLLUP_CURSOR_PATH)) as unknown as State | null
  const state = known === null || again ? await anew(deps, at, known) : known
  const run = new Run(deps, { store, log, fence }, at, state)
  try {
    await run.all()
  } catch (error) {
    if (!(error instanceof Superseded)) throw error
    log.info('another rolls up from here on', { ...run.done() })
  }
  return run.done()
}

/** Everything is to be built. What changes from now on is followed; a first run has nothing to look at again before that. */
async function anew({ store, timing }: RollUp, now: Instant, known: State | null): Promise<State> {
  const cursor = since(now.plusSeconds(-timing.thoroughOverlap))
  const first = { quick: cursor, thorough: cursor, customers: cursor, thoroughAt: now, began: null, touched: {} }
  // Names are not built with the rest where there is a summary already.
  const state = known === null ? first : { ...known, customers: { shards: {}, watermark: null } }
  return { ...state, build: await datesOf(store), after: null }
}

/** Everything with an earlier `updatedAt` has been read. */
function since(time: Instant): Cursor {
  const position: Position = { since: time, pass: null }
  return { shards: Object.fromEntries([...SHARDS, null].map((shard) => [shardName(shard), position])), watermark: null }
}

class Run {
  readonly #deps: RollUp
  readonly #turn: Turn
  readonly #sizes: RollUpSizes
  /** When it began, by the store's clock. */
  readonly #now: Instant
  #state: State
  #unread = false
  #days = 0
  readonly #customers = new Set<string>()
  #changed = 0
  #checked = 0
  #differing = 0
  #due: readonly string[] = []

  constructor(deps: RollUp, turn: Turn, now: Instant, state: State) {
    this.#now = now
    this.#deps = deps
    this.#turn = turn
    this.#state = state
    this.#sizes = deps.sizes ?? SIZES
  }

  done(): RolledUp {
    const left = this.#state.build.length + this.#due.length + (this.#unread ? 1 : 0)
    return {
      days: this.#days,
      customers: this.#customers.size,
      changed: this.#changed,
      checked: this.#checked,
      differing: this.#differing,
      left,
    }
  }

  async all(): Promise<void> {
    const now = this.#now
    await this.#follow()
    while (this.#state.build.length > 0 && !this.#deps.outOfTime()) await this.#build()
    const { rest, latest } = this.#deps.timing
    const isDue = ({ first, last }: State['touched'][string]) =>
      !last.plusSeconds(rest).isAfter(now) || !first.plusSeconds(latest).isAfter(now)
    this.#due = Object.entries(this.#state.touched).flatMap(([date, times]) => (isDue(times) ? [date] : []))
    for (const date of this.#due) if (!this.#deps.outOfTime()) await this.#check(date)
  }

  /** A thorough pass reads what a quick one would, and more: so there is one of the two. */
  async #follow(): Promise<void> {
    const { overlap, thoroughOverlap: overlapSeconds } = this.#deps.timing
    const { began, thoroughAt } = this.#state
    const take = (found: readonly Document[]) => this.#rollUp(found)
    if (began === null && thoroughAt.plusSeconds(overlapSeconds).isAfter(this.#now)) {
      return this.#pass({ ...COUNTERS, shards: SHARDS, overlapSeconds: overlap }, 'quick', take)
    }
    const at = began ?? this.#now
    this.#state = { ...this.#state, began: at }
    await this.#pass({ ...CUSTOMERS, shards: [null], overlapSeconds }, 'customers', (found) => this.#rename(found))
    const quick = since(at.plusSeconds(-overlap))
    const changes: Changes = { ...COUNTERS, shards: SHARDS, overlapSeconds }
    await this.#pass(changes, 'thorough', take, { began: null, thoroughAt: at, quick })
  }

  async #pass(
    changes: Changes,
    name: 'quick' | 'thorough' | 'customers',
    take: (found: readonly Document[]) => Promise<void>,
    atEnd: Partial<State> = {},
  ): Promise<void> {
    const unread = new Set(changes.shards)
    while (unread.size > 0 && !this.#deps.outOfTime()) {
      const found: Document[] = []
      const page = { add: (document: Document) => void found.push(document) }
      const cursor = await readPage(this.#deps.store, changes, this.#state[name], unread, page, this.#sizes.changes)
      await take(found)
      await this.#keep({ [name]: cursor, ...(unread.size === 0 && atEnd) })
    }
    if (unread.size > 0) this.#unread = true
  }

  async #rollUp(found: readonly Document[]): Promise<void> {
    const days = new Map<string, Day>()
    const touched = { ...this.#state.touched }
    for (const { data } of found) {
      const { customerId, date, updatedAt } = data as unknown as Day & { readonly updatedAt: Instant }
      if (!isRolledUp(customerId)) continue
      days.set(`${date}~${chunkOf(customerId)}~${customerId}`, { customerId, date })
      const { first, last } = touched[date] ?? { first: updatedAt, last: updatedAt }
      touched[date] = { first, last: updatedAt.isAfter(last) ? updatedAt : last }
    }
    // By date and chunk, so that a transaction writes few of the documents that all customers share.
    const sorted = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day)
    await this.#rollUpDays(sorted)
    this.#state = { ...this.#state, touched }
  }

  async #rollUpDays(days: readonly Day[], all = false): Promise<void> {
    for (let at = 0; at < days.length; at += this.#sizes.days) {
      const some = days.slice(at, at + this.#sizes.days)
      this.#changed += await apply(this.#turn, await readDays(this.#deps.store, some), all)
      this.#count(some)
    }
  }

  #count(days: readonly Day[]): void {
    this.#days += days.length
    for (const { customerId } of days) this.#customers.add(customerId)
  }

  /** Names that have changed, of those customers who have anything. */
  async #rename(found: readonly Document[]): Promise<void> {
    if (found.length === 0) return
    const customers = found.map(({ path, data }) => ({ customerId: path.split('/')[1] ?? '', data }))
    await inTurn(this.#turn, async (transaction) => {
      const summaries = await Promise.all(customers.map(({ customerId }) => transaction.get(summaryPath(customerId))))
      for (const [i, { customerId, data }] of customers.entries()) {
        const summary = summaries[i] ?? null
        const identity = identityOf(customerId, data)
        if (summary === null || isDeepStrictEqual(identityOf(customerId, summary), identity)) continue
        transaction.merge(summaryPath(customerId), { ...identity, updatedAt: SERVER_TIME })
      }
    })
  }

  /** A page of the next day. */
  async #build(): Promise<void> {
    const { build, after: from } = this.#state
    const date = build.at(-1) ?? ''
    const { readings, after } = await this.#deps.store.snapshot((reader) =>
      readPageOfDay(reader, date, from, this.#sizes.page),
    )
    for (let at = 0; at < readings.length; at += this.#sizes.days) {
      this.#changed += await apply(this.#turn, readings.slice(at, at + this.#sizes.days), true)
    }
    this.#count(readings)
    if (after !== null) return this.#keep({ after })
    await this.#keep({ build: build.slice(0, -1), after: null })
    await this.#check(date)
  }

  async #check(date: string): Promise<void> {
    const { log, timing } = this.#deps
    // What was asked for earlier could be seen when the last thorough pass began.
    const settled = this.#state.thoroughAt.plusSeconds(-timing.thoroughOverlap)
    const { customers, totals } = await check(this.#turn, date, settled, this.#sizes.page)
    const isWrong = customers.length > 0 || totals
    if (isWrong) log.error('rollups differ', { date, customers: customers.length, totals })
    await this.#rollUpDays(customers, true)
    this.#checked++
    if (isWrong) this.#differing++
    const { [date]: _, ...touched } = this.#state.touched
    await this.#keep({ touched })
    this.#due = this.#due.filter((other) => other !== date)
  }

  async #keep(change: Partial<State>): Promise<void> {
    const state = { ...this.#state, ...change }
    await inTurn(this.#turn, async (transaction) => {
      transaction.set(ROLLUP_CURSOR_PATH, { ...(state as unknown as WriteData), updatedAt: SERVER_TIME })
    })
    this.#state = state
  }
}
