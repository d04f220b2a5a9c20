/** Figures and formats as people read them. Without a locale, in the browser's language. */
import { type Format, FORMAT_NAMES } from '../../../functions/src/contract/formats.ts'

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Powers of 1024, as the limits are. */
export function formatBytes(bytes: number, locale?: string): string {
  if (bytes < 1024) return `${bytes.toLocaleString(locale)} bytes`
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${UNITS[power - 1]}`
}

export const formatTime = (time: Date, locale?: string) =>
  time.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** Such as "WebP"; what has no short name is as in a sentence: "a PDF document". */
export const formatName = (format: Format) => FORMAT_NAMES[format].replace(/^an? (\S+) image$/, '$1')

/** Such as "1 image", "3 images". */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`
