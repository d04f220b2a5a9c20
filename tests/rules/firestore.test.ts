import {
  assertFails,
  assertSucceeds,
  type RulesTestContext,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing'
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getDoc,
  getDocs,
  limit,
  onSnapshot,
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
import { ADMINS, as, EVERYONE, PEOPLE, rulesEnvironment, type PersonName } from './environment.ts'

/** Every kind of document that the pipeline writes, and one of a kind that does not exist yet. */
const OF_ADA = [
  'customers/ada/images/i1',
  'customers/ada/stats/2026-11-23~0',
  'customers/ada/months/2026-11',
  'customers/ada/links/l1',
]
const OF_ADMINS = [
  'totals/2026-11-23',
  'shares/2026-11-23~0',
  'summaries/ada',
  'rollups/cursor',
  'runs/rollup',
  'counts/2026-11-23',
  'admins/root',
  'quotas/ada/changes/last',
  'exports/state',
  'reconciliations/sweep',
  'bridges/b1',
  'audit/a1',
  'controls/pause',
  'quotas/nobody',
  'quotas/ada/changes/last',
  'settings/reporting',
  'customers/ada/notes/n1',
  'customers/ada/images/i1/steps/s1',
  'somethingNew/x',
]
const QUOTA = 'quotas/ada'
const EVERYTHING = ['customers/ada', QUOTA, ...OF_ADA, ...OF_ADMINS]
/** Every collection that there is, by its own name. */
const GROUPS = [...new Set(EVERYTHING.map((path) => path.split('/').at(-2) ?? ''))]

let environment: RulesTestEnvironment

beforeAll(async () => {
  // Each refusal would be logged as a warning.
  setLogLevel('error')
  environment = await rulesEnvironment()
  // Once: nobody writes, and who revokes makes it good.
  await environment.clearFirestore()
  await environment.withSecurityRulesDisabled(async (context) => {
    const everything = writeBatch(database(context))
    for (const path of [...EVERYTHING, 'customers/acme', 'customers/acme/images/i2', 'customers/bob/images/i3']) {
      const [, customerId] = path.split('/')
      everything.set(doc(database(context), path), { customerId, state: 'processed', exportShard: 0 })
    }
    await everything.commit()
    for (const uid of ADMINS) await grant(context, uid)
  })
})
afterAll(() => environment.cleanup())

const grant = async (context: RulesTestContext, uid: string) =>
  setDoc(doc(database(context), `admins/${uid}`), { customerId: 'ada', email: `${uid}@example.com` })

/** The library still hands out the compatible type; at run time it is one that the modular functions take. */
const database = (context: ReturnType<typeof as>) => context.firestore() as unknown as Firestore
/** One client for each: connecting takes longer than all that it asks. */
const clients = new Map<PersonName, Firestore>()
function firestore(who: PersonName): Firestore {
  const client = clients.get(who) ?? database(as(environment, who))
  clients.set(who, client)
  return client
}
const others = EVERYONE.filter((who) => who !== 'ada' && who !== 'admin')

describe('a customer', () => {
  it.each(['customers/ada', QUOTA, ...OF_ADA])('reads its own %s', async (path) => {
    await assertSucceeds(getDoc(doc(firestore('ada'), path)))
  })

  it('lists its own images, counters, months and links, by any filter and order', async () => {
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
    await assertSucceeds(
      getDocs(query(collection(db, 'customers/ada/links'), where('imageId', '==', 'i1'), orderBy('createdAt', 'desc'))),
    )
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
  const documents = EVERYTHING.filter((path) => path !== `admins/${PEOPLE[who]?.uid ?? ''}`)
  const collections = new Set(EVERYTHING.map((path) => doc(db, path).parent.path))
  await Promise.all([
    ...documents.map((path) => assertFails(getDoc(doc(db, path)))),
    ...[...collections].flatMap((path) => [
      assertFails(getDocs(collection(db, path))),
      assertFails(getDocs(query(collection(db, path), where('customerId', '==', 'ada'), limit(1)))),
    ]),
    ...GROUPS.map((group) => assertFails(getDocs(collectionGroup(db, group)))),
  ])
})

it('an admin reads everything: documents, lists and collection groups', async () => {
  const db = firestore('admin')
  await Promise.all([
    ...EVERYTHING.map((path) => assertSucceeds(getDoc(doc(db, path)))),
    ...EVERYTHING.map((path) => assertSucceeds(getDocs(doc(db, path).parent))),
    ...GROUPS.map((group) => assertSucceeds(getDocs(collectionGroup(db, group)))),
  ])
  expect((await getDocs(collectionGroup(db, 'images'))).size).toBe(3)
})

describe('whoever was revoked', () => {
  afterEach(() => environment.withSecurityRulesDisabled(async (context) => grant(context, 'root')))

  const revoke = (uid: string) =>
    environment.withSecurityRulesDisabled(async (context) => deleteDoc(doc(database(context), `admins/${uid}`)))

  it('reads nothing from then on, by the token that it still has', async () => {
    const db = firestore('admin')
    await assertSucceeds(getDoc(doc(db, 'totals/2026-11-23')))
    await revoke('root')
    await assertFails(getDoc(doc(db, 'totals/2026-11-23')))
    await assertFails(getDocs(collection(db, 'summaries')))
    await assertFails(getDocs(collectionGroup(db, 'images')))
  })

  it('finds out, though nobody reads who else is an admin', async () => {
    const db = firestore('admin')
    const told = new Promise<boolean>((resolve, reject) => {
      let was = false
      onSnapshot(
        doc(db, 'admins/root'),
        (snapshot) => {
          if (was && !snapshot.exists()) resolve(true)
          if (!was) void revoke('root')
          was = snapshot.exists()
        },
        reject,
      )
    })
    expect(await told).toBe(true)
    expect((await assertSucceeds(getDoc(doc(db, 'admins/root')))).exists()).toBe(false)
    await assertFails(getDoc(doc(db, 'admins/eve')))
    await assertFails(getDocs(collection(db, 'admins')))
  })
})

it('a user reads whether it is an admin itself', async () => {
  expect((await assertSucceeds(getDoc(doc(firestore('almostAdmin'), 'admins/eve')))).exists()).toBe(true)
  expect((await assertSucceeds(getDoc(doc(firestore('ada'), 'admins/ada')))).exists()).toBe(false)
  await assertFails(getDoc(doc(firestore('nobody'), 'admins/root')))
})

describe('nobody writes:', () => {
  it.each(EVERYONE)('%s sets, updates and deletes no document', async (who) => {
    const db = firestore(who)
    const record = doc(db, 'customers/ada/images/i1')
    await Promise.all([
      ...EVERYTHING.map((path) => assertFails(setDoc(doc(db, path), { state: 'failed' }))),
      assertFails(setDoc(record, { state: 'failed' }, { merge: true })),
      assertFails(updateDoc(record, { state: 'failed' })),
      assertFails(updateDoc(record, {})),
      assertFails(deleteDoc(record)),
    ])
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
