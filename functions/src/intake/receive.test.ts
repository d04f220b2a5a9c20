import { setFormats, setQuota } from '../api/controls.ts'
import { imageIdOf } from '../contract/names.ts'
import { processImage } from '../processing/process-image.ts'
import type { Processor } from '../processing/processor.ts'
import { facts } from '../processing/processors/facts.ts'
import { giants, quadrants, smallImages } from '../processing/testing/images.ts'
import { processorOf, profileOf } from '../processing/testing/processors.ts'
import type { Via } from '../ledger/claim.ts'
import { receive } from './receive.ts'
import { expectFinished, expectOneLine, Pipeline } from './testing/pipeline.ts'

const NAME = 'web/c1/u1/holiday.jpg'
let jpeg: Uint8Array
let huge: Uint8Array
beforeAll(async () => {
  jpeg = (await smallImages()).jpeg
  huge = (await giants(60_000)).png
})

const withProcessor = (name: string, run: Processor['run']) => ({
  profile: profileOf(facts, processorOf(name, run, { budget: { milliseconds: 50 } })),
})
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
const never = () => new Promise<never>(() => {})

it('processes an image: its results, its record, its counters and its line agree', async () => {
  const pipeline = new Pipeline()
  const image = await quadrants(1000, 700).jpeg().toBuffer()
  expect(await pipeline.upload(NAME, image)).toBe('ended')
  const record = await pipeline.record()
  const outputs = await pipeline.processed.list({ limit: 100 })
  expect(outputs.length).toBeGreaterThan(1)
  expect(record).toMatchObject({
    state: 'processed',
    error: null,
    attempt: 1,
    input: { format: 'jpeg', width: 1000, height: 700, pages: 1, bytes: image.length },
    findings: { facts: { width: 1000 } },
    availableUntil: outputs
      .map(({ createdAt }) => createdAt)
      .reduce((a, b) => (a.isAfter(b) ? b : a))
      .plusDays(7),
    counted: {
      source: 'web',
      format: 'jpeg',
      outcome: 'processed',
      bytesIn: image.length,
      bytesOut: outputs.reduce((sum, { bytes }) => sum + bytes, 0),
      pixels: 700_000,
      milliseconds: 30,
    },
  })
  expect(record.outputs.map(({ object, bytes, contentType }) => ({ name: object, bytes, contentType }))).toEqual(
    expect.arrayContaining(outputs.map(({ name, bytes, contentType }) => ({ name, bytes, contentType }))),
  )
  for (const { object, name } of record.outputs) expect(object).toMatch(`c1/${record.imageId}/1/${name}.`)
  expect(Object.keys(record.durations)).toEqual([
    'fetch',
    'admit',
    'decode',
    'facts',
    'fingerprint',
    'metadata',
    'renditions',
    'thumbhash',
    'store',
  ])
  await expectFinished(pipeline)
  await expectOneLine(pipeline)
})

it('says what it is at before it begins, so that a death can be told from what is left', async () => {
  const pipeline = new Pipeline()
  await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
  const dead = Promise.withResolvers<void>()
  void receive({ ...pipeline.intake, process: () => (dead.resolve(), never()) }, NAME, 'event')
  await dead.promise
  const { imageId } = await pipeline.record()
  expect(pipeline.logged).toEqual([
    {
      level: 'info',
      message: 'image claimed',
      fields: { customer: 'c1', image: imageId, object: NAME, job: 'first', attempt: 1, via: 'event' },
    },
  ])
})

it('says how long the customer has waited, of the first job alone, and to which customer that metrics know it belongs', async () => {
  const pipeline = new Pipeline({}, { metricCustomers: ['c1'] })
  await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
  pipeline.now = pipeline.now.plusSeconds(7)
  await pipeline.deliver(NAME)
  const { customerId, imageId } = await pipeline.record()
  await pipeline.intake.ledger.reprocess(customerId, imageId, 'p2', true)
  await pipeline.deliver(NAME, 'redrive')
  await pipeline.upload('web/c2/u1/a', jpeg)
  expect(pipeline.finished).toMatchObject([
    { job: 'first', waitMilliseconds: 7000, customerGroup: 'c1' },
    { job: 'reprocess', waitMilliseconds: null, customerGroup: 'c1' },
    { job: 'first', waitMilliseconds: 0, customerGroup: 'other' },
  ])
})

it('is left alone while processing is paused: nothing is read, written or said', async () => {
  let paused = true
  const pipeline = new Pipeline({ paused: async () => paused })
  expect(await pipeline.upload(NAME, jpeg)).toBe('paused')
  expect(await pipeline.deliver(NAME, 'redrive')).toBe('paused')
  expect(await pipeline.deliver('no image', 'event')).toBe('paused')
  expect(pipeline.operations.filter((operation) => !operation.startsWith('raw create'))).toEqual([])
  expect(pipeline.logged).toEqual([])
  paused = false
  expect(await pipeline.deliver(NAME)).toBe('ended')
  await expectFinished(pipeline)
})

describe('what is no image', () => {
  it.each([
    'holiday.jpg',
    'web/c1/u1/',
    'web/c1/',
    'web/',
    '',
    'ftp/c1/u1/a.jpg',
    'web/../u1/a.jpg',
    'web/c1/u1/deep/a.jpg',
    'web/c1/u1/a\n.jpg',
  ])('%j is logged and leaves no record', async (name) => {
    const pipeline = new Pipeline()
    expect(await pipeline.upload(name, jpeg)).toBe('not-an-image')
    expect(pipeline.store.dump().size).toBe(0)
    expect(pipeline.logged).toEqual([
      {
        level: 'info',
        message: expect.stringContaining('not an image') as string,
        fields: { object: name, problem: expect.any(String) as string },
      },
    ])
  })

  it('an event of an object that is not there writes nothing: denied uploads fire events in the emulator', async () => {
    const pipeline = new Pipeline({}, { dailyQuota: 1 })
    expect(await pipeline.deliver(NAME)).toBe('no-object')
    expect(pipeline.store.dump().size).toBe(0)
    expect(pipeline.logged).toMatchObject([{ level: 'info', fields: { object: NAME, reason: 'no-object' } }])
  })
})

describe('an image that fails', () => {
  const secret = new Error('secret: /srv/key.pem')
  it.each<[string, string, () => Uint8Array, string, ConstructorParameters<typeof Pipeline>, RegExp | string]>([
    ['no bytes', 'empty', () => new Uint8Array(), 'unknown', [], '0 bytes'],
    ['text that is named .jpg', 'unsupported-format', () => Buffer.from('I am no image'), 'text', [], 'is text,'],
    [
      'a drawing',
      'unsupported-format',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'svg',
      [],
      'SVG drawing',
    ],
    ['bytes of no known kind', 'unsupported-format', () => Uint8Array.of(1, 2, 3, 255), 'unknown', [], 'unknown kind'],
    ['a header of 60,000 x 60,000', 'too-large', () => huge, 'png', [], /3,600,000,000 pixels; .* 100,000,000 pixels/],
    [
      'more bytes than the limit',
      'too-large',
      () => jpeg,
      'unknown',
      [{}, { maxInputBytes: 100 }],
      /\(\d{3,} bytes\); .*\(100 bytes\)/,
    ],
    ['half an image', 'corrupt', () => jpeg.subarray(0, jpeg.length >> 1), 'jpeg', [], 'damaged or incomplete'],
    [
      'a processor that throws',
      'processor-failed',
      () => jpeg,
      'jpeg',
      [withProcessor('breaks', () => Promise.reject(secret))],
      '"breaks"',
    ],
    [
      'a processor that hangs',
      'processor-timeout',
      () => jpeg,
      'jpeg',
      [withProcessor('hangs', never)],
      /"hangs" .* 0.05 s/,
    ],
    [
      'more time than all the work may take',
      'processor-timeout',
      () => jpeg,
      'jpeg',
      [{ process: (_b, _p, _l, signal) => aborted(signal) }, { workSeconds: 0.05 }],
      /"all steps together" .* 0.05 s/,
    ],
  ])('%s: %s', async (_what, code, bytes, format, options, message) => {
    const pipeline = new Pipeline(...options)
    expect(await pipeline.upload(NAME, bytes())).toBe('ended')
    const record = await pipeline.record()
    const named = typeof message === 'string' && message.startsWith('"') ? (JSON.parse(message) as string) : null
    expect(record).toMatchObject({
      state: 'failed',
      attempt: 1,
      outputs: [],
      availableUntil: null,
      error: { code, message: expect.stringMatching(message) as string, ...(named !== null && { processor: named }) },
      counted: { format, outcome: code, bytesIn: bytes().length, bytesOut: 0 },
    })
    expect(await pipeline.processed.list({ limit: 1 })).toEqual([])
    expect(JSON.stringify([...pipeline.store.dump()])).not.toContain('secret')
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('is not even fetched where it has more bytes than the limit', async () => {
    const pipeline = new Pipeline({}, { maxInputBytes: 100 })
    await pipeline.upload(NAME, jpeg)
    expect(pipeline.operations).not.toContain('raw read before')
  })

  it('says in the log alone what happened inside', async () => {
    const pipeline = new Pipeline(withProcessor('breaks', () => Promise.reject(secret)))
    await pipeline.upload(NAME, jpeg)
    expect(pipeline.logged.find(({ level }) => level === 'warn')?.fields).toEqual({
      object: NAME,
      code: 'processor-failed',
      cause: secret,
    })
  })

  it('ends as record-rejected where the store refuses what was found', async () => {
    const pipeline = new Pipeline({
      process: async (...args) => ({ ...(await processImage(...args)), findings: { nested: [[1]] } }) as never,
    })
    expect(await pipeline.upload(NAME, jpeg)).toBe('ended')
    expect(await pipeline.record()).toMatchObject({
      error: { code: 'record-rejected' },
      outputs: [],
      findings: {},
      counted: { format: 'jpeg', milliseconds: 30 },
    })
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('ends as attempts-exhausted after three deaths, the last two in redrive', async () => {
    const pipeline = new Pipeline()
    await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
    const die = (via: Via) =>
      new Promise<void>((dead) => void receive({ ...pipeline.intake, process: () => (dead(), never()) }, NAME, via))
    const expire = () => (pipeline.now = pipeline.now.plusSeconds(pipeline.intake.settings.leaseSeconds + 1))
    await die('event')
    expire()
    expect(await pipeline.deliver(NAME)).toBe('redrive')
    const { imageId } = await pipeline.record()
    expect(pipeline.redriven).toEqual([{ rawName: NAME, imageId, attempt: 1, lost: 1 }])
    await die('redrive')
    expire()
    await die('redrive')
    expire()
    expect(await pipeline.deliver(NAME, 'redrive')).toBe('ended')
    expect(await pipeline.record()).toMatchObject({ attempt: 3, lost: 3, error: { code: 'attempts-exhausted' } })
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })
})

describe('the daily quota', () => {
  const QUOTA = { dailyQuota: 2 }
  const outcomes = async (pipeline: Pipeline) =>
    Object.fromEntries((await pipeline.records()).map(({ raw, counted }) => [raw.name, counted?.outcome]))

  it('refuses what is over it, for this customer and this day alone, and counts the refusal', async () => {
    const pipeline = new Pipeline({}, QUOTA)
    for (const name of ['web/c1/1/a', 'kafka/c1/2/a', 'web/c1/3/a', 'web/c1/4/a', 'web/c2/1/a']) {
      expect(await pipeline.upload(name, jpeg)).toBe('ended')
    }
    // Refusals take nothing of a quota that is raised later.
    await setQuota(pipeline.store, 'c1', { dailyImages: 3 }, 'ada')
    pipeline.now = pipeline.now.plusSeconds(60)
    await pipeline.upload('web/c1/6/a', jpeg)
    pipeline.now = pipeline.now.plusDays(1)
    await pipeline.upload('web/c1/5/a', jpeg)
    expect(await outcomes(pipeline)).toEqual({
      'web/c1/1/a': 'processed',
      'kafka/c1/2/a': 'processed',
      'web/c1/3/a': 'quota-exceeded',
      'web/c1/4/a': 'quota-exceeded',
      'web/c2/1/a': 'processed',
      'web/c1/6/a': 'processed',
      'web/c1/5/a': 'processed',
    })
    expect((await pipeline.counters())['web~unknown~quota-exceeded']).toMatchObject({ images: 2, bytesOut: 0 })
    expect(pipeline.finished.map(({ errorCode }) => errorCode).filter(Boolean)).toHaveLength(2)
  })

  it('is approximate: what is at work at the same moment is not counted yet', async () => {
    const pipeline = new Pipeline({}, QUOTA)
    await Promise.all([1, 2, 3].map((n) => pipeline.upload(`web/c1/${n}/a`, jpeg)))
    expect(Object.values(await outcomes(pipeline))).toEqual(['processed', 'processed', 'processed'])
  })

  it('does not hold back a replay, which corrects the counters', async () => {
    const pipeline = new Pipeline({}, QUOTA)
    for (const n of [1, 2, 3]) await pipeline.upload(`web/c1/${n}/a`, jpeg)
    const refused = (await pipeline.records()).find(({ state }) => state === 'failed')
    await pipeline.intake.ledger.replay('c1', refused?.imageId ?? '', true)
    expect(await pipeline.deliver('web/c1/3/a', 'redrive')).toBe('ended')
    const { histogram: _, ...cells } = (await pipeline.counters())['web~jpeg~processed'] ?? {}
    expect(cells).toMatchObject({ images: 3, bytesIn: 3 * jpeg.length, pixels: 3 * 48 * 32, reprocessed: 0 })
    expect(Object.keys(await pipeline.counters())).toEqual(['web~jpeg~processed'])
  })
})

describe('a customer’s own list of formats', () => {
  const minute = (pipeline: Pipeline) => (pipeline.now = pipeline.now.plusSeconds(60))

  it('refuses the others from the web and from Kafka by their bytes, undecoded and counted; a replay goes by the list of its day', async () => {
    const pipeline = new Pipeline()
    await setFormats(pipeline.store, 'c1', ['png'], 'ada')
    for (const name of ['web/c1/1/a.png', 'kafka/c1/2/image', 'web/c2/1/a']) await pipeline.upload(name, jpeg)
    const refused = (await pipeline.records()).filter(({ customerId }) => customerId === 'c1')
    expect(refused).toHaveLength(2)
    for (const record of refused) {
      expect(record).toMatchObject({
        error: { code: 'unsupported-format', message: expect.stringContaining('Send it as PNG.') as string },
        input: { format: 'jpeg', width: 0 },
        outputs: [],
      })
      expect(Object.keys(record.durations)).toEqual(['fetch', 'admit'])
    }
    await setFormats(pipeline.store, 'c1', null, 'ada')
    minute(pipeline)
    await pipeline.intake.ledger.replay('c1', await imageIdOf('web/c1/1/a.png'), true)
    await pipeline.deliver('web/c1/1/a.png', 'redrive')
    const counters = Object.entries(await pipeline.counters()).map(([cell, { images }]) => [cell, images])
    expect(Object.fromEntries(counters)).toEqual({
      'web~jpeg~processed': 2,
      'kafka~jpeg~unsupported-format': 1,
    })
  })

  it('takes no image back that was taken once: it can still be reprocessed', async () => {
    const pipeline = new Pipeline()
    await pipeline.upload(NAME, jpeg)
    await setFormats(pipeline.store, 'c1', [], 'ada')
    minute(pipeline)
    const { imageId } = await pipeline.record()
    await pipeline.intake.ledger.reprocess('c1', imageId, 'p2', true)
    await pipeline.deliver(NAME, 'redrive')
    expect(await pipeline.record()).toMatchObject({
      job: null,
      reprocess: { error: null },
      counted: { reprocessed: 1 },
    })
  })
})
