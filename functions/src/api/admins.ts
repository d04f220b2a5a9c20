/**
 * Who is an admin: the custom claim `admin`, by which all rules and callables go, and the document `admins/{uid}`, by which those of Firestore and the
 * callables end at once when it is revoked. A token keeps a claim for up to an hour.
 */
import { adminPath } from '../contract/admin.ts'
import { SERVER_TIME, type DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { User } from './erase-users.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface Account {
  readonly uid: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly disabled: boolean
  readonly claims: Claims
}

/** The port to accounts. `platform/auth-users.ts` is Firebase Authentication; `api/testing/memory-users.ts` is its twin in memory. */
export interface Accounts {
  list(): AsyncIterable<User>
  /** Null where there is none. */
  byEmail(email: string): Promise<Account | null>
  byId(uid: string): Promise<Account | null>
  /** In place of all custom claims that it has. */
  setClaims(uid: string, claims: Claims): Promise<void>
  /** It has to sign in again; tokens that were given out hold for up to an hour. */
  endSessions(uid: string): Promise<void>
}

export interface AdminsDeps {
  readonly accounts: Accounts
  readonly store: Pick<DocumentStore, 'get' | 'query' | 'transact'>
}

/**
 * Makes the account of this e-mail address an admin's. Broken off, it has given nothing in Firestore or in callables, and the same call goes on. Throws
 * a RangeError where there is no such account, or it must not be one.
 */
export async function grantAdmin({ accounts, store }: AdminsDeps, email: string, by: string): Promise<Account> {
  const account = await accounts.byEmail(email)
  if (account === null)
    throw new RangeError(`nobody has an account with the address ${email}: it is made by signing up`)
  const problem = problemOf(account)
  if (problem !== null) throw new RangeError(`${email} can’t be made an admin: ${problem}`)
  await accounts.setClaims(account.uid, { ...account.claims, admin: true })
  const path = adminPath(account.uid)
  await store.transact(async (transaction) => {
    const before = await transaction.get(path)
    // Who let it in, and when, stays so.
    if (before === null) transaction.create(path, { email: account.email, grantedBy: by, grantedAt: SERVER_TIME })
  })
  return account
}

function problemOf({ emailVerified, disabled, claims }: Account): string | null {
  if (disabled) return 'the account is disabled'
  if (claims['customer'] !== undefined) {
    return `it is an account of the customer ${JSON.stringify(claims['customer'])}. An admin needs an account of its own`
  }
  if (!emailVerified) return 'the address was never confirmed, so that anybody could have signed up with it'
  return null
}

/**
 * Ends what {@link grantAdmin} began: for Firestore and callables at once, for Storage once the token ends, within the hour. By the address that it was
 * granted to, too, and where the account is gone. Returns the ids of those who were admins; broken off, the same call goes on. Throws a
 * RangeError where it is nobody's.
 */
export async function revokeAdmin({ accounts, store }: AdminsDeps, email: string): Promise<readonly string[]> {
  const account = await accounts.byEmail(email)
  const granted = (await listAdmins({ store })).filter((admin) => sameAddress(admin.email, email))
  const uids = new Set([...(account === null ? [] : [account.uid]), ...granted.map(({ uid }) => uid)])
  if (uids.size === 0)
    throw new RangeError(`nobody has an account with the address ${email}, and nobody was made an admin by it`)
  const were: string[] = []
  for (const uid of uids) if (await revokeOne({ accounts, store }, uid)) were.push(uid)
  return were
}

async function revokeOne({ accounts, store }: AdminsDeps, uid: string): Promise<boolean> {
  const path = adminPath(uid)
  const was = await store.transact(async (transaction) => {
    const isThere = (await transaction.get(path)) !== null
    if (isThere) transaction.delete(path)
    return isThere
  })
  const account = await accounts.byId(uid)
  if (account === null) return was
  const { admin, ...claims } = account.claims
  if (admin !== undefined) await accounts.setClaims(uid, claims)
  // Always: an earlier call may have been broken off before it.
  await accounts.endSessions(uid)
  return was || admin !== undefined
}

/** Firebase keeps addresses in small letters. */
const sameAddress = (one: string | null, other: string) => one?.toLowerCase() === other.toLowerCase()

export interface Admin {
  readonly uid: string
  readonly email: string | null
  readonly grantedBy: string
  readonly grantedAt: Instant
}

/** By the documents. */
export async function listAdmins({ store }: Pick<AdminsDeps, 'store'>): Promise<readonly Admin[]> {
  const documents = await store.query({ collection: 'admins' })
  return documents.map(({ path, data }) => ({ uid: path.slice('admins/'.length), ...(data as Omit<Admin, 'uid'>) }))
}

/** Users with the claim and no document: what is left where a grant, or a revocation, was broken off. Looks at every account. */
export async function halfAdmins({ accounts, store }: AdminsDeps): Promise<readonly string[]> {
  const known = new Set((await listAdmins({ store })).map(({ uid }) => uid))
  const half: string[] = []
  for await (const { uid, admin } of accounts.list()) if (admin && !known.has(uid)) half.push(uid)
  return half
}
