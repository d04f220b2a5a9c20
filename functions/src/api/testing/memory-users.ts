import type { Account, Accounts, Claims } from '../admins.ts'
import type { User, Users } from '../erase-users.ts'

type Operation = 'list' | 'delete' | 'byEmail' | 'byId' | 'setClaims' | 'endSessions'
export type MemoryUsersGate = (operation: Operation, phase: 'before' | 'after') => Promise<void> | void

export interface NewUser {
  readonly customer?: string | null
  readonly admin?: boolean
  readonly email?: string
  readonly emailVerified?: boolean
  readonly disabled?: boolean
}

/** Users in memory. */
export class MemoryUsers implements Users, Accounts {
  readonly #users = new Map<string, Account>()
  readonly #gate: MemoryUsersGate
  /** For tests: whose sessions were ended. */
  readonly ended: string[] = []

  /** `gate`: awaited before and after each operation, as MemoryStore's. */
  constructor(gate: MemoryUsersGate = () => {}) {
    this.#gate = gate
  }

  add(uid: string, { customer = null, admin = false, email, emailVerified = false, disabled = false }: NewUser = {}) {
    const claims = { ...(customer !== null && { customer }), ...(admin && { admin }) }
    this.#users.set(uid, { uid, email: email ?? null, emailVerified, disabled, claims })
  }

  /** For tests: those who are there. */
  uids(): readonly string[] {
    return [...this.#users.keys()]
  }

  async *list(): AsyncGenerator<User> {
    const users = await this.#operate('list', () => [...this.#users.values()])
    for (const { uid, claims } of users) {
      const { customer, admin } = claims
      yield { uid, customer: typeof customer === 'string' ? customer : null, admin: admin === true }
    }
  }

  async delete(uid: string): Promise<void> {
    await this.#operate('delete', () => this.#users.delete(uid))
  }

  byEmail(email: string): Promise<Account | null> {
    const isIt = (account: Account) => account.email?.toLowerCase() === email.toLowerCase()
    return this.#operate('byEmail', () => [...this.#users.values()].find(isIt) ?? null)
  }

  byId(uid: string): Promise<Account | null> {
    return this.#operate('byId', () => this.#users.get(uid) ?? null)
  }

  setClaims(uid: string, claims: Claims): Promise<void> {
    return this.#operate('setClaims', () => void this.#users.set(uid, { ...this.#known(uid), claims }))
  }

  endSessions(uid: string): Promise<void> {
    return this.#operate('endSessions', () => void this.ended.push(this.#known(uid).uid))
  }

  #known(uid: string): Account {
    const account = this.#users.get(uid)
    if (account === undefined) throw new Error(`there is no user ${uid}`)
    return account
  }

  async #operate<T>(operation: Operation, work: () => T): Promise<T> {
    await this.#gate(operation, 'before')
    const result = work()
    await this.#gate(operation, 'after')
    return result
  }
}
