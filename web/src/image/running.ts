/** What is under way and takes a while, whichever page is shown meanwhile. */
import type { ImagesAction } from '../../../functions/src/contract/customer.ts'

export interface Running {
  readonly id: number
  readonly customerId: string
  readonly kind: 'download' | ImagesAction
  /** Files of a download, otherwise images. */
  readonly done: number
  readonly total: number
  readonly doneBytes: number
  /** Null: bytes are not what it is about. */
  readonly totalBytes: number | null
  readonly cancel: () => void
}

export interface RunningHandle {
  readonly signal: AbortSignal
  readonly progress: (done: number, doneBytes?: number) => void
  readonly end: () => void
}

let all: readonly Running[] = []
let last = 0
const listeners = new Set<() => void>()

/** Leaving the page would end it half done. */
const leaving = (event: Event) => event.preventDefault()

function change(next: readonly Running[]) {
  if (all.length === 0 && next.length > 0) globalThis.addEventListener?.('beforeunload', leaving)
  if (next.length === 0) globalThis.removeEventListener?.('beforeunload', leaving)
  all = next
  for (const listener of listeners) listener()
}

/** For React's useSyncExternalStore. */
export const running = {
  all: () => all,
  subscribe: (listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export function begin(of: Pick<Running, 'customerId' | 'kind' | 'total' | 'totalBytes'>): RunningHandle {
  const id = ++last
  const controller = new AbortController()
  change([...all, { ...of, id, done: 0, doneBytes: 0, cancel: () => controller.abort() }])
  return {
    signal: controller.signal,
    progress: (done, doneBytes = 0) => change(all.map((one) => (one.id === id ? { ...one, done, doneBytes } : one))),
    end: () => change(all.filter((one) => one.id !== id)),
  }
}
