import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { audited, hiding, listAudit, type AuditOptions } from './audit.ts'

const START = Instant.parse('2026-11-24T12:00:00Z')
const CALL = { by: 'ada@example.org', command: 'pause', arguments: ['a loop'] }

let now: Instant
let store: MemoryStore
/** Fails the next commits. */
let failing: boolean
let number: number
let unwritten: unknown[]
beforeEach(() => {
  now = START
  failing = false
  number = 0
  unwritten = []
  store = new MemoryStore({
    now: () => (now = now.plusSeconds(1)),
    gate: ({ kind }) => {
      if (failing && kind === 'commit') throw new Error('down')
    },
  })
})
const options: AuditOptions = { hide: (text) => text, unwritten: (error) => void unwritten.push(error) }
const call = (work: () => Promise<number>, { hide }: Pick<AuditOptions, 'hide'> = options) =>
  audited({ store, now: () => new Date(now.toMillis()), random: () => String(number++) }, CALL, work, {
    ...options,
    hide,
  })
const entries = (limit = 10) => listAudit({ store }, now, limit)

it('keeps a command from before it begins, and how it ended', async () => {
  const result = await call(async () => {
    expect(await entries()).toMatchObject([{ ...CALL, state: 'started', result: null, error: null, endedAt: null }])
    return 0
  })
  expect(result).toBe(0)
  const [entry] = await entries()
  expect(entry).toMatchObject({ ...CALL, state: 'done', result: 0, error: null })
  expect(entry?.endedAt?.isAfter(entry.at)).toBe(true)
  expect(entry?.expireAt).toEqual(entry?.at.plusDays(400))
  expect([...store.dump().keys()]).toEqual(['audit/2026-11-24T12:00:00.000Z~0'])
})

it('keeps what went wrong, and throws it all the same', async () => {
  await expect(call(() => Promise.reject(new Error('no such customer \ud800')))).rejects.toThrow('no such customer')
  expect(await call(async () => 1)).toBe(1)
  expect(await entries()).toMatchObject([
    { state: 'failed', result: null, error: 'no such customer \ufffd' },
    { state: 'failed', result: 1, error: null },
  ])
})

it('lets nothing be changed that it could not write down', async () => {
  failing = true
  const work = jest.fn(async () => 0)
  await expect(call(work)).rejects.toThrow('down')
  expect(work).not.toHaveBeenCalled()
})

it('says where the end could not be written, which changes nothing of the outcome', async () => {
  expect(await call(async () => ((failing = true), 0))).toBe(0)
  expect(unwritten).toEqual([new Error('down')])
  failing = false
  expect(await entries()).toMatchObject([{ state: 'started' }])
})

it('hides what must not be kept by its hash, in errors too', async () => {
  const hide = hiding(['ada', 'ada-lovelace', ''])
  const [short, long] = ['ada', 'ada-lovelace'].map(hide)
  expect(short).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(long).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(hide('ada-lovelace of ada')).toBe(`${long} of ${short}`)
  await expect(call(() => Promise.reject(new Error('no ada here')), { hide })).rejects.toThrow('no ada here')
  expect(await entries()).toMatchObject([{ error: `no ${short} here` }])
})

it('is listed with the newest last, as many as asked for, however long ago', async () => {
  for (let i = 0; i < 3; i++) {
    now = now.plusDays(50)
    await call(async () => 0)
  }
  const at = (list: Awaited<ReturnType<typeof entries>>) => list.map((one) => one.at.toString().slice(0, 10))
  expect(at(await entries())).toEqual(['2027-01-13', '2027-03-04', '2027-04-23'])
  expect(at(await entries(2))).toEqual(['2027-03-04', '2027-04-23'])
  now = now.plusDays(401)
  expect(await entries()).toEqual([])
})
