import { EXPORT_SHARDS } from '../contract/limits.ts'
import { erasurePath, imageIdOf } from '../contract/names.ts'
import { customerHash } from '../ledger/erasure.ts'
import { Fault, Pipeline } from '../intake/testing/pipeline.ts'
import { smallImages } from '../processing/testing/images.ts'
import { unlessPaused } from '../intake/pause.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import { reconcile, type Reconcile } from './reconcile.ts'
import { expiresSoon } from './stuck.ts'
import { nextSweep } from './sweep.ts'

const SETTLE_SECONDS = 600
const RAW_DAYS = 14
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
    paused: async () => false,
    settleSeconds: SETTLE_SECONDS,
    rawDays: RAW_DAYS,
    pageSize: 3,
    lanes: 2,
    outOfTime: () => false,
    ...changes,
  })
const pass = (seconds: number) => (pipeline.now = pipeline.now.plusSeconds(seconds))
const warnings = () => pipeline.logged.filter(({ level }) => level !== 'info')
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
  it('is left alone where its customer was erased, and raises no alarm', async () => {
    await unannounced(1)
    const tombstone = erasurePath(customerHash('c1'))
    await pipeline.store.transact(async (transaction) => transaction.set(tombstone, { pseudonym: 'p', open: false }))
    pass((RAW_DAYS - 1) * 86_400)
    expect(await run()).toMatchObject({ missed: 0, objectsSeen: 1, stuck: 0 })
    expect(pipeline.redriven).toEqual([])
    expect(warnings()).toEqual([])
  })

  it('is handed to redrive, once it has had its time to settle', async () => {
    const [name = ''] = await unannounced(1)
    pass(SETTLE_SECONDS - 1)
    expect(await run()).toEqual({ overdue: 0, missed: 0, objectsSeen: 1, sweepComplete: true, stuck: 0 })
    expect(warnings()).toEqual([])
    pass(1)
    expect(await run()).toEqual({ overdue: 0, missed: 1, objectsSeen: 1, sweepComplete: true, stuck: 0 })
    expect(pipeline.redriven).toEqual([{ rawName: name, imageId: await imageIdOf(name), attempt: 0, lost: 0 }])
    expect(warnings()).toMatchObject([{ level: 'warn', fields: { missed: 1 } }])
    const finished = pipeline.logged.filter(({ message }) => message === 'reconcile finished')
    expect(finished.at(-1)?.fields).toEqual({
      overdue: 0,
      missed: 1,
      objectsSeen: 1,
      sweepComplete: true,
      stuck: 0,
      paused: false,
    })
    expect(await pipeline.store.get('reconciliations/last')).toMatchObject({ ...finished.at(-1)?.fields })
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
      expect(await run({ pageSize })).toEqual({
        overdue: 0,
        missed: 10,
        objectsSeen: 10,
        sweepComplete: true,
        stuck: 0,
      })
      expect(handedOver()).toEqual(names)
    }
  })

  it('stops where the time is up; the next run goes on from there, and the one after the last begins again', async () => {
    const names = await unannounced(10)
    pass(SETTLE_SECONDS)
    const seen: number[] = []
    do {
      const { objectsSeen, sweepComplete } = await run({ outOfTime: () => true })
      seen.push(objectsSeen)
      if (sweepComplete) break
      expect(await cursor()).toMatchObject({ after: handedOver().at(-1), nextAt: null })
    } while (seen.length < 20)
    expect(handedOver()).toEqual(names)
    expect(seen).toEqual([3, 3, 3, 1])
    expect(await cursor()).toMatchObject({ after: null, objects: 10, missed: 10 })
    pass(60)
    await run({ outOfTime: () => true })
    expect(handedOver()[10]).toBe(names[0])
  })

  it('asks for the record of each object once: what an earlier sweep has seen to be whole is passed by', async () => {
    for (let i = 0; i < 5; i++) await pipeline.upload(`web/c1/u${i}/a.jpg`, jpeg)
    pass(SETTLE_SECONDS + 1)
    const asked = async () => {
      pipeline.operations.length = 0
      const paths: string[] = []
      pipeline.at = (operation, path) => void (operation === 'store get before' && paths.push(path))
      expect(await run()).toMatchObject({ missed: 0, sweepComplete: true })
      return paths.filter((path) => path.includes('/images/')).length
    }
    expect(await asked()).toBe(5)
    expect(await asked()).toBe(0)
    await pipeline.upload('web/c1/u3a/a.jpg', jpeg)
    pass(SETTLE_SECONDS + 1)
    expect(await asked()).toBe(1)
    expect(await asked()).toBe(0)
  })

  it('asks for all again until none is missed: what was handed over may be lost', async () => {
    await pipeline.upload('web/c1/u1/a.jpg', jpeg)
    const [name = ''] = await unannounced(1)
    pass(SETTLE_SECONDS + 1)
    for (let sweep = 0; sweep < 3; sweep++) {
      expect(await run()).toMatchObject({ missed: 1 })
      pass(60)
    }
    await pipeline.deliver(name, 'redrive')
    expect(await run()).toMatchObject({ missed: 0 })
    expect(await cursor()).toMatchObject({ checkedUntil: expect.anything() as unknown })
  })

  it('that was long is followed by a rest, and one that takes longer than a day says so with each run', async () => {
    const from = pipeline.now
    expect(nextSweep(from, from.plusSeconds(9), 0)).toEqual(from.plusSeconds(9))
    expect(nextSweep(from, from.plusSeconds(60), 0)).toEqual(from.plusSeconds(60 + 1200))
    expect(nextSweep(from, from.plusSeconds(60), 1)).toEqual(from.plusSeconds(120))
    expect(nextSweep(from, from.plusSeconds(7200), 0)).toEqual(from.plusSeconds(7200 + 6 * 3600))
    await unannounced(7)
    await run({ outOfTime: () => true })
    pass(86_000)
    await run({ outOfTime: () => true })
    expect(warnings().filter(({ message }) => message.includes('longer than a day'))).toEqual([])
    pass(500)
    expect(await run({ outOfTime: () => true })).toMatchObject({ sweepComplete: true })
    expect(warnings()).toContainEqual({
      level: 'warn',
      message: 'the sweep of the raw bucket takes longer than a day',
      fields: { startedAt: expect.any(String) as string, objects: 6 },
    })
    expect(await run()).toMatchObject({ objectsSeen: 0, sweepComplete: true })
    pass(6 * 3600 + 1)
    expect(await run()).toMatchObject({ objectsSeen: 7 })
  })

  it('begins anew where an earlier version has left something else', async () => {
    await unannounced(2)
    await pipeline.store.transact(async (transaction) => transaction.set('reconciliations/sweep', { after: 'x' }))
    pass(SETTLE_SECONDS)
    expect(await run()).toMatchObject({ objectsSeen: 2, missed: 2 })
  })

  it('goes on after its page where the object it stopped at is gone', async () => {
    const names = await unannounced(7)
    pass(SETTLE_SECONDS)
    await run({ outOfTime: () => true })
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
  expect(await run()).toEqual({ overdue: 1, missed: 1, objectsSeen: 3, sweepComplete: true, stuck: 0 })
  expect(handedOver()).toEqual([stuck, missed])
  for (const name of handedOver()) expect(await pipeline.deliver(name, 'redrive')).toBe('ended')
  expect(await run()).toMatchObject({ overdue: 0, missed: 0 })
})

describe('what will be lost if nobody looks', () => {
  const lines = () => pipeline.logged.filter(({ message }) => message === 'image stuck').map(({ fields }) => fields)
  const days = (count: number) => pass(count * 86_400)

  it('is an image that has not ended three days before its object expires: an error with each run', async () => {
    const [name = ''] = await abandoned(1)
    const { imageId, receivedAt } = await pipeline.record()
    days(10.9)
    expect(await run()).toMatchObject({ stuck: 0 })
    days(0.1)
    expect(await run()).toMatchObject({ stuck: 1, overdue: 1 })
    expect(lines()).toEqual([
      {
        customer: 'c1',
        image: imageId,
        object: name,
        state: 'received',
        receivedAt: receivedAt.toString(),
        expiresAt: receivedAt.plusDays(RAW_DAYS).toString(),
      },
    ])
    await run()
    expect(lines()).toHaveLength(2)
  })

  it('is one, too, that is taken up and given back again and again, and so never overdue when somebody looks', async () => {
    const [name = ''] = await abandoned(1)
    days(12)
    pipeline.failOnce('raw read before')
    await expect(pipeline.deliver(name, 'redrive')).rejects.toThrow(Fault)
    expect(await run()).toMatchObject({ stuck: 1, overdue: 0 })
  })

  it('is an object that has no record', async () => {
    const [name = ''] = await unannounced(1)
    days(11)
    expect(await run()).toMatchObject({ stuck: 1, missed: 1 })
    expect(lines()).toMatchObject([{ customer: 'c1', image: await imageIdOf(name), object: name, state: 'no-record' }])
  })

  it('is not an image that was opened again late in its life, unless nothing takes it up', async () => {
    await pipeline.upload('web/c1/u1/a.jpg', new Uint8Array())
    days(13)
    const { imageId } = await pipeline.record()
    await pipeline.intake.ledger.replay('c1', imageId, true)
    expect(await run()).toMatchObject({ stuck: 0, overdue: 1 })
    pass(3601)
    expect(await run()).toMatchObject({ stuck: 1 })
  })

  it('is counted to the last, and listed up to twenty lines a run', async () => {
    await unannounced(25)
    days(11)
    expect(await run()).toMatchObject({ stuck: 25 })
    expect(lines()).toHaveLength(20)
  })

  it('is what has used up half of its time, where objects are kept for a few days', () => {
    const arrived = pipeline.now
    expect(expiresSoon(arrived, arrived.plusDays(1.9), 4)).toBe(false)
    expect(expiresSoon(arrived, arrived.plusDays(2), 4)).toBe(true)
    expect(expiresSoon(arrived, arrived.plusDays(0.4), 1)).toBe(false)
  })
})

it('while processing is paused nothing is handed out, and everything is reported', async () => {
  await abandoned(1)
  await unannounced(2)
  pass(11 * 86_400)
  const redrive = unlessPaused(
    async () => true,
    (task: RedriveTask) => pipeline.intake.redrive(task),
  )
  const done = { overdue: 1, missed: 2, objectsSeen: 3, sweepComplete: true, stuck: 3 }
  expect(await run({ paused: async () => true, redrive })).toEqual(done)
  expect(pipeline.redriven).toEqual([])
  expect(await pipeline.store.get('reconciliations/last')).toMatchObject({ ...done, paused: true })
  expect(warnings().map(({ message }) => message)).not.toContain('reconcile handed images to redrive')
  // None of them is taken for whole: the first run after the pause hands them out.
  pass(60)
  expect(await run()).toMatchObject({ overdue: 1, missed: 2 })
  expect(pipeline.redriven).toHaveLength(3)
})
