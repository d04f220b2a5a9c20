/** Who signs in to the local stack: three customers, one of them two people, and an admin. */
import { adminPath } from '../functions/src/contract/admin.ts'

export interface DemoUser {
  /** The user's id in Authentication; without a claim `customer` it is also the customer's. */
  readonly uid: string
  readonly displayName: string
  readonly email: string
  readonly claims: Readonly<Record<string, string | boolean>>
}

/** For the local stack alone, whose Auth emulator takes no real accounts: it is printed with the addresses. */
export const DEMO_PASSWORD = 'darkroom'

export interface DemoCustomer {
  readonly id: string
  readonly name: string
  readonly users: readonly DemoUser[]
}

const user = (uid: string, displayName: string, email: string, claims: DemoUser['claims'] = {}): DemoUser => ({
  uid,
  displayName,
  email,
  claims,
})

export const DEMO_CUSTOMERS: readonly DemoCustomer[] = [
  {
    id: 'alder-studio',
    name: 'Alder Studio',
    users: [
      user('ada-alder', 'Ada Alder', 'ada@alder-studio.example', { customer: 'alder-studio' }),
      user('ben-alder', 'Ben Alder', 'ben@alder-studio.example', { customer: 'alder-studio' }),
    ],
  },
  { id: 'birch', name: 'Bo Birch', users: [user('birch', 'Bo Birch', 'bo@birch.example')] },
  { id: 'cedar', name: 'Cia Cedar', users: [user('cedar', 'Cia Cedar', 'cia@cedar.example')] },
]

export const DEMO_ADMIN = user('admin', 'Admin', 'admin@darkroom.example', { admin: true })

export interface AuthEmulator {
  readonly projectId: string
  /** Such as http://127.0.0.1:9099. */
  readonly authUrl: string
}

export interface UserEmulators extends AuthEmulator {
  /** Host and port. */
  readonly firestoreHost: string
}

/** Makes them, or makes them what they should be. Throws what an emulator answers when it refuses. */
export async function createUsers(emulators: UserEmulators): Promise<void> {
  for (const each of [...DEMO_CUSTOMERS.flatMap(({ users }) => users), DEMO_ADMIN]) await createUser(emulators, each)
  await createAdmin(emulators, DEMO_ADMIN)
}

/** As `npm run admin -- grant` has it. Firestore's emulator by REST, too: whoever only asks for names needs no client. */
async function createAdmin({ projectId, firestoreHost }: UserEmulators, { uid, email }: DemoUser): Promise<void> {
  const documents = `http://${firestoreHost}/v1/projects/${projectId}/databases/(default)/documents`
  const fields = {
    email: { stringValue: email },
    grantedBy: { stringValue: 'demo' },
    grantedAt: { timestampValue: new Date().toISOString() },
  }
  const response = await fetch(`${documents}/${adminPath(uid)}`, {
    method: 'PATCH',
    headers: AS_ADMINISTRATOR,
    body: JSON.stringify({ fields }),
  })
  if (!response.ok) {
    throw new Error(
      `the Firestore emulator does not take ${adminPath(uid)}: ${response.status} ${await response.text()}`,
    )
  }
}

const AS_ADMINISTRATOR = { authorization: 'Bearer owner', 'content-type': 'application/json' }

/** The emulator's REST API as an administrator: `Bearer owner`. https://firebase.google.com/docs/reference/rest/auth */
async function createUser(emulator: AuthEmulator, { uid, displayName, email, claims }: DemoUser): Promise<void> {
  const account = { localId: uid, displayName, email, password: DEMO_PASSWORD, emailVerified: true }
  const accounts = `projects/${emulator.projectId}/accounts`
  const created = await post(emulator, accounts, account)
  if (!created.ok && !/EMAIL_EXISTS|DUPLICATE_LOCAL_ID/.test(created.text)) throw refused(email, created)
  // Claims are only taken by an update, which also sets right an account that was there already.
  const updated = await post(emulator, `${accounts}:update`, { ...account, customAttributes: JSON.stringify(claims) })
  if (!updated.ok) throw refused(email, updated)
}

interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly text: string
}

const refused = (email: string, { status, text }: Answer) =>
  new Error(`the Auth emulator does not take ${email}: ${status} ${text.slice(0, 500)}`)

async function post({ authUrl }: AuthEmulator, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${authUrl}/identitytoolkit.googleapis.com/v1/${path}`, {
    method: 'POST',
    headers: AS_ADMINISTRATOR,
    body: JSON.stringify(body),
  })
  return { ok: response.ok, status: response.status, text: await response.text() }
}
