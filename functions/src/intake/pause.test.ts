import { pauseProcessing, readPause, resumeProcessing } from '../api/controls.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import type { LogFields } from './log.ts'
import { pauseIn, pauseSource, unlessPaused } from './pause.ts'

const SINCE = Instant.parse('2026-11-24T12:00:00Z')
const SECOND = 1000

let now: number
let lines: (readonly [message: string, fields: LogFields])[]
let reads: number
let store: MemoryStore
/** Called at each reading of the switch: may wait, or throw. */
let atGet: () => Promise<void> | void
let paused: () => Promise<boolean>
beforeEach(() => {
  now = 0
  lines = []
  reads = 0
  atGet = () => {}
  store = new MemoryStore({ now: () => SINCE })
  const get = async (path: string) => {
    reads++
    const found = store.get(path)
    await atGet()
    return found
  }
  const log = (message: string, fields: LogFields) => void lines.push([message, fields])
  paused = pauseSource({
    store: { get },
    settings: { rawDays: 14, kafkaRetentionDays: 7 },
    log: { info: log, warn: log, error: log },
    clock: () => now,
  })
})
const pause = () => pauseProcessing(store, 'a loop', 'ada')
const said = () => lines.filter(([message]) => message === 'processing is paused').length

it('is looked at once in ten seconds, by all that ask at once', async () => {
  expect(await Promise.all([paused(), paused(), paused()])).toEqual([false, false, false])
  await pause()
  now = 9.9 * SECOND
  expect(await paused()).toBe(false)
  expect(reads).toBe(1)
  now = 10 * SECOND
  expect(await Promise.all([paused(), paused()])).toEqual([true, true])
  expect(reads).toBe(2)
  await resumeProcessing(store, 'ada')
  now = 20 * SECOND
  expect(await paused()).toBe(false)
})

it('is said once a minute, with why, by whom, and when what waits is lost', async () => {
  await pause()
  for (; now < 60 * SECOND; now += SECOND) await paused()
  expect(lines).toEqual([
    [
      'processing is paused',
      {
        reason: 'a loop',
        by: 'ada',
        since: SINCE.toString(),
        rawIsDeletedFrom: '2026-12-08T12:00:00.000000Z',
        kafkaIsDeletedFrom: '2026-12-01T12:00:00.000000Z',
      },
    ],
  ])
  await paused()
  expect(said()).toBe(2)
})

it('that can’t be read stays as it was known last, and processing goes on where nothing is known', async () => {
  atGet = () => Promise.reject(new Error('down'))
  await pause()
  expect(await paused()).toBe(false)
  expect(lines).toMatchObject([['whether processing is paused could not be read: what was known last stands', {}]])
  atGet = () => {}
  now = 10 * SECOND
  expect(await paused()).toBe(true)
  await resumeProcessing(store, 'ada')
  atGet = () => Promise.reject(new Error('down'))
  now = 20 * SECOND
  expect(await paused()).toBe(true)
})

it('is waited for no longer than two seconds; an answer that comes late stands, unless a newer one was faster', async () => {
  jest.useFakeTimers()
  try {
    await pause()
    const slow = Promise.withResolvers<void>()
    atGet = () => slow.promise
    const asked = paused()
    await jest.advanceTimersByTimeAsync(2000)
    expect(await asked).toBe(false)
    // Between two looks nobody waits again.
    expect(await paused()).toBe(false)

    await resumeProcessing(store, 'ada')
    atGet = () => {}
    now = 10 * SECOND
    expect(await paused()).toBe(false)
    slow.resolve()
    await jest.advanceTimersByTimeAsync(0)
    expect(await paused()).toBe(false)

    await pause()
    const late = Promise.withResolvers<void>()
    atGet = () => late.promise
    now = 20 * SECOND
    const again = paused()
    await jest.advanceTimersByTimeAsync(2000)
    expect(await again).toBe(false)
    late.resolve()
    await jest.advanceTimersByTimeAsync(0)
    expect(await paused()).toBe(true)
  } finally {
    jest.useRealTimers()
  }
})

it('works as well where somebody has set it by hand', async () => {
  expect(pauseIn({ paused: true })).toEqual({ reason: '', by: '', since: null })
  expect(pauseIn({ paused: true, reason: 7, since: 'today' })).toEqual({ reason: '', by: '', since: null })
  for (const document of [null, {}, { paused: false }, { paused: 'no' }]) expect(pauseIn(document)).toBeNull()
  await store.transact(async (transaction) => transaction.set('controls/pause', { paused: true }))
  expect(await paused()).toBe(true)
  expect(lines[0]?.[1]).toMatchObject({ since: null, rawIsDeletedFrom: null })
})

it('drops what somebody else hands on again', async () => {
  const handed: string[] = []
  let isPaused = true
  const hand = unlessPaused(
    async () => isPaused,
    async (what: string) => void handed.push(what),
  )
  await hand('a')
  isPaused = false
  await hand('b')
  expect(handed).toEqual(['b'])
})

describe('an operator', () => {
  it('who pauses once more changes the reason, and not since when', async () => {
    let time = SINCE
    store = new MemoryStore({ now: () => (time = time.plusSeconds(1)) })
    await pause()
    const first = await readPause(store)
    await pauseProcessing(store, ' it is the sender ', 'bob')
    expect(await readPause(store)).toEqual({ reason: 'it is the sender', by: 'bob', since: first?.since })
    expect(await resumeProcessing(store, 'bob')).toMatchObject({ by: 'bob', since: first?.since })
    expect(await readPause(store)).toBeNull()
    expect(await resumeProcessing(store, 'bob')).toBeNull()
  })

  it.each(['', '  ', 'x'.repeat(501), '\ud800'])('gives a reason, and %j is none', async (reason) => {
    await expect(pauseProcessing(store, reason, 'ada')).rejects.toThrow(RangeError)
    expect(await readPause(store)).toBeNull()
  })
})
