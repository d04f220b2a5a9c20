/** What the days of a period add up to: pure functions of rollups. */
import { type Format, FORMATS } from '../../../functions/src/contract/formats.ts'
import type { Source } from '../../../functions/src/contract/names.ts'
import type { Outcome } from '../../../functions/src/contract/outcomes.ts'
import { addFigures, type Figures, NO_FIGURES } from '../../../functions/src/contract/record.ts'
import { addDay, type DayFigures, durationAt, NO_DAY } from '../../../functions/src/contract/totals.ts'

/** Null: all. */
export interface Filter {
  readonly source: Source | null
  readonly format: Format | null
}

export const NO_FILTER: Filter = { source: null, format: null }

export interface CountedCell extends Figures {
  readonly source: Source
  readonly format: Format
  readonly outcome: Outcome
}

/** A day's cells that the filter lets through. */
export function cellsOf(day: DayFigures, filter: Filter): readonly CountedCell[] {
  return Object.entries(day.cells).flatMap(([key, figures]) => {
    const [source, format, outcome] = key.split('~') as [Source, Format, Outcome]
    const matches = (filter.source ?? source) === source && (filter.format ?? format) === format
    return matches ? [{ ...figures, source, format, outcome }] : []
  })
}

/** `images` are all that ended: processed and failed. */
export interface Sums extends Figures {
  readonly processed: number
  readonly failed: number
  /** Of all that ended, 0 to 1; null where none did. */
  readonly failureRate: number | null
  /** Milliseconds that half, and 99 of 100, of the processed images took at most: of all sources and formats. Null where there are none. */
  readonly median: number | null
  readonly p99: number | null
}

export function sumsOf(days: readonly DayFigures[], filter: Filter): Sums {
  const merged = days.reduce<DayFigures>((sum, day) => addDay(sum, day), NO_DAY)
  let all = NO_FIGURES
  let processed = 0
  for (const cell of cellsOf(merged, filter)) {
    all = addFigures(all, cell)
    if (cell.outcome === 'processed') processed += cell.images
  }
  const failed = all.images - processed
  return {
    ...all,
    processed,
    failed,
    failureRate: all.images === 0 ? null : failed / all.images,
    median: durationAt(merged.histogram, 0.5),
    p99: durationAt(merged.histogram, 0.99),
  }
}

/** The formats that occur, in the order of {@link FORMATS}. */
export function formatsIn(days: readonly DayFigures[]): readonly Format[] {
  const found = new Set(days.flatMap((day) => Object.keys(day.cells).map((key) => key.split('~')[1])))
  return FORMATS.filter((format) => found.has(format))
}

/** When the newest of these days was rolled up. */
export function newestOf(days: readonly { readonly updatedAt: Date }[]): Date | null {
  return days.reduce<Date | null>(
    (newest, { updatedAt }) => (newest === null || updatedAt > newest ? updatedAt : newest),
    null,
  )
}
