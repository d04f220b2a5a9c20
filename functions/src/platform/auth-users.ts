import { getApps, initializeApp } from 'firebase-admin/app'
import { getAuth, type Auth } from 'firebase-admin/auth'
import type { User, Users } from '../api/erase-users.ts'

/** The most that one call gives. */
const PAGE = 1000

/** Firebase Authentication; its emulator where FIREBASE_AUTH_EMULATOR_HOST says so. */
export class AuthUsers implements Users {
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
    try {
      await this.#auth.deleteUser(uid)
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'auth/user-not-found') throw error
    }
  }
}
