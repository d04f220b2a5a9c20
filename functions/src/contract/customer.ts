/**
 * What the customer's page may ask of the functions, and what stands in Firestore of it. Shared with the web client. No imports but from this folder.
 *
 * Each is a callable function that takes the customer from the caller's token as the rules do, never from the request, and validates its input. A
 * refusal has one of Firebase's codes (`unauthenticated`, `permission-denied`, `invalid-argument`, `failed-precondition`, `resource-exhausted`) and
 * a sentence fit to show.
 */
import { CUSTOMER_ID, customerPath } from './names.ts'

/**
 * Why an account can neither send nor see images: it is an admin's, which has none of its own; its e-mail address is not confirmed; its claims are
 * not a customer's.
 */
export type Barred = 'admin' | 'unconfirmed' | 'not-set-up'

/**
 * Whose images a token is for, as `isCustomer` of firestore.rules and storage.rules has it: the claim `customer`, where several users share one account,
 * or else the user. `barred`: null where nothing is in the way; an admin, whom the rules merely refuse, is told apart.
 */
export function customerOfToken(
  uid: string,
  token: Readonly<Record<string, unknown>>,
): { readonly customerId: string; readonly barred: Barred | null } {
  const { customer } = token
  const customerId = typeof customer === 'string' ? customer : uid
  if (token['admin'] === true) return { customerId, barred: 'admin' }
  if (customer === undefined && token['email_verified'] !== true) return { customerId, barred: 'unconfirmed' }
  const isCustomer = (customer === undefined || typeof customer === 'string') && CUSTOMER_ID.test(customerId)
  return { customerId, barred: isCustomer ? null : 'not-set-up' }
}

/** How many images one call may name. */
export const MAX_IMAGES_PER_CALL = 100

export type ImagesAction = 'retry' | 'delete' | 'restore'
export interface ImagesRequest {
  readonly action: ImagesAction
  /** Of the caller's own images; each once, 1 to {@link MAX_IMAGES_PER_CALL}. */
  readonly imageIds: readonly string[]
}
/**
 * Why an image was left as it was: there is none of that id; it has not failed; its original has expired; it is being worked on; it was tried as
 * often as a customer may; its results have gone, so that nothing is left to restore.
 */
export const IMAGE_REFUSALS = ['not-found', 'not-failed', 'raw-expired', 'busy', 'tried-enough', 'gone'] as const
export type ImageRefusal = (typeof IMAGE_REFUSALS)[number]
export interface ImagesAnswer {
  /** Ids of those to which it was done, or was done before. */
  readonly done: readonly string[]
  readonly refused: Readonly<Record<string, ImageRefusal>>
}

/** How often a customer may have a failed image tried, the first time included. An admin's replay has no such limit. */
export const MAX_CUSTOMER_ATTEMPTS = 5

/** For how long a link may be made, in days. It never lasts longer than the result that it shows. */
export const SHARE_DAYS = [1, 3, 7] as const
export type ShareDays = (typeof SHARE_DAYS)[number]
/** How many links of one image may be open at a time. */
export const MAX_OPEN_LINKS = 20

export type LinksRequest =
  | { readonly action: 'share'; readonly imageId: string; readonly output: string; readonly days: ShareDays }
  | { readonly action: 'revoke'; readonly linkId: string }
export type LinksAnswer =
  | { readonly action: 'share'; readonly linkId: string; readonly token: string; readonly expiresAt: string }
  | { readonly action: 'revoke' }

/** `customers/{id}/links/{linkId}`: whoever has it sees that one result, until it expires or is revoked. Only its owner and admins read it. */
export interface ShareLink<Time> {
  /** SHA-256 of the token, hexadecimal: by it the link is found. */
  readonly linkId: string
  readonly customerId: string
  readonly imageId: string
  /** The result's name, such as `fit-800`, and its object in the processed bucket. */
  readonly output: string
  readonly object: string
  readonly contentType: string
  readonly fileName: string
  /** 256 random bits, base64url: what the address ends with. */
  readonly token: string
  readonly createdAt: Time
  /** The user's id. */
  readonly createdBy: string
  readonly expiresAt: Time
  readonly revokedAt: Time | null
}

export const linksPath = (customerId: string) => `${customerPath(customerId)}/links`
export const linkPath = (customerId: string, linkId: string) => `${linksPath(customerId)}/${linkId}`
/** Where Hosting hands requests on to the function `openLink`; what follows is the token. */
export const LINK_ADDRESS = '/s/'

/** Ends every session of the caller's: at once where a session is renewed, within the hour where a token is still good. */
export interface AccountRequest {
  readonly action: 'sign-out-everywhere'
}
export interface AccountAnswer {
  readonly action: 'sign-out-everywhere'
}

export interface CustomerCalls {
  readonly customerImages: readonly [request: ImagesRequest, answer: ImagesAnswer]
  readonly customerLinks: readonly [request: LinksRequest, answer: LinksAnswer]
  readonly customerAccount: readonly [request: AccountRequest, answer: AccountAnswer]
}
export type CustomerCall = keyof CustomerCalls
export const CUSTOMER_CALLS: readonly CustomerCall[] = ['customerImages', 'customerLinks', 'customerAccount']

/** The words of a file's name by which it can be found. */
const MAX_WORDS = 6
const LONGEST_PART = 12

/** How names are compared: without case, accents and width. */
const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
const wordsOf = (text: string) => folded(text).match(/[\p{L}\p{N}]+/gu) ?? []

/**
 * What a record is found by when a customer searches by name: the beginnings (of 2 to 12 characters) of the name's first six words. Firestore
 * finds equal values only.
 */
export function namePartsOf(fileName: string): readonly string[] {
  const parts = wordsOf(fileName)
    .slice(0, MAX_WORDS)
    .flatMap((word) => {
      const characters = Array.from(word).slice(0, LONGEST_PART)
      if (characters.length < 2) return [word]
      return characters.slice(1).map((_, i) => characters.slice(0, i + 2).join(''))
    })
  return [...new Set(parts)]
}

/** What to ask Firestore for, and what to compare each name found with: null where nothing can be searched for. */
export function nameSearchOf(
  text: string,
): { readonly part: string; readonly matches: (fileName: string) => boolean } | null {
  const words = wordsOf(text).slice(0, MAX_WORDS)
  const longest = words.toSorted((a, b) => b.length - a.length)[0]
  if (longest === undefined) return null
  const matches = (fileName: string) => {
    const own = wordsOf(fileName)
    return words.every((word) => own.some((one) => one.startsWith(word)))
  }
  return { part: Array.from(longest).slice(0, LONGEST_PART).join(''), matches }
}
