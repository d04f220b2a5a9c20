/**
 * What the admin's page asks Firestore, as data: admin.ts asks it, and tests/unit/indexes.test.ts holds it against firestore.indexes.json.
 *
 * No question about images goes by time alone: an index on a rising value takes 500 writes a second, and all images would be in it.
 */
import { EXPORT_SHARDS } from '../../../functions/src/contract/limits.ts'
import { customerPath, SOURCES } from '../../../functions/src/contract/names.ts'
import { ERROR_CODES } from '../../../functions/src/contract/outcomes.ts'
import { SHARE_CHUNKS, sharesPath } from '../../../functions/src/contract/totals.ts'
import type { FailureQuestion, SummaryOrder } from '../admin/backend.ts'
import { plusDays, startOf } from '../pieces/days.ts'

/** A document's own id, where a field's name is expected. */
export const ID = '__name__'

export interface Question {
  /** A collection's path, or with `group` the name of all collections that are called so. */
  readonly collection: string
  readonly group?: true
  readonly where?: readonly (readonly [field: string, op: '==' | '<' | '<=' | '>' | '>=' | 'in', value: unknown])[]
  readonly orderBy?: readonly [field: string, direction: 'asc' | 'desc']
  readonly limit?: number
}

/** One that is read page by page. */
export interface PageQuestion extends Question {
  readonly limit: number
}

/** Firestore takes no more alternatives in one question. https://firebase.google.com/docs/firestore/query-data/queries#limits_on_or_queries */
const MAX_ALTERNATIVES = 30

const range = (collection: string, from: string, to: string): Question => ({
  collection,
  where: [
    [ID, '>=', from],
    [ID, '<=', to],
  ],
})

/** In as many questions as it takes. */
function withIds(collection: string, ids: readonly string[]): readonly Question[] {
  const parts = Array.from({ length: Math.ceil(ids.length / MAX_ALTERNATIVES) }, (_, i) =>
    ids.slice(i * MAX_ALTERNATIVES, (i + 1) * MAX_ALTERNATIVES),
  )
  return parts.map((part) => ({ collection, where: [[ID, 'in', part]] }))
}

/** A document, as a collection of at most one: so that whatever is watched is watched in one way. */
export function document(path: string): Question {
  const slash = path.lastIndexOf('/')
  return { collection: path.slice(0, slash), where: [[ID, '==', path.slice(slash + 1)]] }
}

const newest = (collection: string, field: string, limit: number): Question => ({
  collection,
  orderBy: [field, 'desc'],
  limit,
})

const all = (collection: string): Question => ({ collection })

export const totals = (from: string, to: string) => range('totals', from, to)
export const counts = (from: string, to: string) => range('counts', from, to)
export const months = (customerId: string, from: string, to: string) =>
  range(`${customerPath(customerId)}/months`, from, to)
export const names = (customerIds: readonly string[]) => withIds('customers', customerIds)
export const shares = (periods: readonly string[]) =>
  withIds(
    'shares',
    periods.flatMap((period) =>
      Array.from({ length: SHARE_CHUNKS }, (_, chunk) => sharesPath(period, chunk).slice('shares/'.length)),
    ),
  )
export const runs = () => all('runs')
export const bridges = () => all('bridges')
export const exports = (limit: number) => newest('exports', 'startedAt', limit)
export const audit = (limit: number) => newest('audit', 'at', limit)
export const lastActivity = () => newest('summaries', 'lastActivityAt', 1)
export const images = (customerId: string, limit: number) =>
  newest(`${customerPath(customerId)}/images`, 'receivedAt', limit)

/** All shards, so that the index on the rising moment is spread over them. */
export const feed = (limit: number): Question => ({
  collection: 'images',
  group: true,
  where: [
    ['exportShard', 'in', Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard)],
    ['processedAt', '>', new Date(0)],
  ],
  orderBy: ['processedAt', 'desc'],
  limit,
})

/**
 * Only a failed image has an `error.code`, so that only they are in its indexes. Both fields are always asked for, by all of their values
 * where any will do: so one index serves every filter.
 */
export function failures(
  { customerId, reason, source, from, to, limit }: Omit<FailureQuestion, 'after'>,
  zone: string,
): PageQuestion {
  return {
    ...(customerId === undefined
      ? { collection: 'images', group: true as const }
      : { collection: `${customerPath(customerId)}/images` }),
    where: [
      ['error.code', 'in', reason === undefined ? [...ERROR_CODES] : [reason]],
      ['source', 'in', source === undefined ? [...SOURCES] : [source]],
      ...(from === undefined ? [] : [['receivedAt', '>=', startOf(from, zone)] as const]),
      ...(to === undefined ? [] : [['receivedAt', '<', startOf(plusDays(to, 1), zone)] as const]),
    ],
    orderBy: ['receivedAt', 'desc'],
    limit,
  }
}

export const summaries = (order: SummaryOrder, descending: boolean, limit: number): PageQuestion => ({
  collection: 'summaries',
  orderBy: [order, descending ? 'desc' : 'asc'],
  limit,
})

/** Above every text that begins with the same. */
const LAST = '\uF8FF'

export const summariesByName = (beginning: string, limit: number): PageQuestion => ({
  collection: 'summaries',
  where: [
    ['nameKey', '>=', beginning],
    ['nameKey', '<', beginning + LAST],
  ],
  orderBy: ['nameKey', 'asc'],
  limit,
})

export const summariesById = (beginning: string, limit: number): PageQuestion => ({
  collection: 'summaries',
  where: [
    [ID, '>=', beginning],
    [ID, '<', beginning + LAST],
  ],
  limit,
})
