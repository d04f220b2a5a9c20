/** Figures as people read them, in the browser's language. */

const UNITS = ['KiB', 'MiB', 'GiB']

/** Powers of 1024, as the limits are. */
export function formatBytes(bytes: number, locale?: string): string {
  if (bytes < 1024) return `${bytes.toLocaleString(locale)} bytes`
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${UNITS[power - 1]}`
}

export const formatTime = (time: Date, locale?: string) =>
  time.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** Such as "1 image", "3 images". */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`
