/** One customer's day, read at one moment: what its records add up to, and what its counters say. */
import { customerPath } from '../contract/names.ts'
import { asStatsShard } from '../ledger/counters.ts'
import type { DocumentStore, Query, Reader } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { addImage, addShard, imagesIn, plainOf, sumsOf, type PlainSums, type Sums } from './figures.ts'

export interface Day {
  readonly customerId: string
  /** YYYY-MM-DD, in the reporting time zone. */
  readonly date: string
}

export interface DayRead {
  readonly readAt: Instant
  readonly records: Sums
  readonly counters: Sums
}

/** How far a day has been read that takes longer than one run. */
export interface PartOfDay {
  readonly readAt: Instant
  /** The last record read of each slice; null: read to its end. */
  readonly after: readonly (string | null)[]
  readonly records: PlainSums
}

/** Only this of a record is sent: findings can be 64 KiB. */
const FIELDS = ['counted'] as const
/** Image ids are hexadecimal, and hashes: each slice has as many as the others. */
const SLICES = ['0', '4', '8', 'c'] as const

export interface DaySizes {
  /** Records held in memory at a time, for each slice. */
  readonly page: number
  /** From so many images on, by the counters, a day's records are read in slices at once. */
  readonly many: number
  /**
   * From so many on it is read as of a whole minute, which is a moment that can still be read after an hour (where point-in-time recovery is
   * on): so the next run can go on where this one had to stop.
   */
  readonly tooManyForOneRun: number
}
const SIZES: DaySizes = { page: 2000, many: 20_000, tooManyForOneRun: 500_000 }

/** Documents of one day, by their path: the group's index on `date` serves one customer as well as all. Ids are hexadecimal. */
export const ofDay = (
  collection: 'images' | 'stats',
  { date, customerId }: { readonly date: string; readonly customerId?: string | undefined },
  { after, before = '~' }: { readonly after?: string | undefined; readonly before?: string } = {},
): Query => {
  const path = (id: string) => `${customerPath(customerId ?? '')}/${collection}/${id}`
  const start = after ?? (customerId === undefined ? undefined : path('!'))
  return {
    collection,
    group: true,
    where: [['date', '==', date]],
    orderBy: 'date',
    ...(start !== undefined && { startAfter: { value: date, path: start } }),
    ...(customerId !== undefined && { endBefore: { value: date, path: path(before) } }),
  }
}

export async function readCounters(reader: Pick<Reader, 'query'>, { customerId, date }: Day): Promise<Sums> {
  const sums: Sums = new Map()
  const collection = `${customerPath(customerId)}/stats`
  const shards = await reader.query({ collection, where: [['date', '==', date]], fields: ['cells'] })
  for (const shard of shards) addShard(sums, asStatsShard(shard))
  return sums
}

/**
 * Reads a day at one moment, in pages; or as much of it as there is time for, which is then what to go on from. `now` is the store's time.
 * Throws where `from` is of a moment that the store no longer knows.
 */
export async function readDay(
  store: DocumentStore,
  day: Day,
  now: Instant,
  outOfTime: () => boolean,
  from: PartOfDay | null = null,
  sizes: DaySizes = SIZES,
): Promise<DayRead | PartOfDay> {
  let readAt = from?.readAt ?? now
  const countersAt = (at: Instant) => store.snapshot((reader) => readCounters(reader, day), { at })
  let counters = await countersAt(readAt)
  if (from === null && imagesIn(counters) >= sizes.tooManyForOneRun) {
    readAt = Instant.ofMicros(Math.floor(now.micros / 60e6) * 60e6)
    counters = await countersAt(readAt)
  }
  const records = sumsOf(from?.records ?? {})
  const slices = slicesOf(from, imagesIn(counters) < sizes.many)
  const after = await Promise.all(
    slices.map((slice) => readSlice(store, day, readAt, slice, records, outOfTime, sizes.page)),
  )
  if (after.every((path) => path === null)) return { readAt, records, counters }
  return { readAt, after, records: plainOf(records) }
}

interface Slice {
  /** Undefined: from the first; null: it has been read. */
  readonly after: string | null | undefined
  readonly from: string
  readonly before: string
}

function slicesOf(from: PartOfDay | null, isSmall: boolean): readonly Slice[] {
  const isWhole = from === null ? isSmall : from.after.length === 1
  const starts = isWhole ? ['!'] : SLICES
  return starts.map((start, i) => ({ after: from?.after[i], from: start, before: starts[i + 1] ?? '~' }))
}

/** Returns the last record that it had time for; null where it got to the end. */
async function readSlice(
  store: DocumentStore,
  day: Day,
  at: Instant,
  slice: Slice,
  records: Sums,
  outOfTime: () => boolean,
  limit: number,
): Promise<string | null> {
  if (slice.after === null) return null
  // No id is a single character: nothing is left out that begins with it.
  let after = slice.after ?? `${customerPath(day.customerId)}/images/${slice.from}`
  for (;;) {
    const query = { ...ofDay('images', day, { after, before: slice.before }), fields: FIELDS, limit }
    const page = await store.snapshot((reader) => reader.query(query), { at })
    for (const { data } of page) {
      const { counted } = asRecord(data)
      if (counted) addImage(records, counted)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return null
    after = last.path
    if (outOfTime()) return after
  }
}

export const isWhole = (read: DayRead | PartOfDay): read is DayRead => 'counters' in read
