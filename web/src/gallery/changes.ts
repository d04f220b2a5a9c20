/** What happened to the images that somebody looks at: for those who can't see it happen. */
import type { Card } from './cards.ts'

export interface Changes {
  /** Came on top. */
  readonly arrived: number
  readonly done: number
  readonly failed: number
}

export const NO_CHANGES: Changes = { arrived: 0, done: 0, failed: 0 }

export const add = (a: Changes, b: Changes): Changes =>
  b === NO_CHANGES ? a : { arrived: a.arrived + b.arrived, done: a.done + b.done, failed: a.failed + b.failed }

/** `top`: it is the head of the list, so that what is new in it has come just now. Returns {@link NO_CHANGES} itself where there are none. */
export function changesOf(before: readonly Card[], after: readonly Card[], top: boolean): Changes {
  if (before === after) return NO_CHANGES
  const known = new Map(before.map(({ imageId, status }) => [imageId, status]))
  const newest = before[0]?.receivedAt.getTime() ?? -Infinity
  let [arrived, done, failed] = [0, 0, 0]
  for (const { imageId, status, receivedAt } of after) {
    const was = known.get(imageId)
    if (was === undefined) arrived += top && receivedAt.getTime() >= newest ? 1 : 0
    else if (was !== status && status === 'done') done++
    else if (was !== status && status === 'failed') failed++
  }
  return arrived + done + failed === 0 ? NO_CHANGES : { arrived, done, failed }
}
