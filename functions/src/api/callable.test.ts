import { adminPath, type AdminCall } from '../contract/admin.ts'
import { Instant } from '../ledger/instant.ts'
import type { LogFields } from '../intake/log.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { answer, type Body } from './callable.ts'
import { Refused, type Caller } from './refused.ts'

const ADMIN: Caller = { uid: 'ada', token: { admin: true, email: 'ada@example.org' } }
const OPERATION = '2026-11-24T12:00:00.000Z~0123abcd'
const COUNT = { action: 'count', from: '2026-11-01', to: '2026-11-24', operation: OPERATION }

let store: MemoryStore
let lines: (readonly [level: string, message: string, fields: LogFields])[]
/** Every read fails. */
let down: boolean
beforeEach(async () => {
  let now = Instant.parse('2026-11-24T12:00:00Z')
  lines = []
  down = false
  store = new MemoryStore({
    now: () => (now = now.plusSeconds(1)),
    gate: () => {
      if (down) throw new Error('the store is down')
    },
  })
  await store.transact(async (transaction) => transaction.set(adminPath('ada'), { email: 'ada@example.org' }))
})

const log = (level: string) => (message: string, fields: LogFields) => void lines.push([level, message, fields])
const call = <Name extends AdminCall>(name: Name, body: Body<Name>, data: unknown, caller: Caller | null = ADMIN) =>
  answer(
    {
      store,
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      now: () => new Date('2026-11-24T12:00:00Z'),
      random: () => 'beef',
      outOfTime: () => false,
    },
    name,
    body,
    caller,
    data,
  )
const count = (body: Body<'adminHealth'>, data: unknown = COUNT, caller: Caller | null = ADMIN) =>
  call('adminHealth', body, data, caller)
const counted: Body<'adminHealth'> = async () => ({ action: 'count', days: 24, differing: 0 })
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error: unknown) =>
      error instanceof Refused ? error : Promise.reject(new Error('not by a Refused', { cause: error })),
  )
const audit = () => [...store.dump()].filter(([path]) => path.startsWith('audit/'))

describe('who may not', () => {
  it.each([
    ['signed out', null, 'unauthenticated'],
    ['a customer', { uid: 'bob', token: { email: 'bob@example.org', email_verified: true } }, 'permission-denied'],
    ['a claim without a document', { uid: 'eve', token: { admin: true } }, 'permission-denied'],
    ['a document without a claim', { uid: 'ada', token: {} }, 'permission-denied'],
    ['a claim that is not the boolean', { uid: 'ada', token: { admin: 'true' } }, 'permission-denied'],
  ] as const)('%s: nothing is done, and nothing is said of the request', async (_, caller, code) => {
    const body = jest.fn(counted)
    expect(await refusal(count(body, 'nonsense', caller))).toMatchObject({ code })
    expect(body).not.toHaveBeenCalled()
    expect(audit()).toEqual([])
  })

  it('stands in the log', async () => {
    await refusal(count(counted, COUNT, { uid: 'bob', token: {} }))
    expect(lines).toEqual([['warn', 'admin call refused', { call: 'adminHealth', uid: 'bob' }]])
  })

  it('is whoever was revoked, from the next call on', async () => {
    await count(counted)
    await store.transact(async (transaction) => transaction.delete(adminPath('ada')))
    const again = { ...COUNT, operation: `${OPERATION}ff` }
    expect(await refusal(count(counted, again))).toMatchObject({ code: 'permission-denied' })
  })
})

it('answers, and keeps who changed what, how far it has got and how it ended', async () => {
  const done = await count(async (request, { by, progress, outOfTime }) => {
    expect([request, by, outOfTime()]).toEqual([COUNT, 'ada@example.org', false])
    progress({ days: 24 })
    return { action: 'count', days: 24, differing: 1 }
  })
  expect(done).toEqual({ action: 'count', days: 24, differing: 1 })
  expect(audit()).toEqual([
    [
      `audit/${OPERATION}`,
      expect.objectContaining({
        by: 'ada@example.org',
        uid: 'ada',
        command: 'adminHealth',
        arguments: ['action=count', 'from=2026-11-01', 'to=2026-11-24'],
        state: 'done',
        result: 0,
        progress: { days: 24 },
      }),
    ],
  ])
})

it('calls an admin without an address by its id', async () => {
  await count(counted, COUNT, { uid: 'ada', token: { admin: true } })
  expect(audit()[0]?.[1]).toMatchObject({ by: 'ada' })
})

it('keeps nothing of what only looks', async () => {
  const retention: Body<'adminHealth'> = async () => Promise.reject(new RangeError('of no interest'))
  await refusal(call('adminHealth', retention, { action: 'retention' }))
  const replay: Body<'adminReplay'> = async () => ({
    matching: 1,
    replayable: 1,
    rawExpired: 0,
    busy: 0,
    deleted: 0,
    more: null,
    fates: {},
  })
  await call('adminReplay', replay, { images: {}, start: false, operation: OPERATION })
  expect(audit()).toEqual([])
})

it('takes each operation once', async () => {
  await count(counted)
  const body = jest.fn(counted)
  expect(await refusal(count(body))).toMatchObject({ code: 'failed-precondition' })
  expect(body).not.toHaveBeenCalled()
})

describe('where it fails', () => {
  it('says what is wrong with the request', async () => {
    const body = jest.fn(counted)
    expect(await refusal(count(body, { ...COUNT, from: 'yesterday' }))).toMatchObject({
      code: 'invalid-argument',
      message: 'request.from: expected a day as YYYY-MM-DD, got "yesterday"',
    })
    expect(body).not.toHaveBeenCalled()
  })

  it('says what only the work could find wrong, and keeps it', async () => {
    const error = new RangeError('93 days: expected at most 92')
    expect(await refusal(count(() => Promise.reject(error)))).toMatchObject({
      code: 'invalid-argument',
      message: error.message,
    })
    expect(audit()[0]?.[1]).toMatchObject({ state: 'failed', error: error.message })
    expect(lines).toEqual([])
  })

  it('hands on a refusal of the work', async () => {
    const paused = new Refused('failed-precondition', 'Processing is paused.')
    expect(await refusal(count(() => Promise.reject(paused)))).toBe(paused)
  })

  it('keeps everything else to the log, under a name that is told', async () => {
    const error = new Error('7 PERMISSION_DENIED: darkroom-admin-health@… lacks bigquery.jobs.create')
    const refused = await refusal(count(() => Promise.reject(error)))
    expect(refused).toMatchObject({ code: 'internal', message: 'Something went wrong. It is in the log as beef.' })
    expect(audit()[0]?.[1]).toMatchObject({ state: 'failed', error: refused.message })
    expect(lines).toEqual([['error', 'admin call failed', { call: 'adminHealth', uid: 'ada', id: 'beef', error }]])
  })

  it('refuses where it can’t be known who may', async () => {
    down = true
    const body = jest.fn(counted)
    expect(await refusal(count(body))).toMatchObject({ code: 'internal' })
    expect(body).not.toHaveBeenCalled()
  })

  it('does nothing that it could not write down', async () => {
    const body = jest.fn(counted)
    store.transact = async () => Promise.reject(new Error('no transaction today'))
    expect(await refusal(count(body))).toMatchObject({ code: 'internal' })
    expect(body).not.toHaveBeenCalled()
  })
})
