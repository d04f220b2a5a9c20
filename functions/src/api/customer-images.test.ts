import { linkPath, MAX_CUSTOMER_ATTEMPTS, type ImagesAction } from '../contract/customer.ts'
import { imagePath, quotaPath } from '../contract/names.ts'
import type { ImageRecord } from '../contract/record.ts'
import { runExport } from '../export/run.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import { expectFinished, Fault, Pipeline } from '../intake/testing/pipeline.ts'
import type { Instant } from '../ledger/instant.ts'
import { defineProfile, step } from '../processing/profile.ts'
import { facts } from '../processing/processors/facts.ts'
import { renditions } from '../processing/processors/renditions.ts'
import { smallImages } from '../processing/testing/images.ts'
import { processorOf } from '../processing/testing/processors.ts'
import { verify } from '../reconcile/verify.ts'
import { customerImages, type ImagesDeps } from './customer-images.ts'
import { planReplay, startReplay } from './replay.ts'
import { planReprocess, startReprocess } from './reprocess.ts'

type Record = ImageRecord<Instant>

const GOOD = 'web/c1/u1/good.jpg'
/** A service that the profile needs; what it is not there for fails. */
let broken: boolean
/** Called while an image is worked on. */
let whileAtWork: () => Promise<unknown>
let pipeline: Pipeline
let jpeg: Uint8Array
beforeAll(async () => {
  jpeg = (await smallImages()).jpeg
})
beforeEach(() => {
  broken = false
  whileAtWork = async () => {}
  const fragile = processorOf('fragile', async () => {
    await whileAtWork()
    if (broken) throw new Error('broken')
    return {}
  })
  const small = step(renditions, { renditions: [{ width: 8, format: 'png' }] })
  pipeline = new Pipeline({ profile: defineProfile('fragile', [step(facts), step(fragile), small]) })
})

const deps = (more: Partial<ImagesDeps> = {}): ImagesDeps => ({
  store: pipeline.store,
  raw: pipeline.raw,
  ledger: pipeline.intake.ledger,
  log: pipeline.intake.log,
  redrive: (task) => pipeline.intake.redrive(task),
  ...more,
})
const ask = (action: ImagesAction, imageIds: readonly string[], { customerId = 'c1', ...more } = {}) =>
  customerImages(deps(more), { action, imageIds }, { customerId, uid: 'user' })
const upload = async (name = GOOD, bytes = jpeg) => {
  await pipeline.upload(name, bytes)
  const found = (await pipeline.records()).find(({ raw }) => raw.name === name)
  if (found === undefined) throw new Error(`no record of ${name}`)
  return found
}
const failed = async (name = 'web/c1/u2/bad.jpg') => {
  broken = true
  const record = await upload(name)
  broken = false
  return record
}
const recordOf = async ({ imageId }: Pick<Record, 'imageId'>) => {
  const found = (await pipeline.records()).find((record) => record.imageId === imageId)
  if (found === undefined) throw new Error(`no record of ${imageId}`)
  return found
}
const drain = async () => {
  for (const { rawName } of pipeline.redriven.splice(0)) await pipeline.deliver(rawName, 'redrive')
}
const deletedAt = async (record: Pick<Record, 'imageId'>) => (await recordOf(record)).deletedAt ?? null
/** Runs it when the next transaction has read, and has not been committed yet. */
function beforeNextCommit(act: () => Promise<unknown>): void {
  const { store } = pipeline
  const transact = store.transact.bind(store)
  let isNext = true
  store.transact = (body) =>
    transact(async (transaction) => {
      const result = await body(transaction)
      if (isNext) {
        isNext = false
        await act()
      }
      return result
    })
}
/** Only what deleting looks at. */
const link = (linkId: string, { imageId }: Pick<Record, 'imageId'>, revokedAt: Instant | null = null) =>
  pipeline.store.transact(async (transaction) =>
    transaction.set(linkPath('c1', linkId), { linkId, imageId, revokedAt, expiresAt: pipeline.now.plusDays(1) }),
  )
const revokedAt = async (linkId: string) => (await pipeline.store.get(linkPath('c1', linkId)))?.['revokedAt']

describe('deleting', () => {
  it('hides the image, as a write of its record like any other, and changes nothing else of it', async () => {
    const before = await upload()
    expect(before).toMatchObject({ deletedAt: null, nameParts: ['go', 'goo', 'good', 'jp', 'jpg'] })
    expect(await ask('delete', [before.imageId])).toEqual({ done: [before.imageId], refused: {} })
    const after = await recordOf(before)
    expect(after).toEqual({
      ...before,
      deletedAt: expect.anything() as unknown,
      ownerWrites: 1,
      revision: before.revision + 1,
      updatedAt: expect.anything() as unknown,
    })
    expect(after.updatedAt.isAfter(before.updatedAt)).toBe(true)
    await expectFinished(pipeline)
  })

  it('is done once, however often it is asked for', async () => {
    const { imageId } = await upload()
    await ask('delete', [imageId])
    const before = await pipeline.record()
    expect(await ask('delete', [imageId])).toEqual({ done: [imageId], refused: {} })
    expect(await pipeline.record()).toEqual(before)
  })

  it('knows no image of another customer, nor one that there is not', async () => {
    const theirs = await upload('web/c2/u1/a.jpg')
    const none = 'f'.repeat(40)
    for (const action of ['delete', 'restore', 'retry'] as const) {
      const refused = { [theirs.imageId]: 'not-found', [none]: 'not-found' }
      expect(await ask(action, [theirs.imageId, none])).toEqual({ done: [], refused })
    }
    expect(await pipeline.record()).toEqual(theirs)
  })

  it('revokes the image’s links, and those of no other', async () => {
    const [image, other] = [await upload(), await upload('web/c1/u2/a.jpg')]
    await link('open', image)
    await link('revoked', image, pipeline.now.plusDays(-1))
    await link('others', other)
    const revoked = await revokedAt('revoked')
    await ask('delete', [image.imageId])
    expect(await revokedAt('open')).toEqual(await deletedAt(image))
    expect(await revokedAt('revoked')).toEqual(revoked)
    expect(await revokedAt('others')).toBeNull()
    await ask('restore', [image.imageId])
    expect(await revokedAt('open')).not.toBeNull()
  })

  it('revokes a link that is made meanwhile', async () => {
    const image = await upload()
    beforeNextCommit(() => link('late', image))
    await ask('delete', [image.imageId])
    expect(await revokedAt('late')).toEqual(await deletedAt(image))
  })

  it.each(['before', 'after'] as const)(
    'where its commit fails %s it took effect can be asked for again',
    async (phase) => {
      const image = await upload()
      await link('open', image)
      pipeline.failOnce(`store commit ${phase}`)
      await expect(ask('delete', [image.imageId])).rejects.toThrow(Fault)
      expect((await deletedAt(image)) === null).toBe(phase === 'before')
      expect((await revokedAt('open')) === null).toBe(phase === 'before')
      expect(await ask('delete', [image.imageId])).toMatchObject({ done: [image.imageId] })
      expect(await recordOf(image)).toMatchObject({ revision: image.revision + 1 })
      await expectFinished(pipeline)
    },
  )

  it('holds nobody up who is at work on the image, and what that ends with stays hidden', async () => {
    whileAtWork = async () => {
      const { imageId, state } = await pipeline.record()
      expect([state, await ask('delete', [imageId])]).toEqual(['received', { done: [imageId], refused: {} }])
    }
    const record = await upload()
    expect(record).toMatchObject({ state: 'processed', deletedAt: expect.anything() as unknown })
    await expectFinished(pipeline)
  })

  it('and a commit at the same moment both take effect: the commit is run again', async () => {
    whileAtWork = async () => {
      const { imageId } = await pipeline.record()
      beforeNextCommit(() => ask('delete', [imageId]))
    }
    expect(await upload()).toMatchObject({ state: 'processed', deletedAt: expect.anything() as unknown })
    await expectFinished(pipeline)
  })

  it('and a commit at the same moment both take effect: the deletion is run again', async () => {
    const [atWork, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    whileAtWork = () => {
      atWork.resolve()
      return goOn.promise
    }
    const working = upload()
    await atWork.promise
    const { imageId } = await pipeline.record()
    beforeNextCommit(() => {
      goOn.resolve()
      return working
    })
    await ask('delete', [imageId])
    expect(await pipeline.record()).toMatchObject({ state: 'processed', deletedAt: expect.anything() as unknown })
    await expectFinished(pipeline)
  })

  it('moves no figure: records, counters and BigQuery agree as before', async () => {
    const warehouse = new MemoryWarehouse()
    let runs = 0
    const runTheExport = () => {
      pipeline.now = pipeline.now.plusSeconds(700)
      return runExport({
        store: pipeline.store,
        warehouse,
        runId: `r${runs++}`,
        pageRows: 10,
        sleep: async () => {},
        outOfTime: () => false,
        mustStop: () => false,
        mayFill: () => true,
      })
    }
    const figures = () =>
      warehouse.rows('images').map(({ revision: _revision, updated_at: _at, exported_at: _exported, ...row }) => row)
    const [good, bad] = [await upload(), await failed()]
    await runTheExport()
    const [counters, rows] = [await pipeline.counters(), figures()]
    await ask('delete', [good.imageId, bad.imageId])
    await runTheExport()
    expect(figures()).toEqual(rows)
    await ask('restore', [good.imageId])
    await runTheExport()
    expect([await pipeline.counters(), figures()]).toEqual([counters, rows])
    await expectFinished(pipeline)
    pipeline.now = pipeline.now.plusSeconds(700)
    const days = { from: '2026-11-01', to: '2026-11-30' }
    const verified = await verify(
      { store: pipeline.store, warehouse, timeZone: 'UTC', recordDays: 400 },
      days,
      () => {},
    )
    expect(verified).toMatchObject({ records: 2, imagesInBigQuery: 2, differing: 0, notExported: 0 })
  })

  it('leaves the image out of what an admin has done over', async () => {
    const [good, bad] = [await upload(), await failed()]
    await ask('delete', [good.imageId, bad.imageId])
    const admin = { store: pipeline.store, raw: pipeline.raw, ledger: pipeline.intake.ledger, redrive: async () => {} }
    const reprocess = { ...admin, versionFor: async () => 'another' }
    for (const selection of [{ customerId: 'c1' }, { customerId: 'c1', imageId: good.imageId }]) {
      expect(await planReprocess(reprocess, selection)).toMatchObject({ matching: 0 })
      expect(await startReprocess(reprocess, selection)).toMatchObject({ matching: 0 })
    }
    const ledger = pipeline.intake.ledger
    expect(await ledger.reprocess('c1', good.imageId, 'another', true)).toBe('not-found')
    for (const replay of [planReplay, startReplay]) {
      expect(await replay(admin, { customerId: 'c1' })).toMatchObject({ matching: 1, replayable: 0, deleted: 1 })
    }
  })
})

describe('restoring', () => {
  it('shows the image again, while its results are there', async () => {
    const before = await upload()
    await ask('delete', [before.imageId])
    for (let i = 0; i < 2; i++) {
      expect(await ask('restore', [before.imageId])).toEqual({ done: [before.imageId], refused: {} })
    }
    expect(await recordOf(before)).toEqual({
      ...before,
      ownerWrites: 2,
      revision: before.revision + 2,
      updatedAt: expect.anything() as unknown,
    })
  })

  it('is too late once the results have gone; one that has failed had none', async () => {
    const [good, bad] = [await upload(), await failed()]
    const ids = [good.imageId, bad.imageId]
    await ask('delete', ids)
    const until = good.availableUntil
    if (until === null) throw new Error('there are results')
    pipeline.now = until.plusSeconds(-1)
    expect(await ask('restore', ids)).toEqual({ done: ids, refused: {} })
    await ask('delete', ids)
    pipeline.now = until
    expect(await ask('restore', ids)).toEqual({ done: [bad.imageId], refused: { [good.imageId]: 'gone' } })
    expect(await deletedAt(good)).not.toBeNull()
    // Was never deleted since: done before.
    expect(await ask('restore', [bad.imageId])).toEqual({ done: [bad.imageId], refused: {} })
  })
})

describe('trying again', () => {
  it('opens a failed image and hands it to redrive, and every figure follows', async () => {
    const record = await failed()
    expect(await ask('retry', [record.imageId])).toEqual({ done: [record.imageId], refused: {} })
    expect(pipeline.redriven).toEqual([{ rawName: record.raw.name, imageId: record.imageId, attempt: 1, lost: 0 }])
    await drain()
    expect(await recordOf(record)).toMatchObject({ state: 'processed', attempt: 2 })
    await expectFinished(pipeline)
  })

  it('says of each why it is left as it was', async () => {
    const [good, gone, deleted, open, bad] = [
      await upload(),
      await failed('web/c1/u2/gone.jpg'),
      await failed('web/c1/u3/deleted.jpg'),
      await failed('web/c1/u4/open.jpg'),
      await failed('web/c1/u5/bad.jpg'),
    ]
    pipeline.raw.remove(gone.raw.name)
    await ask('delete', [deleted.imageId])
    await ask('retry', [open.imageId])
    const all = [good, gone, deleted, open, bad].map(({ imageId }) => imageId)
    expect(await ask('retry', all)).toEqual({
      done: [bad.imageId],
      refused: {
        [good.imageId]: 'not-failed',
        [gone.imageId]: 'raw-expired',
        [deleted.imageId]: 'not-found',
        [open.imageId]: 'busy',
      },
    })
  })

  it('is done as often as a customer may, and by an admin after that', async () => {
    const { imageId } = await failed()
    broken = true
    for (let attempt = 1; attempt < MAX_CUSTOMER_ATTEMPTS; attempt++) {
      expect(await ask('retry', [imageId])).toMatchObject({ done: [imageId] })
      await drain()
    }
    expect(await pipeline.record()).toMatchObject({ attempt: MAX_CUSTOMER_ATTEMPTS })
    expect(await ask('retry', [imageId])).toEqual({ done: [], refused: { [imageId]: 'tried-enough' } })
    expect(await pipeline.intake.ledger.replay('c1', imageId, true)).toMatchObject({ imageId })
  })

  it('by two calls at once is done once', async () => {
    const { imageId } = await failed()
    const answers = await Promise.all([ask('retry', [imageId]), ask('retry', [imageId])])
    expect(answers.map(({ refused }) => refused[imageId] ?? 'done').sort()).toEqual(['busy', 'done'])
    expect(pipeline.redriven).toHaveLength(1)
  })

  it('is as good as done where the image was opened and could not be handed on: reconcile does so', async () => {
    const { imageId } = await failed()
    const redrive = () => Promise.reject(new Fault('the queue is down'))
    expect(await ask('retry', [imageId], { redrive } as never)).toEqual({ done: [imageId], refused: {} })
    expect(await pipeline.record()).toMatchObject({
      job: { kind: 'replay', leaseUntil: null },
      dueAt: expect.anything() as unknown,
    })
  })

  it('ends with the first fault once those begun have ended, and goes on where it is asked for again', async () => {
    const records: Record[] = []
    for (let i = 0; i < 12; i++) records.push(await failed(`web/c1/b${i}/a.jpg`))
    const ids = records.map(({ imageId }) => imageId)
    const [first = '', ...rest] = ids
    pipeline.failOnce('store get before', (path) => path === imagePath('c1', first))
    await expect(ask('retry', ids)).rejects.toThrow(Fault)
    expect(pipeline.redriven).toHaveLength(9)
    const { done, refused } = await ask('retry', ids)
    expect(done).toEqual([first, ...rest.slice(9)])
    expect(Object.values(refused)).toEqual(Array(9).fill('busy'))
  })

  it('looks at ten images at a time', async () => {
    const ids: string[] = []
    for (let i = 0; i < 25; i++) ids.push((await failed(`web/c1/b${i}/a.jpg`)).imageId)
    let [now, most] = [0, 0]
    const redrive = async () => {
      most = Math.max(most, ++now)
      await Promise.resolve()
      now--
    }
    expect((await ask('retry', ids, { redrive } as never)).done).toEqual(ids)
    expect(most).toBeLessThanOrEqual(10)
  })

  it('holds an image that was over the quota against it once more, and an admin’s replay does not', async () => {
    const setQuota = (dailyImages: number | null) =>
      pipeline.store.transact(async (transaction) => transaction.set(quotaPath('c1'), { dailyImages }))
    // What is set is known to a process within a minute.
    const later = () => (pipeline.now = pipeline.now.plusSeconds(61))
    await setQuota(1)
    await upload()
    const over = await upload('web/c1/u2/over.jpg')
    expect(over).toMatchObject({ error: { code: 'quota-exceeded' }, attempt: 0 })

    await ask('retry', [over.imageId])
    await drain()
    expect(await recordOf(over)).toMatchObject({
      state: 'failed',
      error: { code: 'quota-exceeded' },
      attempt: 1,
      job: null,
    })
    await expectFinished(pipeline)

    // One that had its place in the quota keeps it.
    await setQuota(2)
    later()
    const bad = await failed('web/c1/u3/bad.jpg')
    await ask('retry', [bad.imageId])
    await drain()
    expect(await recordOf(bad)).toMatchObject({ state: 'processed' })

    await setQuota(3)
    later()
    await ask('retry', [over.imageId])
    await drain()
    expect(await recordOf(over)).toMatchObject({ state: 'processed', attempt: 2 })

    const another = await upload('web/c1/u4/over.jpg')
    expect(another).toMatchObject({ error: { code: 'quota-exceeded' } })
    await pipeline.intake.ledger.replay('c1', another.imageId, true)
    await pipeline.deliver(another.raw.name, 'redrive')
    expect(await recordOf(another)).toMatchObject({ state: 'processed' })
    expect(await pipeline.counters()).toEqual({
      'web~jpeg~processed': expect.objectContaining({ images: 4 }) as unknown,
    })
  })

  it('over the quota again and again comes to an end', async () => {
    await pipeline.store.transact(async (transaction) => transaction.set(quotaPath('c1'), { dailyImages: 0 }))
    const { imageId } = await upload()
    let tries = 0
    while ((await ask('retry', [imageId])).done.length > 0) {
      await drain()
      expect(++tries).toBeLessThanOrEqual(MAX_CUSTOMER_ATTEMPTS)
    }
    expect(await pipeline.record()).toMatchObject({ error: { code: 'quota-exceeded' } })
  })
})
