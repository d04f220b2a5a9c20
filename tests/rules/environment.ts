import {
  initializeTestEnvironment,
  type RulesTestContext,
  type RulesTestEnvironment,
  type TokenOptions,
} from '@firebase/rules-unit-testing'

/** The buckets of a local stack, each with the rules that firebase.json gives its target. */
export const RAW_BUCKET = 'demo-darkroom-raw'
export const PROCESSED_BUCKET = 'demo-darkroom-processed'

interface Person {
  readonly uid: string
  readonly token: TokenOptions
}

/** Who knocks. Null is nobody: no one has signed in. */
export const PEOPLE = {
  ada: { uid: 'ada', token: { email: 'ada@example.com', email_verified: true } },
  bob: { uid: 'bob', token: { email: 'bob@example.com', email_verified: true } },
  unverified: { uid: 'ada', token: { email: 'ada@example.com', email_verified: false } },
  withoutEmail: { uid: 'ada', token: { firebase: { sign_in_provider: 'anonymous' } } },
  /** Two users who share the account of customer `acme`. */
  acme1: { uid: 'user-1', token: { customer: 'acme', email_verified: true } },
  acme2: { uid: 'user-2', token: { customer: 'acme', firebase: { sign_in_provider: 'custom' } } },
  /** Claims that name no customer: they don't fall back to the user's own id. */
  claimOfNull: { uid: 'ada', token: { customer: null, email_verified: true } },
  claimOfEmpty: { uid: 'ada', token: { customer: '', email_verified: true } },
  claimOfList: { uid: 'ada', token: { customer: ['ada'], email_verified: true } },
  admin: { uid: 'root', token: { admin: true, email_verified: true } },
  /** Only the boolean makes an admin. */
  almostAdmin: { uid: 'eve', token: { admin: 'true', email_verified: true } },
  formerAdmin: { uid: 'eve', token: { admin: false, email_verified: true } },
  /** Its token still says so: it was given out before. */
  revokedAdmin: { uid: 'mallory', token: { admin: true, email_verified: true } },
  nobody: null,
} as const satisfies Record<string, Person | null>
export type PersonName = keyof typeof PEOPLE

export const EVERYONE = Object.keys(PEOPLE) as PersonName[]

/** Documents of `admins/` by their ids: those who were not revoked, and one whose token has no claim. */
export const ADMINS = ['root', 'eve']

/** The emulators are those that global-setup.ts found or started. */
export const rulesEnvironment = (): Promise<RulesTestEnvironment> =>
  initializeTestEnvironment({ projectId: 'demo-darkroom' })

export function as(environment: RulesTestEnvironment, name: PersonName): RulesTestContext {
  const person: Person | null = PEOPLE[name]
  return person === null
    ? environment.unauthenticatedContext()
    : environment.authenticatedContext(person.uid, person.token)
}
