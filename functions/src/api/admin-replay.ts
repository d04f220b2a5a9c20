/** Failed images are tried again from the admin's page: one, a selection, or all that match. */
import type { ReplayAnswer, ReplayFate, ReplayRequest } from '../contract/admin.ts'
import type { CallContext } from './callable.ts'
import { planReplay, startReplay, type Replay } from './replay.ts'

/**
 * `start`: opens what can be tried again and hands it to redrive; else counts it. Ends after a page of images once it is out of time. Throws a
 * RangeError where `after` is none of such a request.
 */
export async function adminReplay(
  deps: Replay,
  { images, start, after }: ReplayRequest,
  { progress, outOfTime }: Pick<CallContext, 'progress' | 'outOfTime'>,
): Promise<ReplayAnswer> {
  const fates: Record<string, ReplayFate> = {}
  const replayed = await (start ? startReplay : planReplay)(deps, images, {
    after,
    outOfTime,
    progress,
    visit: ({ imageId }, fate) => void (fates[imageId] = fate),
  })
  return Array.isArray(images) ? { ...replayed, fates } : replayed
}
