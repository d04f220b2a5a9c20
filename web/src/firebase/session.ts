/** Who is signed in, and what the security rules let them do. */
import { type Barred, customerOfToken } from '../../../functions/src/contract/customer.ts'

export interface Session {
  readonly uid: string
  /** To show: the name, or else the e-mail address. */
  readonly label: string
  /** Whose images they are: the claim `customer`, where several users share one account, or else the user. */
  readonly customerId: string
  /** May see everyone's, as far as the token says. The rules also ask for `admins/{uid}`. */
  readonly admin: boolean
  /** Null: nothing is in the way. The rules would refuse, so the page says it first. */
  readonly barred: Barred | null
}

export interface User {
  readonly uid: string
  readonly displayName: string | null
  readonly email: string | null
}

export function sessionOf(user: User, claims: Readonly<Record<string, unknown>>): Session {
  const { uid } = user
  // An empty name is none.
  const label = user.displayName || user.email || uid
  return { uid, label, admin: claims['admin'] === true, ...customerOfToken(uid, claims) }
}

/** What Authentication knows of whoever is signed in. */
export interface Profile {
  readonly name: string | null
  readonly email: string | null
  /** The e-mail address. */
  readonly confirmed: boolean
  /** How they sign in: one or both. */
  readonly password: boolean
  readonly google: boolean
}

interface ProfileUser extends User {
  readonly emailVerified: boolean
  readonly providerData: readonly { readonly providerId: string }[]
}

export function profileOf({ displayName, email, emailVerified, providerData }: ProfileUser): Profile {
  const has = (id: string) => providerData.some(({ providerId }) => providerId === id)
  return {
    name: displayName || null,
    email,
    confirmed: emailVerified,
    password: has('password'),
    google: has('google.com'),
  }
}
