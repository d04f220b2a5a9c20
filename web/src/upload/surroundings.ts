/** What uploads need of the browser; tests have their own. */
import { browserClock, browserNetwork, type Clock, type Network } from '../uppy-firebase-storage/line.ts'
import { readStored, writeStored } from '../ui/stored.ts'
import { type Channel, type Keep, type KeepEvents, openKeep } from './keep.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly network: Network
  /** Rejects where the browser keeps nothing. */
  openKeep(customerId: string, events: KeepEvents): Promise<Pick<Keep, 'put' | 'arrived' | 'forget' | 'close'>>
  /** An address to show it by; null: this browser can't. */
  drawPreview(content: Blob): Promise<string | null>
  revoke(url: string): void
  /** Null where it stays as it is. */
  reduceImage(content: Blob, contentType: string, head: Uint8Array): Promise<Blob | null>
  /** Whether photos are to be made smaller, as it was left. */
  readReduce(): boolean
  writeReduce(reduce: boolean): void
}

const REDUCE_KEY = 'darkroom.reduce'

function openChannel(name: string, heard: (message: unknown) => void): Channel {
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', ({ data }) => heard(data))
  return {
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of its own origin alone
    say: (message) => channel.postMessage(message),
    close: () => channel.close(),
  }
}

export const inBrowser = (): Surroundings => ({
  clock: browserClock,
  network: browserNetwork,
  openKeep: (customerId, events) => openKeep(customerId, { locks: navigator.locks, openChannel }, events),
  drawPreview: async (content) => (await import('./pictures.ts')).drawPreview(content),
  revoke: (url) => URL.revokeObjectURL(url),
  reduceImage: async (content, contentType, head) =>
    (await import('./pictures.ts')).reduceImage(content, contentType, head),
  readReduce: () => readStored(REDUCE_KEY) === 'yes',
  writeReduce: (reduce) => writeStored(REDUCE_KEY, reduce ? 'yes' : 'no'),
})
