/** Every figure by day or by month. Pure functions of rollups. */
import { keyOf, type Shown } from '../pieces/series.ts'
import { type Sums, sumsOf } from '../pieces/sums.ts'

export interface Row extends Sums {
  /** YYYY-MM-DD or YYYY-MM. */
  readonly key: string
}

/** In order, those without images among them. */
export function rowsOf({ days, dates, step, filter }: Shown): readonly Row[] {
  const keys = new Set(dates.map((date) => keyOf(date, step)))
  const byKey = Map.groupBy(days, ({ date }) => keyOf(date, step))
  return [...keys].map((key) => ({ key, ...sumsOf(byKey.get(key) ?? [], filter) }))
}
