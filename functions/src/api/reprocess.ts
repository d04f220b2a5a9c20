/** Images are processed once more, by another profile: which they are, how many can be, and the start. */
import { CUSTOMER_ID } from '../contract/names.ts'
import type { ImageRecord } from '../contract/record.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { Document, DocumentStore, Query } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { asRecord, refusesReprocess, type Ledger } from '../ledger/ledger.ts'

/** One image; a customer's, of some days or of all; or everyone's of some days. Days are inclusive, YYYY-MM-DD. */
export interface Selection {
  readonly customerId?: string | undefined
  readonly imageId?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface Reprocess {
  readonly store: DocumentStore
  readonly raw: Pick<ObjectStore, 'stat'>
  readonly ledger: Ledger
  /** Hands an opened image on at once. */
  redrive(task: RedriveTask): Promise<void>
  /** The version of the profile by which an image is to be processed, kept so that a job can be pinned to it. */
  versionFor(record: ImageRecord<Instant>): Promise<string>
  /** After each page. */
  progress?(counts: ReprocessCounts): void
}

export interface ReprocessCounts {
  readonly matching: number
  /** Can be reprocessed; or, after a start, are. */
  readonly reprocessable: number
  /** Their raw object is there no more. */
  readonly rawExpired: number
  /** Another job is open on them. */
  readonly busy: number
  /** That profile made their results, or is about to. */
  readonly already: number
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

/**
 * Counts what a start would do: reads each record and looks for its raw object. Throws a RangeError that says what is wrong with the
 * selection.
 */
export function planReprocess(deps: Reprocess, selection: Selection): Promise<ReprocessCounts> {
  return forEach(deps, selection, async (record, version) => {
    const guess = refusesReprocess(record, version, true)
    return guess ?? refusesReprocess(record, version, await rawIsThere(deps, record))
  })
}

/**
 * Opens every image of the selection that can be, pinned to its version, and hands it to redrive. One that was stopped half-way may be
 * started again: it goes on with the rest. Throws as {@link planReprocess} does.
 */
export function startReprocess(deps: Reprocess, selection: Selection): Promise<ReprocessCounts> {
  return forEach(deps, selection, async (record, version) => {
    const { customerId, imageId, raw } = record
    const opened = await deps.ledger.reprocess(customerId, imageId, version, await rawIsThere(deps, record))
    if (typeof opened === 'string') return opened
    // Where this is lost reconcile hands it on.
    await deps.redrive({ rawName: raw.name, imageId, attempt: opened.attempt, lost: opened.lost })
    return null
  })
}

const rawIsThere = async (deps: Reprocess, { raw }: ImageRecord<Instant>) => (await deps.raw.stat(raw.name)) !== null

type Fate = ReturnType<typeof refusesReprocess> | 'not-found'

async function forEach(
  deps: Reprocess,
  selection: Selection,
  handle: (record: ImageRecord<Instant>, version: string) => Promise<Fate>,
): Promise<ReprocessCounts> {
  const problem = selectionProblem(selection)
  if (problem !== null) throw new RangeError(problem)
  const counts = { matching: 0, reprocessable: 0, rawExpired: 0, busy: 0, already: 0 }
  for await (const records of selected(deps.store, selection)) {
    const fates = await Promise.all(records.map(async (record) => handle(record, await deps.versionFor(record))))
    for (const fate of fates) {
      if (fate === 'not-found') continue
      counts.matching++
      counts[fate === null ? 'reprocessable' : fate === 'raw-expired' ? 'rawExpired' : fate]++
    }
    deps.progress?.({ ...counts })
  }
  return counts
}

/** Records and raw objects looked at side by side. */
const PAGE = 50

async function* selected(store: DocumentStore, selection: Selection): AsyncGenerator<readonly ImageRecord<Instant>[]> {
  const { customerId, imageId } = selection
  if (customerId === undefined) {
    for await (const customers of pages(store, { collection: 'customers', orderBy: 'createdAt' }, 'createdAt')) {
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
  const query: Query = {
    collection: `customers/${customerId}/images`,
    where: [
      ...(from === undefined ? [] : [['receivedAt', '>=', midnight(from).plusDays(-1)] as const]),
      ...(to === undefined ? [] : [['receivedAt', '<', midnight(to).plusDays(2)] as const]),
    ],
    orderBy: 'receivedAt',
  }
  for await (const page of pages(store, query, 'receivedAt')) {
    const records = page.map(({ data }) => asRecord(data))
    yield records.filter(({ date }) => (from === undefined || date >= from) && (to === undefined || date <= to))
  }
}

async function* pages(store: DocumentStore, query: Query, orderBy: string): AsyncGenerator<readonly Document[]> {
  for (let after: Query['startAfter']; ;) {
    const page = await store.query({ ...query, limit: PAGE, ...(after && { startAfter: after }) })
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = { value: last.data[orderBy] as NonNullable<typeof after>['value'], path: last.path }
  }
}
