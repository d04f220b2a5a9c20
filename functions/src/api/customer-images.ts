/** Images are tried again, deleted and restored by their owner. */
import type { ImageRefusal, ImagesAction, ImagesAnswer, ImagesRequest } from '../contract/customer.ts'
import { imagePath } from '../contract/names.ts'
import type { Log } from '../intake/log.ts'
import type { ObjectStore } from '../intake/object-store.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { asRecord, type Ledger } from '../ledger/ledger.ts'
import type { Customer } from './customer-call.ts'

export interface ImagesDeps {
  readonly store: Pick<DocumentStore, 'get'>
  readonly raw: Pick<ObjectStore, 'stat'>
  readonly ledger: Pick<Ledger, 'replay' | 'delete' | 'restore'>
  readonly log: Log
  /** Hands an opened image on at once; drops it while processing is paused. */
  redrive(task: RedriveTask): Promise<void>
}

/** Images worked on side by side. */
const AT_ONCE = 10

type Fate = 'done' | ImageRefusal
type Act = (deps: ImagesDeps, customerId: string, imageId: string) => Promise<Fate>

/**
 * Each image by itself: what one is refused for stops no other. Rejects with the first fault of the platform, once those begun have ended; what was done
 * then stays done, and the same call goes on with the rest.
 */
export async function customerImages(
  deps: ImagesDeps,
  { action, imageIds }: ImagesRequest,
  { customerId }: Customer,
): Promise<ImagesAnswer> {
  const done: string[] = []
  const refused: Record<string, ImageRefusal> = {}
  for (let at = 0; at < imageIds.length; at += AT_ONCE) {
    const some = imageIds.slice(at, at + AT_ONCE)
    const fates = await Promise.allSettled(some.map((imageId) => ACTS[action](deps, customerId, imageId)))
    const fault = fates.find(({ status }) => status === 'rejected')
    if (fault?.status === 'rejected') throw fault.reason
    for (const [i, imageId] of some.entries()) {
      const fate = (fates[i] as PromiseFulfilledResult<Fate>).value
      if (fate === 'done') done.push(imageId)
      else refused[imageId] = fate
    }
  }
  return { done, refused }
}

const ACTS: Readonly<Record<ImagesAction, Act>> = {
  retry,
  delete: ({ ledger }, customerId, imageId) => ledger.delete(customerId, imageId),
  restore: ({ ledger }, customerId, imageId) => ledger.restore(customerId, imageId),
}

async function retry(deps: ImagesDeps, customerId: string, imageId: string): Promise<Fate> {
  const { store, raw, ledger, log } = deps
  const data = await store.get(imagePath(customerId, imageId))
  if (data === null) return 'not-found'
  const { name } = asRecord(data).raw
  const rawExists = (await raw.stat(name)) !== null
  const opened = await ledger.replay(customerId, imageId, rawExists, { byCustomer: true })
  if (typeof opened === 'string') return opened === 'deleted' ? 'not-found' : opened
  try {
    await deps.redrive({ rawName: name, imageId, attempt: opened.attempt, lost: opened.lost })
  } catch (error) {
    // It is open, so that reconcile hands it on: for its owner it waits, as it should.
    log.warn('a retried image was not handed to redrive: reconcile does so later', {
      customer: customerId,
      image: imageId,
      error,
    })
  }
  return 'done'
}
