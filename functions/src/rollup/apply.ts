/** The one place that writes rollups. docs/decisions/rollup.md says why that is exact. */
import { isDeepStrictEqual } from 'node:util'
import { customerPath } from '../contract/names.ts'
import {
  addDay,
  customerMonthPath,
  NO_DAY,
  NO_SHARE,
  ROLLUP_FENCE_PATH,
  shareOf,
  sharesPath,
  summaryPath,
  totalsPath,
  type CustomerMonth,
  type CustomerSummary,
  type DayFigures,
  type MonthShare,
  type Share,
  type Shares,
} from '../contract/totals.ts'
import {
  increment,
  SERVER_TIME,
  WriteRejected,
  type Data,
  type DocumentStore,
  type Transaction,
} from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { latest } from '../reconcile/streams.ts'
import { chunkOf, chunkWith, identityOf, isNothing, monthOf, monthShareOf, summaryOf } from './figures.ts'

/** A customer's day as its counters had it at one moment. */
export interface Reading {
  readonly customerId: string
  /** YYYY-MM-DD */
  readonly date: string
  readonly figures: DayFigures
  /** The moment of reading. */
  readonly asOf: Instant
  /** When these counters changed last; null where there are none. */
  readonly changedAt: Instant | null
}

/** Somebody else's turn has come: what this run has read may be void. What it has written is right. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

export interface Turn {
  readonly store: DocumentStore
  readonly log: { error(message: string, fields: Readonly<Record<string, unknown>>): void }
  /** By {@link takeTurn}. */
  readonly fence: number
}

/** From its commit on nobody writes rollups but whoever has this number. `at`: the store's time, a little before. */
export function takeTurn(store: DocumentStore): Promise<{ readonly fence: number; readonly at: Instant }> {
  return store.transact(async (transaction) => {
    const fence = fenceOf(await transaction.get(ROLLUP_FENCE_PATH)) + 1
    transaction.set(ROLLUP_FENCE_PATH, { fence, updatedAt: SERVER_TIME })
    return { fence, at: transaction.readTime() }
  })
}

/** For a transaction that takes counters away from a customer: whatever was read of them before is void with its commit. */
export function endTurn(transaction: Transaction): void {
  transaction.merge(ROLLUP_FENCE_PATH, { fence: increment(1), updatedAt: SERVER_TIME })
}

/** A transaction in which it is still this one's turn. Throws {@link Superseded}. */
export function inTurn<T>({ store, fence }: Turn, body: (transaction: Transaction) => Promise<T>): Promise<T> {
  return store.transact(async (transaction) => {
    if (fenceOf(await transaction.get(ROLLUP_FENCE_PATH)) !== fence) throw new Superseded('another rolls up')
    return body(transaction)
  })
}

const fenceOf = (data: Data | null) => Number(data?.['fence'] ?? 0)

/**
 * Replaces these days, or as many of them as fit into a document. `all`: also what a day that has not changed is in other documents is made right.
 * Returns how many days were not what they should be.
 */
export async function apply(turn: Turn, readings: readonly Reading[], all = false): Promise<number> {
  try {
    return await inTurn(turn, (transaction) => applyDays(transaction, readings, all))
  } catch (error) {
    if (!(error instanceof WriteRejected)) throw error
    // One that does not fit must not keep its neighbours from being rolled up.
    const half = Math.ceil(readings.length / 2)
    if (half < readings.length) {
      return (await apply(turn, readings.slice(0, half), all)) + (await apply(turn, readings.slice(half), all))
    }
    const [{ customerId, date }] = readings as [Reading]
    turn.log.error('a day does not fit into the rollups', { customer: customerId, date, error })
    return 0
  }
}

type Month = Pick<CustomerMonth<Instant>, 'customerId' | 'month' | 'days'>

/**
 * Replaces customers' days by what was read of their counters, and in the same transaction changes all that is made of them: so this may be done again. That
 * what was read is not older than what it replaces is for the caller to see to: see {@link inTurn}. After it the transaction may not read any more.
 */
export async function applyDays(transaction: Transaction, readings: readonly Reading[], all = false): Promise<number> {
  const documents = new Documents(transaction)
  const monthPath = ({ customerId, date }: Reading) => customerMonthPath(customerId, monthOf(date))
  const daysOf = (reading: Reading) => (documents.get(monthPath(reading)) as Month | null)?.days ?? {}
  const dayOf = (reading: Reading) => daysOf(reading)[reading.date] ?? null
  await documents.read(readings.map(monthPath))
  const isChanged = (reading: Reading) => !isSame(dayOf(reading) ?? NO_DAY, reading.figures)
  const due = all ? readings : readings.filter(isChanged)
  const changed = due.filter(isChanged).length
  await documents.read(
    due.flatMap(({ customerId, date }) => [
      totalsPath(date),
      sharesPath(date, chunkOf(customerId)),
      sharesPath(monthOf(date), chunkOf(customerId)),
      summaryPath(customerId),
    ]),
  )
  // Of the others the names are followed: see rollup.ts.
  const unknown = due.filter(({ customerId }) => documents.get(summaryPath(customerId)) === null)
  await documents.read(unknown.map(({ customerId }) => customerPath(customerId)))

  const shares = new NewShares(documents)
  for (const reading of due) {
    const { customerId, date, figures, asOf } = reading
    const { [date]: before, ...others } = daysOf(reading)
    const day = before !== undefined && isSame(before, figures) ? before : { ...figures, asOf }
    const days = isNothing(figures) ? others : { ...others, [date]: day }
    const month = { customerId, month: monthOf(date), days }
    documents.set(monthPath(reading), Object.keys(days).length > 0 ? month : null)
    const totals = (documents.get(totalsPath(date)) ?? NO_DAY) as DayFigures
    const sum = addDay(addDay(totals, before ?? NO_DAY, -1), figures)
    documents.set(totalsPath(date), isNothing(sum) ? null : { date, ...sum })
    shares.set(date, customerId, shareOf(figures))
  }
  for (const [customerId, own] of Map.groupBy(due, (reading) => reading.customerId)) {
    const summary = documents.get(summaryPath(customerId)) as CustomerSummary<Instant> | null
    const months: Record<string, MonthShare> = { ...summary?.months }
    for (const reading of own) {
      const month = monthOf(reading.date)
      const share = monthShareOf(daysOf(reading))
      shares.set(month, customerId, share === null ? NO_SHARE : [share[0], share[1], share[2], share[3]])
      if (share === null) delete months[month]
      else months[month] = share
    }
    const identity = summary ?? identityOf(customerId, documents.get(customerPath(customerId)))
    const [{ asOf }] = own as [Reading]
    const active = own.reduce((time, { changedAt }) => latest(time, changedAt), summary?.lastActivityAt ?? null) ?? asOf
    documents.set(summaryPath(customerId), summaryOf(customerId, identity, months, active))
  }
  shares.write()
  documents.write()
  return changed
}

export const isSame = (a: DayFigures, b: DayFigures): boolean =>
  isDeepStrictEqual([a.cells, a.histogram], [b.cells, b.histogram])

/** The documents of a transaction, as they were read and as they are to be. */
class Documents {
  readonly #transaction: Transaction
  readonly #before = new Map<string, Data | null>()
  readonly #now = new Map<string, Data | null>()

  constructor(transaction: Transaction) {
    this.#transaction = transaction
  }

  async read(paths: readonly string[]): Promise<void> {
    const unread = [...new Set(paths)].filter((path) => !this.#before.has(path))
    const read = await Promise.all(unread.map((path) => this.#transaction.get(path)))
    for (const [i, path] of unread.entries()) {
      this.#before.set(path, read[i] ?? null)
      this.#now.set(path, read[i] ?? null)
    }
  }

  /** Null where there is none. Throws a RangeError where it was not read. */
  get(path: string): Data | null {
    if (!this.#now.has(path)) throw new RangeError(`${path} was not read`)
    return this.#now.get(path) ?? null
  }

  /** Null: there is to be none. */
  set(path: string, data: object | null): void {
    this.#now.set(path, data as Data | null)
  }

  /** Those that differ, with the time. */
  write(): void {
    for (const [path, data] of this.#now) {
      const before = this.#before.get(path) ?? null
      if (data === null && before !== null) this.#transaction.delete(path)
      if (data === null || isDeepStrictEqual({ ...before, updatedAt: null }, { ...data, updatedAt: null })) continue
      this.#transaction.set(path, { ...data, updatedAt: SERVER_TIME })
    }
  }
}

/** Shares that change, by the document in which they stand: each of these is taken apart once. */
class NewShares {
  readonly #documents: Documents
  readonly #chunks = new Map<string, { period: string; chunk: number; customers: Map<string, Share> }>()

  constructor(documents: Documents) {
    this.#documents = documents
  }

  set(period: string, customerId: string, share: Share): void {
    const chunk = chunkOf(customerId)
    const path = sharesPath(period, chunk)
    const changes = this.#chunks.get(path) ?? { period, chunk, customers: new Map<string, Share>() }
    this.#chunks.set(path, changes)
    changes.customers.set(customerId, share)
  }

  write(): void {
    for (const [path, { period, chunk, customers: changes }] of this.#chunks) {
      const customers = chunkWith((this.#documents.get(path) as Shares<Instant> | null)?.customers ?? '{}', changes)
      this.#documents.set(path, customers === '{}' ? null : { period, chunk, customers })
    }
  }
}
