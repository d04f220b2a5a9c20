/** Of the overview's own chart, that of customers: pure functions of rollups. */
import { addShares, NO_SHARE, type Share } from '../../../../functions/src/contract/totals.ts'

export interface CustomerRow {
  /** Null: all the rest, so many. */
  readonly customerId: string | null
  readonly customers: number
  readonly images: number
  readonly failed: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export const TOP_CUSTOMERS = 10

/** The `top` customers that have most images, the largest first, and all the rest in one row where there are any. */
export function topCustomers(shares: ReadonlyMap<string, Share>, top = TOP_CUSTOMERS): readonly CustomerRow[] {
  const row = (customerId: string | null, customers: number, share: Share): CustomerRow => {
    const [images, failed, bytesIn, bytesOut] = share
    return { customerId, customers, images, failed, bytesIn, bytesOut }
  }
  const ranked = [...shares]
    .filter(([, [images]]) => images > 0)
    .toSorted(([a, [m]], [b, [n]]) => n - m || (a < b ? -1 : 1))
  // One customer alone is no rest.
  const named = ranked.length === top + 1 ? ranked : ranked.slice(0, top)
  const rest = ranked.slice(named.length)
  const rows = named.map(([customerId, share]) => row(customerId, 1, share))
  if (rest.length === 0) return rows
  const sum = rest.reduce((all, [, share]) => addShares(all, share), NO_SHARE)
  return [...rows, row(null, rest.length, sum)]
}
