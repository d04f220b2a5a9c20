/** Which customers' days are to be recounted, and when: `reconciliations/recount/days/{customer}~{date}`. */
import { RECOUNT_PATH } from '../contract/names.ts'
import type { Data, Document, DocumentStore, Query, Transaction, WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Day, PartOfDay } from './day.ts'

export interface Timing {
  /** A day is recounted once nothing has touched it for so long. Seconds. */
  readonly quietSeconds: number
  /** And at the latest so long after the first touch since it was last recounted. Seconds. */
  readonly latestSeconds: number
}

export interface Todo extends Day {
  readonly firstTouchedAt: Instant
  readonly touchedAt: Instant
  readonly dueAt: Instant
  /** Null: nothing of it has been read. */
  readonly part: PartOfDay | null
}

const DAYS = `${RECOUNT_PATH}/days`
/** Days that one transaction writes down. */
const AT_ONCE = 50

const pathOf = ({ customerId, date }: Day) => `${DAYS}/${customerId}~${date}`
export const asTodo = ({ data }: Pick<Document, 'data'>) => data as unknown as Todo
const written = (todo: Todo) => todo as unknown as WriteData

const earlier = (a: Instant, b: Instant) => (a.isAfter(b) ? b : a)
const later = (a: Instant, b: Instant) => (a.isAfter(b) ? a : b)

/**
 * A day after it was touched once more. Waiting for quiet is what makes a recount cost one or two reads for each image, however often it
 * runs; a day that is never quiet is not let off.
 */
export function touched(todo: Todo | null, day: Day, at: Instant, timing: Timing): Todo {
  const firstTouchedAt = todo === null ? at : earlier(todo.firstTouchedAt, at)
  const touchedAt = todo === null ? at : later(todo.touchedAt, at)
  const dueAt = earlier(touchedAt.plusSeconds(timing.quietSeconds), firstTouchedAt.plusSeconds(timing.latestSeconds))
  const part = todo?.part ?? null
  // What has been begun is brought to its end: it is read as of one moment, whatever comes since.
  return { ...day, firstTouchedAt, touchedAt, dueAt: todo !== null && part !== null ? todo.dueAt : dueAt, part }
}

/** When a day was touched, the first time and the last. */
export interface Touch extends Day {
  readonly first: Instant
  readonly last: Instant
}

/** Writes days down. `ifAbsent`: only those that are not there yet. */
export async function touch(
  store: DocumentStore,
  touches: readonly Touch[],
  timing: Timing,
  { ifAbsent = false } = {},
): Promise<void> {
  for (let from = 0; from < touches.length; from += AT_ONCE) {
    const some = touches.slice(from, from + AT_ONCE)
    await store.transact(async (transaction) => {
      const known = await Promise.all(some.map((day) => read(transaction, day)))
      for (const [i, { customerId, date, first, last }] of some.entries()) {
        const todo = known[i] ?? null
        if (todo !== null && (ifAbsent || !last.isAfter(todo.touchedAt))) continue
        const day = { customerId, date }
        transaction.set(pathOf(day), written(touched(touched(todo, day, first, timing), day, last, timing)))
      }
    })
  }
}

/** What is due, the longest first. */
export const dueQuery = (now: Instant, limit: number): Query => ({
  collection: DAYS,
  where: [['dueAt', '<=', now]],
  orderBy: 'dueAt',
  limit,
})

/** Takes a day off the list that was read as of `readAt`. One that was touched later stays on it, to be read again. */
export async function settled(store: DocumentStore, todo: Todo, readAt: Instant, timing: Timing): Promise<void> {
  await store.transact(async (transaction) => {
    const now = await read(transaction, todo)
    if (now === null) return
    if (!now.touchedAt.isAfter(readAt)) return transaction.delete(pathOf(todo))
    transaction.set(
      pathOf(todo),
      written(touched(null, { customerId: now.customerId, date: now.date }, now.touchedAt, timing)),
    )
  })
}

/** Keeps how far a day has been read; null: it begins anew. */
export async function keepPart(store: DocumentStore, todo: Todo, part: PartOfDay | null): Promise<void> {
  await store.transact(async (transaction) => {
    const now = await read(transaction, todo)
    if (now !== null) transaction.set(pathOf(todo), written({ ...now, part }))
  })
}

async function read(transaction: Transaction, day: Day): Promise<Todo | null> {
  const data: Data | null = await transaction.get(pathOf(day))
  return data === null ? null : asTodo({ data })
}
