/** Getting one file into the raw bucket, whatever happens on the way: decisions only, the SDK is in client.ts. */

export interface Destination {
  /** Uploads under a name that is made once per file. Rejects with the SDK's error, which has a `code`. */
  put(): Promise<void>
  /** The object under that name, or null. `md5` is Base64, or null where the server does not tell. */
  stat(): Promise<{ readonly bytes: number; readonly md5: string | null } | null>
}

export type Delivery = { readonly kind: 'uploaded' } | { readonly kind: 'refused'; readonly reason: string }

/** Milliseconds to wait before each further try. The SDK has tried for a while of its own before each of them. */
export const RETRY_DELAYS: readonly number[] = [500, 1000, 2000, 4000]

/** What may pass: a busy or restarting server, a broken connection. Without a code it is the network's own error. */
const TRANSIENT = new Set([
  undefined,
  'storage/unknown',
  'storage/internal-error',
  'storage/retry-limit-exceeded',
  'storage/server-file-wrong-size',
])

const codeOf = (error: unknown) => (error as { readonly code?: string }).code

/**
 * Uploads, again where a fault may pass, always under the same name, so that a file can't become two images. An answer that was
 * lost shows as an error although the object is there (the rules deny to overwrite it): it is looked for before anything else is
 * concluded. Throws where the file is neither uploaded nor refused in the end: nothing is lost silently.
 */
export async function deliver(
  destination: Destination,
  content: { readonly bytes: number; readonly md5: string },
  delays: readonly number[],
  sleep: (milliseconds: number) => Promise<void>,
): Promise<Delivery> {
  for (let tries = 0; ; tries++) {
    try {
      await destination.put()
      return { kind: 'uploaded' }
    } catch (error) {
      const code = codeOf(error)
      const denied = code === 'storage/unauthorized'
      if (!denied && !TRANSIENT.has(code)) throw error
      const found = await statOrNull(destination)
      if (found !== null) {
        if (found.bytes === content.bytes && (found.md5 === null || found.md5 === content.md5))
          return { kind: 'uploaded' }
        throw new Error('another file is there under this name', { cause: error })
      }
      if (denied) return { kind: 'refused', reason: 'The security rules turned it away (storage/unauthorized).' }
      const delay = delays[tries]
      if (delay === undefined) throw new Error(`not uploaded after ${tries + 1} tries`, { cause: error })
      await sleep(delay)
    }
  }
}

/** While the server is in trouble this answers no more than the upload did; the next try will look again. */
async function statOrNull(destination: Destination) {
  try {
    return await destination.stat()
  } catch {
    return null
  }
}
