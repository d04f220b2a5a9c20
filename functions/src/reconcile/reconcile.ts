import { EXPORT_SHARDS } from '../contract/limits.ts'
import { imageIdOf, imagePath, parseRawName } from '../contract/names.ts'
import type { Log } from '../intake/log.ts'
import type { ObjectStat, ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import { SERVER_TIME, type DocumentStore, type Query, type Reader } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'

export interface Reconcile {
  readonly store: DocumentStore
  readonly raw: ObjectStore
  readonly log: Log
  /** Idempotent: the same task twice is one task, or two of which the second finds nothing to do. */
  redrive(task: RedriveTask): Promise<void>
  /** An object younger than this may still be on its way through the event. Seconds. */
  readonly settleSeconds: number
  /** Objects and records looked at in one page. */
  readonly pageSize: number
  /** Raw objects looked at in one run, to a whole page: what bounds the cost of a sweep. The next run goes on from there. */
  readonly sweepLimit: number
  /** True once the function should come to an end: it stops after a page, and the next run goes on from there. */
  outOfTime(): boolean
}

export interface Reconciled {
  /** Records whose lease had expired, or that nobody had claimed: handed to redrive. */
  readonly overdue: number
  /** Raw objects that had no record: handed to redrive. */
  readonly missed: number
  readonly objectsSeen: number
  /** False where the sweep goes on in the next run. */
  readonly sweepComplete: boolean
}

const SWEEP = 'reconciliations/sweep'

/** What becomes due is found by shard, since an index on a rising value alone would cap writes. */
export const overdueQuery = (shard: number, now: Instant, limit: number): Query => ({
  collection: 'images',
  group: true,
  where: [
    ['exportShard', '==', shard],
    ['dueAt', '<=', now],
  ],
  orderBy: 'dueAt',
  limit,
})

/**
 * Finds what events have missed and what died at work, and hands it to redrive. It decides nothing: redrive claims each image
 * like any other delivery, so a wrong guess costs a skipped task and no more.
 */
export async function reconcile(deps: Reconcile): Promise<Reconciled> {
  const now = await serverTime(deps.store)
  const overdue = await redriveOverdue(deps, now)
  const sweep = await sweepRaw(deps, now)
  const done: Reconciled = { overdue, ...sweep }
  if (overdue + sweep.missed > 0) deps.log.warn('reconcile handed images to redrive', { ...done })
  return done
}

/** Leases are set by the store's clock, so they are judged by it. */
async function serverTime(store: DocumentStore): Promise<Instant> {
  return store.snapshot(async (reader: Reader) => {
    await reader.get(SWEEP)
    return reader.readTime()
  })
}

async function redriveOverdue(deps: Reconcile, now: Instant): Promise<number> {
  let handed = 0
  for (let shard = 0; shard < EXPORT_SHARDS; shard++) {
    const query = overdueQuery(shard, now, deps.pageSize)
    let page = await deps.store.query(query)
    while (page.length > 0) {
      for (const document of page) {
        const { raw, imageId, attempt, lost } = asRecord(document.data)
        await deps.redrive({ rawName: raw.name, imageId, attempt, lost })
        handed++
      }
      const last = page.at(-1)
      if (last === undefined || page.length < deps.pageSize || deps.outOfTime()) break
      page = await deps.store.query({
        ...query,
        startAfter: { value: asRecord(last.data).dueAt, path: last.path },
      })
    }
  }
  return handed
}

async function sweepRaw(deps: Reconcile, now: Instant): Promise<Omit<Reconciled, 'overdue'>> {
  const saved = (await deps.store.get(SWEEP))?.['after']
  let after = typeof saved === 'string' ? saved : undefined
  let cursorStands = after !== undefined
  let missed = 0
  let objectsSeen = 0
  for (;;) {
    const page = await deps.raw.list({ ...(after !== undefined && { startAfter: after }), limit: deps.pageSize })
    for (const object of page) {
      objectsSeen++
      if (await isMissed(deps, object, now)) {
        await deps.redrive({ rawName: object.name, imageId: await imageIdOf(object.name), attempt: 0, lost: 0 })
        missed++
      }
    }
    const complete = page.length < deps.pageSize
    after = complete ? undefined : page.at(-1)?.name
    // A sweep of a single page leaves nothing to remember.
    if (!complete || cursorStands) await saveCursor(deps.store, after)
    cursorStands = !complete
    if (complete || objectsSeen >= deps.sweepLimit || deps.outOfTime()) {
      return { missed, objectsSeen, sweepComplete: complete }
    }
  }
}

async function isMissed(deps: Reconcile, object: ObjectStat, now: Instant): Promise<boolean> {
  const name = parseRawName(object.name)
  if ('problem' in name || object.createdAt.plusSeconds(deps.settleSeconds).isAfter(now)) return false
  return (await deps.store.get(imagePath(name.customerId, await imageIdOf(object.name)))) === null
}

async function saveCursor(store: DocumentStore, after: string | undefined): Promise<void> {
  await store.transact(async (transaction) =>
    transaction.set(SWEEP, { ...(after !== undefined && { after }), updatedAt: SERVER_TIME }),
  )
}
