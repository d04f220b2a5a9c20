import { MAX_IMAGES_PER_CALL, type CustomerCall } from '../contract/customer.ts'
import { erasurePath } from '../contract/names.ts'
import type { LogFields } from '../intake/log.ts'
import { customerHash } from '../ledger/erasure.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { customerAccount } from './customer-account.ts'
import { answerCustomer, type CustomerBody } from './customer-call.ts'
import { Refused, type Caller } from './refused.ts'

const ADA: Caller = { uid: 'ada', token: { email_verified: true } }
const [ID, LINK] = ['0a'.repeat(20), '0b'.repeat(32)]
const DELETE = { action: 'delete', imageIds: [ID] }

let store: MemoryStore
let lines: (readonly [level: string, message: string, fields: LogFields])[]
/** Every read fails. */
let down: boolean
beforeEach(() => {
  let now = Instant.parse('2026-11-28T12:00:00Z')
  lines = []
  down = false
  store = new MemoryStore({
    now: () => (now = now.plusSeconds(1)),
    gate: () => {
      if (down) throw new Error('the store is down')
    },
  })
})

const log = (level: string) => (message: string, fields: LogFields) => void lines.push([level, message, fields])
const call = <Name extends CustomerCall>(
  name: Name,
  body: CustomerBody<Name>,
  data: unknown,
  caller: Caller | null,
) => {
  const deps = { store, log: { info: log('info'), warn: log('warn'), error: log('error') }, random: () => 'beef' }
  return answerCustomer(deps, name, body, caller, data)
}
/** Says whom it was called for. */
const body = jest.fn<ReturnType<CustomerBody<'customerImages'>>, Parameters<CustomerBody<'customerImages'>>>(
  async (_request, { customerId }) => ({ done: [customerId], refused: {} }),
)
beforeEach(() => void body.mockClear())
const images = (caller: Caller | null, data: unknown = DELETE) => call('customerImages', body, data, caller)
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error: unknown) =>
      error instanceof Refused ? error : Promise.reject(new Error('not by a Refused', { cause: error })),
  )

it('is for whom the rules take the caller: the claim alone, or else the user with its address confirmed', async () => {
  expect(await images(ADA)).toEqual({ done: ['ada'], refused: {} })
  expect(body).toHaveBeenLastCalledWith(DELETE, { customerId: 'ada', uid: 'ada' })
  await images({ uid: 'user-1', token: { customer: 'acme', email_verified: false } })
  expect(body).toHaveBeenLastCalledWith(DELETE, { customerId: 'acme', uid: 'user-1' })
})

it.each([
  ['signed out', null, 'unauthenticated'],
  ['without a confirmed address', { uid: 'ada', token: {} }, 'permission-denied'],
  ['with an address said to be confirmed', { uid: 'ada', token: { email_verified: 'true' } }, 'permission-denied'],
  ['an admin', { uid: 'ada', token: { admin: true, email_verified: true } }, 'permission-denied'],
  ['an admin with the claim', { uid: 'ada', token: { admin: true, customer: 'acme' } }, 'permission-denied'],
  ['with an empty claim', { uid: 'ada', token: { customer: null, email_verified: true } }, 'permission-denied'],
  ['with a claim that is no text', { uid: 'ada', token: { customer: 7, email_verified: true } }, 'permission-denied'],
  ['with a claim that is a path', { uid: 'ada', token: { customer: 'a/images' } }, 'permission-denied'],
  ['named like a source', { uid: 'web', token: { email_verified: true } }, 'permission-denied'],
] as const)('whoever is %s gets nothing, and nothing is said of the request', async (_, caller, code) => {
  const refused = await refusal(images(caller, 'nonsense'))
  expect(refused).toMatchObject({ code })
  expect(refused.message).toMatch(/^[A-Z].*\.$/)
  expect(body).not.toHaveBeenCalled()
  const line = ['warn', 'customer call refused', { call: 'customerImages', uid: caller?.uid }]
  expect(lines).toEqual(caller === null ? [] : [line])
})

it('never takes the customer from the request', async () => {
  expect(await refusal(images(ADA, { ...DELETE, customerId: 'bob' }))).toMatchObject({ code: 'invalid-argument' })
  expect(body).not.toHaveBeenCalled()
})

it('does nothing for a customer whose data was deleted', async () => {
  await store.transact(async (transaction) => transaction.set(erasurePath(customerHash('ada')), { open: false }))
  expect(await refusal(images(ADA))).toMatchObject({ code: 'permission-denied' })
  expect(body).not.toHaveBeenCalled()
  await images({ ...ADA, uid: 'bob' })
  expect(body).toHaveBeenCalledTimes(1)
})

describe('what is asked', () => {
  const none: CustomerBody<CustomerCall> = async () =>
    Promise.reject(new Refused('failed-precondition', 'It was asked.'))
  const taken = async (name: CustomerCall, data: unknown) => (await refusal(call(name, none, data, ADA))).code
  const many = (count: number) => Array.from({ length: count }, (_, i) => i.toString(16).padStart(40, '0'))
  const share = { action: 'share', imageId: ID, output: 'fit-800', days: 3 }

  it.each([
    ['customerImages', { action: 'retry', imageIds: many(MAX_IMAGES_PER_CALL) }],
    ['customerImages', { action: 'restore', imageIds: [ID] }],
    ['customerLinks', share],
    ['customerLinks', { action: 'revoke', linkId: LINK }],
    ['customerAccount', { action: 'sign-out-everywhere' }],
  ] as const)('%s takes %j', async (name, data) => {
    expect(await taken(name, data)).toBe('failed-precondition')
  })

  it.each([
    ['customerImages', undefined],
    ['customerImages', { action: 'erase', imageIds: [ID] }],
    ['customerImages', { action: 'retry', imageIds: [] }],
    ['customerImages', { action: 'retry', imageIds: [ID, ID] }],
    ['customerImages', { action: 'retry', imageIds: many(MAX_IMAGES_PER_CALL + 1) }],
    ['customerImages', { action: 'retry', imageIds: [`../${ID}`] }],
    ['customerImages', { action: 'retry', imageIds: { 0: ID } }],
    ['customerLinks', { ...share, days: 2 }],
    ['customerLinks', { ...share, days: '3' }],
    ['customerLinks', { ...share, output: '' }],
    ['customerLinks', { ...share, linkId: LINK }],
    ['customerLinks', { action: 'revoke', linkId: ID }],
    ['customerAccount', { action: 'sign-out-everywhere', uid: 'bob' }],
  ] as const)('%s does not take %j', async (name, data) => {
    expect(await taken(name, data)).toBe('invalid-argument')
  })
})

describe('where it fails', () => {
  it('hands on a refusal of the work, and keeps everything else to the log, under a name that is told', async () => {
    const full = new Refused('resource-exhausted', 'There are 20 links already.')
    body.mockRejectedValueOnce(full)
    expect(await refusal(images(ADA))).toBe(full)
    expect(lines).toEqual([])
    const error = new Error('7 PERMISSION_DENIED: darkroom-customer-images@… lacks datastore.entities.update')
    body.mockRejectedValueOnce(error)
    const refused = await refusal(images(ADA))
    expect(refused).toMatchObject({ code: 'internal', message: 'Something went wrong. It is in the log as beef.' })
    expect(lines).toEqual([
      ['error', 'customer call failed', { call: 'customerImages', uid: 'ada', id: 'beef', error }],
    ])
  })

  it('refuses where it can’t be known whether the customer’s data was deleted', async () => {
    down = true
    expect(await refusal(images(ADA))).toMatchObject({ code: 'internal' })
    expect(body).not.toHaveBeenCalled()
  })
})

it('signs out the user who calls, and nobody who shares its customer’s account', async () => {
  const ended: string[] = []
  const accounts = { endSessions: async (uid: string) => void ended.push(uid) }
  const member = { uid: 'user-1', token: { customer: 'acme' } }
  const answer = await call(
    'customerAccount',
    (request, customer) => customerAccount({ accounts }, request, customer),
    { action: 'sign-out-everywhere' },
    member,
  )
  expect([answer, ended]).toEqual([{ action: 'sign-out-everywhere' }, ['user-1']])
})
