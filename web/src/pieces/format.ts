/** Figures and days as people read them. Without a locale, in the browser's. */
import { byLocale, formatBytes } from '../ui/format.ts'
import type { Days } from './days.ts'

const NUMBER = byLocale((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }))
const SHORT = byLocale((locale) => new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }))
const dates = (options: Intl.DateTimeFormatOptions) =>
  byLocale((locale) => new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }))
const DAY = dates({ dateStyle: 'medium' })
const SHORT_DAY = dates({ month: 'short', day: 'numeric' })
const MONTH = dates({ year: 'numeric', month: 'long' })
const SHORT_MONTH = dates({ year: 'numeric', month: 'short' })

export const number = (value: number, locale?: string) => NUMBER(locale).format(value)

/** Such as "12.3 k": for axes and narrow places. */
export const short = (value: number, locale?: string) => SHORT(locale).format(value)

export const bytes = formatBytes

/** Of a share, 0 to 1. */
export const percent = (share: number, locale?: string) =>
  share.toLocaleString(locale, { style: 'percent', maximumFractionDigits: Math.abs(share) < 0.1 ? 1 : 0 })

/** A day is in no time zone, nor is a month. */
const startOf = (key: string) => new Date(key.length === 7 ? `${key}-01T00:00:00Z` : `${key}T00:00:00Z`)

/** Of a day, YYYY-MM-DD. */
export const day = (date: string, locale?: string) => DAY(locale).format(startOf(date))

/** Of a day or a month, YYYY-MM-DD or YYYY-MM: in full, and for axes. */
export const keyLabel = (key: string, locale?: string) => (key.length === 7 ? MONTH : DAY)(locale).format(startOf(key))
export const shortKey = (key: string, locale?: string) =>
  (key.length === 7 ? SHORT_MONTH : SHORT_DAY)(locale).format(startOf(key))

/** Such as "30 Oct – 28 Nov 2026". */
export const daysLabel = ({ from, to }: Days, locale?: string) => DAY(locale).formatRange(startOf(from), startOf(to))

/** Where to mark an axis of bytes that reaches up to `highest`: round in the units in which {@link bytes} says them, with at most six marks. */
export function byteTicks(highest: number): readonly number[] {
  let unit = 1
  while (highest / unit > 1024) unit *= 1024
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 256, 512, 1024].map((step) => step * unit)
  const step = steps.find((each) => highest / each <= 5) ?? highest
  return Array.from({ length: Math.max(1, Math.ceil(highest / step)) + 1 }, (_, i) => i * step)
}

/** So many characters have room beside a bar. */
export const LONGEST_LABEL = 18
export const cut = (text: string) => (text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text)
