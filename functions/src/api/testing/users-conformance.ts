import type { Accounts } from '../admins.ts'
import { usersOf, type User, type Users } from '../erase-users.ts'

export interface UsersUnderTest {
  readonly users: Users & Accounts
  readonly add: (
    uid: string,
    more: {
      readonly customer?: string
      readonly admin?: boolean
      readonly email?: string
      readonly emailVerified?: boolean
    },
  ) => Promise<void>
}

/** What every {@link Users} and {@link Accounts} owes its callers: `make` gives one in which nobody is. */
export function usersConformance(make: () => Promise<UsersUnderTest>): void {
  const uidsOf = async (users: Users, customerId: string) =>
    (await usersOf(users, customerId)).map(({ uid }) => uid).sort()
  const everybody = async (users: Users) => {
    const all: User[] = []
    for await (const user of users.list()) all.push(user)
    return all
  }

  it('lists everybody, with what the rules look at', async () => {
    const { users, add } = await make()
    expect(await everybody(users)).toEqual([])
    await add('ada', {})
    await add('bob', { customer: 'acme', admin: true })
    const all = (await everybody(users)).sort((a, b) => (a.uid < b.uid ? -1 : 1))
    expect(all).toEqual([
      { uid: 'ada', customer: null, admin: false },
      { uid: 'bob', customer: 'acme', admin: true },
    ])
  })

  it("knows a customer's users: by their claim, and by their id where they have none", async () => {
    const { users, add } = await make()
    await add('acme', {})
    await add('ann', { customer: 'acme' })
    await add('bob', { customer: 'other' })
    await add('other', { customer: 'acme' })
    expect(await uidsOf(users, 'acme')).toEqual(['acme', 'ann', 'other'])
    expect(await uidsOf(users, 'other')).toEqual(['bob'])
    expect(await uidsOf(users, 'ann')).toEqual([])
  })

  it('deletes one, and once more without an error', async () => {
    const { users, add } = await make()
    await add('ada', {})
    await add('bob', {})
    await users.delete('ada')
    await users.delete('ada')
    expect((await everybody(users)).map(({ uid }) => uid)).toEqual(['bob'])
  })

  it('finds an account by its address, whatever its case, and by its id', async () => {
    const { users, add } = await make()
    await add('ada', { email: 'ada@example.org', emailVerified: true })
    const ada = { uid: 'ada', email: 'ada@example.org', emailVerified: true, disabled: false, claims: {} }
    expect(await users.byEmail('Ada@Example.org')).toEqual(ada)
    expect(await users.byId('ada')).toEqual(ada)
    expect(await users.byEmail('bob@example.org')).toBeNull()
    expect(await users.byId('bob')).toBeNull()
  })

  it('sets claims in place of all that there were, and ends sessions', async () => {
    const { users, add } = await make()
    await add('ada', { customer: 'acme', email: 'ada@example.org' })
    await users.setClaims('ada', { admin: true, team: 'x' })
    await users.endSessions('ada')
    expect((await users.byId('ada'))?.claims).toEqual({ admin: true, team: 'x' })
    await users.setClaims('ada', {})
    expect((await users.byId('ada'))?.claims).toEqual({})
  })
}
