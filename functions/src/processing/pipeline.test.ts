import type { InputFacts } from '../contract/record.ts'
import type { ImageInWork } from './decode.ts'
import { corruptFile, Refusal } from './image-errors.ts'
import { type Durations, runSteps } from './pipeline.ts'
import type { OutputDraft, Pixels, Processor, Yield } from './processor.ts'
import { step } from './profile.ts'
import { processorOf } from './testing/processors.ts'

const facts: InputFacts = { format: 'png', width: 2, height: 1, pages: 1, alpha: false, bytes: 4, sha256: '00' }
const page: Pixels = { data: new Uint8Array(6), width: 2, height: 1, channels: 3 }
const imageOf = (pixels: Pixels): ImageInWork => ({
  format: 'png',
  facts,
  bytes: new Uint8Array(4),
  pixels: async () => pixels,
  animation: async () => null,
  drawn: async (draw) => imageOf(await draw(pixels)),
})
const processor = (name: string, run: Processor['run'], milliseconds = 10_000) =>
  processorOf(name, run, { budget: { milliseconds } })
const yielding = (name: string, made: Yield) => processor(name, async () => made)
const output = (name: string): OutputDraft => ({
  name,
  extension: 'webp',
  contentType: 'image/webp',
  bytes: Uint8Array.of(1),
  width: 1,
  height: 1,
})
const never = new AbortController().signal

async function runAll(processors: readonly Processor[], signal: AbortSignal = never) {
  const durations: Durations = {}
  const result = await runSteps(
    imageOf(page),
    processors.map((one) => step(one)),
    signal,
    durations,
  )
  return { result, durations }
}

test('processors run in the order of the list, and what they yield is collected', async () => {
  const order: string[] = []
  const noting = (name: string, made: Yield) =>
    processor(name, async () => {
      order.push(name)
      return made
    })
  const { result, durations } = await runAll([
    noting('b', { outputs: [output('one')], findings: { x: 1 } }),
    noting('a', {}),
    noting('c', { outputs: [output('two')], findings: { y: [1, null, 'z'] } }),
  ])
  expect(order).toEqual(['b', 'a', 'c'])
  expect(result).toEqual({
    ok: true,
    value: { outputs: [output('one'), output('two')], findings: { b: { x: 1 }, c: { y: [1, null, 'z'] } } },
  })
  expect(Object.keys(durations)).toEqual(['b', 'a', 'c'])
  for (const milliseconds of Object.values(durations)) expect(milliseconds).toBeGreaterThanOrEqual(0)
})

test('a processor that throws fails the image by its name, and its error is for logs alone', async () => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.1:5432')
  const { result, durations } = await runAll([
    yielding('first', {}),
    processor('second', () => Promise.reject(cause)),
    processor('third', () => Promise.reject(new Error('must not run'))),
  ])
  expect(result).toEqual({
    ok: false,
    internal: cause,
    error: {
      code: 'processor-failed',
      processor: 'second',
      message: 'The step "second" failed on this image. The cause is recorded in the service\'s log.',
    },
  })
  expect(Object.keys(durations)).toEqual(['first', 'second'])
})

test.each([
  [
    'synchronously',
    () => {
      throw new Error('at once')
    },
  ],
  ['with what is no error', () => Promise.reject('text')],
  ['by yielding nothing at all', () => Promise.resolve(undefined)],
])('a processor that fails %s is a failed processor', async (_how, broken) => {
  const { result } = await runAll([processor('broken', broken as unknown as Processor['run'])])
  expect(result).toMatchObject({ ok: false, error: { code: 'processor-failed', processor: 'broken' } })
})

test('a processor that exceeds its deadline and ignores its signal does not keep the result from coming', async () => {
  const { result, durations } = await runAll([processor('stuck', () => new Promise<Yield>(() => {}), 20)])
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'processor-timeout', processor: 'stuck', message: expect.stringContaining('0.02 s') as string },
  })
  expect(durations.stuck).toBeGreaterThan(0)
})

test('at the deadline the signal aborts, and what a stopped processor throws later goes nowhere', async () => {
  const stopped = Promise.withResolvers<void>()
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', onUnhandled)
  const { result } = await runAll([
    processor(
      'late',
      (_image, _settings, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            setImmediate(() => {
              reject(new Error('too late'))
              stopped.resolve()
            })
          })
        }),
      10,
    ),
  ])
  await stopped.promise
  await new Promise(setImmediate)
  process.off('unhandledRejection', onUnhandled)
  expect(result).toMatchObject({ ok: false, error: { code: 'processor-timeout' } })
  expect(unhandled).toEqual([])
})

test('an abort from outside is thrown, with its reason, and is not the image’s fault', async () => {
  const stop = new AbortController()
  const reason = new Error('the instance shuts down')
  const running = runAll(
    [
      processor('working', (_image, _settings, signal) => {
        queueMicrotask(() => stop.abort(reason))
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')))
        })
      }),
    ],
    stop.signal,
  )
  await expect(running).rejects.toBe(reason)
  await expect(runAll([yielding('never', {})], stop.signal)).rejects.toBe(reason)
})

test('a lack of memory is thrown: the platform’s fault, not the image’s', async () => {
  const outOfMemory = new Error('vips_tracked: out of memory --- size == 800MB')
  await expect(runAll([processor('big', () => Promise.reject(outOfMemory))])).rejects.toBe(outOfMemory)
})

test('a processor that finds the file itself damaged makes it corrupt', async () => {
  const cause = new Error('page 7')
  const refusal = new Refusal(corruptFile('png'), { cause })
  const { result } = await runAll([processor('reader', () => Promise.reject(refusal))])
  expect(result).toEqual({ ok: false, error: corruptFile('png'), internal: cause })
})

test('what a processor yields is checked, and a bad yield is that processor’s failure', async () => {
  const { result } = await runAll([
    yielding('first', { outputs: [output('same')] }),
    yielding('second', { outputs: [output('same')] }),
  ])
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'processor-failed', processor: 'second' },
    internal: { message: 'output name same is taken' },
  })
})

describe('a processor that changes pixels', () => {
  const white = async ({ data, ...rest }: Pixels) => ({ ...rest, data: data.map(() => 255) })
  const seeing = (seen: number[]) =>
    processor('sees', async (image) => {
      seen.push(...(await image.pixels(2)).data)
      return {}
    })
  const painting = (draw: NonNullable<Yield['draw']>, changesPixels = true) =>
    processorOf('paints', async () => ({ draw }), { changesPixels })

  test('changes them for the steps after it', async () => {
    const [before, after]: [number[], number[]] = [[], []]
    const { result } = await runAll([
      { ...seeing(before), name: 'before' },
      painting(white),
      { ...seeing(after), name: 'after' },
    ])
    expect(result).toMatchObject({ ok: true })
    expect([new Set(before), new Set(after)]).toEqual([new Set([0]), new Set([255])])
  })

  test.each([
    ['does not say that it does', painting(white, false), 'changesPixels'],
    ['makes another size', painting(async (one) => ({ ...one, width: 1 })), '1 x 1 pixels of 2 x 1'],
    ['makes too few bytes', painting(async (one) => ({ ...one, data: new Uint8Array(5) })), '8 bits'],
    ['makes two channels', painting(async (one) => ({ ...one, channels: 2 as 3 })), '8 bits'],
    ['throws', painting(() => Promise.reject(new Error('no paint'))), 'no paint'],
  ])('and %s fails the image', async (_how, one, problem) => {
    const { result } = await runAll([one])
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'processor-failed', processor: 'paints' },
      internal: { message: expect.stringContaining(problem) as string },
    })
  })
})
