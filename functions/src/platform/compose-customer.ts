/** Puts the parts together for the customer's callables: each loads what its own body needs, and only once it is called. */
import { randomBytes } from 'node:crypto'
import { answerCustomer, type CustomerBody } from '../api/customer-call.ts'
import type { Caller } from '../api/refused.ts'
import { parseSettings, type Settings } from '../config/settings.ts'
import type { CustomerCall, CustomerCalls } from '../contract/customer.ts'
import { cloudLog } from './cloud-log.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())

const BODIES: { readonly [Name in CustomerCall]: CustomerBody<Name> } = {
  async customerImages(request, customer) {
    const [{ customerImages }, { Ledger }, { CloudObjects }] = await Promise.all([
      import('../api/customer-images.ts'),
      import('../ledger/ledger.ts'),
      import('./cloud-storage.ts'),
    ])
    const deps = {
      store: store(),
      raw: new CloudObjects(settings().rawBucket),
      ledger: new Ledger(store(), settings()),
      log: cloudLog,
      // It brings the whole pipeline along, which only a retry needs.
      redrive: async (task: Parameters<typeof import('./compose.ts').redriveLazily>[0]) =>
        (await import('./compose.ts')).redriveLazily(task),
    }
    return customerImages(deps, request, customer)
  },

  async customerLinks(request, customer) {
    const { customerLinks } = await import('../api/customer-links.ts')
    const deps = { store: store(), log: cloudLog, newToken: () => randomBytes(32).toString('base64url') }
    return customerLinks(deps, request, customer)
  },

  async customerAccount(request, customer) {
    const [{ customerAccount }, { AuthUsers }] = await Promise.all([
      import('../api/customer-account.ts'),
      import('./auth-users.ts'),
    ])
    return customerAccount({ accounts: new AuthUsers() }, request, customer)
  },
}

/** Rejects with a `Refused` and nothing else. */
export function answerCaller<Name extends CustomerCall>(
  name: Name,
  caller: Caller | null,
  data: unknown,
): Promise<CustomerCalls[Name][1]> {
  const deps = { store: store(), log: cloudLog, random: () => randomBytes(4).toString('hex') }
  return answerCustomer(deps, name, BODIES[name], caller, data)
}
