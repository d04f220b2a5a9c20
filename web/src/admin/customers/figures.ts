/** One customer's figures: from its months, as the rollup keeps them, to the days of a period. Pure functions. */
import type { CustomerMonth, DayFigures } from '../../../../functions/src/contract/totals.ts'
import { before, type Period } from '../pieces/period.ts'

export type CustomerDay = DayFigures & { readonly date: string }

/** The months (YYYY-MM) that hold a period and the one before it. */
export const monthsOf = (period: Period) => ({ from: before(period).from.slice(0, 7), to: period.to.slice(0, 7) })

/** In order. Days without images are left out. */
export function daysIn(
  months: readonly Pick<CustomerMonth<Date>, 'days'>[],
  { from, to }: Pick<Period, 'from' | 'to'>,
): readonly CustomerDay[] {
  return months
    .flatMap(({ days }) => Object.entries(days).map(([date, figures]) => ({ ...figures, date })))
    .filter(({ date }) => date >= from && date <= to)
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))
}
