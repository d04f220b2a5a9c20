/** Who signs in to the local stack: three customers, one of them two people, and an admin. */

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

/** Makes them, or makes them what they should be. Throws what the emulator answers when it refuses. */
export async function createUsers(emulator: AuthEmulator): Promise<void> {
  for (const each of [...DEMO_CUSTOMERS.flatMap(({ users }) => users), DEMO_ADMIN]) await createUser(emulator, each)
}

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
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { ok: response.ok, status: response.status, text: await response.text() }
}
