/** Which images an operator means: those of a customer, of some days, or one. */
import { CUSTOMER_ID } from '../contract/names.ts'
import type { ImageRecord } from '../contract/record.ts'
import { pages, type DocumentStore } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'

/** One image; a customer's, of some days or of all; or everyone's of some days. Days are inclusive, YYYY-MM-DD. */
export interface Selection {
  readonly customerId?: string | undefined
  readonly imageId?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Says what is wrong with a selection, or null. */
export function selectionProblem({ customerId, imageId, from, to }: Selection): string | null {
  for (const date of [from, to]) {
    if (date !== undefined && !isDate(date)) return `the day ${JSON.stringify(date)}: expected YYYY-MM-DD`
  }
  if (from !== undefined && to !== undefined && from > to) return `the days from ${from} to ${to} are none`
  if (customerId !== undefined && !CUSTOMER_ID.test(customerId)) {
    return `the customer ${JSON.stringify(customerId)}: expected an id that matches ${CUSTOMER_ID.source}`
  }
  if (imageId !== undefined && customerId === undefined) return 'an image needs its customer'
  if (customerId === undefined && (from === undefined || to === undefined)) {
    return 'expected a customer, or a first and a last day'
  }
  return null
}

const isDate = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

/** Records and raw objects looked at side by side. */
const PAGE = 50

/** Page by page. Throws a RangeError that says what is wrong with the selection. */
export async function* selected(
  store: DocumentStore,
  selection: Selection,
): AsyncGenerator<readonly ImageRecord<Instant>[]> {
  const problem = selectionProblem(selection)
  if (problem !== null) throw new RangeError(problem)
  const { customerId, imageId } = selection
  if (customerId === undefined) {
    for await (const customers of pages(store, { collection: 'customers', orderBy: 'createdAt', limit: PAGE })) {
      for (const { path } of customers) yield* ofCustomer(store, path.split('/')[1] as string, selection)
    }
  } else if (imageId === undefined) {
    yield* ofCustomer(store, customerId, selection)
  } else {
    const data = await store.get(`customers/${customerId}/images/${imageId}`)
    if (data !== null) yield [asRecord(data)]
  }
}

/** By the moment of arrival, which has an index; a day in any time zone begins and ends within a day of UTC's. */
async function* ofCustomer(store: DocumentStore, customerId: string, { from, to }: Selection) {
  const midnight = (date: string) => Instant.parse(`${date}T00:00:00Z`)
  const query = {
    collection: `customers/${customerId}/images`,
    where: [
      ...(from === undefined ? [] : [['receivedAt', '>=', midnight(from).plusDays(-1)] as const]),
      ...(to === undefined ? [] : [['receivedAt', '<', midnight(to).plusDays(2)] as const]),
    ],
    orderBy: 'receivedAt',
    limit: PAGE,
  }
  for await (const page of pages(store, query)) {
    const records = page.map(({ data }) => asRecord(data))
    yield records.filter(({ date }) => (from === undefined || date >= from) && (to === undefined || date <= to))
  }
}
