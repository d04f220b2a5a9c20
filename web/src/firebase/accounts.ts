/** The project's app on the firebase SDK and who is signed in to it: what every page needs. */
import { type FirebaseApp, initializeApp } from 'firebase/app'
import {
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  onAuthStateChanged,
  signInWithEmailAndPassword,
  signOut,
  type User,
} from 'firebase/auth'
import type { WebConfig } from './config.ts'
import { type Session, sessionOf } from './session.ts'

export interface Accounts {
  /**
   * Calls with each change from now on, null where nobody is signed in; `onProblem` where who it is can't be found out for want
   * of a connection. Returns what ends it.
   */
  watch(listener: (session: Session | null) => void, onProblem: () => void): () => void
  /** Rejects with the SDK's error, which has a `code`. */
  signIn(email: string, password: string): Promise<void>
  signOut(): Promise<void>
  /** Asks anew what the user may do. Who watches learns of it with the next loading of the page. Rejects as `signIn` does. */
  refresh(): Promise<void>
}

export interface Connection {
  readonly config: WebConfig
  readonly app: FirebaseApp
  readonly accounts: Accounts
}

/** Call it once: the SDK keeps its apps for good. */
export async function openProject(config: WebConfig): Promise<Connection> {
  const { projectId, apiKey, authDomain, emulators, appCheck } = config
  const app = initializeApp({
    projectId,
    apiKey,
    ...(authDomain === undefined ? {} : { authDomain }),
    ...(appCheck === null ? {} : { appId: appCheck.appId }),
  })
  if (appCheck !== null) {
    // Before anything is asked of the project, and loaded by nobody else.
    const { proveThePage } = await import('./app-check.ts')
    proveThePage(app, appCheck.siteKey)
  }
  // Not getAuth: it is ready for sign-in by pop-up, which loads scripts from elsewhere.
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] })
  if (emulators !== null) connectAuthEmulator(auth, emulators.auth, { disableWarnings: true })

  const accounts: Accounts = {
    watch(listener, onProblem) {
      let latest = 0
      const changed = async (user: User | null) => {
        const mine = ++latest
        try {
          const session = user === null ? null : sessionOf(user, await claimsOf(user))
          if (mine === latest) listener(session)
        } catch {
          if (mine === latest) onProblem()
        }
      }
      return onAuthStateChanged(auth, (user) => void changed(user))
    },
    async signIn(email, password) {
      await signInWithEmailAndPassword(auth, email, password)
    },
    signOut: () => signOut(auth),
    async refresh() {
      await auth.currentUser?.getIdToken(true)
    },
  }
  return { config, app, accounts }
}

/** A token says `email_verified` as it was when it was made: one by which its bearer is barred is asked for anew. */
async function claimsOf(user: User): Promise<Readonly<Record<string, unknown>>> {
  const { claims } = await user.getIdTokenResult()
  if (sessionOf(user, claims).barred === null) return claims
  return (await user.getIdTokenResult(true)).claims
}
