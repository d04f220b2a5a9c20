import { before, type Period } from '../pieces/period.ts'

/** The months (YYYY-MM) that hold a period and the one before it. */
export const monthsOf = (period: Period) => ({ from: before(period).from.slice(0, 7), to: period.to.slice(0, 7) })
