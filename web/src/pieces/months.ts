/** One customer's figures by day, from its months as the rollup keeps them. Pure functions. */
import type { CustomerMonth, DayFigures } from '../../../functions/src/contract/totals.ts'
import type { Days } from './days.ts'

export type CustomerDay = DayFigures & { readonly date: string }

/** In order. Days without images are left out. */
export function daysIn(
  months: readonly Pick<CustomerMonth<Date>, 'days'>[],
  { from, to }: Days,
): readonly CustomerDay[] {
  return months
    .flatMap(({ days }) => Object.entries(days).map(([date, figures]) => ({ ...figures, date })))
    .filter(({ date }) => date >= from && date <= to)
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))
}
