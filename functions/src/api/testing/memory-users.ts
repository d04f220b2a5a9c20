import type { User, Users } from '../erase-users.ts'

/** Users in memory. */
export class MemoryUsers implements Users {
  readonly #users = new Map<string, User>()
  readonly #gate: (operation: 'list' | 'delete', phase: 'before' | 'after') => Promise<void> | void

  /** `gate`: awaited before and after each operation, as MemoryStore's. */
  constructor(gate: MemoryUsersGate = () => {}) {
    this.#gate = gate
  }

  add(uid: string, more: Partial<User> = {}): void {
    this.#users.set(uid, { uid, customer: null, admin: false, ...more })
  }

  /** For tests: those who are there. */
  uids(): readonly string[] {
    return [...this.#users.keys()]
  }

  async *list(): AsyncGenerator<User> {
    await this.#gate('list', 'before')
    const users = [...this.#users.values()]
    await this.#gate('list', 'after')
    yield* users
  }

  async delete(uid: string): Promise<void> {
    await this.#gate('delete', 'before')
    this.#users.delete(uid)
    await this.#gate('delete', 'after')
  }
}

export type MemoryUsersGate = (operation: 'list' | 'delete', phase: 'before' | 'after') => Promise<void> | void
