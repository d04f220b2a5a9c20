import type { DocumentStore } from '../ledger/document-store.ts'
import { Ledger } from '../ledger/ledger.ts'
import { giants, smallImages } from '../processing/testing/images.ts'
import { ObjectGone } from './object-store.ts'
import { ImageBusy, receive } from './receive.ts'
import { expectFinished, expectOneLine, Fault, Pipeline } from './testing/pipeline.ts'

const NAME = 'web/c1/u1/holiday.jpg'
let jpeg: Uint8Array
let huge: Uint8Array
beforeAll(async () => {
  jpeg = (await smallImages()).jpeg
  huge = (await giants(60_000)).png
})

describe('a fault of the platform', () => {
  it.each([
    ['when the object is read', 'raw read before'],
    ['when the object was read', 'raw read after'],
    ['before the first result is written', 'processed create before'],
    ['after the first result was written', 'processed create after'],
  ] as const)('%s is thrown, its lease given back, and the retry counts once', async (_when, operation) => {
    const pipeline = new Pipeline()
    pipeline.failOnce(operation)
    await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(Fault)
    expect(await pipeline.record()).toMatchObject({
      state: 'received',
      counted: null,
      lost: 0,
      job: { leaseUntil: null },
    })
    expect(await pipeline.counters()).toEqual({})
    expect(pipeline.finished).toEqual([])

    expect(await pipeline.deliver(NAME)).toBe('ended')
    const record = await pipeline.record()
    expect(record).toMatchObject({ state: 'processed', attempt: 2, lost: 0 })
    for (const { object } of record.outputs) expect(object.split('/')[2]).toBe('2')
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('in the commit likewise', async () => {
    const pipeline = new Pipeline()
    let commits = 0
    pipeline.failOnce('store commit before', () => ++commits === 2)
    await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(Fault)
    expect(await pipeline.record()).toMatchObject({ counted: null, job: { leaseUntil: null } })
    expect(await pipeline.deliver(NAME)).toBe('ended')
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it.each(['raw stat before', 'store get before', 'store commit before'] as const)(
    'before anything was written leaves nothing: %s',
    async (operation) => {
      const pipeline = new Pipeline()
      pipeline.failOnce(operation)
      await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(Fault)
      expect(pipeline.store.dump().size).toBe(0)
      expect(await pipeline.deliver(NAME)).toBe('ended')
      expect(await pipeline.record()).toMatchObject({ attempt: 1 })
      await expectFinished(pipeline)
      await expectOneLine(pipeline)
    },
  )

  it('that also keeps the lease from being given back is told with both causes, and the lease expires', async () => {
    const pipeline = new Pipeline()
    let broken = false
    pipeline.at = (operation) => {
      if (operation === 'raw read before') broken = true
      if (broken) throw new Fault(operation)
    }
    await expect(pipeline.upload(NAME, jpeg)).rejects.toMatchObject({
      name: 'AggregateError',
      errors: [
        { name: 'Fault', message: 'raw read before' },
        { name: 'Fault', message: 'store get before' },
      ],
    })
    pipeline.at = () => {}
    await expect(pipeline.deliver(NAME)).rejects.toThrow(ImageBusy)
    pipeline.now = pipeline.now.plusSeconds(pipeline.intake.settings.leaseSeconds + 1)
    expect(await pipeline.deliver(NAME)).toBe('redrive')
    expect(await pipeline.deliver(NAME, 'redrive')).toBe('ended')
    expect(await pipeline.record()).toMatchObject({ state: 'processed', lost: 1 })
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('in the redrive queue is thrown, so that the event comes again and hands it on again', async () => {
    const pipeline = new Pipeline()
    await new Promise<void>((claimed) => {
      const dying = { ...pipeline.intake, process: () => (claimed(), new Promise<never>(() => {})) }
      void pipeline.raw.create(NAME, jpeg, 'image/jpeg').then(() => receive(dying, NAME, 'event'))
    })
    pipeline.now = pipeline.now.plusSeconds(pipeline.intake.settings.leaseSeconds + 1)
    const queueDown = { ...pipeline.intake, redrive: () => Promise.reject(new Fault('queue')) }
    await expect(receive(queueDown, NAME, 'event')).rejects.toThrow(Fault)
    expect(await pipeline.deliver(NAME)).toBe('redrive')
    expect(pipeline.redriven).toMatchObject([{ rawName: NAME, attempt: 1, lost: 1 }])
  })
})

describe('an answer that is lost', () => {
  it('to a commit that the client then tries again, is success: one record, one count, one line', async () => {
    const pipeline = new Pipeline()
    let lost = 0
    // As Firestore's client does on UNAVAILABLE: it runs the body again, though the first run took effect.
    const twice: Pick<DocumentStore, 'transact'> = {
      transact: async (body) => {
        const answer = await pipeline.store.transact(body)
        if ((await pipeline.records()).every(({ counted }) => counted === null)) return answer
        lost++
        return pipeline.store.transact(body)
      },
    }
    const store: DocumentStore = Object.assign(Object.create(pipeline.store) as DocumentStore, twice)
    await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
    const ledger = new Ledger(store, pipeline.intake.settings)
    expect(await receive({ ...pipeline.intake, ledger }, NAME, 'event')).toBe('ended')
    expect(lost).toBe(1)
    expect(await pipeline.record()).toMatchObject({ state: 'processed', attempt: 1, revision: 2 })
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('to a commit for good is thrown; the event comes again and finds the image ended and counted once', async () => {
    const pipeline = new Pipeline()
    let commits = 0
    pipeline.failOnce('store commit after', () => ++commits === 2)
    await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(Fault)
    const before = pipeline.store.dump()
    expect(await pipeline.deliver(NAME)).toBe('already-ended')
    expect(pipeline.store.dump()).toEqual(before)
    expect(await pipeline.record()).toMatchObject({ state: 'processed', attempt: 1 })
    await expectFinished(pipeline)
  })
})

describe('two deliveries of one event', () => {
  it('at the same moment: one works, the other is told to come back, and finds nothing to do', async () => {
    const pipeline = new Pipeline()
    await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
    const answers = await Promise.allSettled([pipeline.deliver(NAME), pipeline.deliver(NAME)])
    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : (answer.reason as unknown))),
    ).toEqual(expect.arrayContaining(['ended', expect.any(ImageBusy) as ImageBusy]))
    const busy = answers.find((answer) => answer.status === 'rejected')
    expect(String(busy?.reason)).toContain(NAME)
    expect(await pipeline.deliver(NAME)).toBe('already-ended')
    expect(pipeline.operations.filter((operation) => operation === 'raw read before')).toHaveLength(1)
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('one after the other: the second finds nothing to do', async () => {
    const pipeline = new Pipeline()
    await pipeline.upload(NAME, jpeg)
    const before = pipeline.store.dump()
    for (const via of ['event', 'redrive'] as const) expect(await pipeline.deliver(NAME, via)).toBe('already-ended')
    expect(pipeline.store.dump()).toEqual(before)
    await expectOneLine(pipeline)
  })

  it('of which the first outlives its lease: its late commit is void', async () => {
    const pipeline = new Pipeline()
    await pipeline.raw.create(NAME, jpeg, 'image/jpeg')
    const held = Promise.withResolvers<void>()
    const working = Promise.withResolvers<void>()
    const slow: typeof pipeline.intake = {
      ...pipeline.intake,
      process: async (...work) => {
        working.resolve()
        await held.promise
        return pipeline.intake.process(...work)
      },
    }
    const late = receive(slow, NAME, 'event')
    await working.promise
    pipeline.now = pipeline.now.plusSeconds(pipeline.intake.settings.leaseSeconds + 1)
    expect(await pipeline.deliver(NAME)).toBe('redrive')
    expect(await pipeline.deliver(NAME, 'redrive')).toBe('ended')
    const before = pipeline.store.dump()
    held.resolve()
    expect(await late).toBe('superseded')
    expect(pipeline.store.dump()).toEqual(before)
    await expectOneLine(pipeline)
  })
})

describe('an object that goes or changes', () => {
  it('before its work was done fails as object-gone', async () => {
    const pipeline = new Pipeline()
    pipeline.at = (operation) => {
      if (operation === 'raw read before') pipeline.raw.remove(NAME)
    }
    await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(ObjectGone)
    expect(await pipeline.deliver(NAME)).toBe('ended')
    expect(await pipeline.record()).toMatchObject({ state: 'failed', error: { code: 'object-gone' } })
    await expectFinished(pipeline)
    await expectOneLine(pipeline)
  })

  it('after it was processed changes nothing', async () => {
    const pipeline = new Pipeline()
    await pipeline.upload(NAME, jpeg)
    const before = pipeline.store.dump()
    pipeline.raw.remove(NAME)
    expect(await pipeline.deliver(NAME)).toBe('already-ended')
    pipeline.raw.overwrite(NAME, huge, 'image/png')
    expect(await pipeline.deliver(NAME)).toBe('already-ended')
    expect(pipeline.store.dump()).toEqual(before)
    await expectOneLine(pipeline)
  })

  it('is the same image in a new generation: what is read is what is recorded', async () => {
    const pipeline = new Pipeline()
    let left = 1
    pipeline.at = (operation) => {
      if (operation === 'raw read before' && left-- > 0) pipeline.raw.overwrite(NAME, huge, 'image/png')
    }
    await expect(pipeline.upload(NAME, jpeg)).rejects.toThrow(ObjectGone)
    expect(await pipeline.deliver(NAME)).toBe('ended')
    expect(await pipeline.record()).toMatchObject({ raw: { generation: '2' }, error: { code: 'too-large' } })
    await expectFinished(pipeline)
  })
})
