/** Until when an image's results are there, and when to warn of it. */
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** Results that go sooner than this are warned of. */
export const WARN_MS = 48 * HOUR_MS

/** `none`: there are no results to keep. `soon`: fewer than 48 hours are left. `gone`: they were kept till then, and may be gone any time. */
export type Expiry = 'none' | 'kept' | 'soon' | 'gone'

export function expiryOf(availableUntil: Date | null, now: Date): Expiry {
  if (availableUntil === null) return 'none'
  const left = availableUntil.getTime() - now.getTime()
  if (left <= 0) return 'gone'
  return left < WARN_MS ? 'soon' : 'kept'
}
