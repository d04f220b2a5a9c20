import type { AccountAnswer, AccountRequest } from '../contract/customer.ts'
import type { Accounts } from './admins.ts'
import type { Customer } from './customer-call.ts'

/** Of the user who calls, on every device: never of the others who share its customer’s account. */
export async function customerAccount(
  { accounts }: { readonly accounts: Pick<Accounts, 'endSessions'> },
  { action }: AccountRequest,
  { uid }: Customer,
): Promise<AccountAnswer> {
  await accounts.endSessions(uid)
  return { action }
}
