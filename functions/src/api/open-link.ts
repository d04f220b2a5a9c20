/** What a share link shows: one result, to whoever has the link, without any sign-in. docs/decisions/share-links.md */
import { LINK_ADDRESS } from '../contract/customer.ts'
import { imagePath } from '../contract/names.ts'
import { extensionOf, mentionOf, safeFileName, safeType } from '../contract/safe-name.ts'
import type { Log } from '../intake/log.ts'
import { isDeleted } from '../ledger/deletion.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { isErased } from '../ledger/erasure.ts'
import { asRecord } from '../ledger/ledger.ts'
import { linkIdOf, MAX_LINK_BYTES, shortLinkId, type StoredLink } from './customer-links.ts'

export interface LinkObject {
  readonly bytes: number
  /** From the beginning, once. Ends with an error once `signal` is aborted, or where the bytes are not what they were when they were written. */
  readonly content: (signal: AbortSignal) => AsyncIterable<Uint8Array>
}

export interface OpenLinkDeps {
  readonly store: Pick<DocumentStore, 'get' | 'query'>
  /** Of the processed bucket. Null: there is none of this name. */
  readonly find: (object: string) => Promise<LinkObject | null>
  readonly log: Log
  readonly now: () => Date
}

export interface LinkOpening {
  readonly method: string
  /** Path and query, as they came. */
  readonly url: string
  /** Aborted once nobody waits for the answer any more, and with a TimeoutError once it has taken too long. */
  readonly signal: AbortSignal
}

export interface LinkAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Null: no body. A stream that ends with an error must leave the answer shorter than `Content-Length`. */
  readonly body: string | AsyncIterable<Uint8Array> | null
}

/**
 * On every answer. firebase.json repeats them for the same address, since Hosting puts its own headers over a function's: a test holds them equal.
 * Nothing may keep a copy, or revoking would not be at once; and what a customer's file says must not be taken for a page of ours.
 */
export const LINK_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'private, no-store',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** 32 bytes in base64url, without padding. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** Always answers; what goes wrong while a body is sent ends that body with an error. */
export async function openLink(deps: OpenLinkDeps, opening: LinkOpening): Promise<LinkAnswer> {
  const { method, url } = opening
  if (method !== 'GET' && method !== 'HEAD') {
    return text(405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' })
  }
  const [path = '', ...query] = url.split('?')
  const token = path.startsWith(LINK_ADDRESS) ? path.slice(LINK_ADDRESS.length) : ''
  // Whoever sends what can't be one knows it: no need to look for it, nor to take as long.
  if (!TOKEN.test(token)) return NOT_FOUND
  const isDownload = new URLSearchParams(query.join('?')).has('download')
  try {
    const link = await linkOf(deps, linkIdOf(token))
    return link === null ? NOT_FOUND : await show(deps, link, isDownload, opening)
  } catch (error) {
    if (!hasLeft(opening.signal)) deps.log.error('link not opened', { link: shortLinkId(linkIdOf(token)), error })
    return UNAVAILABLE
  }
}

/** What ends by this is no fault. */
const hasLeft = ({ aborted, reason }: AbortSignal) => aborted && (reason as Error | null)?.name !== 'TimeoutError'

/** Null where it opens nothing. What was never a link takes the same reads as what was one. */
async function linkOf({ store, log, now }: OpenLinkDeps, linkId: string): Promise<StoredLink | null> {
  const [found] = await store.query({ collection: 'links', group: true, where: [['linkId', '==', linkId]], limit: 1 })
  const link = (found?.data ?? null) as StoredLink | null
  const customerId = link?.customerId ?? 'nobody'
  const [image, erased] = await Promise.all([
    store.get(imagePath(customerId, link?.imageId ?? 'none')),
    isErased(store, customerId),
  ])
  if (link === null) return null
  const why =
    link.revokedAt !== null
      ? 'revoked'
      : link.expiresAt.toMillis() <= now().getTime()
        ? 'expired'
        : erased || image === null || isDeleted(asRecord(image))
          ? 'deleted'
          : null
  if (why === null) return link
  log.info('link used', { ...named(link), outcome: why })
  return null
}

const named = ({ linkId, customerId, imageId }: StoredLink) => ({
  link: shortLinkId(linkId),
  customer: customerId,
  image: imageId,
})

async function show(
  { find, log }: OpenLinkDeps,
  link: StoredLink,
  isDownload: boolean,
  { method, signal }: LinkOpening,
): Promise<LinkAnswer> {
  const tell = (outcome: string) => log.info('link used', { ...named(link), outcome })
  const object = await find(link.object)
  if (object === null || object.bytes > MAX_LINK_BYTES) {
    tell('gone')
    return NOT_FOUND
  }
  const headers = headersOf(link, isDownload, object.bytes)
  if (method === 'HEAD') {
    tell('asked')
    return { status: 200, headers, body: null }
  }
  const chunks = object.content(signal)[Symbol.asyncIterator]()
  // Before anything is answered: most of what can fail does so before the first byte.
  const first = await chunks.next()
  return { status: 200, headers, body: whole(first, chunks, object.bytes, { tell, link, log, signal }) }
}

/**
 * Keeps one chunk back until the next is there and, at the end, until all was found to be as it was written: a body that is not whole is shorter than
 * it was said to be, so that nobody takes it for whole.
 */
async function* whole(
  first: IteratorResult<Uint8Array>,
  chunks: AsyncIterator<Uint8Array>,
  bytes: number,
  {
    tell,
    link,
    log,
    signal,
  }: Pick<OpenLinkDeps, 'log'> & {
    readonly tell: (outcome: string) => void
    readonly link: StoredLink
    readonly signal: AbortSignal
  },
): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array | null = null
  let read = 0
  let outcome: 'shown' | 'left' | null = 'left'
  try {
    for (let next = first; next.done !== true; next = await chunks.next()) {
      read += next.value.byteLength
      if (read > bytes) break
      if (kept !== null) yield kept
      kept = next.value
    }
    if (read !== bytes) throw new Error(`${link.object} gave ${read} bytes of ${bytes}`)
    if (kept !== null) yield kept
    outcome = 'shown'
  } catch (error) {
    if (!hasLeft(signal)) {
      outcome = null
      log.error('link not shown whole', { ...named(link), error })
    }
    throw error
  } finally {
    if (outcome !== null) tell(outcome)
    await chunks.return?.()
  }
}

function headersOf({ contentType, fileName, output }: StoredLink, isDownload: boolean, bytes: number) {
  // What no browser shows as an image is only saved: it might be a page.
  const type = safeType(contentType)
  const disposition = type === contentType && !isDownload ? 'inline' : 'attachment'
  return {
    ...LINK_HEADERS,
    'Content-Type': type,
    'Content-Length': String(bytes),
    'Content-Disposition': `${disposition}; filename*=UTF-8''${encoded(linkFileName(fileName, output, contentType))}`,
    'Accept-Ranges': 'none',
  }
}

/** `holiday.heic` and `fit-800` make `holiday fit-800.webp`. */
function linkFileName(fileName: string, output: string, contentType: string): string {
  return safeFileName(fileName.replace(/\.\w{1,5}$/, ''), extensionOf(contentType), mentionOf(output))
}

/** An ext-value's characters. https://www.rfc-editor.org/rfc/rfc8187#section-3.2 */
const encoded = (name: string) =>
  encodeURIComponent(name).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

const text = (status: number, body: string, more: Readonly<Record<string, string>> = {}): LinkAnswer => ({
  status,
  headers: { ...LINK_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...more },
  body: `${body}\n`,
})

/** One for all that opens nothing: whoever asks can't tell a link that was from one that never was. */
export const NOT_FOUND = text(
  404,
  'There is nothing behind this link: it has expired or was withdrawn, or it is not complete. Ask whoever sent it to you for a new one.\n\n' +
    'Hinter diesem Link ist nichts: Er ist abgelaufen, wurde zurückgezogen oder ist unvollständig. Bitte den Absender um einen neuen.',
)

const UNAVAILABLE = text(503, 'This can’t be shown at the moment. Try again in a minute.', { 'Retry-After': '60' })
