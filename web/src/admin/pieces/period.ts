/** The days that a page is about: calendar days of the reporting time zone, YYYY-MM-DD, both ends included. */
import { datesIn, type Days, daysOf, isDate, plusDays } from '../../pieces/days.ts'

export const PRESETS = ['today', '7', '30', '90'] as const
export type Preset = (typeof PRESETS)[number]

export interface Period extends Days {
  /** Null: any range. A preset ends with today, whichever day that is by the time. */
  readonly preset: Preset | null
}

export const DEFAULT_PRESET: Preset = '7'
export const MAX_DAYS = 366

/** Null where days are a range that can be shown; else a sentence that says why not. */
export function rangeProblem(from: string, to: string): string | null {
  if (!isDate(from) || !isDate(to)) return 'Choose a first and a last day.'
  if (from > to) return 'The first day is after the last.'
  if (daysOf({ from, to }) > MAX_DAYS) return `That is more than ${MAX_DAYS} days.`
  return null
}

const presetOf = (preset: Preset, today: string): Period => ({
  preset,
  from: preset === 'today' ? today : plusDays(today, 1 - Number(preset)),
  to: today,
})

/** What the address says: `days` is a preset, or `from` and `to` are days. Whatever is no period is the default. */
export function periodOf(search: URLSearchParams, today: string): Period {
  const days = search.get('days')
  const preset = PRESETS.find((each) => each === days)
  if (preset !== undefined) return presetOf(preset, today)
  const [from, to] = [search.get('from') ?? '', search.get('to') ?? '']
  return rangeProblem(from, to) === null ? { preset: null, from, to } : presetOf(DEFAULT_PRESET, today)
}

/** The changes to the address ({@link periodOf}) by which it says this period. */
export const periodChanges = ({ preset, from, to }: Period): Readonly<Record<string, string | null>> =>
  preset === null ? { days: null, from, to } : { days: preset, from: null, to: null }

/** As many days, just before. */
export const before = (period: Period): Period => ({
  preset: null,
  from: plusDays(period.from, -daysOf(period)),
  to: plusDays(period.from, -1),
})

/** The same days in as few parts as can be: whole months as YYYY-MM, the others as YYYY-MM-DD, in order. */
export function monthsAndDays(period: Days): readonly string[] {
  const byMonth = Map.groupBy(datesIn(period), (date) => date.slice(0, 7))
  return [...byMonth].flatMap(([month, dates]) => {
    const [year, number] = month.split('-').map(Number) as [number, number]
    const whole = new Date(Date.UTC(year, number, 0)).getUTCDate()
    return dates.length === whole ? [month] : dates
  })
}
