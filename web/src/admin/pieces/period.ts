/** The days that a page is about: calendar days of the reporting time zone, YYYY-MM-DD, both ends included. */

export const PRESETS = ['today', '7', '30', '90'] as const
export type Preset = (typeof PRESETS)[number]

export interface Period {
  /** Null: any range. A preset ends with today, whichever day that is by the time. */
  readonly preset: Preset | null
  readonly from: string
  readonly to: string
}

export const DEFAULT_PRESET: Preset = '7'
export const MAX_DAYS = 366

const DAY_MS = 86_400_000
const utc = (date: string) => Date.parse(`${date}T00:00:00Z`)
const isDate = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(utc(text)) && plusDays(text, 0) === text

/** The day so many days later, or earlier where it is negative. */
export const plusDays = (date: string, days: number) => new Date(utc(date) + days * DAY_MS).toISOString().slice(0, 10)

/** How many days there are from the first to the last, both included. */
export const daysOf = ({ from, to }: Pick<Period, 'from' | 'to'>) => Math.round((utc(to) - utc(from)) / DAY_MS) + 1

export const datesIn = (period: Pick<Period, 'from' | 'to'>): readonly string[] =>
  Array.from({ length: Math.max(0, daysOf(period)) }, (_, i) => plusDays(period.from, i))

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
export function monthsAndDays(period: Pick<Period, 'from' | 'to'>): readonly string[] {
  const byMonth = Map.groupBy(datesIn(period), (date) => date.slice(0, 7))
  return [...byMonth].flatMap(([month, dates]) => {
    const [year, number] = month.split('-').map(Number) as [number, number]
    const whole = new Date(Date.UTC(year, number, 0)).getUTCDate()
    return dates.length === whole ? [month] : dates
  })
}

/** Says which day a moment is on, in a time zone. */
function daysIn(zone: string): (moment: number | Date) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (moment) => {
    const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]))
    return `${part['year']?.padStart(4, '0')}-${part['month']}-${part['day']}`
  }
}

/** The day it is in a time zone. */
export const todayIn = (zone: string, now: Date = new Date()) => daysIn(zone)(now)

/**
 * The moment at which a day begins in a time zone: the first of which {@link todayIn} says that it is that day. Not always midnight, nor
 * 24 hours after the last: clocks are changed at midnight, too, and a zone may leave a day out.
 */
export function startOf(date: string, zone: string): Date {
  const dayOf = daysIn(zone)
  // Zones are at most 14 hours from UTC, and change on the second. Days rise with time, so that halving finds where this one begins.
  let [earlier, later] = [utc(date) / 1000 - 15 * 3600, utc(date) / 1000 + 15 * 3600]
  while (later - earlier > 1) {
    const middle = Math.floor((earlier + later) / 2)
    if (dayOf(middle * 1000) < date) earlier = middle
    else later = middle
  }
  return new Date(later * 1000)
}
