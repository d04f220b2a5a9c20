/** Which images an operator means: those of a customer, of some days, or one; or the failed ones among them. */
import type { FailureFilter } from '../contract/admin.ts'
import { CUSTOMER_ID, customerPath, imagePath, SOURCES, type Source } from '../contract/names.ts'
import { ERROR_CODES, type ErrorCode } from '../contract/outcomes.ts'
import type { ImageRecord } from '../contract/record.ts'
import { pages, type Document, type DocumentStore, type Query } from '../ledger/document-store.ts'
import { isDeleted } from '../ledger/deletion.ts'
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

/** Page by page, without those that their owners deleted. Throws a RangeError that says what is wrong with the selection. */
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
    const data = await store.get(imagePath(customerId, imageId))
    if (data !== null) yield [asRecord(data)].filter(isShown)
  }
}

/** By the moment of arrival, which has an index. */
async function* ofCustomer(store: DocumentStore, customerId: string, days: Days) {
  const query = {
    collection: `${customerPath(customerId)}/images`,
    where: arrivedAround(days),
    orderBy: 'receivedAt',
    limit: PAGE,
  }
  for await (const page of pages(store, query)) {
    yield page.map(({ data }) => asRecord(data)).filter((record) => isShown(record) && arrivedOn(days)(record))
  }
}

const isShown = (record: ImageRecord<Instant>) => !isDeleted(record)

type Days = Pick<Selection, 'from' | 'to'>

/** A day in any time zone begins and ends within a day of UTC's. */
function arrivedAround({ from, to }: Days): NonNullable<Query['where']> {
  const midnight = (date: string) => Instant.parse(`${date}T00:00:00Z`)
  return [
    ...(from === undefined ? [] : [['receivedAt', '>=', midnight(from).plusDays(-1)] as const]),
    ...(to === undefined ? [] : [['receivedAt', '<', midnight(to).plusDays(2)] as const]),
  ]
}

const arrivedOn =
  ({ from, to }: Days) =>
  ({ date }: ImageRecord<Instant>) =>
    (from === undefined || date >= from) && (to === undefined || date <= to)

export interface ImageKey {
  readonly customerId: string
  readonly imageId: string
}

/** Failed images that match, or images by their names, of which some need not be there or have failed. */
export type FailureSelection = FailureFilter | readonly ImageKey[]

export interface FailurePage {
  readonly records: readonly ImageRecord<Instant>[]
  /** Where to go on after this page, for the same selection; null: it was the last. */
  readonly next: string | null
}

/**
 * Page by page: those that match by reason and source, the oldest first, since their originals go first. Reads no others. Throws a RangeError where `after`
 * is no {@link FailurePage.next} of such a selection.
 */
export function failedImages(
  store: Pick<DocumentStore, 'get' | 'query'>,
  selection: FailureSelection,
  after: string | null = null,
): AsyncGenerator<FailurePage> {
  return isList(selection) ? named(store, selection, after) : failedThatMatch(store, selection, after)
}

/** Arrays that are read only are none to Array.isArray's type. */
const isList = (selection: FailureSelection): selection is readonly ImageKey[] => Array.isArray(selection)

async function* named(
  store: Pick<DocumentStore, 'get'>,
  images: readonly ImageKey[],
  after: string | null,
): AsyncGenerator<FailurePage> {
  for (let at = after === null ? 0 : placeIn(images, after); at < images.length; at += PAGE) {
    const found = await Promise.all(
      images.slice(at, at + PAGE).map(({ customerId, imageId }) => store.get(imagePath(customerId, imageId))),
    )
    const records = found.flatMap((data) => (data === null ? [] : [asRecord(data)]))
    yield { records, next: at + PAGE < images.length ? String(at + PAGE) : null }
  }
}

function placeIn(images: readonly ImageKey[], after: string): number {
  const at = /^\d{1,6}$/.test(after) ? Number(after) : NaN
  if (!(at < images.length)) throw notOurs(after)
  return at
}

/** One reason and one source after the other, so that one index serves every filter: it holds failed images alone, as only they have an `error.code`. */
async function* failedThatMatch(
  store: Pick<DocumentStore, 'query'>,
  { customerId, reason, source, ...days }: FailureFilter,
  after: string | null,
): AsyncGenerator<FailurePage> {
  const kinds = (reason === undefined ? ERROR_CODES : [reason]).flatMap((code) =>
    (source === undefined ? SOURCES : [source]).map((each): Kind => ({ code, source: each })),
  )
  let place: Place | null = after === null ? { kind: 0, last: null } : placeAmong(kinds, after)
  while (place !== null) {
    const { kind, last }: Place = place
    const page: readonly Document[] = await store.query({
      ...(customerId === undefined
        ? { collection: 'images', group: true }
        : { collection: `${customerPath(customerId)}/images` }),
      where: [
        ['error.code', '==', (kinds[kind] as Kind).code],
        ['source', '==', (kinds[kind] as Kind).source],
        ...arrivedAround(days),
      ],
      orderBy: 'receivedAt',
      limit: PAGE,
      ...(last && { startAfter: last }),
    })
    place = placeAfter(page, kind, kinds)
    const records = page.map(({ data }) => asRecord(data)).filter(arrivedOn(days))
    yield { records, next: place && textOf(place, kinds) }
  }
}

interface Kind {
  readonly code: ErrorCode
  readonly source: Source
}

/** Among failed images: behind which of a kind. */
interface Place {
  readonly kind: number
  /** Null: before the first. */
  readonly last: { readonly value: Instant; readonly path: string } | null
}

function placeAfter(page: readonly Document[], kind: number, kinds: readonly Kind[]): Place | null {
  const last = page.length < PAGE ? undefined : page.at(-1)
  if (last !== undefined) return { kind, last: { value: last.data['receivedAt'] as Instant, path: last.path } }
  return kind + 1 < kinds.length ? { kind: kind + 1, last: null } : null
}

const nameOf = ({ code, source }: Kind) => `${code}~${source}`

function textOf({ kind, last }: Place, kinds: readonly Kind[]): string {
  const name = nameOf(kinds[kind] as Kind)
  return last === null ? name : `${name}~${last.value.micros}~${last.path}`
}

const PLACE = /^([a-z-]+~[a-z]+)(?:~(\d{1,16})~(customers\/[A-Za-z0-9_-]{1,128}\/images\/[0-9a-f]{40}))?$/

function placeAmong(kinds: readonly Kind[], after: string): Place {
  const [, name, micros, path] = PLACE.exec(after) ?? []
  const kind = kinds.findIndex((each) => nameOf(each) === name)
  if (kind < 0) throw notOurs(after)
  return { kind, last: path === undefined ? null : { value: Instant.ofMicros(Number(micros)), path } }
}

const notOurs = (after: string) =>
  new RangeError(
    `after ${JSON.stringify(after.slice(0, 200))}: expected what an earlier answer of the same replay said`,
  )
