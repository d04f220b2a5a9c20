/** What there is of a customer, before anything is deleted. */
import { customerPath, erasurePath, profilesPath, quotaPath } from '../contract/names.ts'
import type { Warehouse } from '../export/warehouse.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import { asErasure, customerHash, type Erasure } from '../ledger/erasure.ts'
import { pages, type DocumentStore } from '../ledger/document-store.ts'
import { asRecord } from '../ledger/ledger.ts'
import { checkedId } from './profiles.ts'
import { findObjects, processedPrefix, rawPrefixes, together, type ObjectsFound } from './erase-objects.ts'
import { rowJobs } from './erase-rows.ts'
import { usersOf, type User, type Users } from './erase-users.ts'

export interface ErasurePlan {
  /** Null where it was not begun. */
  readonly erasure: Erasure | null
  /** Whether `customers/{id}` is there. */
  readonly known: boolean
  readonly records: number
  /** Records that somebody is at work on, or will be. */
  readonly open: number
  readonly days: number
  readonly profiles: boolean
  readonly quota: boolean
  readonly users: readonly User[]
  readonly raw: ObjectsFound
  readonly results: ObjectsFound
  /** Null where BigQuery could not be asked: `unread` says why. */
  readonly rows: { readonly images: number; readonly stats: number; readonly bytesRead: number } | null
  readonly unread: string | null
}

export interface PlanDeps {
  readonly store: DocumentStore
  readonly raw: Pick<ObjectStore, 'list'>
  readonly processed: Pick<ObjectStore, 'list'>
  readonly warehouse: Pick<Warehouse, 'cells' | 'scanned'>
  readonly users: Pick<Users, 'list'>
}

const PAGE = 1000
const EVER = { from: '0001-01-01', to: '9999-12-31' }

/** Changes nothing. Throws a RangeError where it is no customer's id, or the pseudonym of one who was erased. */
export async function planErasure(deps: PlanDeps, customerId: string): Promise<ErasurePlan> {
  const { store } = deps
  const customer = await store.get(customerPath(checkedId(customerId)))
  if (customer?.['erased'] === true) throw isPseudonym(customerId)
  const erasure = await store.get(erasurePath(customerHash(customerId)))
  const raw = await Promise.all(rawPrefixes(customerId).map((prefix) => findObjects(deps.raw, prefix)))
  return {
    erasure: erasure === null ? null : asErasure(erasure),
    known: customer !== null,
    ...(await countRecords(store, customerId)),
    days: await countDays(store, customerId),
    profiles: (await store.get(profilesPath(customerId))) !== null,
    quota: (await store.get(quotaPath(customerId))) !== null,
    users: await usersOf(deps.users, customerId),
    raw: raw.reduce(together),
    results: await findObjects(deps.processed, processedPrefix(customerId)),
    ...(await readRows(deps.warehouse, customerId)),
  }
}

export const isPseudonym = (customerId: string) =>
  new RangeError(`${customerId} is the pseudonym of a customer who was erased already: nothing of it is anybody's data`)

/** Whether there is nothing of such a customer: who was it that was meant? */
export const isNothing = ({ erasure, known, records, days, profiles, quota, users, raw, results, rows }: ErasurePlan) =>
  erasure === null &&
  !known &&
  records + days + users.length + raw.objects + results.objects + (rows?.images ?? 0) + (rows?.stats ?? 0) === 0 &&
  !profiles &&
  !quota

async function countRecords(store: DocumentStore, customerId: string): Promise<Pick<ErasurePlan, 'records' | 'open'>> {
  const query = {
    collection: `${customerPath(customerId)}/images`,
    orderBy: 'receivedAt',
    limit: PAGE,
    fields: ['receivedAt', 'job.kind'],
  }
  let [records, open] = [0, 0]
  for await (const page of pages(store, query)) {
    records += page.length
    open += page.filter(({ data }) => (asRecord(data).job ?? null) !== null).length
  }
  return { records, open }
}

async function countDays(store: DocumentStore, customerId: string): Promise<number> {
  const shards = await store.query({ collection: `${customerPath(customerId)}/stats`, fields: ['date'] })
  return new Set(shards.map(({ path }) => path.split('/').at(-1)?.split('~')[0])).size
}

async function readRows(
  warehouse: PlanDeps['warehouse'],
  customerId: string,
): Promise<Pick<ErasurePlan, 'rows' | 'unread'>> {
  try {
    let [images, stats, bytesRead] = [0, 0, 0]
    for await (const cell of warehouse.cells('images', EVER, customerId)) images += cell.images
    for await (const _ of warehouse.cells('customer_stats', EVER, customerId)) stats++
    for (const [, job] of rowJobs(customerId, 'erased')) bytesRead += await warehouse.scanned(job)
    return { rows: { images, stats, bytesRead }, unread: null }
  } catch (error) {
    // A project that has never exported has no tables yet.
    return { rows: null, unread: error instanceof Error ? error.message : String(error) }
  }
}
