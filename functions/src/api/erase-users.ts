/** The port to the users who sign in. `platform/auth-users.ts` is Firebase Authentication; `api/testing/memory-users.ts` is its twin in memory. */
export interface User {
  readonly uid: string
  /** The custom claim `customer`; null where there is none. */
  readonly customer: string | null
  /** Whether it has the custom claim `admin`. */
  readonly admin: boolean
}

export interface Users {
  /** Everybody, in no order that is promised. */
  list(): AsyncIterable<User>
  /** With its tokens: what was signed in by then stays so for up to an hour. It is no error where there is no such user. */
  delete(uid: string): Promise<void>
}

/** As the rules see it: the claim, where there is one, says alone whose images a user's are; else the user is the customer. */
export const isOf = ({ uid, customer }: User, customerId: string) => (customer ?? uid) === customerId

export async function usersOf(users: Pick<Users, 'list'>, customerId: string): Promise<readonly User[]> {
  const found: User[] = []
  for await (const user of users.list()) if (isOf(user, customerId)) found.push(user)
  return found
}
