/** Failed images are tried again, once what made them fail is mended. */
import type { ErrorCode } from '../contract/outcomes.ts'
import type { ImageRecord } from '../contract/record.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { selected, type Selection } from './selection.ts'

export interface Replay {
  readonly store: DocumentStore
  readonly raw: Pick<ObjectStore, 'stat'>
  readonly ledger: Ledger
  /** Hands an opened image on at once. */
  redrive(task: RedriveTask): Promise<void>
  /** After each page. */
  progress?(counts: ReplayCounts): void
}

/** Failed images of the selection, for `reason` alone where one is named. */
export interface ReplaySelection extends Selection {
  readonly reason?: ErrorCode | undefined
}

export interface ReplayCounts {
  readonly matching: number
  /** Can be tried again; or, after a start, are. */
  readonly replayable: number
  /** Their raw object is there no more. */
  readonly rawExpired: number
  /** They are being tried again already. */
  readonly busy: number
}

/** Counts what a start would do. Throws a RangeError that says what is wrong with the selection. */
export function planReplay(deps: Replay, selection: ReplaySelection): Promise<ReplayCounts> {
  return forEachFailed(deps, selection, async ({ job }, rawExists) => {
    if (job !== null) return 'busy'
    return rawExists ? null : 'raw-expired'
  })
}

/** Opens them and hands them to redrive. One that was stopped half-way may be started again. Throws as {@link planReplay} does. */
export function startReplay(deps: Replay, selection: ReplaySelection): Promise<ReplayCounts> {
  return forEachFailed(deps, selection, async ({ customerId, imageId, raw }, rawExists) => {
    const opened = await deps.ledger.replay(customerId, imageId, rawExists)
    if (typeof opened === 'string') return opened
    // Where this is lost reconcile hands it on.
    await deps.redrive({ rawName: raw.name, imageId, attempt: opened.attempt, lost: opened.lost })
    return null
  })
}

async function forEachFailed(
  deps: Replay,
  { reason, ...selection }: ReplaySelection,
  handle: (
    record: ImageRecord<Instant>,
    rawExists: boolean,
  ) => Promise<Extract<Awaited<ReturnType<Ledger['replay']>>, string> | null>,
): Promise<ReplayCounts> {
  const counts = { matching: 0, replayable: 0, rawExpired: 0, busy: 0 }
  for await (const records of selected(deps.store, selection)) {
    const failed = records.filter(
      ({ state, error }) => state === 'failed' && (reason === undefined || error?.code === reason),
    )
    const fates = await Promise.all(
      failed.map(async (record) => handle(record, (await deps.raw.stat(record.raw.name)) !== null)),
    )
    for (const fate of fates) {
      // Meanwhile it was deleted, or processed.
      if (fate === 'not-found' || fate === 'not-failed') continue
      counts.matching++
      counts[fate === null ? 'replayable' : fate === 'raw-expired' ? 'rawExpired' : 'busy']++
    }
    deps.progress?.({ ...counts })
  }
  return counts
}
