/** The sweep of the raw bucket: finds objects of which no event came. */
import { imageIdOf, imagePath, parseRawName, SWEEP_PATH } from '../contract/names.ts'
import type { ObjectStat } from '../intake/object-store.ts'
import { SERVER_TIME, type Data, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import { isErased } from '../ledger/erasure.ts'
import type { Instant } from '../ledger/instant.ts'
import { serverTime } from './moment.ts'
import type { Reconcile } from './reconcile.ts'
import { expiresSoon, type Stuck } from './stuck.ts'

export interface Swept {
  /** Raw objects that had no record: handed to redrive. */
  readonly missed: number
  readonly objectsSeen: number
  /** False where the sweep goes on in the next run. */
  readonly sweepComplete: boolean
}

/** `reconciliations/sweep`. */
interface Sweep {
  /** The last object that was looked at; null between two sweeps. */
  readonly after: string | null
  /** When the sweep that is under way began, or the last one. */
  readonly startedAt: Instant
  readonly objects: number
  /** Objects without a record. */
  readonly missed: number
  /** When the next sweep may begin; null while one is under way. */
  readonly nextAt: Instant | null
  /** Every object that is no younger was seen to have its record, and is not asked for again; null where nothing is known. */
  readonly checkedUntil: Instant | null
}

const DAY_SECONDS = 86_400
/** A sweep is followed by so many times as much rest, but no more than {@link LONGEST_REST_SECONDS}: listing costs, too. */
const REST = 20
/** One that is faster costs next to nothing: each run sweeps. */
const FAST_SECONDS = 10
const LONGEST_REST_SECONDS = 6 * 3600

/** When the next sweep may begin, after one that took this long. Where something was missed, as after a pause, it comes sooner. */
export function nextSweep(startedAt: Instant, endedAt: Instant, missed: number): Instant {
  const seconds = (endedAt.micros - startedAt.micros) / 1e6
  if (seconds < FAST_SECONDS) return endedAt
  return endedAt.plusSeconds(Math.min(seconds * (missed > 0 ? 1 : REST), LONGEST_REST_SECONDS))
}

/**
 * Looks through the bucket from where the last run stopped, for as long as there is time. A sweep must come through within a day; where it does
 * not, it says so. Each object's record is asked for once: those that an earlier sweep has seen to be whole are passed by.
 */
export async function sweepRaw(deps: Reconcile, now: Instant, stuck: Stuck): Promise<Swept> {
  const { store, log } = deps
  let sweep = asSweep(await store.get(SWEEP_PATH))
  if (sweep?.nextAt?.isAfter(now)) return { missed: 0, objectsSeen: 0, sweepComplete: true }
  if (sweep?.after == null) {
    const checkedUntil = sweep?.checkedUntil ?? null
    sweep = { after: null, startedAt: now, objects: 0, missed: 0, nextAt: null, checkedUntil }
  }
  const { startedAt } = sweep
  const before = { objects: sweep.objects, missed: sweep.missed }
  if (now.isAfter(startedAt.plusSeconds(DAY_SECONDS))) {
    const { objects } = sweep
    log.warn('the sweep of the raw bucket takes longer than a day', { startedAt: startedAt.toString(), objects })
  }
  for (;;) {
    const { after } = sweep
    const page = await deps.raw.list({ ...(after !== null && { startAfter: after }), limit: deps.pageSize })
    const missed = await withoutRecord(deps, page, now, sweep.checkedUntil)
    for (const { object, customerId, imageId } of missed) {
      if (expiresSoon(object.createdAt, now, deps.rawDays)) stuck.object(customerId, imageId, object)
      await deps.redrive({ rawName: object.name, imageId, attempt: 0, lost: 0 })
    }
    const complete = page.length < deps.pageSize
    sweep = {
      ...sweep,
      objects: sweep.objects + page.length,
      missed: sweep.missed + missed.length,
      after: complete ? null : (page.at(-1)?.name ?? null),
    }
    if (complete) sweep = ended(sweep, await serverTime(store), deps.settleSeconds)
    await save(store, sweep)
    if (complete || deps.outOfTime()) {
      const [objectsSeen, found] = [sweep.objects - before.objects, sweep.missed - before.missed]
      return { missed: found, objectsSeen, sweepComplete: complete }
    }
  }
}

/** What an earlier version has left there is of no use. */
const asSweep = (data: Data | null) =>
  data === null || data['startedAt'] === undefined ? null : (data as unknown as Sweep)

/** An object that was missed may be missed again, as its task may be lost: then all are asked for once more. */
const ended = (sweep: Sweep, at: Instant, settleSeconds: number): Sweep => ({
  ...sweep,
  nextAt: nextSweep(sweep.startedAt, at, sweep.missed),
  checkedUntil: sweep.missed === 0 ? sweep.startedAt.plusSeconds(-settleSeconds) : sweep.checkedUntil,
})

interface Missed {
  readonly object: ObjectStat
  readonly customerId: string
  readonly imageId: string
}

/** In the order of the page. */
async function withoutRecord(
  deps: Reconcile,
  page: readonly ObjectStat[],
  now: Instant,
  checkedUntil: Instant | null,
): Promise<readonly Missed[]> {
  const missed: Missed[] = []
  for (let from = 0; from < page.length; from += deps.lanes) {
    const some = await Promise.all(
      page.slice(from, from + deps.lanes).map(async (object) => {
        const name = parseRawName(object.name)
        if ('problem' in name || object.createdAt.plusSeconds(deps.settleSeconds).isAfter(now)) return []
        if (checkedUntil !== null && !object.createdAt.isAfter(checkedUntil)) return []
        const { customerId } = name
        const imageId = await imageIdOf(object.name)
        const record = await deps.store.get(imagePath(customerId, imageId))
        // Of an erased customer none ever comes: the object goes with the next run of erase-customer, or by the lifecycle.
        return record === null && !(await isErased(deps.store, customerId)) ? [{ object, customerId, imageId }] : []
      }),
    )
    missed.push(...some.flat())
  }
  return missed
}

async function save(store: DocumentStore, sweep: Sweep): Promise<void> {
  await store.transact(async (transaction) =>
    transaction.set(SWEEP_PATH, { ...(sweep as unknown as WriteData), updatedAt: SERVER_TIME }),
  )
}
