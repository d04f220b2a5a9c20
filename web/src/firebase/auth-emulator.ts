/** What the Auth emulator has in place of mails and of Google's own pages. Loaded in the local stack alone. */
import { type Auth, confirmPasswordReset, GoogleAuthProvider, signInWithCredential } from 'firebase/auth'

/** What a mail is for, as the emulator calls it. https://firebase.google.com/docs/reference/rest/auth */
export type MailKind = 'VERIFY_EMAIL' | 'PASSWORD_RESET' | 'VERIFY_AND_CHANGE_EMAIL'

/** What the local stack has in place of mails and of Google's window. */
export interface LocalAccounts {
  /** As the holder of any such address. */
  signInWithGoogle(email: string, name: string): Promise<void>
  /** The link of the newest mail; null: there is none. */
  mailedLink(kind: MailKind, email: string): Promise<string | null>
  /** As the link of the newest mail does. False: there is none. */
  resetPassword(email: string, password: string): Promise<boolean>
}

interface Emulator {
  /** Such as http://127.0.0.1:9099. */
  readonly authUrl: string
  readonly projectId: string
}

export function localAccounts(auth: Auth, emulator: Emulator): LocalAccounts {
  const newest = async (kind: MailKind, email: string) => newestCode(await mailedCodes(emulator), kind, email)
  return {
    async signInWithGoogle(email, name) {
      await signInWithCredential(auth, GoogleAuthProvider.credential(googleIdToken(email, name)))
    },
    mailedLink: async (kind, email) => (await newest(kind, email))?.oobLink ?? null,
    async resetPassword(email, password) {
      const code = await newest('PASSWORD_RESET', email)
      if (code !== null) await confirmPasswordReset(auth, code.oobCode, password)
      return code !== null
    },
  }
}

export interface MailedCode {
  readonly email: string
  readonly requestType: string
  readonly oobCode: string
  readonly oobLink: string
}

/** Every code whose mail would have been sent, the oldest first. https://firebase.google.com/docs/emulator-suite/connect_auth#emulated_email_link_authentication */
async function mailedCodes({ authUrl, projectId }: Emulator): Promise<readonly MailedCode[]> {
  const response = await fetch(`${authUrl}/emulator/v1/projects/${projectId}/oobCodes`)
  if (!response.ok) throw new Error(`the Auth emulator answers ${response.status}`)
  const { oobCodes } = (await response.json()) as { readonly oobCodes?: readonly MailedCode[] }
  return oobCodes ?? []
}

/** Null: there is none, or it has been used. The emulator keeps addresses in small letters. */
export function newestCode(codes: readonly MailedCode[], kind: MailKind, email: string): MailedCode | null {
  const wanted = email.trim().toLowerCase()
  const found = codes.findLast((code) => code.requestType === kind && code.email.toLowerCase() === wanted)
  // It goes into a link.
  return found !== undefined && /^https?:\/\//.test(found.oobLink) ? found : null
}

/** The emulator takes claims as they are for a token of Google's. https://firebase.google.com/docs/emulator-suite/connect_auth#emulated_google_apple_and_other_idp_sign-in */
export function googleIdToken(email: string, name: string): string {
  const address = email.trim().toLowerCase()
  return JSON.stringify({
    sub: address,
    email: address,
    email_verified: true,
    ...(name.trim() !== '' && { name: name.trim() }),
  })
}
