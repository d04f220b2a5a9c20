/** The project's app on the firebase SDK and who is signed in to it: what every page needs. */
import { type FirebaseApp, initializeApp } from 'firebase/app'
import {
  type ActionCodeSettings,
  type Auth,
  browserLocalPersistence,
  browserPopupRedirectResolver,
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  EmailAuthProvider,
  GoogleAuthProvider,
  indexedDBLocalPersistence,
  initializeAuth,
  onAuthStateChanged,
  reauthenticateWithCredential,
  sendEmailVerification,
  sendPasswordResetEmail,
  signInWithEmailAndPassword,
  signInWithPopup,
  signOut,
  updatePassword,
  updateProfile,
  type User,
  verifyBeforeUpdateEmail,
} from 'firebase/auth'
import { readStored, writeStored } from '../ui/stored.ts'
import type { LocalAccounts } from './auth-emulator.ts'
import type { WebConfig } from './config.ts'
import { type Profile, profileOf, type Session, sessionOf } from './session.ts'

/** Each promise rejects with the SDK's error, which has a `code` such as `auth/invalid-credential`. */
export interface Accounts {
  /**
   * Calls with each change from now on, null where nobody is signed in; `onProblem` where who it is can't be found out for want
   * of a connection. Returns what ends it.
   */
  watch(listener: (session: Session | null) => void, onProblem: () => void): () => void
  signIn(email: string, password: string): Promise<void>
  /** By Google's own window, which comes from elsewhere: only where {@link local} is null. */
  signInWithGoogle(): Promise<void>
  /**
   * Makes an account, signs in to it and sends the mail that confirms the address; then whoever watches learns of it. Where the mail could not be
   * sent the account is there all the same: {@link mailProblem}.
   */
  signUp(email: string, password: string, name: string): Promise<void>
  /** Of this browser. */
  signOut(): Promise<void>
  /** Asks anew who the user is and what they may do, and tells whoever watches. */
  refresh(): Promise<void>
  /** Whether the last one who was signed in did not sign out here: it ended elsewhere, or the account has changed. */
  ended(): boolean
  /** Null: nobody is signed in. */
  profile(): Profile | null

  /** Resolves where nobody has this address, too: nobody learns who has an account. */
  sendPasswordReset(email: string): Promise<void>
  sendVerification(): Promise<void>
  /** Why the mail that belongs to a sign-up was not sent; null: it was. */
  mailProblem(): unknown

  changeName(name: string): Promise<void>
  changePassword(current: string, next: string): Promise<void>
  /** Sends a mail to the new address; the change is made by its link, which also ends every session. */
  changeEmail(current: string, email: string): Promise<void>

  /** Null: Firebase itself. */
  readonly local: LocalAccounts | null
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
  // Not getAuth: it loads what signing in by pop-up needs from elsewhere, before anybody wants it.
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] })
  if (emulators !== null) connectAuthEmulator(auth, emulators.auth, { disableWarnings: true })
  const local =
    emulators === null
      ? null
      : (await import('./auth-emulator.ts')).localAccounts(auth, { authUrl: emulators.auth, projectId })
  return { config, app, accounts: accountsOf(auth, local) }
}

/** Is there from a sign-in to the sign-out, in every tab: what is signed out while it is there was ended elsewhere. */
const SIGNED_IN = 'darkroom-signed-in'

function accountsOf(auth: Auth, local: LocalAccounts | null): Accounts {
  const tellers = new Set<(user: User | null, isRenewed?: boolean) => Promise<void>>()
  /** While an account is being made nobody is told of it: a page that is shown at once would take the form away. */
  let signingUp = false
  let mailProblem: unknown = null

  const current = (): User => {
    if (auth.currentUser === null) throw Object.assign(new Error('nobody is signed in'), { code: 'auth/null-user' })
    return auth.currentUser
  }
  const tellAll = async (isRenewed: boolean) => {
    await Promise.all([...tellers].map((tell) => tell(auth.currentUser, isRenewed)))
  }
  const reauthenticate = async (password: string) => {
    const user = current()
    await reauthenticateWithCredential(user, EmailAuthProvider.credential(user.email ?? '', password))
    return user
  }

  return {
    local,
    watch(listener, onProblem) {
      let latest = 0
      const tell = async (user: User | null, isRenewed = false) => {
        const mine = ++latest
        try {
          const session = user === null ? null : sessionOf(user, await claimsOf(user, isRenewed))
          if (mine !== latest) return
          if (session !== null) writeStored(SIGNED_IN, session.uid)
          listener(session)
        } catch {
          if (mine === latest) onProblem()
        }
      }
      tellers.add(tell)
      const stop = onAuthStateChanged(auth, (user) => {
        if (!signingUp) void tell(user)
      })
      return () => {
        tellers.delete(tell)
        stop()
      }
    },
    async signIn(email, password) {
      await signInWithEmailAndPassword(auth, email, password)
    },
    async signInWithGoogle() {
      const provider = new GoogleAuthProvider()
      provider.setCustomParameters({ prompt: 'select_account' })
      speak(auth)
      await signInWithPopup(auth, provider, browserPopupRedirectResolver)
    },
    async signUp(email, password, name) {
      signingUp = true
      try {
        const { user } = await createUserWithEmailAndPassword(auth, email, password)
        try {
          mailProblem = null
          if (name !== '') await updateProfile(user, { displayName: name })
          await sendMail(auth, (settings) => sendEmailVerification(user, settings))
        } catch (error) {
          mailProblem = error
        }
      } finally {
        signingUp = false
      }
      await tellAll(false)
    },
    async signOut() {
      writeStored(SIGNED_IN, null)
      mailProblem = null
      await signOut(auth)
    },
    async refresh() {
      const user = auth.currentUser
      if (user === null) return
      await user.reload()
      await user.getIdToken(true)
      await tellAll(true)
    },
    ended: () => auth.currentUser === null && readStored(SIGNED_IN) !== null,
    profile: () => (auth.currentUser === null ? null : profileOf(auth.currentUser)),
    async sendPasswordReset(email) {
      try {
        await sendMail(auth, (settings) => sendPasswordResetEmail(auth, email, settings))
      } catch (error) {
        if (codeOf(error) !== 'auth/user-not-found') throw error
      }
    },
    async sendVerification() {
      const user = current()
      await sendMail(auth, (settings) => sendEmailVerification(user, settings))
      mailProblem = null
    },
    mailProblem: () => mailProblem,
    async changeName(name) {
      await updateProfile(current(), { displayName: name })
      await tellAll(false)
    },
    async changePassword(password, next) {
      await updatePassword(await reauthenticate(password), next)
    },
    async changeEmail(password, email) {
      const user = await reauthenticate(password)
      await sendMail(auth, (settings) => verifyBeforeUpdateEmail(user, email, settings))
    },
  }
}

/** A token says `email_verified` as it was when it was made: one by which its bearer is barred is asked for anew. */
async function claimsOf(user: User, isRenewed: boolean): Promise<Readonly<Record<string, unknown>>> {
  const { claims } = await user.getIdTokenResult()
  if (isRenewed || sessionOf(user, claims).barred === null) return claims
  return (await user.getIdTokenResult(true)).claims
}

const codeOf = (error: unknown) => (error as { readonly code?: string } | null)?.code

/** Mails and Google's window are in the page's language. */
function speak(auth: Auth): void {
  auth.languageCode = document.documentElement.lang
}

/** With a way back to this page, unless the project doesn't know its address: that way is not worth the mail. */
async function sendMail(auth: Auth, send: (settings?: ActionCodeSettings) => Promise<void>): Promise<void> {
  speak(auth)
  try {
    await send({ url: `${location.origin}/` })
  } catch (error) {
    if (codeOf(error) !== 'auth/unauthorized-continue-uri') throw error
    await send()
  }
}
