/**
 * Deletes a customer's data: `npm run admin -- erase-customer`. docs/decisions/erase.md says why in this order.
 *
 * Each step may be done again, so that a run which dies anywhere is followed by another from the beginning: what is done already is found so. Two
 * runs at once do no harm.
 */
import { customerPath, erasurePath } from '../contract/names.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import { asErasure, customerHash, type Erasure, type Outlives } from '../ledger/erasure.ts'
import type { Instant } from '../ledger/instant.ts'
import { serverTime } from '../reconcile/moment.ts'
import { deleteDocuments, moveCounters, removeRollups } from './erase-documents.ts'
import { deleteObjects, processedPrefix, rawPrefixes, type ObjectsFound } from './erase-objects.ts'
import { outliving, resultsEnd, uploadsEnd, type OutlivesSettings } from './erase-outlives.ts'
import { isPseudonym } from './erase-plan.ts'
import { eraseRows, type RowsDeps } from './erase-rows.ts'
import { removeTraces } from './erase-traces.ts'
import { usersOf, type Users } from './erase-users.ts'
import { checkedId } from './profiles.ts'

export interface EraseDeps extends RowsDeps {
  readonly store: DocumentStore
  readonly raw: ObjectStore
  readonly processed: ObjectStore
  readonly users: Users
  readonly settings: OutlivesSettings
  /** A name for the counters that stay, unlike any other ever. */
  readonly pseudonym: () => string
}

export interface ErasureReport {
  /** `waits`: all is done that can be done now, and the same command has to be given once more after `until`. */
  readonly outcome: 'finished' | 'waits'
  readonly until: Instant | null
  readonly pseudonym: string
  readonly results: ObjectsFound
  readonly outlives: readonly Outlives[]
}

/**
 * Does all that can be done now. Throws a RangeError where it is no customer's id, or a pseudonym's; and whatever the stores throw: what was done
 * stays done, and the tombstone stands.
 */
export async function eraseCustomer(deps: EraseDeps, customerId: string): Promise<ErasureReport> {
  const { store, tell, settings } = deps
  const path = erasurePath(customerHash(checkedId(customerId)))
  const { pseudonym } = await bury(deps, customerId, path)
  tell(`the tombstone stands: nothing of this customer is taken in any more; its counters go to ${pseudonym}`)

  const users = await usersOf(deps.users, customerId)
  for (const { uid } of users) await deps.users.delete(uid)
  tell(`${users.length} users deleted`)

  const documents = await deleteDocuments(store, customerId, (deleted) => tell(`${deleted} documents deleted`))
  tell(`${documents} documents deleted, and the customer's own`)

  const now = await serverTime(store)
  const raw = await deleteRaw(deps, customerId, now)
  tell(`${raw.deleted} raw objects deleted`)
  const results = await deleteObjects(deps.processed, processedPrefix(customerId), { now, ...settings })
  tell(`${results.deleted} results deleted; ${results.kept.objects} are kept by the retention policy`)

  if ((await read(store, path)).rowsGoneAt === null) await eraseRows(deps, customerId, pseudonym)
  tell("BigQuery's rows deleted, those of counters moved")
  const days = await moveCounters(store, customerId, pseudonym)
  await removeRollups(store, customerId)
  tell(`counters of ${days} days moved`)
  await close(store, path)
  await removeTraces(store, customerId, settings.kafka.topic)

  return end(deps, customerId, path, { raw: raw.left, results: results.kept })
}

/** From the commit of this on no claim makes a record, and the bridge takes nothing in. Returns what stands there already, where it does. */
async function bury(
  { store, pseudonym: fresh }: EraseDeps,
  customerId: string,
  path: string,
): Promise<Pick<Erasure, 'pseudonym'>> {
  return store.transact(async (transaction) => {
    const there = await transaction.get(path)
    if (there !== null) return asErasure(there)
    const customer = await transaction.get(customerPath(customerId))
    if (customer?.['erased'] === true) throw isPseudonym(customerId)
    const pseudonym = fresh()
    transaction.create(customerPath(pseudonym), {
      name: 'erased',
      erased: true,
      kind: customer?.['kind'] ?? 'web',
      createdAt: SERVER_TIME,
      updatedAt: SERVER_TIME,
    })
    const rest = { open: true, rowsGoneAt: null, closedAt: null, finishedAt: null, outlives: [] }
    transaction.create(path, { pseudonym, startedAt: SERVER_TIME, ...rest })
    return { pseudonym }
  })
}

/** Every generation that is there: a bucket without versions has one of each. Nothing keeps raw objects. */
async function deleteRaw({ raw, settings }: EraseDeps, customerId: string, now: Instant) {
  let [deleted, left] = [0, 0]
  for (const prefix of rawPrefixes(customerId)) {
    const swept = await deleteObjects(raw, prefix, { now, ...settings })
    deleted += swept.deleted
    left += swept.kept.objects
  }
  return { deleted, left }
}

/** The export need not look out for the customer any more: there is no document left from which a row could be made. */
async function close(store: DocumentStore, path: string): Promise<void> {
  await store.transact(async (transaction) => {
    const { closedAt } = asErasure((await transaction.get(path)) ?? {})
    if (closedAt === null) transaction.merge(path, { open: false, closedAt: SERVER_TIME })
  })
}

async function end(
  { store, settings }: EraseDeps,
  customerId: string,
  path: string,
  left: { readonly raw: number; readonly results: ObjectsFound },
): Promise<ErasureReport> {
  return store.transact(async (transaction) => {
    const erasure = asErasure((await transaction.get(path)) ?? {})
    const now = transaction.readTime()
    const waits = [
      ...(uploadsEnd(erasure).isAfter(now) ? [uploadsEnd(erasure)] : []),
      ...(left.results.objects > 0 ? [resultsEnd(left.results, settings.retentionDays) ?? now] : []),
    ]
    const until = waits.reduce<Instant | null>((a, b) => (a === null || b.isAfter(a) ? b : a), null)
    const finished = until === null && left.raw === 0
    const outlives = outliving(erasure, left.results, settings, { customerId, now })
    const finishedAt = finished ? (erasure.finishedAt ?? SERVER_TIME) : null
    transaction.merge(path, { outlives: outlives as unknown as WriteData['outlives'] & {}, finishedAt })
    const { pseudonym } = erasure
    return { outcome: finished ? 'finished' : 'waits', until, pseudonym, results: left.results, outlives }
  })
}

async function read(store: DocumentStore, path: string): Promise<Erasure> {
  return asErasure((await store.get(path)) ?? {})
}
