/** What the page knows of the files that were chosen, and may do with them: `Uploads` is made by make-uploads.ts on Uppy. */
import type { CheckProblem } from '../../../functions/src/contract/checks.ts'
import type { Format } from '../../../functions/src/contract/formats.ts'

export interface ChosenFile {
  readonly file: File
  /** Of the chosen folder, such as `Holiday/Day 1`; null: it was chosen by itself. */
  readonly folder: string | null
}

/**
 * Why a file did not arrive: the rules denied it; the session has ended; there is no room; another file is there under its name; it can't be read
 * any more; the server answered with something else, `code`.
 */
export type SendProblem =
  | { readonly code: 'denied' | 'signed-out' | 'no-room' | 'name-taken' | 'unreadable' }
  | { readonly code: 'other'; readonly detail: string }

export type UploadState =
  | { readonly kind: 'checking' }
  /** Never sent. */
  | { readonly kind: 'refused'; readonly problem: CheckProblem }
  | { readonly kind: 'queued' }
  | { readonly kind: 'sending'; readonly sentBytes: number }
  | { readonly kind: 'paused'; readonly sentBytes: number }
  /** There is no connection, or the server can't be reached: it goes on by itself. */
  | { readonly kind: 'offline'; readonly sentBytes: number }
  /** Another tab of this browser sends it. */
  | { readonly kind: 'elsewhere' }
  /** `again`: another try may help. */
  | { readonly kind: 'failed'; readonly problem: SendProblem; readonly again: boolean }
  /** Its record is there or on its way. `arrivedAt` is the server's time: the record's `receivedAt`. */
  | { readonly kind: 'uploaded'; readonly arrivedAt: Date }

export interface UploadItem {
  /** Made once per chosen file and kept through retries, reloads and tabs. */
  readonly uploadId: string
  readonly fileName: string
  readonly folder: string | null
  /** As it is sent: after it was made smaller, where it was. */
  readonly bytes: number
  /** What it had before it was made smaller; null: it was not. */
  readonly originalBytes: number | null
  readonly format: Format
  /** Address of a small picture (`blob:`); `none`: this browser can't show one, such as of HEIC. */
  readonly preview: { readonly url: string } | 'pending' | 'none'
  readonly state: UploadState
}

export interface UploadsState {
  /** In the order they were chosen. */
  readonly items: readonly UploadItem[]
  /** Of all that is to be sent, those that have arrived included, as long as they are listed. */
  readonly totalBytes: number
  readonly sentBytes: number
  /** Over the last seconds; null: nothing is being sent, or not for long enough. */
  readonly bytesPerSecond: number | null
  readonly secondsLeft: number | null
  readonly online: boolean
  /** Everything is paused, what is chosen from now on included. */
  readonly paused: boolean
  /** Whether photos are made smaller before they are sent. Kept with the browser. */
  readonly reduce: boolean
  /** Whether what is not sent yet outlasts this tab; `false`: the browser has no room or keeps nothing, and the page says so. */
  readonly kept: boolean
}

/** Shaped for React's useSyncExternalStore. What acts on an upload that is not there, or not in such a state, does nothing. */
export interface Uploads {
  /** The same object until something changes; it changes at most some four times a second while files are being sent. */
  readonly state: () => UploadsState
  readonly subscribe: (listener: () => void) => () => void
  /** Checks each by its first bytes, and sends those that pass. Never rejects. */
  readonly add: (files: readonly ChosenFile[]) => Promise<void>
  readonly pause: (uploadId: string) => void
  readonly resume: (uploadId: string) => void
  readonly retry: (uploadId: string) => void
  /** Cancels it where it is on its way, and takes it off the list and out of what is kept. */
  readonly remove: (uploadId: string) => void
  readonly pauseAll: () => void
  readonly resumeAll: () => void
  readonly retryAll: () => void
  readonly cancelAll: () => void
  /** Takes those off the list that were refused or have failed or arrived. */
  readonly clearEnded: () => void
  readonly setReduce: (reduce: boolean) => void
  /** Whether leaving the page would lose something or keep it waiting. */
  readonly isBusy: () => boolean
  /** What is kept stays kept for the customer's next visit. */
  readonly close: () => void
}
