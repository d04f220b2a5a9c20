/** Links by which whoever has one sees one result: only its customer makes and revokes them. What opens them is open-link.ts. */
import { createHash } from 'node:crypto'
import { linkPath, MAX_OPEN_LINKS, type LinksAnswer, type LinksRequest, type ShareLink } from '../contract/customer.ts'
import { imagePath } from '../contract/names.ts'
import type { ImageRecord, Output } from '../contract/record.ts'
import type { Log } from '../intake/log.ts'
import { isDeleted } from '../ledger/deletion.ts'
import type { DocumentStore, WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { unrevokedLinks } from '../ledger/links.ts'
import type { Customer } from './customer-call.ts'
import { Refused } from './refused.ts'

/**
 * Bytes of the largest result that a link shows: what one answer of a function may hold, but for some room.
 * https://firebase.google.com/docs/functions/quotas#resource_limits
 */
export const MAX_LINK_BYTES = 30 * 1024 * 1024
/** What goes sooner is not worth a link: whoever gets it finds nothing. */
const LEAST_MINUTES = 60

export interface LinksDeps {
  readonly store: Pick<DocumentStore, 'transact'>
  readonly log: Log
  /** 256 random bits in base64url, new each time. */
  readonly newToken: () => string
}

/** What stands in Firestore: `expireAt` is its image's, by which Firestore's time-to-live removes both. */
export type StoredLink = ShareLink<Instant> & { readonly expireAt: Instant }

type Share = Extract<LinksRequest, { readonly action: 'share' }>

export const linkIdOf = (token: string) => createHash('sha256').update(token).digest('hex')
/** Enough to find the link by, and of no use to open it. For the log. */
export const shortLinkId = (linkId: string) => linkId.slice(0, 12)

/** Throws a {@link Refused}. */
export function customerLinks(deps: LinksDeps, request: LinksRequest, customer: Customer): Promise<LinksAnswer> {
  return request.action === 'share' ? share(deps, request, customer) : revoke(deps, request.linkId, customer)
}

async function share(
  { store, log, newToken }: LinksDeps,
  { imageId, output: name, days }: Share,
  { customerId, uid }: Customer,
): Promise<LinksAnswer> {
  const token = newToken()
  const linkId = linkIdOf(token)
  const { expiresAt } = await store.transact(async (transaction): Promise<StoredLink> => {
    const data = await transaction.get(imagePath(customerId, imageId))
    const now = transaction.readTime()
    const { record, output, availableUntil } = shareable(data === null ? null : asRecord(data), name, now)
    // Revoked ones are left out, or whoever makes and revokes links all day would make each call slower than the last.
    const unrevoked = await unrevokedLinks(transaction, customerId, imageId)
    const open = unrevoked.filter(({ data: one }) => (one['expiresAt'] as Instant).isAfter(now))
    if (open.length >= MAX_OPEN_LINKS) {
      throw new Refused(
        'resource-exhausted',
        `This image has ${open.length} open links, the most there may be: revoke one.`,
      )
    }
    const wanted = now.plusDays(days)
    const link: StoredLink = {
      linkId,
      customerId,
      imageId,
      output: output.name,
      object: output.object,
      contentType: output.contentType,
      fileName: record.fileName,
      token,
      createdAt: now,
      createdBy: uid,
      expiresAt: wanted.isAfter(availableUntil) ? availableUntil : wanted,
      revokedAt: null,
      expireAt: record.expireAt,
    }
    transaction.create(linkPath(customerId, linkId), link as unknown as WriteData)
    return link
  })
  const fields = { link: shortLinkId(linkId), customer: customerId, image: imageId, output: name }
  log.info('link made', { ...fields, by: uid, expiresAt: expiresAt.toString() })
  return { action: 'share', linkId, token, expiresAt: expiresAt.toString() }
}

/** Throws a {@link Refused} that says why there is nothing to share. */
function shareable(
  record: ImageRecord<Instant> | null,
  name: string,
  now: Instant,
): { readonly record: ImageRecord<Instant>; readonly output: Output; readonly availableUntil: Instant } {
  const refuse = (why: string) => new Refused('failed-precondition', why)
  if (record === null) throw refuse('There is no such image.')
  const { state, outputs, availableUntil } = record
  if (isDeleted(record)) throw refuse('This image was deleted: restore it before you share it.')
  if (state === 'received') throw refuse('This image is not processed yet: share it once its results are there.')
  if (state === 'failed') throw refuse('This image could not be processed, so it has no results to share.')
  const output = outputs.find((each) => each.name === name)
  if (output === undefined || availableUntil === null) throw refuse('This image has no such result.')
  if (output.bytes > MAX_LINK_BYTES) {
    throw refuse(`This result is larger than ${MAX_LINK_BYTES / 1024 / 1024} MiB, the most that a link can show.`)
  }
  if (!availableUntil.isAfter(now.plusSeconds(LEAST_MINUTES * 60))) {
    throw refuse('The results of this image go within the hour: too soon for a link.')
  }
  return { record, output, availableUntil }
}

async function revoke({ store, log }: LinksDeps, linkId: string, { customerId, uid }: Customer): Promise<LinksAnswer> {
  const imageId = await store.transact(async (transaction) => {
    // Under the caller's own customer: another's is none.
    const path = linkPath(customerId, linkId)
    const link = await transaction.get(path)
    if (link === null) throw new Refused('failed-precondition', 'There is no such link.')
    if (link['revokedAt'] !== null) return null
    transaction.merge(path, { revokedAt: transaction.readTime() })
    return link['imageId'] as string
  })
  if (imageId !== null) {
    log.info('link revoked', { link: shortLinkId(linkId), customer: customerId, image: imageId, by: uid })
  }
  return { action: 'revoke' }
}
