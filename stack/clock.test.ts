import { startClock } from './clock.ts'

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

it('runs each schedule again and again, also after a failure, which it logs', async () => {
  const lines: string[] = []
  let runs = 0
  const run = () => (++runs === 1 ? Promise.reject(new Error('BigQuery is down')) : Promise.resolve())
  const clock = startClock([{ name: 'export', everySeconds: 15, graceSeconds: 5, run }], (line) => lines.push(line))
  await jest.advanceTimersByTimeAsync(14_999)
  expect(runs).toBe(0)
  await jest.advanceTimersByTimeAsync(30_001)
  expect(runs).toBe(3)
  expect(lines).toEqual([
    'export failed: BigQuery is down',
    expect.stringMatching(/^export ran in/),
    expect.any(String),
  ])
  await clock.stop()
  await jest.advanceTimersByTimeAsync(60_000)
  expect(runs).toBe(3)
})

it('never runs one twice at once, and stops only when nothing is under way', async () => {
  const going = Promise.withResolvers<void>()
  let runs = 0
  const run = () => {
    runs++
    return going.promise
  }
  const clock = startClock([{ name: 'export', everySeconds: 1, graceSeconds: 5, run }], () => {})
  await jest.advanceTimersByTimeAsync(10_000)
  expect(runs).toBe(1)
  let stopped = false
  const stop = clock.stop().then(() => (stopped = true))
  await jest.advanceTimersByTimeAsync(0)
  expect(stopped).toBe(false)
  going.resolve()
  await stop
  expect(runs).toBe(1)
})

it('calls off a run that takes longer than its grace once it is to stop, and logs no failure of it', async () => {
  const lines: string[] = []
  const run = (calledOff: AbortSignal) =>
    new Promise<void>((_, reject) => calledOff.addEventListener('abort', () => reject(new Error('called off'))))
  const clock = startClock([{ name: 'bridge', everySeconds: 1, graceSeconds: 5, run }], (line) => lines.push(line))
  await jest.advanceTimersByTimeAsync(1000)
  let stopped = false
  const stop = clock.stop().then(() => (stopped = true))
  await jest.advanceTimersByTimeAsync(4999)
  expect(stopped).toBe(false)
  await jest.advanceTimersByTimeAsync(1)
  await stop
  expect(lines).toEqual([])
})
