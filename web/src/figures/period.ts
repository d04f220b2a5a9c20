/** Which days the page is about, as its address says it. Pure functions. */
import { type Days, plusDays } from '../pieces/days.ts'
import type { Step } from '../pieces/series.ts'

/** Days that end with today, whole months up to today, or a calendar year such as `2026`. */
export type Period = '30-days' | 'this-month' | '3-months' | '12-months' | `${number}`

const RECENT = ['30-days', 'this-month', '3-months', '12-months'] as const
export type Recent = (typeof RECENT)[number]
export const isRecent = (period: Period): period is Recent => RECENT.some((each) => each === period)

const FIRST_YEAR = 2020
/** So many years are offered; others may stand in the address. */
const YEARS = 3

/** Whatever is no period is the last 30 days. */
export function periodOf(search: URLSearchParams, today: string): Period {
  const asked = search.get('period') ?? ''
  const isYear = /^\d{4}$/.test(asked) && Number(asked) >= FIRST_YEAR && asked <= today.slice(0, 4)
  return isYear ? (asked as Period) : (RECENT.find((recent) => recent === asked) ?? '30-days')
}

/** What there is to choose from, `chosen` among it. */
export function periodsFor(chosen: Period, today: string): readonly Period[] {
  const newest = Number(today.slice(0, 4))
  const years = Array.from({ length: YEARS }, (_, i) => newest - i).filter((year) => year >= FIRST_YEAR)
  const offered: readonly Period[] = [...RECENT, ...years.map((year) => `${year}` as const)]
  return offered.includes(chosen) ? offered : [...offered, chosen]
}

/** No day after today. */
export function daysOf(period: Period, today: string): Days {
  const monthsBack = (count: number) => {
    const [year, month] = today.split('-').map(Number) as [number, number]
    return { from: new Date(Date.UTC(year, month - 1 - count)).toISOString().slice(0, 10), to: today }
  }
  switch (period) {
    case '30-days':
      return { from: plusDays(today, -29), to: today }
    case 'this-month':
      return monthsBack(0)
    case '3-months':
      return monthsBack(2)
    case '12-months':
      return monthsBack(11)
    default: {
      const end = `${period}-12-31`
      return { from: `${period}-01-01`, to: end < today ? end : today }
    }
  }
}

/** The first and the last of the months (YYYY-MM) to ask for, whichever of two days today turns out to be ({@link lastDay}). */
export const monthsFor = (period: Period, today: string): readonly [first: string, last: string] => [
  daysOf(period, today).from.slice(0, 7),
  plusDays(today, 1).slice(0, 7),
]

/**
 * The day up to which figures are shown. They are by the days of the zone that Darkroom reports in, which the page does not know: there it may be
 * tomorrow already.
 */
export function lastDay(
  today: string,
  months: readonly { readonly days: Readonly<Record<string, unknown>> }[],
): string {
  const tomorrow = plusDays(today, 1)
  return months.some(({ days }) => tomorrow in days) ? tomorrow : today
}

/** As the address says it, or else as suits the period. */
export const stepOf = (search: URLSearchParams, otherwise: Step): Step =>
  (['day', 'month'] as const).find((step) => step === search.get('by')) ?? otherwise
