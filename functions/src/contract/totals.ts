/**
 * Rollups of the counters, as the admin's page reads them: so that looking costs documents by the day, never by the image. Shared with the
 * web client. No imports but from this folder.
 */
import { longestOf } from './durations.ts'
import type { Source } from './names.ts'
import { addFigures, NO_FIGURES, type Figures } from './record.ts'

/** What images of a day add up to. Of cells and buckets that fell to zero there is nothing. */
export interface DayFigures {
  /** By `{source}~{format}~{outcome}`. */
  readonly cells: Readonly<Record<string, Figures>>
  /** Number of processed images (outcome `processed`) by duration: `durationBucket` -> count. */
  readonly histogram: Readonly<Record<string, number>>
}

/** `totals/{date}`: all customers of one day. */
export interface DayTotals<Time> extends DayFigures {
  readonly date: string
  readonly updatedAt: Time
}

/** `customers/{id}/months/{YYYY-MM}`: one customer, by day of the month. */
export interface CustomerMonth<Time> {
  readonly customerId: string
  readonly month: string
  /** By date, YYYY-MM-DD. `asOf`: the moment at which the counters were read. */
  readonly days: Readonly<Record<string, DayFigures & { readonly asOf: Time }>>
  readonly updatedAt: Time
}

/** `summaries/{id}`: a customer in one line, for the table of customers. Sums are over all time. */
export interface CustomerSummary<Time> {
  readonly customerId: string
  readonly name: string
  /** The name in lower case, by which it is searched and sorted. */
  readonly nameKey: string
  readonly kind: Source
  /** The pseudonym of a customer whose data was deleted. */
  readonly erased: boolean
  readonly images: number
  readonly failed: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** The newest day on which an image of it arrived: YYYY-MM-DD. */
  readonly lastDate: string
  /** When its counters changed last, as of the last rollup. */
  readonly lastActivityAt: Time
  /** By month (YYYY-MM), those that have any: what the sums are the sums of. */
  readonly months: Readonly<Record<string, MonthShare>>
  readonly updatedAt: Time
}

/** What one customer has in `shares/`: images, those failed among them, bytes in, bytes out. */
export type Share = readonly [images: number, failed: number, bytesIn: number, bytesOut: number]
/** The same of a month, and the newest day of it (1 to 31) that has anything. */
export type MonthShare = readonly [...share: Share, lastDay: number]

/**
 * `shares/{date}~{chunk}` and `shares/{YYYY-MM}~{chunk}`: who had how much of a day or of a month. A customer is in one chunk, by a hash of
 * its id.
 */
export interface Shares<Time> {
  /** YYYY-MM-DD or YYYY-MM. */
  readonly period: string
  readonly chunk: number
  /** JSON of `{ [customerId]: Share }`: as a map it would be three times as large, and indexed. */
  readonly customers: string
  readonly updatedAt: Time
}

/** A chunk has room for some 15,000 customers: an entry is about 70 bytes of the 1 MiB that a document takes. */
export const SHARE_CHUNKS = 4

export const totalsPath = (date: string) => `totals/${date}`
export const sharesPath = (period: string, chunk: number) => `shares/${period}~${chunk}`
export const customerMonthPath = (customerId: string, month: string) => `customers/${customerId}/months/${month}`
export const summaryPath = (customerId: string) => `summaries/${customerId}`
/** How far rollup has followed the counters' changes. */
export const ROLLUP_CURSOR_PATH = 'rollups/cursor'
/** Whose turn it is to write rollups: rises with each run of rollup, and with each day of counters that is moved to another customer. */
export const ROLLUP_FENCE_PATH = 'rollups/fence'

/** A customer's name as it is searched and sorted by. */
export const nameKeyOf = (name: string) => name.toLowerCase()

export const NO_DAY: DayFigures = { cells: {}, histogram: {} }

/** `a + sign × b`. Without cells and buckets that fall to zero. */
export function addDay(a: DayFigures, b: DayFigures, sign: 1 | -1 = 1): DayFigures {
  const cells: Record<string, Figures> = { ...a.cells }
  for (const [key, figures] of Object.entries(b.cells)) {
    const sum = addFigures(cells[key] ?? NO_FIGURES, figures, sign)
    if (Object.values(sum).some((figure) => figure !== 0)) cells[key] = sum
    else delete cells[key]
  }
  const histogram: Record<string, number> = { ...a.histogram }
  for (const [bucket, images] of Object.entries(b.histogram)) {
    const sum = (histogram[bucket] ?? 0) + sign * images
    if (sum !== 0) histogram[bucket] = sum
    else delete histogram[bucket]
  }
  return { cells, histogram }
}

export const NO_SHARE: Share = [0, 0, 0, 0]

export const addShares = (a: Share, b: Share): Share => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]]

/** What a customer's day is in `shares/`. */
export function shareOf({ cells }: Pick<DayFigures, 'cells'>): Share {
  return Object.entries(cells).reduce<Share>((sum, [key, { images, bytesIn, bytesOut }]) => {
    const failed = key.endsWith('~processed') ? 0 : images
    return addShares(sum, [images, failed, bytesIn, bytesOut])
  }, NO_SHARE)
}

/**
 * The duration, in whole milliseconds, that `share` (0 to 1) of the images took at most: the end of the bucket in which the last of them is,
 * as BigQuery's view `processing_times` says it. The exact figure is at most a fifth below. Null where there are none, or where that bucket is the
 * last, which has no end.
 */
export function durationAt(histogram: Readonly<Record<string, number>>, share: number): number | null {
  const buckets = Object.entries(histogram)
    .map(([bucket, images]) => ({ bucket: Number(bucket), images }))
    .sort((a, b) => a.bucket - b.bucket)
  const all = buckets.reduce((sum, { images }) => sum + images, 0)
  if (all === 0) return null
  // As far as a product of doubles may be off: 0.55 × 100 is more than 55.
  const wanted = share * all * (1 - 2 ** -50)
  let soFar = 0
  for (const { bucket, images } of buckets) {
    soFar += images
    if (soFar >= wanted) return longestOf(bucket)
  }
  return null
}
