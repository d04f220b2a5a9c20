import { adminPath } from '../contract/admin.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore, type Operation } from '../ledger/testing/memory-store.ts'
import { grantAdmin, halfAdmins, listAdmins, revokeAdmin } from './admins.ts'
import { MemoryUsers, type MemoryUsersGate } from './testing/memory-users.ts'

const EMAIL = 'ada@example.org'
const BY = 'root@example.org'

/** What was done, in order; the call of this number fails: before it does anything (even), or its answer is lost (odd). */
let done: string[]
let failing: number
let calls: number
let accounts: MemoryUsers
let store: MemoryStore
beforeEach(() => {
  done = []
  failing = -1
  calls = 0
  let now = Instant.parse('2026-11-24T12:00:00Z')
  const step = (name: string, phase: 'before' | 'after') => {
    if (calls++ === failing) throw new Error(`down ${phase} ${name}`)
    if (phase === 'after') done.push(name)
  }
  const ofUsers: MemoryUsersGate = (operation, phase) => step(operation, phase)
  const ofStore = ({ kind }: Operation, phase: 'before' | 'after') => step(kind, phase)
  accounts = new MemoryUsers(ofUsers)
  store = new MemoryStore({ now: () => (now = now.plusSeconds(1)), gate: ofStore })
  accounts.add('ada', { email: EMAIL, emailVerified: true })
})

const grant = (email = EMAIL) => grantAdmin({ accounts, store }, email, BY)
const revoke = (email = EMAIL) => revokeAdmin({ accounts, store }, email)
const claims = async (uid = 'ada') => (await accounts.byId(uid))?.claims
const hasDocument = () => store.dump().has(adminPath('ada'))
/** What Firestore's rules and the callables ask for. */
const isAdmin = async () => (await claims())?.['admin'] === true && hasDocument()

describe('grant', () => {
  it('gives the claim, leaves others, and writes the document last', async () => {
    await accounts.setClaims('ada', { team: 'night' })
    done = []
    await grant()
    expect(done).toEqual(['byEmail', 'setClaims', 'get', 'commit'])
    expect(await claims()).toEqual({ team: 'night', admin: true })
    expect(await listAdmins({ store })).toEqual([
      { uid: 'ada', email: EMAIL, grantedBy: BY, grantedAt: expect.any(Instant) as Instant },
    ])
  })

  it('once more changes nothing of who let it in', async () => {
    await grant()
    const [before] = await listAdmins({ store })
    await grantAdmin({ accounts, store }, EMAIL, 'another')
    expect(await listAdmins({ store })).toEqual([before])
  })

  it.each([
    ['nobody', { email: 'bob@example.org' }, 'nobody has an account with the address ada@example.org'],
    [
      'a customer’s account',
      { email: EMAIL, emailVerified: true, customer: 'acme' },
      'it is an account of the customer "acme"',
    ],
    ['one that never confirmed its address', { email: EMAIL }, 'the address was never confirmed'],
    ['one that is disabled', { email: EMAIL, emailVerified: true, disabled: true }, 'the account is disabled'],
  ])('refuses %s, and gives nothing', async (_, user, message) => {
    await accounts.delete('ada')
    accounts.add('eve', user)
    done = []
    await expect(grant()).rejects.toThrow(RangeError)
    await expect(grant()).rejects.toThrow(message)
    expect(done).toEqual(['byEmail', 'byEmail'])
  })

  it('refuses a claim that names no customer as one that does', async () => {
    await accounts.setClaims('ada', { customer: null })
    await expect(grant()).rejects.toThrow('it is an account of the customer null')
  })
})

describe('revoke', () => {
  it('takes the document first, then the claim alone, then the sessions', async () => {
    await accounts.setClaims('ada', { team: 'night' })
    await grant()
    done = []
    expect(await revoke()).toEqual(['ada'])
    expect(done).toEqual(['byEmail', 'query', 'get', 'commit', 'byId', 'setClaims', 'endSessions'])
    expect(await claims()).toEqual({ team: 'night' })
    expect(accounts.ended).toEqual(['ada'])
  })

  it('once more finds nothing to take, and ends sessions all the same', async () => {
    await grant()
    await revoke()
    expect(await revoke()).toEqual([])
    expect(accounts.ended).toEqual(['ada', 'ada'])
  })

  it.each([
    ['whose account is gone', async () => accounts.delete('ada')],
    [
      'whose address is another by now',
      async () => accounts.add('ada', { email: 'lovelace@example.org', emailVerified: true, admin: true }),
    ],
  ])('reaches an admin %s, by the address that it was granted to', async (_, change) => {
    await grant()
    await change()
    expect(await revoke('ADA@example.org')).toEqual(['ada'])
    expect(hasDocument()).toBe(false)
    expect((await claims()) ?? {}).toEqual({})
  })

  it('refuses an address that is nobody’s', async () => {
    await expect(revoke('bob@example.org')).rejects.toThrow('nobody has an account with the address bob@example.org')
  })
})

describe('broken off at any call, before it or with its answer lost,', () => {
  /** Each call of `work` fails once, then it is given again. */
  async function brokenOff(begin: () => Promise<unknown>, work: () => Promise<unknown>, between: () => Promise<void>) {
    for (let i = 0; ; i++) {
      accounts.add('ada', { email: EMAIL, emailVerified: true })
      await store.transact(async (transaction) => transaction.delete(adminPath('ada')))
      await begin()
      ;[calls, failing] = [0, i]
      const broke = await work().then(
        () => false,
        () => true,
      )
      failing = -1
      if (!broke) return i
      await between()
      await work()
    }
  }

  it('a grant never gives the document without the claim, and goes on', async () => {
    const steps = await brokenOff(
      async () => {},
      grant,
      async () => {
        if (hasDocument()) expect(await claims()).toEqual({ admin: true })
      },
    )
    expect(steps).toBe(8)
    expect(await isAdmin()).toBe(true)
  })

  it('a revocation never leaves an admin behind once it has taken anything, and goes on', async () => {
    const steps = await brokenOff(grant, revoke, async () => {
      const whole = hasDocument() && (await claims())?.['admin'] === true
      // Either nothing has happened, or nothing is left in Firestore and in callables.
      if (!whole) expect(hasDocument()).toBe(false)
    })
    expect(steps).toBe(14)
    expect(hasDocument()).toBe(false)
    expect(await claims()).toEqual({})
    expect(accounts.ended.at(-1)).toBe('ada')
  })
})

it('lists who has the claim alone', async () => {
  await grant()
  accounts.add('eve', { admin: true })
  accounts.add('bob', {})
  expect(await halfAdmins({ accounts, store })).toEqual(['eve'])
})
