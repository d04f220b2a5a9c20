/** What Authentication refuses, as kinds that a sentence can be said of: the sentences are in the texts. */

/** https://firebase.google.com/docs/reference/js/auth#autherrorcodes: those that somebody who uses the page can meet. */
const KINDS = {
  // One and the same, whether it is the address or the password: nobody learns who has an account.
  'auth/invalid-credential': 'wrong',
  'auth/invalid-login-credentials': 'wrong',
  'auth/user-not-found': 'wrong',
  'auth/wrong-password': 'wrong',
  'auth/invalid-email': 'noEmail',
  'auth/invalid-recipient-email': 'noEmail',
  'auth/invalid-new-email': 'noEmail',
  'auth/missing-email': 'noEmail',
  'auth/missing-new-email': 'noEmail',
  'auth/missing-password': 'noPassword',
  'auth/email-already-in-use': 'taken',
  'auth/weak-password': 'weak',
  'auth/password-does-not-meet-requirements': 'weak',
  'auth/user-disabled': 'closed',
  'auth/too-many-requests': 'tooMany',
  'auth/quota-exceeded': 'tooMany',
  'auth/network-request-failed': 'unreachable',
  'auth/timeout': 'unreachable',
  'auth/popup-blocked': 'blocked',
  'auth/account-exists-with-different-credential': 'otherWay',
  'auth/credential-already-in-use': 'otherWay',
  'auth/operation-not-allowed': 'off',
  'auth/admin-restricted-operation': 'off',
  'auth/auth-domain-config-required': 'off',
  'auth/unauthorized-domain': 'off',
  'auth/requires-recent-login': 'tooOld',
  'auth/user-token-expired': 'ended',
  'auth/invalid-user-token': 'ended',
  'auth/null-user': 'ended',
  'auth/user-mismatch': 'wrong',
  'auth/web-storage-unsupported': 'storage',
  'auth/unsupported-persistence-type': 'storage',
} as const satisfies Readonly<Record<string, string>>

export const CODES = Object.keys(KINDS)
export type ProblemKind = (typeof KINDS)[keyof typeof KINDS]

/** Closing Google's window is no problem. */
const CHANGES_OF_MIND = ['auth/popup-closed-by-user', 'auth/cancelled-popup-request', 'auth/user-cancelled']

const FIELDS: Partial<Record<ProblemKind, 'email' | 'password'>> = {
  noEmail: 'email',
  taken: 'email',
  noPassword: 'password',
  weak: 'password',
}

export interface Problem {
  readonly kind: ProblemKind | 'other'
  /** As the SDK calls it. */
  readonly code: string
  /** The one that is to be filled in differently; null: it can't be said of one. */
  readonly field: 'email' | 'password' | null
}

/** Null: it is none. */
export function problemOf(error: unknown): Problem | null {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (typeof code !== 'string') return { kind: 'other', code: 'unknown', field: null }
  if (CHANGES_OF_MIND.includes(code)) return null
  if (!Object.hasOwn(KINDS, code)) return { kind: 'other', code, field: null }
  const kind = KINDS[code as keyof typeof KINDS]
  return { kind, code, field: FIELDS[kind] ?? null }
}

/** The sentences of a language. */
export type ProblemTexts = Readonly<Record<ProblemKind, string>> & { readonly other: (code: string) => string }

export const sentenceOf = ({ kind, code }: Problem, texts: ProblemTexts): string =>
  kind === 'other' ? texts.other(code) : texts[kind]
