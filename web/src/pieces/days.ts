/** Calendar days, YYYY-MM-DD, which are in no time zone; and which of them a moment is on in one. */

/** Both ends included. */
export interface Days {
  readonly from: string
  readonly to: string
}

const DAY_MS = 86_400_000
const utc = (date: string) => Date.parse(`${date}T00:00:00Z`)
/** Whether a text is a day of the calendar. */
export const isDate = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(utc(text)) && plusDays(text, 0) === text

/** The day so many days later, or earlier where it is negative. */
export const plusDays = (date: string, days: number) => new Date(utc(date) + days * DAY_MS).toISOString().slice(0, 10)

/** How many days there are from the first to the last, both included. */
export const daysOf = ({ from, to }: Days) => Math.round((utc(to) - utc(from)) / DAY_MS) + 1

export const datesIn = (days: Days): readonly string[] =>
  Array.from({ length: Math.max(0, daysOf(days)) }, (_, i) => plusDays(days.from, i))

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
