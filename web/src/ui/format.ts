/** Figures and formats as people read them. Without a locale, in the browser's language. */
import { type Format, FORMAT_NAMES } from '../../../functions/src/contract/formats.ts'

/** What writes in a language, made once for each: to make one takes fifty times as long as to write with it. */
export function byLocale<Writer>(make: (locale: string | undefined) => Writer): (locale: string | undefined) => Writer {
  const made = new Map<string | undefined, Writer>()
  return (locale) => {
    const known = made.get(locale)
    if (known !== undefined) return known
    const format = make(locale)
    made.set(locale, format)
    return format
  }
}

const wholeBytes = byLocale(
  (locale) => new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' }),
)
const oneDigit = byLocale((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }))
const noDigit = byLocale((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }))
const plain = byLocale((locale) => new Intl.NumberFormat(locale))
const day = byLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }))
const moment = byLocale((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }))

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Powers of 1024, as the limits are. */
export function formatBytes(bytes: number, locale?: string): string {
  if (bytes < 1024) return wholeBytes(locale).format(bytes)
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${(value < 10 ? oneDigit : noDigit)(locale).format(value)} ${UNITS[power - 1]}`
}

export const formatNumber = (value: number, locale?: string) => plain(locale).format(value)

export const formatDay = (time: Date, locale?: string) => day(locale).format(time)

export const formatTime = (time: Date, locale?: string) => moment(locale).format(time)

/** Such as "WebP"; what has no short name is as in a sentence: "a PDF document". */
export const formatName = (format: Format) => FORMAT_NAMES[format].replace(/^an? (\S+) image$/, '$1')

/** Such as "1 image", "3 images". */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`
