import { setTimeout as wait } from 'node:timers/promises'
import { onCustomEventPublished } from 'firebase-functions/v2/eventarc'
import { Bridge } from '../bridge/bridge.ts'
import { MemoryKafka } from '../bridge/testing/memory-kafka.ts'
import { OPTIONS, recordOf } from '../bridge/testing/records.ts'
import { imageIdOf, traceIdOf } from '../contract/names.ts'
import { receive } from '../intake/receive.ts'
import { Pipeline } from '../intake/testing/pipeline.ts'
import { cloudLog } from './cloud-log.ts'

type Line = Readonly<Record<string, unknown>> & { readonly stream: 'stdout' | 'stderr' }

const TRACE = 'logging.googleapis.com/trace'
/** As the platform hands it to a function. */
const OF_REQUEST = 'b'.repeat(32)

jest.mock('firebase-functions/logger', () => {
  // It keeps the console that it finds, and jest's leads elsewhere.
  console.info = (line: string) => process.stdout.write(`${line}\n`)
  console.warn = console.error = (line: string) => process.stderr.write(`${line}\n`)
  return jest.requireActual<object>('firebase-functions/logger')
})

let lines: Line[]
beforeEach(() => {
  lines = []
  process.env['GCLOUD_PROJECT'] = 'p1'
  for (const stream of ['stdout', 'stderr'] as const) {
    const write = process[stream].write.bind(process[stream])
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      // What jest says meanwhile is none of ours.
      if (!String(text).startsWith('{')) return write(text)
      lines.push({ ...(JSON.parse(String(text)) as Line), stream })
      return true
    })
  }
})
afterEach(() => {
  delete process.env['GCLOUD_PROJECT']
  jest.restoreAllMocks()
})

/** Within a request, whose trace firebase-functions gives to all that is logged by it. */
async function inRequest(work: () => Promise<unknown> | void): Promise<void> {
  const handler = onCustomEventPublished('test', async () => {
    await work()
  })
  const event = { specversion: '1.0', id: '1', source: 's', type: 'test', time: '2026-11-24T00:00:00Z', data: {} }
  await handler({ ...event, traceparent: `00-${OF_REQUEST}-${'c'.repeat(16)}-01` } as never)
}

it('gives an error by its stack and its causes, which JSON would leave out, where Error Reporting looks for it too', () => {
  const page = new Error('page 3', { cause: new Error('disk full') })
  cloudLog.error('export failed', { run: 7, error: new AggregateError([page], 'two things') })
  const text = expect.stringMatching(/two things[^]*caused by Error: page 3[^]*caused by Error: disk full/) as string
  expect(lines).toEqual([
    { severity: 'ERROR', message: 'export failed', run: 7, error: text, stack_trace: text, stream: 'stderr' },
  ])
})

it('says exactly what it was given, with and without a trace: alarms compare the message', () => {
  for (const fields of [{}, { image: 'a'.repeat(40) }]) {
    cloudLog.info('image finished', fields)
    cloudLog.warn('dead letter', fields)
    cloudLog.error('image stuck', fields)
  }
  const each = [
    { severity: 'INFO', message: 'image finished', stream: 'stdout' },
    { severity: 'WARNING', message: 'dead letter', stream: 'stderr' },
    { severity: 'ERROR', message: 'image stuck', stream: 'stderr' },
  ]
  expect(lines).toMatchObject([...each, ...each])
})

it('gives a line about an image the image’s trace, and any other that of the request', async () => {
  await inRequest(() => {
    cloudLog.info('image finished', { image: 'a'.repeat(40) })
    cloudLog.info('export finished', { rows: 1 })
  })
  expect(lines.map((line) => line[TRACE])).toEqual([
    `projects/p1/traces/${'a'.repeat(32)}`,
    `projects/p1/traces/${OF_REQUEST}`,
  ])
})

it('gives no trace where no project is known', () => {
  delete process.env['GCLOUD_PROJECT']
  cloudLog.info('image finished', { image: 'a'.repeat(40) })
  expect(lines).toEqual([{ severity: 'INFO', message: 'image finished', image: 'a'.repeat(40), stream: 'stdout' }])
})

it('one trace has all of an image’s way: from the Kafka record through a death and redrive to its end', async () => {
  const pipeline = new Pipeline()
  const kafka = new MemoryKafka({})
  kafka.createTopic('images', 1)
  kafka.createTopic('images.dlq', 1)
  kafka.append('images', 0, recordOf())
  const bridge = await Bridge.start({
    kafka: kafka.client(),
    raw: pipeline.raw,
    bucket: () => pipeline.raw,
    erased: async () => false,
    limits: OPTIONS,
    settings: { topic: 'images', group: 'bridge', memoryBytes: 1_000_000, uploads: 1 },
    clock: () => performance.now(),
    sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }).catch(() => {}),
    log: cloudLog,
  })
  while (bridge.counts.landed === 0) await wait(5)
  await bridge.stop()
  const [{ name } = { name: '' }] = await pipeline.raw.list({ limit: 1 })

  const intake = { ...pipeline.intake, log: cloudLog }
  const dead = Promise.withResolvers<void>()
  const never = new Promise<never>(() => {})
  void receive({ ...intake, process: () => (dead.resolve(), never) }, name, 'event')
  await dead.promise
  pipeline.now = pipeline.now.plusSeconds(intake.settings.leaseSeconds + 1)
  await inRequest(() => receive(intake, name, 'event'))
  await inRequest(() => receive(intake, name, 'redrive'))
  await inRequest(() => receive(intake, name, 'event'))

  const trace = `projects/p1/traces/${traceIdOf(await imageIdOf(name))}`
  expect(lines.filter((line) => line[TRACE] === trace).map(({ message, via }) => [message, via])).toEqual([
    ['landed', undefined],
    ['image claimed', 'event'],
    ['a process died over this image: it goes to redrive', undefined],
    ['image claimed', 'redrive'],
    ['an image failed', undefined],
    ['image finished', undefined],
    ['nothing to do', undefined],
  ])
  expect(lines.find(({ message }) => message === 'landed')).toMatchObject({ topic: 'images', partition: 0, offset: 0 })
})
