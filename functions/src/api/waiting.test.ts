import { Pipeline } from '../intake/testing/pipeline.ts'
import { handOnWaiting, type Waiting, type WaitingCounts } from './waiting.ts'

let paused: boolean
let pipeline: Pipeline
let told: WaitingCounts[]
beforeEach(() => {
  paused = false
  pipeline = new Pipeline({ paused: async () => paused })
  told = []
})
const deps = (): Waiting => ({ ...pipeline.intake, progress: (counts) => void told.push(counts) })
const handOn = (start: boolean) => handOnWaiting(deps(), { since: undefined, before: pipeline.now }, start)
const text = Buffer.from('no image, but it ends')

it('shows what waits, hands it on once it is to start, and after that nothing waits', async () => {
  await pipeline.upload('web/c1/u0/before', text)
  paused = true
  for (let n = 1; n <= 120; n++) await pipeline.upload(`web/c${n % 3}/u${n}/a`, text)
  await pipeline.upload('no image', text)
  paused = false

  expect(await handOn(false)).toEqual({ objects: 122, waiting: 120 })
  expect(pipeline.redriven).toEqual([])
  expect(await handOn(true)).toEqual({ objects: 122, waiting: 120 })
  expect(new Set(pipeline.redriven.map(({ rawName }) => rawName)).size).toBe(120)
  expect(told.at(-1)).toEqual({ objects: 122, waiting: 120 })
  for (const { rawName } of pipeline.redriven) await pipeline.deliver(rawName, 'redrive')
  expect(await handOn(true)).toEqual({ objects: 122, waiting: 0 })
  expect(await pipeline.records()).toHaveLength(121)
  expect((await pipeline.counters())['web~text~unsupported-format']).toMatchObject({ images: 121 })
})

it('leaves what is older than asked for, and what may still be on its way through its event', async () => {
  await pipeline.raw.create('web/c1/u1/old', text, 'image/jpeg')
  pipeline.now = pipeline.now.plusDays(1)
  const since = pipeline.now
  await pipeline.raw.create('web/c1/u2/new', text, 'image/jpeg')
  const before = pipeline.now
  await pipeline.raw.create('web/c1/u3/newest', text, 'image/jpeg')
  await handOnWaiting(deps(), { since, before }, true)
  expect(pipeline.redriven.map(({ rawName }) => rawName)).toEqual(['web/c1/u2/new'])
})

it('goes through more than a page', async () => {
  for (let n = 0; n < 1001; n++) await pipeline.raw.create(`web/c1/${n}/a`, text, 'image/jpeg')
  expect(await handOn(false)).toEqual({ objects: 1001, waiting: 1001 })
})
