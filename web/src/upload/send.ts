/** How one file gets into the raw bucket: web/src/firebase/connect.ts is Firebase, web/src/uppy-firebase-storage/ what drives it. */
import type {
  Destination as AnyDestination,
  Sending as AnySending,
  Stored as Found,
} from '../uppy-firebase-storage/destination.ts'
import { NAME_TAKEN, UNREADABLE } from '../uppy-firebase-storage/errors.ts'
import type { SendProblem } from './uploads.ts'

export interface Stored extends Found {
  /** When the object arrived, by the server's clock: the record's `receivedAt`. */
  readonly arrivedAt: Date
}

export interface Sending extends AnySending {
  readonly stored: Promise<Stored>
}

export interface Destination extends AnyDestination {
  put(content: Blob, contentType: string, onProgress: (sentBytes: number) => void): Sending
  stat(): Promise<Stored | null>
}

const PROBLEMS: Readonly<Record<string, Exclude<SendProblem['code'], 'other'>>> = {
  'storage/unauthorized': 'denied',
  'storage/unauthorized-app': 'denied',
  'storage/unauthenticated': 'signed-out',
  'storage/quota-exceeded': 'no-room',
  [NAME_TAKEN]: 'name-taken',
  [UNREADABLE]: 'unreadable',
}

/** For a page to say it in its own words. */
export function sendProblemOf(error: unknown): { readonly problem: SendProblem; readonly again: boolean } {
  const { code, final } = error as { readonly code?: unknown; readonly final?: unknown }
  const name = typeof code === 'string' ? code : 'no answer'
  const known = PROBLEMS[name]
  return { problem: known === undefined ? { code: 'other', detail: name } : { code: known }, again: final !== true }
}
