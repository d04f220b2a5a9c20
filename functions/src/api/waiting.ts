/** What has waited while processing was paused: raw objects that have no record. Reconcile finds them too, a part of the bucket at a time. */
import { imageIdOf, imagePath, parseRawName } from '../contract/names.ts'
import { objectPages, type ObjectStat, type ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'

const PAGE = 1000
/** Records that are asked for at the same time. */
const AT_ONCE = 50

export interface Waiting {
  readonly raw: Pick<ObjectStore, 'list'>
  readonly store: Pick<DocumentStore, 'get'>
  /** Idempotent, as for reconcile. */
  readonly redrive: (task: RedriveTask) => Promise<void>
  readonly progress: (counts: WaitingCounts) => void
}

export interface WaitingCounts {
  /** Raw objects looked at. */
  readonly objects: number
  /** Those of them that have no record. */
  readonly waiting: number
}

export interface WaitingSelection {
  /** Only objects that have arrived since; undefined is all. */
  readonly since: Instant | undefined
  /** Only objects that have arrived before: younger ones may still be on their way through their event. */
  readonly before: Instant
}

/** Looks at the whole raw bucket. `start`: hands what waits to redrive, which claims it like any other delivery; so it may be broken off, and run twice. */
export async function handOnWaiting(
  { raw, store, redrive, progress }: Waiting,
  { since, before }: WaitingSelection,
  start: boolean,
): Promise<WaitingCounts> {
  let counts: WaitingCounts = { objects: 0, waiting: 0 }
  const isWaiting = async ({ name: object, createdAt }: ObjectStat): Promise<boolean> => {
    const name = parseRawName(object)
    if ('problem' in name || createdAt.isAfter(before) || since?.isAfter(createdAt)) return false
    const imageId = await imageIdOf(object)
    if ((await store.get(imagePath(name.customerId, imageId))) !== null) return false
    if (start) await redrive({ rawName: object, imageId, attempt: 0, lost: 0 })
    return true
  }
  for await (const page of objectPages(raw, { limit: PAGE })) {
    for (let at = 0; at < page.length; at += AT_ONCE) {
      const some = page.slice(at, at + AT_ONCE)
      const found = (await Promise.all(some.map(isWaiting))).filter(Boolean).length
      counts = { objects: counts.objects + some.length, waiting: counts.waiting + found }
    }
    progress(counts)
  }
  return counts
}
