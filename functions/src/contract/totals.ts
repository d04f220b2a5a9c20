/**
 * Rollups of the counters, as the admin's page reads them: so that looking costs documents by the day, never by the image. Shared with the
 * web client. No imports but from this folder.
 */
import type { Source } from './names.ts'
import type { Cell } from './record.ts'

/** One cell without its histogram. */
export type Figures = Omit<Cell, 'histogram'>

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
  readonly updatedAt: Time
}

/** What one customer has in `shares/`: images, those failed among them, bytes in, bytes out. */
export type Share = readonly [images: number, failed: number, bytesIn: number, bytesOut: number]

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

/** A chunk has room for some 20,000 customers. */
export const SHARE_CHUNKS = 4

export const totalsPath = (date: string) => `totals/${date}`
export const sharesPath = (period: string, chunk: number) => `shares/${period}~${chunk}`
export const customerMonthPath = (customerId: string, month: string) => `customers/${customerId}/months/${month}`
export const summaryPath = (customerId: string) => `summaries/${customerId}`
/** How far rollup has followed the counters' changes. */
export const ROLLUP_CURSOR_PATH = 'rollups/cursor'

export const NO_FIGURES: Figures = {
  images: 0,
  reprocessed: 0,
  bytesIn: 0,
  bytesOut: 0,
  pixels: 0,
  milliseconds: 0,
}

/** `a + sign × b`, field by field. */
export function addFigures(a: Figures, b: Figures, sign: 1 | -1 = 1): Figures {
  return {
    images: a.images + sign * b.images,
    reprocessed: a.reprocessed + sign * b.reprocessed,
    bytesIn: a.bytesIn + sign * b.bytesIn,
    bytesOut: a.bytesOut + sign * b.bytesOut,
    pixels: a.pixels + sign * b.pixels,
    milliseconds: a.milliseconds + sign * b.milliseconds,
  }
}

/**
 * The duration, in milliseconds, that `share` (0 to 1) of the images took at most; null where there are none. Between a bucket's bounds it
 * goes by the logarithm, as BigQuery's view does.
 */
export function durationAt(histogram: Readonly<Record<string, number>>, share: number): number | null {
  const buckets = Object.entries(histogram)
    .map(([bucket, images]) => ({ bucket: Number(bucket), images }))
    .filter(({ images }) => images > 0)
    .sort((a, b) => a.bucket - b.bucket)
  const all = buckets.reduce((sum, { images }) => sum + images, 0)
  if (all === 0) return null
  let left = share * all
  for (const { bucket, images } of buckets) {
    if (left <= images) return 2 ** ((bucket + left / images) / 4)
    left -= images
  }
  return 2 ** (((buckets.at(-1)?.bucket ?? 0) + 1) / 4)
}
