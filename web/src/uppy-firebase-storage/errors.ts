/** What an error means for a file that is being sent. */

/** `final`: no other try can help. `code`: Firebase's, or one of {@link NAME_TAKEN} and {@link UNREADABLE}. */
export class UploadError extends Error {
  override readonly name = 'UploadError'
  readonly code: string
  readonly final: boolean

  constructor(code: string, final: boolean, cause?: unknown) {
    super(`The file could not be uploaded (${code}).`, { cause })
    this.code = code
    this.final = final
  }
}

/** Another object has that name. */
export const NAME_TAKEN = 'firebase-storage/name-taken'
/** The file has gone or was changed since it was chosen: a browser refuses to read it. */
export const UNREADABLE = 'firebase-storage/unreadable'
/** Nothing was heard of an upload for very long. */
export const SILENT = 'firebase-storage/silent'

/** `unreachable`: nobody's fault, and it passes. `token`: the server does not know who is asking. */
export type Verdict = 'unreachable' | 'token' | 'failed'

const UNREACHABLE = [
  'storage/retry-limit-exceeded',
  'storage/server-file-wrong-size',
  'auth/network-request-failed',
  SILENT,
]
/** "Request timeout" and "too many requests", as the SDK counts them too. */
const PASSING = [408, 429]

/** https://firebase.google.com/docs/storage/web/handle-errors */
export function verdictOf(error: unknown): Verdict {
  const { code, status } = (error ?? {}) as { readonly code?: unknown; readonly status?: unknown }
  if (code === 'storage/unauthenticated') return 'token'
  if (UNREACHABLE.includes(code as string)) return 'unreachable'
  // A fetch that reached nobody; `status` is the SDK's for what it has no word for.
  if (error instanceof TypeError) return 'unreachable'
  return typeof status === 'number' && (status >= 500 || PASSING.includes(status)) ? 'unreachable' : 'failed'
}

export const codeOf = (error: unknown): string => {
  const code: unknown = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'storage/unknown'
}
