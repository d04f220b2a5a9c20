/** The files chosen in this visit and what has become of each: a pure function of events. */

export type UploadState =
  /** Never sent; the reason is a sentence. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'queued' }
  | { readonly kind: 'sending'; readonly sentBytes: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly again: boolean }
  /** Its record is still to come. `arrivedAt` is the server's time. */
  | { readonly kind: 'uploaded'; readonly arrivedAt: Date }

export interface Upload {
  /** Made once per chosen file and kept through retries. */
  readonly uploadId: string
  readonly fileName: string
  readonly bytes: number
  readonly state: UploadState
}

/** In the order they were chosen. */
export type Queue = readonly Upload[]

export type QueueEvent =
  | { readonly kind: 'chosen'; readonly upload: Upload }
  | { readonly kind: 'started'; readonly uploadId: string }
  | { readonly kind: 'progressed'; readonly uploadId: string; readonly sentBytes: number }
  | { readonly kind: 'uploaded'; readonly uploadId: string; readonly arrivedAt: Date }
  | { readonly kind: 'failed'; readonly uploadId: string; readonly reason: string; readonly again: boolean }
  | { readonly kind: 'retried'; readonly uploadId: string }
  /** Cancelled, or taken off the list by the customer, or shown by its record from now on. */
  | { readonly kind: 'removed'; readonly uploadId: string }

/** How many files are sent at the same time. */
export const SENDING_AT_ONCE = 3

/** Events that come too late (of an upload that was cancelled meanwhile) change nothing: the same queue is returned. */
export function reduce(queue: Queue, event: QueueEvent): Queue {
  if (event.kind === 'chosen') {
    return queue.some(({ uploadId }) => uploadId === event.upload.uploadId) ? queue : [...queue, event.upload]
  }
  const upload = queue.find(({ uploadId }) => uploadId === event.uploadId)
  if (upload === undefined) return queue
  if (event.kind === 'removed') return queue.filter((each) => each !== upload)
  const state = nextState(upload, event)
  return state === upload.state ? queue : queue.map((each) => (each === upload ? { ...each, state } : each))
}

type Change = Exclude<QueueEvent, { kind: 'chosen' | 'removed' }>

function nextState({ state, bytes }: Upload, event: Change): UploadState {
  if (event.kind === 'started') return state.kind === 'queued' ? { kind: 'sending', sentBytes: 0 } : state
  if (event.kind === 'retried') return state.kind === 'failed' && state.again ? { kind: 'queued' } : state
  if (state.kind !== 'sending') return state
  if (event.kind === 'progressed') return { kind: 'sending', sentBytes: Math.min(event.sentBytes, bytes) }
  if (event.kind === 'uploaded') return { kind: 'uploaded', arrivedAt: event.arrivedAt }
  return { kind: 'failed', reason: event.reason, again: event.again }
}

/** Which uploads to start now: those chosen first, while fewer than `limit` are being sent. */
export function toStart(queue: Queue, limit: number = SENDING_AT_ONCE): readonly Upload[] {
  const sending = queue.filter(({ state }) => state.kind === 'sending').length
  return queue.filter(({ state }) => state.kind === 'queued').slice(0, Math.max(0, limit - sending))
}

/** Whether leaving the page would lose something. */
export const isBusy = (queue: Queue) => queue.some(({ state }) => state.kind === 'queued' || state.kind === 'sending')
