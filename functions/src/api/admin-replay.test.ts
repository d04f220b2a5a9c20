import type { FailureFilter, ReplayAnswer, ReplayRequest } from '../contract/admin.ts'
import { imageIdOf } from '../contract/names.ts'
import { Pipeline } from '../intake/testing/pipeline.ts'
import { Instant } from '../ledger/instant.ts'
import { defineProfile, step } from '../processing/profile.ts'
import { processorOf } from '../processing/testing/processors.ts'
import { smallImages } from '../processing/testing/images.ts'
import { adminReplay } from './admin-replay.ts'

const OPERATION = '2026-11-23T12:00:00.000Z~0123456789abcdef'
const NONE = { matching: 0, replayable: 0, rawExpired: 0, busy: 0, deleted: 0, more: null }

/** A service that the profile needs, and that is broken till somebody mends it. */
let broken: boolean
let pipeline: Pipeline
let jpeg: Uint8Array
beforeEach(async () => {
  broken = true
  jpeg = (await smallImages()).jpeg
  const fragile = processorOf('fragile', async () => {
    if (broken) throw new Error('broken')
    return {}
  })
  pipeline = new Pipeline({ profile: defineProfile('fragile', [step(fragile)]) })
})

async function call(
  images: ReplayRequest['images'],
  {
    start = false,
    after,
    outOfTime = () => false,
    redrive = (task) => pipeline.intake.redrive(task),
  }: Partial<
    Pick<ReplayRequest, 'start' | 'after'> & { outOfTime(): boolean; redrive: typeof pipeline.intake.redrive }
  > = {},
): Promise<ReplayAnswer> {
  const { store, raw, intake } = pipeline
  return adminReplay(
    { store, raw, ledger: intake.ledger, redrive },
    { images, start, operation: OPERATION, ...(after !== undefined && { after }) },
    { progress: (counts) => progress.push(counts), outOfTime },
  )
}
let progress: Readonly<Record<string, number>>[]
beforeEach(() => {
  progress = []
})

/** Calls until there is no more, as the page does; each call has the time for one page. */
async function all(images: ReplayRequest['images']): Promise<readonly ReplayAnswer[]> {
  const answers: ReplayAnswer[] = []
  for (let after: string | null | undefined; after !== null && answers.length < 100;) {
    const answer = await call(images, { start: true, outOfTime: () => true, ...(after !== undefined && { after }) })
    answers.push(answer)
    after = answer.more
  }
  return answers
}
const sum = (answers: readonly ReplayAnswer[], what: 'matching' | 'replayable' | 'busy') =>
  answers.reduce((total, answer) => total + answer[what], 0)

async function fail(images: number, prefix = 'web/c1', bytes = jpeg): Promise<void> {
  for (let i = 0; i < images; i++) await pipeline.upload(`${prefix}/u${i}/a.jpg`, bytes)
}
/** No image, which is seen at once and each time. */
const TEXT = Buffer.from('text')
const key = async (rawName: string) => ({ customerId: rawName.split('/')[1] ?? '', imageId: await imageIdOf(rawName) })
const attempts = async () => (await pipeline.records()).map(({ attempt }) => attempt)
const drain = async () => {
  for (const { rawName } of pipeline.redriven.splice(0)) await pipeline.deliver(rawName, 'redrive')
}

it('counts what matches by customer, reason, source and day, and changes nothing', async () => {
  await fail(2)
  await fail(1, 'web/c2')
  await fail(1, 'kafka/c2')
  await pipeline.upload('web/c2/bad/a.jpg', jpeg.subarray(0, 200))
  pipeline.now = Instant.parse('2026-11-25T01:00:00Z')
  await pipeline.upload('web/c1/late/a.jpg', jpeg)
  broken = false
  await pipeline.upload('web/c1/good/a.jpg', jpeg)
  const before = pipeline.store.dump()
  const matching = async (filter: FailureFilter) => (await call(filter)).matching
  expect(await matching({})).toBe(6)
  expect(await matching({ customerId: 'c2' })).toBe(3)
  expect(await matching({ customerId: 'c2', reason: 'processor-failed', source: 'web' })).toBe(1)
  expect(await matching({ reason: 'corrupt' })).toBe(1)
  expect(await matching({ source: 'kafka' })).toBe(1)
  expect(await matching({ from: '2026-11-24' })).toBe(1)
  expect(await matching({ to: '2026-11-23' })).toBe(5)
  expect(await matching({ from: '2026-11-24', to: '2026-11-24' })).toBe(0)
  expect(await matching({ customerId: 'nobody' })).toBe(0)
  expect(pipeline.store.dump()).toEqual(before)
  expect(pipeline.redriven).toEqual([])
})

it('cuts days in the reporting time zone, as the records do', async () => {
  pipeline = new Pipeline({}, { reportingTimeZone: 'Pacific/Kiritimati' })
  pipeline.now = Instant.parse('2026-11-23T10:30:00Z')
  await pipeline.upload('web/c1/bad/a.jpg', jpeg.subarray(0, 200))
  expect((await pipeline.record()).date).toBe('2026-11-24')
  expect(await call({ from: '2026-11-24', to: '2026-11-24' })).toMatchObject({ matching: 1 })
  expect(await call({ to: '2026-11-23' })).toMatchObject({ matching: 0 })
})

it('says of each image that is named what would become of it, and tries those that can be', async () => {
  for (const name of ['a', 'busy', 'gone', 'left']) await pipeline.upload(`web/c1/${name}/a.jpg`, jpeg)
  broken = false
  await pipeline.upload('web/c1/good/a.jpg', jpeg)
  pipeline.raw.remove('web/c1/gone/a.jpg')
  const [a, busy, gone, good, unknown] = await Promise.all(
    ['a', 'busy', 'gone', 'good', 'unknown'].map((name) => key(`web/c1/${name}/a.jpg`)),
  )
  if (!a || !busy || !gone || !good || !unknown) throw new Error('expected five')
  await call([busy], { start: true })
  const named = [a, busy, gone, good, unknown]
  const answer = {
    ...NONE,
    matching: 3,
    replayable: 1,
    rawExpired: 1,
    busy: 1,
    deleted: 0,
    fates: { [a.imageId]: 'replayable', [busy.imageId]: 'busy', [gone.imageId]: 'rawExpired' },
  }
  expect(await call(named)).toEqual(answer)
  expect(await call(named, { start: true })).toEqual(answer)
  expect(progress.at(-1)).toEqual({ matching: 3, replayable: 1, rawExpired: 1, busy: 1, deleted: 0 })
  expect(pipeline.redriven.map(({ rawName }) => rawName)).toEqual(['web/c1/busy/a.jpg', 'web/c1/a/a.jpg'])
  expect(await call([])).toEqual({ ...NONE, fates: {} })
})

it('of a filter says no more than how many', async () => {
  await fail(1)
  expect(await call({})).toEqual({ ...NONE, matching: 1, replayable: 1 })
})

it.each<[what: string, images: () => Promise<ReplayRequest['images']>]>([
  ['that match', async () => ({ customerId: 'c1' })],
  ['of all customers', async () => ({})],
  ['that are named', () => Promise.all(Array.from({ length: 120 }, (_, i) => key(`web/c1/u${i}/a.jpg`)))],
])('goes on with the images %s where time was up, and tries none twice', async (_, images) => {
  await fail(120, 'web/c1', TEXT)
  const answers = await all(await images())
  expect(answers.length).toBeGreaterThan(2)
  expect(Math.max(...answers.map(({ matching }) => matching))).toBe(50)
  expect(sum(answers, 'matching')).toBe(120)
  expect(sum(answers, 'replayable')).toBe(120)
  // Those that fail again at once are not met a second time.
  await drain()
  expect(new Set(await attempts())).toEqual(new Set([2]))
})

it('goes on behind an image that is not failed any more', async () => {
  await fail(60)
  const { more } = await call({ reason: 'processor-failed' }, { outOfTime: () => true })
  broken = false
  await call({}, { start: true })
  await drain()
  broken = true
  await fail(1, 'web/c2')
  expect(more).not.toBeNull()
  expect(await call({ reason: 'processor-failed' }, { after: more ?? '' })).toMatchObject({ matching: 1, more: null })
})

it('two at once try each image once between them', async () => {
  await fail(70, 'web/c1', TEXT)
  const both = await Promise.all([call({}, { start: true }), call({ customerId: 'c1' }, { start: true })])
  expect(sum(both, 'replayable')).toBe(70)
  expect(sum(both, 'matching')).toBe(140)
  expect(sum(both, 'busy')).toBe(70)
  expect(new Set(pipeline.redriven.map(({ imageId }) => imageId)).size).toBe(70)
  expect(pipeline.redriven).toHaveLength(70)
  await drain()
  expect(new Set(await attempts())).toEqual(new Set([2]))
})

it('that broke off at the queue may be called again, and leaves none opened and forgotten', async () => {
  await fail(3)
  let handed = 0
  const redrive: typeof pipeline.intake.redrive = async (task) => {
    if (++handed > 1) throw new Error('the queue is away')
    await pipeline.intake.redrive(task)
  }
  await expect(call({}, { start: true, redrive })).rejects.toThrow('the queue is away')
  expect(await call({}, { start: true })).toEqual({ ...NONE, matching: 3, busy: 3 })
  // Reconcile looks at what is due.
  expect((await pipeline.records()).every(({ dueAt }) => dueAt !== null)).toBe(true)
})

it.each([
  'x',
  '',
  '-1',
  '0~0',
  'processed~web',
  'corrupt',
  'corrupt~web~1',
  'corrupt~web~1~customers/c1/images/../../settings/reporting',
  `corrupt~web~9999999999999999~customers/c1/images/${'0'.repeat(40)}`,
  `empty~web~1~customers/c1/images/${'0'.repeat(40)}`,
])('refuses to go on after %j', async (after) => {
  await fail(1)
  const refusal = expect.objectContaining({ name: 'RangeError' })
  await expect(call({ reason: 'corrupt' }, { after })).rejects.toEqual(refusal)
  await expect(call([await key('web/c1/u0/a.jpg')], { after })).rejects.toEqual(refusal)
})
