/** Getting one file into the raw bucket: decisions only, the SDK is behind {@link Destination}. */
import { md5Of } from './md5.ts'

export interface Destination {
  /** Uploads under a name that is made once per file. Rejects with the SDK's error, which has a `code`. */
  put(content: Blob, contentType: string, onProgress: (sentBytes: number) => void, signal: AbortSignal): Promise<Stored>
  /** The object under that name, or null. */
  stat(): Promise<Stored | null>
}

export interface Stored {
  readonly bytes: number
  /** Base64, or null where the server does not tell. */
  readonly md5: string | null
  /** When the object arrived, by the server's clock: the record's `receivedAt`. */
  readonly arrivedAt: Date
}

export type Sent =
  | { readonly kind: 'uploaded'; readonly arrivedAt: Date }
  | { readonly kind: 'cancelled' }
  /** `again`: another try may help. */
  | { readonly kind: 'failed'; readonly reason: string; readonly again: boolean }

export interface Parcel {
  readonly content: Blob
  readonly contentType: string
}

/**
 * Uploads and never rejects. An answer that was lost shows as an error although the object is there (and the rules deny to
 * overwrite it, so that a second try fails as well): it is looked for before anything else is concluded. What the customer
 * cancelled is no failure, whatever the SDK calls it.
 */
export async function send(
  to: Destination,
  { content, contentType }: Parcel,
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<Sent> {
  try {
    signal.throwIfAborted()
    const { arrivedAt } = await to.put(content, contentType, onProgress, signal)
    return { kind: 'uploaded', arrivedAt }
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' }
    const found = await statOrNull(to)
    if (signal.aborted) return { kind: 'cancelled' }
    if (found === null) return { kind: 'failed', reason: failureOf(error), again: true }
    const same = found.bytes === content.size && (found.md5 === null || found.md5 === (await md5OrNull(content)))
    if (same) return { kind: 'uploaded', arrivedAt: found.arrivedAt }
    return { kind: 'failed', reason: 'Another file is there under this name. Choose the file anew.', again: false }
  }
}

/** While the server is in trouble this answers no more than the upload did; the next try looks again. */
async function statOrNull(to: Destination): Promise<Stored | null> {
  try {
    return await to.stat()
  } catch {
    return null
  }
}

/** Null for a file that is no longer there, or has changed since it was chosen: a browser refuses to read it. */
async function md5OrNull(content: Blob): Promise<string | null> {
  try {
    return await md5Of(content)
  } catch {
    return null
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  'storage/unauthorized': 'The server turned the file away.',
  'storage/unauthenticated': 'You are no longer signed in.',
  'storage/quota-exceeded': 'There is no room for more files at present.',
  'storage/retry-limit-exceeded': 'The connection was lost.',
  'storage/server-file-wrong-size': 'The file did not arrive whole.',
}

/** https://firebase.google.com/docs/storage/web/handle-errors */
function failureOf(error: unknown): string {
  const code = (error as { readonly code?: string } | null)?.code ?? 'no answer'
  return FAILURES[code] ?? `The file could not be uploaded (${code}).`
}
