import { assertFails, assertSucceeds, type RulesTestEnvironment } from '@firebase/rules-unit-testing'
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getDoc,
  getDocs,
  limit,
  orderBy,
  query,
  runTransaction,
  setDoc,
  setLogLevel,
  updateDoc,
  where,
  writeBatch,
  type Firestore,
} from 'firebase/firestore'
import { as, EVERYONE, rulesEnvironment, type PersonName } from './environment.ts'

/** Every kind of document that the pipeline writes, and one of a kind that does not exist yet. */
const OF_ADA = ['customers/ada/images/i1', 'customers/ada/stats/2026-11-23~0', 'customers/ada/months/2026-11']
const OF_ADMINS = [
  'totals/2026-11-23',
  'exports/state',
  'reconciliations/sweep',
  'bridges/b1',
  'audit/a1',
  'controls/pause',
  'quotas/nobody',
  'settings/reporting',
  'customers/ada/notes/n1',
  'customers/ada/images/i1/steps/s1',
  'somethingNew/x',
]
const QUOTA = 'quotas/ada'
const EVERYTHING = ['customers/ada', QUOTA, ...OF_ADA, ...OF_ADMINS]
const GROUPS = ['customers', 'images', 'stats', 'months', 'exports', 'notes', 'steps', 'quotas', 'controls', 'audit']

let environment: RulesTestEnvironment

beforeAll(async () => {
  // Each refusal would be logged as a warning.
  setLogLevel('error')
  environment = await rulesEnvironment()
})
beforeEach(async () => {
  await environment.clearFirestore()
  await environment.withSecurityRulesDisabled(async (context) => {
    const everything = writeBatch(database(context))
    for (const path of [...EVERYTHING, 'customers/acme', 'customers/acme/images/i2', 'customers/bob/images/i3']) {
      const [, customerId] = path.split('/')
      everything.set(doc(database(context), path), { customerId, state: 'processed', exportShard: 0 })
    }
    await everything.commit()
  })
})
afterAll(() => environment.cleanup())

/** The library still hands out the compatible type; at run time it is one that the modular functions take. */
const database = (context: ReturnType<typeof as>) => context.firestore() as unknown as Firestore
const firestore = (who: PersonName) => database(as(environment, who))
const others = EVERYONE.filter((who) => who !== 'ada' && who !== 'admin')

describe('a customer', () => {
  it.each(['customers/ada', QUOTA, ...OF_ADA])('reads its own %s', async (path) => {
    await assertSucceeds(getDoc(doc(firestore('ada'), path)))
  })

  it('lists its own images, counters and months, by any filter and order', async () => {
    const db = firestore('ada')
    await assertSucceeds(getDocs(collection(db, 'customers/ada/images')))
    await assertSucceeds(
      getDocs(
        query(
          collection(db, 'customers/ada/images'),
          where('state', '==', 'processed'),
          orderBy('receivedAt', 'desc'),
          limit(20),
        ),
      ),
    )
    await assertSucceeds(getDocs(collection(db, 'customers/ada/stats')))
    await assertSucceeds(getDocs(collection(db, 'customers/ada/months')))
  })

  it('finds out that a record of its own is not there yet', async () => {
    expect((await assertSucceeds(getDoc(doc(firestore('ada'), 'customers/ada/images/none')))).exists()).toBe(false)
  })

  it.each(['acme1', 'acme2'] as const)('is whom the claim names: %s reads acme, and not by its own id', async (who) => {
    const db = firestore(who)
    await assertSucceeds(getDoc(doc(db, 'customers/acme/images/i2')))
    await assertSucceeds(getDocs(collection(db, 'customers/acme/images')))
    await assertFails(getDoc(doc(db, 'customers/user-1')))
    await assertFails(getDocs(collection(db, 'customers/user-2/images')))
  })

  it.each(OF_ADMINS)('does not read %s', async (path) => {
    await assertFails(getDoc(doc(firestore('ada'), path)))
  })

  it('does not list customers, not even itself alone', async () => {
    const customers = collection(firestore('ada'), 'customers')
    await assertFails(getDocs(customers))
    await assertFails(getDocs(query(customers, where('customerId', '==', 'ada'), limit(1))))
    await assertFails(getDocs(query(customers, where('__name__', '==', 'ada'))))
  })

  it.each(GROUPS)('does not read the collection group %s, not even its own part', async (group) => {
    const everywhere = collectionGroup(firestore('ada'), group)
    await assertFails(getDocs(everywhere))
    await assertFails(getDocs(query(everywhere, where('customerId', '==', 'ada'))))
  })
})

it.each(others)("%s reads nothing of ada's", async (who) => {
  const db = firestore(who)
  for (const path of EVERYTHING) {
    await assertFails(getDoc(doc(db, path)))
    const parent = doc(db, path).parent
    await assertFails(getDocs(parent))
    await assertFails(getDocs(query(parent, where('customerId', '==', 'ada'), limit(1))))
  }
  for (const group of GROUPS) await assertFails(getDocs(collectionGroup(db, group)))
})

it('an admin reads everything: documents, lists and collection groups', async () => {
  const db = firestore('admin')
  for (const path of EVERYTHING) {
    await assertSucceeds(getDoc(doc(db, path)))
    await assertSucceeds(getDocs(doc(db, path).parent))
  }
  for (const group of GROUPS) await assertSucceeds(getDocs(collectionGroup(db, group)))
  expect((await getDocs(collectionGroup(db, 'images'))).size).toBe(3)
})

describe('nobody writes:', () => {
  it.each(EVERYONE)('%s sets, updates and deletes no document', async (who) => {
    const db = firestore(who)
    for (const path of EVERYTHING) await assertFails(setDoc(doc(db, path), { state: 'failed' }))
    const record = doc(db, 'customers/ada/images/i1')
    await assertFails(setDoc(record, { state: 'failed' }, { merge: true }))
    await assertFails(updateDoc(record, { state: 'failed' }))
    await assertFails(updateDoc(record, {}))
    await assertFails(deleteDoc(record))
  })

  it.each(EVERYONE)('%s creates no document, alone, in a batch or in a transaction', async (who) => {
    const db = firestore(who)
    const next = doc(db, 'customers/ada/images/new')
    await assertFails(setDoc(next, { state: 'received' }))
    await assertFails(setDoc(doc(db, `customers/${who}`), { name: who }))
    await assertFails(writeBatch(db).set(next, {}).commit())
    await assertFails(
      runTransaction(db, async (transaction) => {
        transaction.set(next, {})
      }),
    )
  })
})
