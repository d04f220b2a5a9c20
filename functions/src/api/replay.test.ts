import { Pipeline } from '../intake/testing/pipeline.ts'
import type { Query } from '../ledger/document-store.ts'
import { defineProfile, step } from '../processing/profile.ts'
import { facts } from '../processing/processors/facts.ts'
import { smallImages } from '../processing/testing/images.ts'
import { processorOf } from '../processing/testing/processors.ts'
import { planReplay, startReplay, type Replay } from './replay.ts'

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
  pipeline = new Pipeline({ profile: defineProfile('fragile', [step(facts), step(fragile)]) })
})

const deps = (more: Partial<Replay> = {}): Replay => ({
  store: pipeline.store,
  raw: pipeline.raw,
  ledger: pipeline.intake.ledger,
  redrive: (task) => pipeline.intake.redrive(task),
  ...more,
})
const drain = async () => {
  for (const { rawName } of pipeline.redriven.splice(0)) await pipeline.deliver(rawName, 'redrive')
}
const outcomes = async () => (await pipeline.records()).map(({ error }) => error?.code ?? 'processed').sort()

it('tries failed images again, once what they failed by is mended, and every figure follows', async () => {
  for (const name of ['a', 'b', 'gone']) await pipeline.upload(`web/c1/${name}/a.jpg`, jpeg)
  await pipeline.upload('web/c1/bad/a.jpg', jpeg.subarray(0, 200))
  broken = false
  await pipeline.upload('web/c1/good/a.jpg', jpeg)
  pipeline.raw.remove('web/c1/gone/a.jpg')
  const selection = { customerId: 'c1', reason: 'processor-failed' } as const
  const counts = { matching: 3, replayable: 2, rawExpired: 1, busy: 0, deleted: 0, more: null }
  const before = await pipeline.records()
  expect(await planReplay(deps(), selection)).toEqual(counts)
  expect(await pipeline.records()).toEqual(before)
  expect(await startReplay(deps(), selection)).toEqual(counts)
  expect(await planReplay(deps(), selection)).toEqual({ ...counts, replayable: 0, busy: 2 })
  await drain()
  expect(await outcomes()).toEqual(['corrupt', 'processed', 'processed', 'processed', 'processor-failed'])
  const cells = Object.entries(await pipeline.counters()).map(([key, { images }]) => [key, images])
  expect(Object.fromEntries(cells)).toEqual({
    'web~jpeg~corrupt': 1,
    'web~jpeg~processed': 3,
    'web~jpeg~processor-failed': 1,
  })
  expect(await planReplay(deps(), selection)).toEqual({ ...counts, matching: 1, replayable: 0 })
})

it('takes every reason where none is named, and what fails again is counted as before', async () => {
  await pipeline.upload('web/c1/a/a.jpg', jpeg)
  await pipeline.upload('web/c1/bad/a.jpg', jpeg.subarray(0, 200))
  const before = await outcomes()
  expect(await startReplay(deps(), { customerId: 'c1' })).toMatchObject({ replayable: 2 })
  await drain()
  expect(await outcomes()).toEqual(before)
  expect(Object.values(await pipeline.counters()).map(({ images }) => images)).toEqual([1, 1])
})

it('that was stopped half-way goes on with the rest', async () => {
  for (let i = 0; i < 60; i++) await pipeline.upload(`web/c1/u${i}/a.jpg`, jpeg)
  broken = false
  let handed = 0
  const stopping = deps({
    redrive: async (task) => {
      if (++handed > 20) throw new Error('killed')
      await pipeline.intake.redrive(task)
    },
  })
  await expect(startReplay(stopping, { customerId: 'c1' })).rejects.toThrow('killed')
  await startReplay(deps(), { customerId: 'c1' })
  await drain()
  // Of those whose task was lost reconcile is told by what is due.
  for (const { job, raw } of await pipeline.records()) if (job !== null) await pipeline.deliver(raw.name, 'redrive')
  expect(new Set(await outcomes())).toEqual(new Set(['processed']))
})

it('reads failed images alone, however many others there are', async () => {
  await pipeline.upload('web/c1/bad/a.jpg', jpeg.subarray(0, 200))
  broken = false
  await pipeline.upload('web/c1/good/a.jpg', jpeg)
  const read: string[] = []
  const store = {
    get: pipeline.store.get.bind(pipeline.store),
    query: async (query: Query) => {
      const found = await pipeline.store.query(query)
      read.push(...found.map(({ path }) => path))
      return found
    },
  }
  expect(await planReplay(deps({ store }), {})).toMatchObject({ matching: 1 })
  expect(await planReplay(deps({ store }), { customerId: 'c1' })).toMatchObject({ matching: 1 })
  expect(read).toHaveLength(2)
})
