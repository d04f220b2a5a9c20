import { getApps, initializeApp } from 'firebase-admin/app'
import { getAuth, type Auth, type UserRecord } from 'firebase-admin/auth'
import type { Account, Accounts, Claims } from '../api/admins.ts'
import type { User, Users } from '../api/erase-users.ts'

/** The most that one call gives. */
const PAGE = 1000

/** Firebase Authentication; its emulator where FIREBASE_AUTH_EMULATOR_HOST says so. */
export class AuthUsers implements Users, Accounts {
  readonly #auth: Auth

  /** Throws where the other emulators are named and this one is not: these would be somebody's real users. */
  constructor() {
    const { FIRESTORE_EMULATOR_HOST: others, FIREBASE_AUTH_EMULATOR_HOST: own } = process.env
    if (others !== undefined && own === undefined) {
      throw new Error('FIRESTORE_EMULATOR_HOST is set, and FIREBASE_AUTH_EMULATOR_HOST is not: expected both or none')
    }
    this.#auth = getAuth(getApps()[0] ?? initializeApp())
  }

  async *list(): AsyncGenerator<User> {
    for (let page: string | undefined; ;) {
      const { users, pageToken } = await this.#auth.listUsers(PAGE, page)
      for (const { uid, customClaims } of users) {
        const customer: unknown = customClaims?.['customer']
        yield { uid, customer: typeof customer === 'string' ? customer : null, admin: customClaims?.['admin'] === true }
      }
      if (pageToken === undefined || pageToken === '') return
      page = pageToken
    }
  }

  async delete(uid: string): Promise<void> {
    await orNull(this.#auth.deleteUser(uid))
  }

  async byEmail(email: string): Promise<Account | null> {
    const user = await orNull(this.#auth.getUserByEmail(email))
    return user && accountOf(user)
  }

  async byId(uid: string): Promise<Account | null> {
    const user = await orNull(this.#auth.getUser(uid))
    return user && accountOf(user)
  }

  async setClaims(uid: string, claims: Claims): Promise<void> {
    await this.#auth.setCustomUserClaims(uid, claims)
  }

  async endSessions(uid: string): Promise<void> {
    await this.#auth.revokeRefreshTokens(uid)
  }
}

/** Null where there is no such user. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'auth/user-not-found') return null
    throw error
  }
}

const accountOf = ({ uid, email, emailVerified, disabled, customClaims }: UserRecord): Account => ({
  uid,
  email: email ?? null,
  emailVerified,
  disabled,
  claims: customClaims ?? {},
})
