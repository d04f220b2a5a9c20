/** The frame of the customer's callables: whose images it is about, what is asked, and what is said where it fails. Plain: index.ts is Firebase. */
import { customerOfToken, type Barred, type CustomerCall, type CustomerCalls } from '../contract/customer.ts'
import type { Log } from '../intake/log.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { isErased } from '../ledger/erasure.ts'
import { REQUESTS } from './customer-requests.ts'
import { refusalOf, Refused, type Caller } from './refused.ts'

/** Who calls, as the token says. */
export interface Customer {
  readonly customerId: string
  /** Several users may share one customer's account. */
  readonly uid: string
}

/** What a callable does, once it is known for whom. May throw a {@link Refused}. */
export type CustomerBody<Name extends CustomerCall> = (
  request: CustomerCalls[Name][0],
  customer: Customer,
) => Promise<CustomerCalls[Name][1]>

export interface CustomerCallDeps {
  readonly store: Pick<DocumentStore, 'get'>
  readonly log: Log
  readonly random: () => string
}

/** Rejects with a {@link Refused} and nothing else. */
export async function answerCustomer<Name extends CustomerCall>(
  { store, log, random }: CustomerCallDeps,
  name: Name,
  body: CustomerBody<Name>,
  caller: Caller | null,
  data: unknown,
): Promise<CustomerCalls[Name][1]> {
  try {
    const customer = customerOf(caller)
    if (await isErased(store, customer.customerId)) {
      throw new Refused('permission-denied', 'The data of this account was deleted, and nothing of it is left.')
    }
    return await body(REQUESTS[name](data, 'request'), customer)
  } catch (error) {
    throw refusalOf({ log, random, whose: 'customer', call: name, caller }, error)
  }
}

const REFUSALS: Readonly<Record<Barred, string>> = {
  admin: 'This is an admin’s account: it has no images of its own.',
  unconfirmed: 'Confirm your e-mail address first, then sign in again.',
  'not-set-up': 'This account is not set up as a customer’s.',
}

/** As {@link customerOfToken}. Throws a {@link Refused}. */
export function customerOf(caller: Caller | null): Customer {
  if (caller === null) throw new Refused('unauthenticated', 'Sign in first.')
  const { uid, token } = caller
  const { customerId, barred } = customerOfToken(uid, token)
  if (barred !== null) throw new Refused('permission-denied', REFUSALS[barred])
  return { customerId, uid }
}
