/** What the plug-in asks of Firebase Storage: the README has it in twenty lines of `firebase/storage`. */

export interface Destination {
  /** Begins to upload. */
  put(content: Blob, contentType: string, onProgress: (sentBytes: number) => void): Sending
  /** The object under that name, or null. Rejects as {@link Sending.stored} does. */
  stat(): Promise<Stored | null>
}

export interface Sending {
  /** Rejects with an error that has a `code` as https://firebase.google.com/docs/storage/web/handle-errors lists them, and maybe a `status`. */
  readonly stored: Promise<Stored>
  /** False: it was not on its way any more. */
  pause(): boolean
  /** Goes on where it was paused. */
  resume(): boolean
  cancel(): boolean
}

export interface Stored {
  readonly bytes: number
  /** Base64, or null where the server does not tell. */
  readonly md5: string | null
}
