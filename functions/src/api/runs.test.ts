import { runsPath, type Runs } from '../contract/runs.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { recorded } from './runs.ts'

const START = Instant.parse('2026-11-24T12:00:00Z')

let now: Instant
let store: MemoryStore
/** Fails the next commits. */
let failing: boolean
let logged: string[]
beforeEach(() => {
  now = START
  failing = false
  logged = []
  store = new MemoryStore({
    now: () => (now = now.plusSeconds(1)),
    gate: ({ kind }) => {
      if (failing && kind === 'commit') throw new Error('down')
    },
  })
})
const log = { info: () => {}, warn: (message: string) => void logged.push(message), error: () => {} }
const run = <T>(work: () => Promise<T>, hide?: (text: string) => string) =>
  recorded({ store, log, ...(hide && { hide }) }, 'recount', work, (result) => ({ days: Number(result) }))
const history = async () => (await store.get(runsPath('recount'))) as unknown as Runs<Instant>

it('keeps a run from before it begins, and what it has done', async () => {
  const result = await run(async () => {
    expect((await history()).last).toMatchObject([{ endedAt: null, error: null, counts: {} }])
    return 3
  })
  expect(result).toBe(3)
  const { last, ...rest } = await history()
  expect(rest).toEqual({ name: 'recount', everySeconds: 3600, timeoutSeconds: 540, updatedAt: expect.any(Instant) })
  expect(last).toMatchObject([{ error: null, counts: { days: 3 } }])
  expect(last[0]?.endedAt?.isAfter(last[0].startedAt)).toBe(true)
  expect(logged).toEqual([])
})

it('keeps what went wrong without what must not be kept, and throws it all the same', async () => {
  const failure = new TypeError(`no sign-in with hunter2 \ud800${'x'.repeat(1000)}`)
  const hide = (text: string) => text.replaceAll('hunter2', '***')
  await expect(run(() => Promise.reject(failure), hide)).rejects.toBe(failure)
  const [last] = (await history()).last
  expect(last?.error).toMatch(/^TypeError: no sign-in with \*\*\* \ufffdx+$/)
  expect(last?.error).toHaveLength(500)
  expect(last?.endedAt).not.toBeNull()
})

it('leaves a run open that died', async () => {
  void run(() => new Promise(() => {}))
  await run(async () => 1)
  expect((await history()).last.map(({ endedAt }) => endedAt === null)).toEqual([false, true])
})

it('shows runs side by side that overlap, each with its own end', async () => {
  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
  const runs = [run(() => first.promise), run(() => second.promise)]
  second.resolve(2)
  await runs[1]
  expect((await history()).last).toMatchObject([
    { endedAt: expect.any(Instant), counts: { days: 2 } },
    { endedAt: null, counts: {} },
  ])
  first.resolve(1)
  await runs[0]
  expect((await history()).last.map(({ counts }) => counts)).toEqual([{ days: 2 }, { days: 1 }])
})

it('keeps the newest twenty', async () => {
  for (let i = 0; i < 22; i++) await run(async () => i)
  expect((await history()).last.map(({ counts }) => counts['days'])).toEqual(
    Array.from({ length: 20 }, (_, i) => 21 - i),
  )
})

it('stops nothing and hides nothing where the history cannot be written', async () => {
  failing = true
  expect(await run(async () => 1)).toBe(1)
  const failure = new Error('mine')
  await expect(run(() => Promise.reject(failure))).rejects.toBe(failure)
  expect(logged).toEqual(Array(4).fill('the history of runs was not written'))
  expect(await history()).toBeNull()
})

it('keeps the end of a run whose beginning could not be written', async () => {
  failing = true
  await run(async () => void (failing = false))
  expect((await history()).last).toMatchObject([{ endedAt: expect.any(Instant), error: null }])
})
