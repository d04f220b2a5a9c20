/** Which part of the figures the page shows, and how they compare with the period before: pure functions of rollups. */
import { FORMATS } from '../../../../functions/src/contract/formats.ts'
import { SOURCES } from '../../../../functions/src/contract/names.ts'
import type { Filter } from '../../pieces/sums.ts'
import { change } from '../pieces/format.ts'

/** From the page's address; what is no source or format is none. */
export function filterOf(search: URLSearchParams): Filter {
  return {
    source: SOURCES.find((each) => each === search.get('source')) ?? null,
    format: FORMATS.find((each) => each === search.get('format')) ?? null,
  }
}

/** A figure against the same of the period before; null where there is none. */
export const against = (now: number | null, before: number | null): string | null =>
  now === null || before === null ? null : change(now, before)

/** Of shares of 1: the difference in percentage points, such as "−0.4 points". */
export function pointsAgainst(now: number | null, before: number | null, locale?: string): string | null {
  if (now === null || before === null) return null
  if (now === before) return 'no change'
  const points = ((now - before) * 100).toLocaleString(locale, { maximumFractionDigits: 2, signDisplay: 'exceptZero' })
  return `${points.replace('-', '−')} points`
}
