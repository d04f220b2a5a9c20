/** The table of customers: what its address asks for, and what its columns say. Pure functions. */
import type { CustomerSummary } from '../../../../functions/src/contract/totals.ts'
import type { SummaryOrder, SummaryQuestion } from '../backend.ts'

export const ROWS = 50

const ORDERS: readonly SummaryOrder[] = ['nameKey', 'images', 'failed', 'bytesIn', 'bytesOut', 'lastActivityAt']
const isOrder = (text: string | null): text is SummaryOrder => (ORDERS as readonly (string | null)[]).includes(text)

export type Sorting = Pick<SummaryQuestion, 'order' | 'descending'>
/** Whoever was at work last comes first. */
const DEFAULT: Sorting = { order: 'lastActivityAt', descending: true }

/** What the address says: `search`, `order`, `descending` (yes or no). Whatever is none is the default. */
export function questionOf(address: URLSearchParams): Sorting & Pick<SummaryQuestion, 'search'> {
  const order = address.get('order')
  const search = (address.get('search') ?? '').trim()
  return isOrder(order) ? { search, order, descending: address.get('descending') === 'yes' } : { search, ...DEFAULT }
}

/** The changes to the address when a column's heading is pressed: names begin at A, figures at the largest; once more turns it round. */
export function sortChanges(now: Sorting, key: string): Readonly<Record<string, string | null>> {
  if (!isOrder(key)) return {}
  const descending = now.order === key ? !now.descending : key !== 'nameKey'
  return { order: key, descending: descending ? 'yes' : 'no' }
}

/** 0 to 1; null: there are no images. */
export const failureShare = ({ images, failed }: Pick<CustomerSummary<Date>, 'images' | 'failed'>) =>
  images === 0 ? null : failed / images

/** Such as "Customers 51 to 60". */
export const rangeText = (page: number, rows: number) =>
  rows === 0 ? 'No customers' : `Customers ${page * ROWS + 1} to ${page * ROWS + rows}`
