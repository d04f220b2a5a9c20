/** Failed images are tried again, once what made them fail is mended. */
import type { ReplayAnswer, ReplayFate } from '../contract/admin.ts'
import type { ImageRecord } from '../contract/record.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { isDeleted } from '../ledger/deletion.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { failedImages, type FailureSelection } from './selection.ts'

export interface Replay {
  readonly store: Pick<DocumentStore, 'get' | 'query'>
  readonly raw: Pick<ObjectStore, 'stat'>
  readonly ledger: Pick<Ledger, 'replay'>
  /** Hands an opened image on at once. */
  redrive(task: RedriveTask): Promise<void>
}

export interface ReplayOptions {
  /** {@link Replayed.more} of an earlier one. */
  readonly after?: string | undefined
  /** Asked after each page: whether to leave the rest to another. */
  readonly outOfTime?: () => boolean
  /** After each page. */
  readonly progress?: (counts: ReplayCounts) => void
  /** Told of each image that failed. */
  readonly visit?: (record: ImageRecord<Instant>, fate: ReplayFate) => void
}

export type ReplayCounts = Pick<ReplayAnswer, 'matching' | ReplayFate>
/** `more`: where to go on; null: all were looked at. */
export type Replayed = ReplayCounts & Pick<ReplayAnswer, 'more'>

/** Counts what a start would do. Throws a RangeError where `after` is none of such a selection. */
export function planReplay(deps: Replay, selection: FailureSelection, options?: ReplayOptions): Promise<Replayed> {
  return forEachFailed(deps, selection, options, async (record) => {
    if (isDeleted(record)) return 'deleted'
    if (record.job !== null) return 'busy'
    return (await isThere(deps, record.raw)) ? 'replayable' : 'rawExpired'
  })
}

/**
 * Opens them and hands them to redrive. One that was stopped half-way may be started again, and several may go on at the same time: what one has
 * opened is busy to the others. Throws as {@link planReplay} does.
 */
export function startReplay(deps: Replay, selection: FailureSelection, options?: ReplayOptions): Promise<Replayed> {
  return forEachFailed(deps, selection, options, async ({ customerId, imageId, raw }) => {
    const opened = await deps.ledger.replay(customerId, imageId, await isThere(deps, raw))
    switch (opened) {
      case 'busy':
      case 'deleted':
        return opened
      case 'raw-expired':
        return 'rawExpired'
      // Meanwhile it was deleted, or processed.
      case 'not-found':
      case 'not-failed':
      case 'tried-enough':
        return null
    }
    // Where this is lost reconcile hands it on.
    await deps.redrive({ rawName: raw.name, imageId, attempt: opened.attempt, lost: opened.lost })
    return 'replayable'
  })
}

const isThere = async ({ raw }: Replay, { name }: ImageRecord<Instant>['raw']) => (await raw.stat(name)) !== null

async function forEachFailed(
  { store }: Replay,
  selection: FailureSelection,
  { after, outOfTime = () => false, progress, visit }: ReplayOptions = {},
  handle: (record: ImageRecord<Instant>) => Promise<ReplayFate | null>,
): Promise<Replayed> {
  const counts = { matching: 0, replayable: 0, rawExpired: 0, busy: 0, deleted: 0 }
  for await (const { records, next } of failedImages(store, selection, after)) {
    await Promise.all(
      records.map(async (record) => {
        const fate = record.state === 'failed' ? await handle(record) : null
        if (fate === null) return
        counts.matching++
        counts[fate]++
        visit?.(record, fate)
      }),
    )
    progress?.({ ...counts })
    if (next !== null && outOfTime()) return { ...counts, more: next }
  }
  return { ...counts, more: null }
}
