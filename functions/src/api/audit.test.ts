import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { audited, hiding, listAudit, OperationExists, type AuditOptions } from './audit.ts'

const START = Instant.parse('2026-11-24T12:00:00Z')
const CALL = { by: 'ada@example.org', command: 'pause', arguments: ['a loop'] }

let now: Instant
let store: MemoryStore
/** Fails the next commits. */
let failing: boolean
/** The next commits wait for it. */
let parked: Promise<void> | null
let number: number
let unwritten: unknown[]
beforeEach(() => {
  now = START
  failing = false
  parked = null
  number = 0
  unwritten = []
  store = new MemoryStore({
    now: () => (now = now.plusSeconds(1)),
    gate: async ({ kind }, phase) => {
      if (kind !== 'commit') return
      if (failing) throw new Error('down')
      if (phase === 'before') await parked
    },
  })
})
const options: AuditOptions<number> = {
  hide: (text) => text,
  unwritten: (error) => void unwritten.push(error),
  exitCode: (code) => code,
}
const deps = () => ({ store, now: () => new Date(now.toMillis()), random: () => String(number++) })
const call = (work: Parameters<typeof audited<number>>[2], { hide }: Pick<AuditOptions<number>, 'hide'> = options) =>
  audited(deps(), CALL, work, { ...options, hide })
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

it('keeps who called, under the name that the caller has made for it', async () => {
  const command = { ...CALL, uid: 'ada', operation: '2026-11-24T12:00:00.000Z~0123abcd' }
  await audited(deps(), command, async () => 0, options)
  expect(store.dump().get('audit/2026-11-24T12:00:00.000Z~0123abcd')).toMatchObject({ ...CALL, uid: 'ada' })
  const work = jest.fn(async () => 0)
  await expect(audited(deps(), command, work, options)).rejects.toThrow(OperationExists)
  expect(work).not.toHaveBeenCalled()
})

it('keeps how far it has got: at most once a second, never two at once, and what came last with the end', async () => {
  const written: unknown[] = []
  const seen = async () => written.push((await entries())[0]?.progress)
  let milliseconds = 0
  const clocked = { ...deps(), now: () => new Date(milliseconds) }
  const work: Parameters<typeof audited<number>>[2] = async (progress) => {
    progress({ matching: 1 })
    milliseconds = 2000
    // The first is still being written.
    progress({ matching: 2 })
    await seen()
    progress({ matching: 3 })
    await seen()
    milliseconds = 2999
    progress({ matching: 4, replayable: 2 })
    await seen()
    progress({ matching: 5, replayable: 3 })
    return 0
  }
  await audited(clocked, CALL, work, options)
  await seen()
  expect(written).toEqual([{ matching: 1 }, { matching: 3 }, { matching: 3 }, { matching: 5, replayable: 3 }])
  expect(await entries()).toMatchObject([{ state: 'done' }])
})

it('ends after what is still being written of how far it had got, which is then not the last word', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = call(async (progress) => {
    parked = promise
    progress({ matching: 1 })
    await entries()
    parked = null
    progress({ matching: 2 })
    return 0
  })
  for (let i = 0; i < 10; i++) expect(await entries()).toMatchObject([{ state: 'started', progress: null }])
  resolve()
  await done
  expect(await entries()).toMatchObject([{ state: 'done', progress: { matching: 2 } }])
})

it('does its work where how far it has got can not be written', async () => {
  await call(async (progress) => {
    failing = true
    progress({ matching: 1 })
    await entries()
    failing = false
    return 0
  })
  expect(unwritten).toEqual([new Error('down')])
  expect(await entries()).toMatchObject([{ state: 'done', progress: { matching: 1 } }])
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
