import { EXPORT_SHARDS } from '../contract/limits.ts'
import { imageIdOf } from '../contract/names.ts'
import { Fault, Pipeline } from '../intake/testing/pipeline.ts'
import { smallImages } from '../processing/testing/images.ts'
import { reconcile, type Reconcile } from './reconcile.ts'

const SETTLE_SECONDS = 600
let pipeline: Pipeline
let jpeg: Uint8Array
beforeAll(async () => {
  jpeg = (await smallImages()).jpeg
})
beforeEach(() => {
  pipeline = new Pipeline()
})

const run = (changes: Partial<Reconcile> = {}) =>
  reconcile({
    store: pipeline.store,
    raw: pipeline.raw,
    log: pipeline.intake.log,
    redrive: (task) => pipeline.intake.redrive(task),
    settleSeconds: SETTLE_SECONDS,
    pageSize: 3,
    sweepLimit: 1000,
    outOfTime: () => false,
    ...changes,
  })
const pass = (seconds: number) => (pipeline.now = pipeline.now.plusSeconds(seconds))
const handedOver = () => pipeline.redriven.map(({ rawName }) => rawName)
const cursor = () => pipeline.store.get('reconciliations/sweep')

/** Raw objects of which no event ever came, in the order of their names. */
async function unannounced(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `web/c1/u${String(i).padStart(3, '0')}/a.jpg`)
  for (const name of names) await pipeline.raw.create(name, jpeg, 'image/jpeg')
  return names
}

/** Images whose worker took them and failed, and whose event never came again: their lease is given back. */
async function abandoned(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `kafka/c1/t-0-${i}-1/image`)
  pipeline.at = (operation) => {
    if (operation === 'raw read before') throw new Fault(operation)
  }
  for (const name of names) await expect(pipeline.upload(name, jpeg)).rejects.toThrow(Fault)
  pipeline.at = () => {}
  return names
}

describe('an object that no event has brought', () => {
  it('is handed to redrive, once it has had its time to settle', async () => {
    const [name = ''] = await unannounced(1)
    pass(SETTLE_SECONDS - 1)
    expect(await run()).toEqual({ overdue: 0, missed: 0, objectsSeen: 1, sweepComplete: true })
    expect(pipeline.logged).toEqual([])
    pass(1)
    expect(await run()).toEqual({ overdue: 0, missed: 1, objectsSeen: 1, sweepComplete: true })
    expect(pipeline.redriven).toEqual([{ rawName: name, imageId: await imageIdOf(name), attempt: 0, lost: 0 }])
    expect(pipeline.logged).toMatchObject([{ level: 'warn', fields: { missed: 1 } }])
  })

  it('is handed over again by each run until it has a record: redrive drops what it has', async () => {
    const [name = ''] = await unannounced(1)
    pass(SETTLE_SECONDS)
    await run()
    await run()
    expect(handedOver()).toEqual([name, name])
    await pipeline.deliver(name, 'redrive')
    expect(await run()).toMatchObject({ overdue: 0, missed: 0 })
  })

  it.each(['web/', 'web/c1/', 'web/c1/u1/', 'a file.txt', 'ftp/c1/u1/a.jpg'])('called %j is no image', async (name) => {
    await pipeline.raw.create(name, new Uint8Array(), '')
    pass(SETTLE_SECONDS)
    expect(await run()).toMatchObject({ missed: 0, objectsSeen: 1, sweepComplete: true })
  })
})

describe('what has a record', () => {
  it('is left alone when it has ended, whatever its end', async () => {
    await pipeline.upload('web/c1/u1/a.jpg', jpeg)
    await pipeline.upload('web/c1/u2/a.jpg', new Uint8Array())
    pass(1e6)
    expect(await run()).toMatchObject({ overdue: 0, missed: 0, objectsSeen: 2 })
  })

  it('is left alone while its lease stands, and handed over when it has expired', async () => {
    const { leaseSeconds } = pipeline.intake.settings
    const name = 'web/c1/u1/a.jpg'
    const raw = await pipeline.raw.create(name, jpeg, 'image/jpeg')
    const imageId = await imageIdOf(name)
    const parsed = { source: 'web', customerId: 'c1', uploadId: 'u1', fileName: 'a.jpg' } as const
    const request = {
      imageId,
      name: parsed,
      raw,
      date: '2026-11-23',
      via: 'event',
      holder: 'x',
      profileVersion: 'p',
    } as const
    const claim = await pipeline.intake.ledger.claim({ ...request, quotaExceeded: false })
    expect(claim.kind).toBe('work')
    pass(leaseSeconds - 1)
    expect(await run()).toMatchObject({ overdue: 0, missed: 0 })
    pass(1)
    expect(await run()).toMatchObject({ overdue: 1, missed: 0 })
    expect(pipeline.redriven).toEqual([{ rawName: name, imageId, attempt: 1, lost: 0 }])
    expect(await pipeline.deliver(name, 'redrive')).toBe('ended')
    expect(await run()).toMatchObject({ overdue: 0 })
  })

  it('is handed over where its lease was given back and nobody came for it', async () => {
    const [name = ''] = await abandoned(1)
    expect(await run()).toMatchObject({ overdue: 0 })
    pass(pipeline.intake.settings.leaseSeconds)
    expect(await run()).toMatchObject({ overdue: 1 })
    expect(handedOver()).toEqual([name])
  })

  it('is handed over at once where it was opened for a replay', async () => {
    await pipeline.upload('web/c1/u1/a.jpg', new Uint8Array())
    const { imageId } = await pipeline.record()
    await pipeline.intake.ledger.replay('c1', imageId, true)
    expect(await run()).toMatchObject({ overdue: 1, missed: 0 })
    expect(pipeline.redriven).toEqual([{ rawName: 'web/c1/u1/a.jpg', imageId, attempt: 1, lost: 0 }])
  })

  it('is found in every shard, each page after page, also where many are due at the same moment', async () => {
    const names = await abandoned(40)
    const records = await pipeline.records()
    expect(new Set(records.map(({ exportShard }) => exportShard)).size).toBe(EXPORT_SHARDS)
    // Nothing tells these apart but their path.
    await pipeline.store.transact(async (transaction) => {
      for (const { imageId } of records) transaction.merge(`customers/c1/images/${imageId}`, { dueAt: pipeline.now })
    })
    for (const pageSize of [1, 2, 3, 100]) {
      pipeline.redriven.length = 0
      expect(await run({ pageSize })).toMatchObject({ overdue: 40 })
      expect(handedOver().sort()).toEqual([...names].sort())
    }
  })

  it('is left to the next run where the time is up: each shard still gets a page', async () => {
    await abandoned(40)
    pass(pipeline.intake.settings.leaseSeconds)
    expect(await run({ pageSize: 1, outOfTime: () => true })).toMatchObject({ overdue: EXPORT_SHARDS })
  })
})

describe('a sweep of the raw bucket', () => {
  it('goes through everything in pages of any size', async () => {
    const names = await unannounced(10)
    pass(SETTLE_SECONDS)
    for (const pageSize of [1, 3, 5, 10, 11]) {
      pipeline.redriven.length = 0
      expect(await run({ pageSize })).toEqual({ overdue: 0, missed: 10, objectsSeen: 10, sweepComplete: true })
      expect(handedOver()).toEqual(names)
    }
  })

  it('leaves nothing behind where a page holds everything', async () => {
    await unannounced(2)
    await run()
    expect(pipeline.store.dump().size).toBe(0)
  })

  it.each([
    ['its limit is reached', { sweepLimit: 4 }],
    ['the time is up', { outOfTime: () => true }],
  ])(
    'stops where %s; the next run goes on from there, and the one after the last begins again',
    async (_when, stop) => {
      const names = await unannounced(10)
      pass(SETTLE_SECONDS)
      const seen: number[] = []
      do {
        const { objectsSeen, sweepComplete } = await run(stop)
        seen.push(objectsSeen)
        if (sweepComplete) break
        expect(await cursor()).toMatchObject({ after: handedOver().at(-1) })
      } while (seen.length < 20)
      expect(handedOver()).toEqual(names)
      expect(Math.max(...seen)).toBeLessThan(10)
      expect(await cursor()).not.toHaveProperty('after')
      await run(stop)
      expect(handedOver()[10]).toBe(names[0])
    },
  )

  it('goes on after its page where the object it stopped at is gone', async () => {
    const names = await unannounced(7)
    pass(SETTLE_SECONDS)
    await run({ sweepLimit: 3 })
    pipeline.raw.remove(names[2] ?? '')
    await run()
    expect(handedOver()).toEqual(names)
  })

  it('that fails begins again at the page that it had not finished', async () => {
    const names = await unannounced(8)
    pass(SETTLE_SECONDS)
    const failing = async (task: { readonly rawName: string }) => {
      if (task.rawName === names[4]) throw new Fault('queue')
    }
    await expect(run({ redrive: failing })).rejects.toThrow(Fault)
    expect(await cursor()).toMatchObject({ after: names[2] })
    await run()
    expect(handedOver()).toEqual(names.slice(3))
  })
})

it('hands over, beside an image, neither one that ended nor one at work: only what redrive has to do', async () => {
  const ended = 'web/c1/u1/a.jpg'
  await pipeline.upload(ended, jpeg)
  const [stuck = ''] = await abandoned(1)
  pass(1e5)
  const [missed = ''] = await unannounced(1)
  pass(SETTLE_SECONDS)
  expect(await run()).toEqual({ overdue: 1, missed: 1, objectsSeen: 3, sweepComplete: true })
  expect(handedOver()).toEqual([stuck, missed])
  for (const name of handedOver()) expect(await pipeline.deliver(name, 'redrive')).toBe('ended')
  expect(await run()).toMatchObject({ overdue: 0, missed: 0 })
})
