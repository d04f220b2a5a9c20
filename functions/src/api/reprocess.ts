/** Images are processed once more, by another profile: which they are, how many can be, and the start. */
import type { ImageRecord } from '../contract/record.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { refusesReprocess, type Ledger } from '../ledger/ledger.ts'
import { selected, type Selection } from './selection.ts'

export interface Reprocess {
  readonly store: DocumentStore
  readonly raw: Pick<ObjectStore, 'stat'>
  readonly ledger: Ledger
  /** Hands an opened image on at once. */
  redrive(task: RedriveTask): Promise<void>
  /** The version of the profile by which an image is to be processed, kept so that a job can be pinned to it. */
  versionFor(record: ImageRecord<Instant>): Promise<string>
  /** Also what that very version has made: its results were lost, or its code has changed without it. */
  readonly again?: boolean
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

/**
 * Counts what a start would do: reads each record and looks for its raw object. Throws a RangeError that says what is wrong with the
 * selection.
 */
export function planReprocess(deps: Reprocess, selection: Selection): Promise<ReprocessCounts> {
  return forEach(deps, selection, async (record, version) => {
    const guess = refusesReprocess(record, version, true, deps.again)
    return guess ?? refusesReprocess(record, version, await rawIsThere(deps, record), deps.again)
  })
}

/**
 * Opens every image of the selection that can be, pinned to its version, and hands it to redrive. One that was stopped half-way may be
 * started again: it goes on with the rest (with `again` it begins anew). Throws as {@link planReprocess} does.
 */
export function startReprocess(deps: Reprocess, selection: Selection): Promise<ReprocessCounts> {
  return forEach(deps, selection, async (record, version) => {
    const { customerId, imageId, raw } = record
    const rawExists = await rawIsThere(deps, record)
    const opened = await deps.ledger.reprocess(customerId, imageId, version, rawExists, deps)
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
