/** What the overview's charts show, and their tables list: pure functions of rollups. The values of each add up to the figures. */
import type { Format } from '../../../../functions/src/contract/formats.ts'
import { SOURCES, type Source } from '../../../../functions/src/contract/names.ts'
import { ERROR_CODES, type ErrorCode } from '../../../../functions/src/contract/outcomes.ts'
import { addShares, type DayFigures, NO_SHARE, type Share } from '../../../../functions/src/contract/totals.ts'
import { formatName } from '../../ui/format.ts'
import { cellsOf, type CountedCell, type Filter } from './sums.ts'

/** Longer periods are shown by month: more bars than this can't be told apart. */
export const MOST_DAYS = 92

type Dated = DayFigures & { readonly date: string }

/** One bar over time, of several parts. `key`: YYYY-MM-DD or YYYY-MM. */
export interface Point {
  readonly key: string
  /** By series. */
  readonly values: Readonly<Record<string, number>>
}
export interface Series {
  readonly key: string
  readonly name: string
  /** Of its colour and pattern; null: those of what is left over. */
  readonly place: number | null
}
export interface OverTime {
  readonly series: readonly Series[]
  readonly points: readonly Point[]
}

/** `dates`: every day of the period in order, with or without figures. */
function pointsOf(
  days: readonly Dated[],
  dates: readonly string[],
  filter: Filter,
  series: readonly Series[],
  seriesOf: (cell: CountedCell) => string,
): OverTime {
  const keyOf = (date: string) => (dates.length > MOST_DAYS ? date.slice(0, 7) : date)
  const nothing = Object.fromEntries(series.map(({ key }) => [key, 0]))
  const points = new Map(dates.map((date) => [keyOf(date), { ...nothing }]))
  for (const day of days) {
    const values = points.get(keyOf(day.date))
    if (values === undefined) continue
    for (const cell of cellsOf(day, filter)) {
      const key = seriesOf(cell)
      values[key] = (values[key] ?? 0) + cell.images
    }
  }
  return { series, points: [...points].map(([key, values]) => ({ key, values })) }
}

export const PROCESSED: Series = { key: 'processed', name: 'Processed', place: 0 }
export const FAILED: Series = { key: 'failed', name: 'Failed', place: 1 }

export const endedOverTime = (days: readonly Dated[], dates: readonly string[], filter: Filter): OverTime =>
  pointsOf(days, dates, filter, [PROCESSED, FAILED], ({ outcome }) =>
    outcome === 'processed' ? PROCESSED.key : FAILED.key,
  )

const OTHERS = 'others'

/** The `top` formats that have most images, the largest first, and all others as one. */
export function formatsOverTime(days: readonly Dated[], dates: readonly string[], filter: Filter, top = 5): OverTime {
  const images = new Map<Format, number>()
  for (const day of days) {
    for (const cell of cellsOf(day, filter)) images.set(cell.format, (images.get(cell.format) ?? 0) + cell.images)
  }
  const ranked = [...images].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([format]) => format)
  // One format alone is no "others".
  const named = ranked.length === top + 1 ? ranked : ranked.slice(0, top)
  const series: Series[] = named.map((format, place) => ({ key: format, name: formatName(format), place }))
  if (named.length < ranked.length) series.push({ key: OTHERS, name: 'Others', place: null })
  return pointsOf(days, dates, filter, series, ({ format }) => (named.includes(format) ? format : OTHERS))
}

export interface SourceRow {
  readonly source: Source
  readonly processed: number
  readonly failed: number
  readonly bytesIn: number
}

/** Every source that the filter lets through, with or without images. */
export function sourcesOf(days: readonly DayFigures[], filter: Filter): readonly SourceRow[] {
  const cells = days.flatMap((day) => cellsOf(day, filter))
  return SOURCES.filter((source) => (filter.source ?? source) === source).map((source) => {
    const own = cells.filter((cell) => cell.source === source)
    const images = (some: readonly CountedCell[]) => some.reduce((sum, cell) => sum + cell.images, 0)
    return {
      source,
      processed: images(own.filter(({ outcome }) => outcome === 'processed')),
      failed: images(own.filter(({ outcome }) => outcome !== 'processed')),
      bytesIn: own.reduce((sum, cell) => sum + cell.bytesIn, 0),
    }
  })
}

export interface ReasonRow {
  readonly reason: ErrorCode
  readonly images: number
}

/** The reasons that occur, the most frequent first. */
export function reasonsOf(days: readonly DayFigures[], filter: Filter): readonly ReasonRow[] {
  const cells = days.flatMap((day) => cellsOf(day, filter))
  return ERROR_CODES.map((reason) => ({
    reason,
    images: cells.filter(({ outcome }) => outcome === reason).reduce((sum, { images }) => sum + images, 0),
  }))
    .filter(({ images }) => images > 0)
    .toSorted((a, b) => b.images - a.images)
}

/** Such as "Unsupported format". */
export const reasonName = (reason: ErrorCode) => (reason[0] ?? '').toUpperCase() + reason.slice(1).replaceAll('-', ' ')

export interface CustomerRow {
  /** Null: all the rest, so many. */
  readonly customerId: string | null
  readonly customers: number
  readonly images: number
  readonly failed: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export const TOP_CUSTOMERS = 10

/** The `top` customers that have most images, the largest first, and all the rest in one row where there are any. */
export function topCustomers(shares: ReadonlyMap<string, Share>, top = TOP_CUSTOMERS): readonly CustomerRow[] {
  const row = (customerId: string | null, customers: number, share: Share): CustomerRow => {
    const [images, failed, bytesIn, bytesOut] = share
    return { customerId, customers, images, failed, bytesIn, bytesOut }
  }
  const ranked = [...shares]
    .filter(([, [images]]) => images > 0)
    .toSorted(([a, [m]], [b, [n]]) => n - m || (a < b ? -1 : 1))
  // One customer alone is no rest.
  const named = ranked.length === top + 1 ? ranked : ranked.slice(0, top)
  const rest = ranked.slice(named.length)
  const rows = named.map(([customerId, share]) => row(customerId, 1, share))
  if (rest.length === 0) return rows
  const sum = rest.reduce((all, [, share]) => addShares(all, share), NO_SHARE)
  return [...rows, row(null, rest.length, sum)]
}
