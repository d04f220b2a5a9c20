/** Durations, moments and changes as people read them. Without a locale, in the browser's. */

const unit = (value: number, name: string, digits: number, locale?: string) =>
  value.toLocaleString(locale, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits })

/** Of milliseconds, in one or two units: "850 ms", "1.2 s", "2 min 5 s". */
export function duration(milliseconds: number, locale?: string): string {
  if (milliseconds < 1000) return unit(Math.round(milliseconds), 'millisecond', 0, locale)
  if (milliseconds < 59_950) return unit(milliseconds / 1000, 'second', 1, locale)
  const seconds = Math.round(milliseconds / 1000)
  const two = (large: string, size: number, small: string, smallSize: number) => {
    const rest = Math.floor((seconds % size) / smallSize)
    const whole = unit(Math.floor(seconds / size), large, 0, locale)
    return rest === 0 ? whole : `${whole} ${unit(rest, small, 0, locale)}`
  }
  if (seconds < 3600) return two('minute', 60, 'second', 1)
  if (seconds < 86_400) return two('hour', 3600, 'minute', 60)
  return two('day', 86_400, 'hour', 3600)
}

/** To the second, in a time zone that the page states. */
export const dateTime = (date: Date, zone: string, locale?: string) =>
  date.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: zone })

/** Against what it was before: "+12%", "−3%", "no change"; "none before" where that was nothing. */
export function change(now: number, before: number, locale?: string): string {
  if (now === before) return 'no change'
  if (before === 0) return 'none before'
  const share = (now - before) / before
  const digits = Math.abs(share) < 0.1 ? 1 : 0
  return share
    .toLocaleString(locale, { style: 'percent', maximumFractionDigits: digits, signDisplay: 'exceptZero' })
    .replace('-', '−')
}

/** Of a field: `rawExpired` -> "raw expired". */
export const inWords = (name: string) => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
