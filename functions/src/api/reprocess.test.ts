import { Pipeline } from '../intake/testing/pipeline.ts'
import { defineProfile, step, type Profile } from '../processing/profile.ts'
import { facts } from '../processing/processors/facts.ts'
import { smallImages } from '../processing/testing/images.ts'
import { processorOf } from '../processing/testing/processors.ts'
import { planReprocess, startReprocess, type Reprocess } from './reprocess.ts'
import { selectionProblem } from './selection.ts'

const output = (name: string) =>
  processorOf(name, async () => ({
    outputs: [
      { name, extension: 'txt', contentType: 'text/plain', bytes: Buffer.from(name), width: null, height: null },
    ],
  }))
const profiles: Record<string, Profile> = Object.fromEntries(
  ['old', 'new'].map((name) => [name, defineProfile(name, [step(facts), step(output(name))])]),
)
const failing = defineProfile('failing', [step(processorOf('breaks', () => Promise.reject(new Error('no'))))])
const versions = new Map([...Object.values(profiles), failing].map((profile) => [profile.version, profile]))

let pipeline: Pipeline
let target: string
let jpeg: Uint8Array
beforeEach(async () => {
  jpeg = (await smallImages()).jpeg
  target = profiles['new']?.version ?? ''
  pipeline = new Pipeline({
    profileFor: async ({ pinned }) => versions.get(pinned ?? '') ?? (profiles['old'] as Profile),
  })
})

const deps = (more: Partial<Reprocess> = {}): Reprocess => ({
  store: pipeline.store,
  raw: pipeline.raw,
  ledger: pipeline.intake.ledger,
  redrive: (task) => pipeline.intake.redrive(task),
  versionFor: async () => target,
  ...more,
})
const drain = async () => {
  for (const { rawName } of pipeline.redriven.splice(0)) await pipeline.deliver(rawName, 'redrive')
}
async function upload(count: number, customer = 'c1'): Promise<void> {
  for (let i = 0; i < count; i++) await pipeline.upload(`web/${customer}/u${i}/a.jpg`, jpeg)
}

it('counts what can be reprocessed, and then does it: new results beside the old, figures corrected', async () => {
  await upload(3)
  const [, expired] = await pipeline.records()
  pipeline.raw.remove(expired?.raw.name ?? '')
  const counts = { matching: 3, reprocessable: 2, rawExpired: 1, busy: 0, already: 0 }
  expect(await planReprocess(deps(), { customerId: 'c1' })).toEqual(counts)
  expect(pipeline.redriven).toEqual([])
  expect(await startReprocess(deps(), { customerId: 'c1' })).toEqual(counts)
  await drain()
  await expectSums({ images: 3, reprocessed: 2 })
  const records = await pipeline.records()
  expect(records.map(({ outputs }) => outputs.map(({ name }) => name).join()).toSorted()).toEqual(['new', 'new', 'old'])
  for (const { outputs, earlier } of records) {
    for (const { object } of [...outputs, ...earlier.flatMap((one) => one.outputs)]) {
      expect(await pipeline.processed.stat(object)).not.toBeNull()
    }
  }
  expect(await planReprocess(deps(), { customerId: 'c1' })).toMatchObject({
    reprocessable: 0,
    already: 2,
    rawExpired: 1,
  })
})

it('that was stopped half-way goes on with the rest, and does none twice', async () => {
  await upload(120)
  let handed = 0
  const stopping = deps({
    redrive: async (task) => {
      if (++handed > 60) throw new Error('killed')
      await pipeline.intake.redrive(task)
    },
  })
  await expect(startReprocess(stopping, { customerId: 'c1' })).rejects.toThrow('killed')
  await drain()
  const rest = await startReprocess(deps(), { customerId: 'c1' })
  expect(rest.matching).toBe(120)
  expect(rest.already).toBeGreaterThanOrEqual(60)
  await drain()
  // Of those whose task was lost reconcile is told by what is due.
  for (const { job, raw } of await pipeline.records()) if (job !== null) await pipeline.deliver(raw.name, 'redrive')
  await expectSums({ images: 120, reprocessed: 120 })
})

it('makes results once more by the same version where that is asked for: they were lost', async () => {
  target = profiles['old']?.version ?? ''
  await upload(2)
  expect(await planReprocess(deps(), { customerId: 'c1' })).toMatchObject({ reprocessable: 0, already: 2 })
  for (const { outputs } of await pipeline.records())
    for (const { object } of outputs) pipeline.processed.remove(object)
  const again = deps({ again: true })
  expect(await planReprocess(again, { customerId: 'c1' })).toMatchObject({ reprocessable: 2, already: 0 })
  expect(await startReprocess(again, { customerId: 'c1' })).toMatchObject({ reprocessable: 2 })
  // Waiting already, it is not opened twice.
  expect(await startReprocess(again, { customerId: 'c1' })).toMatchObject({ reprocessable: 0, already: 2 })
  await drain()
  await expectSums({ images: 2, reprocessed: 2 })
  for (const { outputs } of await pipeline.records())
    for (const { object } of outputs) expect(await pipeline.processed.stat(object)).not.toBeNull()
})

it('that fails costs nobody a result', async () => {
  await upload(2)
  target = failing.version
  expect(await startReprocess(deps(), { customerId: 'c1' })).toMatchObject({ reprocessable: 2 })
  await drain()
  await expectSums({ images: 2, reprocessed: 0 })
  expect(pipeline.finished.slice(2)).toMatchObject([
    { job: 'reprocess', outcome: 'processor-failed', errorCode: 'processor-failed' },
    { job: 'reprocess', outcome: 'processor-failed' },
  ])
  // It may be tried again.
  expect(await planReprocess(deps(), { customerId: 'c1' })).toMatchObject({ reprocessable: 2, already: 0 })
})

it('takes one image, some days, or everyone’s', async () => {
  await upload(2)
  await upload(1, 'c2')
  pipeline.now = pipeline.now.plusDays(1)
  await pipeline.upload('web/c1/late/a.jpg', jpeg)
  const matching = async (selection: Parameters<typeof planReprocess>[1]) =>
    (await planReprocess(deps(), selection)).matching
  const [first] = await pipeline.records()
  expect(await matching({ customerId: 'c1', imageId: first?.imageId })).toBe(1)
  expect(await matching({ customerId: 'c1', imageId: 'ab' })).toBe(0)
  expect(await matching({ customerId: 'c1' })).toBe(3)
  expect(await matching({ customerId: 'c1', from: '2026-11-24' })).toBe(1)
  expect(await matching({ customerId: 'c1', to: '2026-11-23' })).toBe(2)
  expect(await matching({ from: '2026-11-23', to: '2026-11-23' })).toBe(3)
  expect(await matching({ from: '2026-11-23', to: '2026-11-24' })).toBe(4)
  expect(await matching({ from: '2026-11-25', to: '2026-11-26' })).toBe(0)
})

it.each([
  [{}, 'expected a customer, or a first and a last day'],
  [{ from: '2026-11-23' }, 'expected a customer, or a first and a last day'],
  [{ imageId: 'ab' }, 'an image needs its customer'],
  [{ customerId: '../x' }, 'expected an id that matches'],
  [{ customerId: 'c1', from: '23.11.2026' }, 'expected YYYY-MM-DD'],
  [{ customerId: 'c1', from: '2026-11-31x' }, 'expected YYYY-MM-DD'],
  [{ from: '2026-11-24', to: '2026-11-23' }, 'are none'],
])('%j is no selection', async (selection, problem) => {
  expect(selectionProblem(selection)).toContain(problem)
  await expect(startReprocess(deps(), selection)).rejects.toThrow(problem)
})

async function expectSums({ images, reprocessed }: { readonly images: number; readonly reprocessed: number }) {
  const cells = Object.values(await pipeline.counters())
  const sum = (field: 'images' | 'reprocessed') => cells.reduce((total, cell) => total + cell[field], 0)
  expect({ images: sum('images'), reprocessed: sum('reprocessed') }).toEqual({ images, reprocessed })
  for (const record of await pipeline.records()) expect(record).toMatchObject({ job: null, state: 'processed' })
}
