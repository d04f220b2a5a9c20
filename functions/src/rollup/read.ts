/** Counters as rollups take them: each customer's day as of one moment. */
import { customerPath, SMOKE_CUSTOMER } from '../contract/names.ts'
import type { StatsShard } from '../contract/record.ts'
import type { CustomerMonth, DayFigures } from '../contract/totals.ts'
import { pages, type Data, type Document, type DocumentStore, type Reader } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { ofDay, type Day } from '../reconcile/day.ts'
import { latest } from '../reconcile/streams.ts'
import type { Reading } from './apply.ts'
import { figuresOf, monthOf } from './figures.ts'

const FIELDS = ['customerId', 'date', 'cells', 'updatedAt'] as const

/** Takes no locks: whoever counts is never kept waiting. */
export function readDays(store: DocumentStore, days: readonly Day[]): Promise<readonly Reading[]> {
  return store.snapshot(async (reader) => {
    const read = await Promise.all(
      days.map(async ({ customerId, date }) => {
        const collection = `${customerPath(customerId)}/stats`
        return reader.query({ collection, where: [['date', '==', date]], fields: FIELDS })
      }),
    )
    return days.map((day, i) => readingOf(day, read[i]?.map(({ data }) => data) ?? [], reader.readTime()))
  })
}

export interface DayPage {
  readonly readings: readonly Reading[]
  /** Where the next page begins. Null: there are no more. */
  readonly after: string | null
}

/** All customers' counters of a day, some at a time, in the order of their paths. `limit`: more documents than one customer has of a day. */
export async function readPageOfDay(
  reader: Reader,
  date: string,
  after: string | null,
  limit: number,
): Promise<DayPage> {
  const query = { ...ofDay('stats', { date }, { after: after ?? undefined }), fields: FIELDS, limit }
  const shards = await reader.query(query)
  const isLast = shards.length < limit
  const byCustomer = [...Map.groupBy(shards, ({ path }) => path.split('/')[1] ?? '')]
  // Of the last customer there may be more on the next page.
  const whole = isLast ? byCustomer : byCustomer.slice(0, -1)
  const readings = whole
    .filter(([customerId]) => isRolledUp(customerId))
    .map(([customerId, own]) =>
      readingOf(
        { customerId, date },
        own.map(({ data }) => data),
        reader.readTime(),
      ),
    )
  const last = whole.at(-1)?.[0]
  // Behind all shards that it might get until then.
  return { readings, after: isLast || last === undefined ? null : statsEnd(last, date) }
}

const statsEnd = (customerId: string, date: string) => `${customerPath(customerId)}/stats/${date}~~`

/** Days that have counters, or totals, in order: a read for each. */
export async function datesOf(store: DocumentStore): Promise<readonly string[]> {
  const dates = new Set<string>()
  for (let last = ''; ;) {
    const next = { collection: 'stats', group: true, where: [['date', '>', last]], orderBy: 'date', limit: 1 } as const
    const [first] = await store.query({ ...next, fields: ['date'] })
    if (first === undefined) break
    dates.add((last = dateOf(first)))
  }
  const totals = { collection: 'totals', orderBy: 'date', limit: 1000, fields: ['date'] }
  for await (const page of pages(store, totals)) for (const each of page) dates.add(dateOf(each))
  return [...dates].sort()
}

const dateOf = ({ data }: Document) => data['date'] as string

/** What rollups have of a day, by customer: as of the reader's moment. */
export async function readRolledUp(reader: Reader, date: string): Promise<Map<string, DayFigures>> {
  const months = {
    collection: 'months',
    group: true,
    where: [['month', '==', monthOf(date)]],
    orderBy: 'month',
    limit: 1000,
    fields: ['customerId', 'month', `days.${date}`],
  } as const
  const days = new Map<string, DayFigures>()
  for await (const page of pages(reader, months)) {
    for (const { data } of page) {
      const { customerId, days: own } = data as unknown as Pick<CustomerMonth<Instant>, 'customerId' | 'days'>
      // Without that day there is no `days` either.
      const day = (own as typeof own | undefined)?.[date]
      if (day !== undefined) days.set(customerId, day)
    }
  }
  return days
}

/** As in BigQuery's views. */
export const isRolledUp = (customerId: string) => customerId !== SMOKE_CUSTOMER

function readingOf(day: Day, shards: readonly Data[], asOf: Instant): Reading {
  const parts = shards as unknown as readonly Partial<StatsShard<Instant>>[]
  const changedAt = parts.reduce<Instant | null>((last, { updatedAt }) => latest(last, updatedAt), null)
  return { ...day, figures: figuresOf(parts), asOf, changedAt }
}
