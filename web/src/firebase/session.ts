/** Who is signed in, and what the security rules let them do. */
import { CUSTOMER_ID } from '../../../functions/src/contract/names.ts'

export interface Session {
  readonly uid: string
  /** To show: the name, or else the e-mail address. */
  readonly label: string
  /** Whose images they are: the claim `customer`, where several users share one account, or else the user. */
  readonly customerId: string
  /** May see everyone's, as far as the token says. The rules also ask for `admins/{uid}`. */
  readonly admin: boolean
  /** Null, or as a sentence why this account can't send and see images: the rules would refuse, so the page says it first. */
  readonly barred: string | null
}

export interface User {
  readonly uid: string
  readonly displayName: string | null
  readonly email: string | null
}

/** By the same conditions as storage.rules and firestore.rules. */
export function sessionOf(user: User, claims: Readonly<Record<string, unknown>>): Session {
  const { customer } = claims
  const customerId = typeof customer === 'string' ? customer : user.uid
  const admin = claims['admin'] === true
  return { uid: user.uid, label: user.displayName ?? user.email ?? user.uid, customerId, admin, barred: barred() }

  function barred(): string | null {
    if (admin) return 'This is an admin’s account: it has no images of its own.'
    if (customer === undefined && claims['email_verified'] !== true) {
      return 'Confirm your e-mail address first: follow the link that was sent to you, then reload this page.'
    }
    if ((customer !== undefined && typeof customer !== 'string') || !CUSTOMER_ID.test(customerId)) {
      return 'This account is not set up as a customer’s. Please ask whoever gave it to you.'
    }
    return null
  }
}

const SIGN_IN_PROBLEMS: Readonly<Record<string, string>> = {
  'auth/invalid-credential': 'The e-mail address or the password is wrong.',
  'auth/invalid-email': 'This is not an e-mail address.',
  'auth/user-not-found': 'The e-mail address or the password is wrong.',
  'auth/wrong-password': 'The e-mail address or the password is wrong.',
  'auth/user-disabled': 'This account has been closed.',
  'auth/too-many-requests': 'Too many tries. Wait a few minutes.',
  'auth/network-request-failed': 'The server can’t be reached. Is there a connection?',
}

/** A sentence for what Authentication answered. https://firebase.google.com/docs/reference/js/auth#autherrorcodes */
export function signInProblem(error: unknown): string {
  const code = (error as { readonly code?: string } | null)?.code ?? 'unknown'
  return SIGN_IN_PROBLEMS[code] ?? `Signing in failed (${code}).`
}
