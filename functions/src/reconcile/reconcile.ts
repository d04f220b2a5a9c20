import { EXPORT_SHARDS } from '../contract/limits.ts'
import { RECONCILED_PATH } from '../contract/names.ts'
import type { ImageRecord } from '../contract/record.ts'
import type { Log } from '../intake/log.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import { SERVER_TIME, type DocumentStore, type Query, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { serverTime } from './moment.ts'
import { isStuck, Stuck } from './stuck.ts'
import { sweepRaw, type Swept } from './sweep.ts'

export interface Reconcile {
  readonly store: DocumentStore
  readonly raw: ObjectStore
  readonly log: Log
  /**
   * Idempotent: the same task twice is one task, or two of which the second finds nothing to do. While processing is paused it takes the task and
   * drops it: what is not done is found again.
   */
  redrive(task: RedriveTask): Promise<void>
  /** Whether processing is paused: then nothing is handed out, and everything is reported all the same. */
  paused(): Promise<boolean>
  /** An object younger than this may still be on its way through the event, and no lease is longer. Seconds. */
  readonly settleSeconds: number
  /** How long raw objects are kept, in days. */
  readonly rawDays: number
  /** Objects and records looked at in one page. */
  readonly pageSize: number
  /** Records asked for at the same time. */
  readonly lanes: number
  /** True once the function should come to an end: it stops after a page, and the next run goes on from there. */
  outOfTime(): boolean
}

export interface Reconciled extends Swept {
  /** Records whose lease had expired, or that nobody had claimed: handed to redrive. */
  readonly overdue: number
  /** Images that have not ended three days before their raw object expires, as far as this run has looked. */
  readonly stuck: number
}

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
  fields: OPEN_FIELDS,
})

/** Of a record with work open, which may have findings of an earlier end. */
const OPEN_FIELDS = [
  'imageId',
  'customerId',
  'raw',
  'state',
  'job',
  'attempt',
  'lost',
  'dueAt',
  'receivedAt',
] as const satisfies readonly (keyof ImageRecord<Instant>)[]

/**
 * Finds what events have missed and what died at work, and hands it to redrive. It decides nothing: redrive claims each image
 * like any other delivery, so a wrong guess costs a skipped task and no more. Raises an alarm for what will be lost if nobody looks.
 */
export async function reconcile(deps: Reconcile): Promise<Reconciled> {
  const { store, log } = deps
  const startedAt = await serverTime(store)
  const stuck = new Stuck(log, deps.rawDays)
  const paused = await deps.paused()
  const overdue = await redriveOpen(deps, startedAt, stuck)
  const sweep = await sweepRaw(deps, startedAt, stuck)
  const done: Reconciled = { overdue, ...sweep, stuck: stuck.count }
  if (overdue + sweep.missed > 0 && !paused) log.warn('reconcile handed images to redrive', { ...done })
  log.info('reconcile finished', { ...done, paused })
  await store.transact(async (transaction) =>
    transaction.set(RECONCILED_PATH, { ...done, paused, startedAt, finishedAt: SERVER_TIME } satisfies WriteData),
  )
  return done
}

/** Looks at every record that has work open: no lease ends later than one that is taken now. */
async function redriveOpen(deps: Reconcile, now: Instant, stuck: Stuck): Promise<number> {
  let overdue = 0
  for (let shard = 0; shard < EXPORT_SHARDS; shard++) {
    const query = overdueQuery(shard, now.plusSeconds(deps.settleSeconds), deps.pageSize)
    let page = await deps.store.query(query)
    while (page.length > 0) {
      for (const document of page) {
        const record = asRecord(document.data)
        const { raw, imageId, attempt, lost, dueAt } = record
        if (isStuck(record, now, deps.rawDays)) stuck.record(record)
        if (dueAt === null || dueAt.isAfter(now)) continue
        await deps.redrive({ rawName: raw.name, imageId, attempt, lost })
        overdue++
      }
      const last = page.at(-1)
      if (last === undefined || page.length < deps.pageSize || deps.outOfTime()) break
      page = await deps.store.query({
        ...query,
        startAfter: { value: asRecord(last.data).dueAt, path: last.path },
      })
    }
  }
  return overdue
}
