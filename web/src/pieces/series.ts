/** What charts of days show, and their tables list: pure functions of rollups. The values of each add up to the figures. */
import type { Format } from '../../../functions/src/contract/formats.ts'
import { SOURCES, type Source } from '../../../functions/src/contract/names.ts'
import { ERROR_CODES, type ErrorCode } from '../../../functions/src/contract/outcomes.ts'
import type { Figures } from '../../../functions/src/contract/record.ts'
import type { DayFigures } from '../../../functions/src/contract/totals.ts'
import { cellsOf, type CountedCell, type Filter } from './sums.ts'
import type { ChartWords } from './words.ts'

export type Step = 'day' | 'month'

/** More days than this can't be told apart on a screen: longer periods are better shown by month. */
export const MOST_DAYS = 92
export const stepFor = (dates: readonly string[]): Step => (dates.length > MOST_DAYS ? 'month' : 'day')

export interface Shown {
  /** Those that have any figures. */
  readonly days: readonly (DayFigures & { readonly date: string })[]
  /** Every day of the period in order, with or without figures. */
  readonly dates: readonly string[]
  readonly step: Step
  readonly filter: Filter
}

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
  readonly step: Step
  readonly series: readonly Series[]
  readonly points: readonly Point[]
}

/** The day, or its month. */
export const keyOf = (date: string, step: Step) => (step === 'month' ? date.slice(0, 7) : date)

function overTime(
  { days, dates, step, filter }: Shown,
  measure: keyof Figures,
  series: readonly Series[],
  seriesOf: (cell: CountedCell) => string,
): OverTime {
  const nothing = Object.fromEntries(series.map(({ key }) => [key, 0]))
  const points = new Map(dates.map((date) => [keyOf(date, step), { ...nothing }]))
  for (const day of days) {
    const values = points.get(keyOf(day.date, step))
    if (values === undefined) continue
    for (const cell of cellsOf(day, filter)) {
      const key = seriesOf(cell)
      values[key] = (values[key] ?? 0) + cell[measure]
    }
  }
  return { step, series, points: [...points].map(([key, values]) => ({ key, values })) }
}

const PROCESSED = 'processed'
const FAILED = 'failed'

/** How images ended, as parts of a bar: values `processed` and `failed`. */
export const endedSeries = ({ processed, failed }: Pick<ChartWords, 'processed' | 'failed'>): readonly Series[] => [
  { key: PROCESSED, name: processed, place: 0 },
  { key: FAILED, name: failed, place: 1 },
]

export const endedOverTime = (shown: Shown, words: Pick<ChartWords, 'processed' | 'failed'>): OverTime =>
  overTime(shown, 'images', endedSeries(words), ({ outcome }) => (outcome === 'processed' ? PROCESSED : FAILED))

const OTHERS = 'others'

/**
 * The `top` formats that have most images, whichever figure is shown of them, the largest first, and all others as one: a format has the same
 * colour in every chart.
 */
export function formatsOverTime(
  shown: Shown,
  words: Pick<ChartWords, 'formatName' | 'others'>,
  measure: keyof Figures = 'images',
  top = 5,
): OverTime {
  const images = new Map<Format, number>()
  for (const day of shown.days) {
    for (const cell of cellsOf(day, shown.filter)) images.set(cell.format, (images.get(cell.format) ?? 0) + cell.images)
  }
  const ranked = [...images].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([format]) => format)
  // One format alone is no "others".
  const named = ranked.length === top + 1 ? ranked : ranked.slice(0, top)
  const series: Series[] = named.map((format, place) => ({ key: format, name: words.formatName(format), place }))
  if (named.length < ranked.length) series.push({ key: OTHERS, name: words.others, place: null })
  return overTime(shown, measure, series, ({ format }) => (named.includes(format) ? format : OTHERS))
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
