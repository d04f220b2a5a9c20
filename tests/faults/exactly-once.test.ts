import fc from 'fast-check'
import type { Contribution, ImageRecord } from '../../functions/src/contract/record.ts'
import { asStatsShard, sumShards } from '../../functions/src/ledger/counters.ts'
import type { Instant } from '../../functions/src/ledger/instant.ts'
import { cellKey } from '../../functions/src/contract/record.ts'
import { BROKEN_PROFILE, recordPath, SETTINGS, Simulation } from './simulation.ts'

type Step =
  | { readonly do: 'deliver'; readonly which: number; readonly process: number }
  | { readonly do: 'go'; readonly which: number; readonly operations: number }
  | { readonly do: 'fault' | 'kill'; readonly which: number }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'reconcile'; readonly process: number }
  | { readonly do: 'pause'; readonly paused: boolean }
  | { readonly do: 'replay' | 'retry' | 'delete' | 'restore'; readonly which: number }
  | { readonly do: 'reprocess'; readonly which: number; readonly version: string }

const which = fc.nat(20)
const process = fc.integer({ min: 1, max: 4 })
/** Weighted so that images end, leases expire under workers that are still at it, and ended images are opened again. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('deliver' as const), which, process }) },
  {
    weight: 20,
    arbitrary: fc.record({ do: fc.constant('go' as const), which, operations: fc.constantFrom(1, 2, 5, 8, 13, 20) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fault' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), seconds: fc.constantFrom(1, 61) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reconcile' as const), process }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), paused: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('replay' as const, 'retry' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'restore' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reprocess' as const),
      which,
      version: fc.constantFrom('p2', BROKEN_PROFILE, 'p4'),
    }),
  },
)

const NAMES = [
  'web/c1/u1/good.jpg',
  'web/c1/u2/bad.jpg',
  'kafka/c1/t-0-1-2/image',
  'web/c2/u1/refused.jpg',
  'web/c2/u2/hungry.jpg',
]

/** Returns the ids of the images that their owners have deleted, and not restored. */
async function play(simulation: Simulation, steps: readonly Step[]): Promise<ReadonlySet<string>> {
  const deleted = new Set<string>()
  const pick = <T>(items: readonly T[], n: number) => items[n % Math.max(1, items.length)]
  for (const action of steps) {
    switch (action.do) {
      case 'deliver': {
        const delivery = pick(simulation.pending, action.which)
        if (delivery) await simulation.deliver(delivery, action.process)
        break
      }
      case 'reconcile':
        await simulation.deliver({ via: 'reconcile', name: '' }, action.process)
        break
      case 'go': {
        const worker = pick(simulation.parked, action.which)
        for (let n = 0; worker?.parked && n < action.operations; n++) await simulation.step(worker, 'go')
        break
      }
      case 'fault': {
        const worker = pick(simulation.parked, action.which)
        if (worker) await simulation.step(worker, 'fault')
        break
      }
      case 'kill': {
        const worker = pick(simulation.parked, action.which)
        if (worker) simulation.kill(worker.process)
        break
      }
      case 'advance':
        simulation.advance(action.seconds)
        break
      case 'pause':
        simulation.paused = action.paused
        break
      case 'replay':
      case 'retry': {
        const record = pick(await recordsOf(simulation), action.which)
        const byCustomer = action.do === 'retry'
        if (record) await simulation.intake.ledger.replay(record.customerId, record.imageId, true, { byCustomer })
        break
      }
      case 'delete':
      case 'restore': {
        const record = pick(await recordsOf(simulation), action.which)
        if (!record) break
        await simulation.intake.ledger[action.do](record.customerId, record.imageId)
        deleted[action.do === 'delete' ? 'add' : 'delete'](record.imageId)
        break
      }
      case 'reprocess': {
        const record = pick(await recordsOf(simulation), action.which)
        const { ledger } = simulation.intake
        if (record) await ledger.reprocess(record.customerId, record.imageId, action.version, true)
        break
      }
    }
  }
  return deleted
}

async function recordsOf(simulation: Simulation): Promise<ImageRecord<Instant>[]> {
  const documents = await simulation.store.query({ collection: 'images', group: true })
  return documents.map(({ data }) => data as unknown as ImageRecord<Instant>)
}

/** The figures as {cell: images, bytes...}, zeros left out. */
function figures(cells: Iterable<readonly [string, Record<string, unknown>]>): Record<string, number> {
  const all: Record<string, number> = {}
  const put = (key: string, value: unknown) => {
    if (typeof value === 'number' && value !== 0) all[key] = value
    if (typeof value === 'object' && value !== null) for (const [k, v] of Object.entries(value)) put(`${key}.${k}`, v)
  }
  for (const [key, cell] of cells) put(key, cell)
  return all
}

function fromContributions(records: readonly ImageRecord<Instant>[]): Record<string, number> {
  const all: Record<string, number> = {}
  for (const { customerId, date, counted } of records) {
    if (counted === null) continue
    const add = (field: string, by: number) => {
      const key = `${customerId} ${date} ${cellKey(counted)}.${field}`
      if (by !== 0) all[key] = (all[key] ?? 0) + by
    }
    const { source: _source, format: _format, outcome: _outcome, ...sums } = counted satisfies Contribution
    add('images', 1)
    for (const [field, by] of Object.entries(sums)) add(field, by)
  }
  return all
}

async function expectExact(simulation: Simulation, names: readonly string[]): Promise<void> {
  expect(simulation.defects).toEqual([])
  const records = await recordsOf(simulation)
  expect(records.map(({ raw }) => raw.name).sort()).toEqual([...names].sort())
  for (const record of records) {
    expect(record).toMatchObject({ job: null, dueAt: null, state: expect.not.stringMatching('received') as string })
    expect(record.counted).not.toBeNull()
    expect(record.counted?.outcome).toBe(record.error?.code ?? 'processed')
    const kept = record.reprocess !== null && record.reprocess.error !== null
    for (const output of record.outputs) {
      // A reprocess that failed took a further attempt, and left the results of an earlier one.
      if (!kept) expect(output.object.split('/')[2]).toBe(String(record.attempt))
      expect(await simulation.processed.stat(output.object)).toMatchObject({ bytes: output.bytes })
    }
  }
  // All images of the simulation have one content: each customer has one original, if any of its images was seen.
  for (const [, seen] of Map.groupBy(
    records.filter(({ input }) => input !== null),
    ({ customerId }) => customerId,
  )) {
    const originals = seen.filter(({ sameAs }) => sameAs === null)
    expect(originals).toHaveLength(1)
    for (const { sameAs } of seen) expect([null, originals[0]?.imageId]).toContain(sameAs)
  }
  const shards = await simulation.store.query({ collection: 'stats', group: true })
  const days = Map.groupBy(shards, ({ path }) => path.split('~')[0] ?? '')
  const cells = [...days].flatMap(([day, documents]) => {
    const [, customerId, , date] = day.split('/')
    return [...sumShards(documents.map(asStatsShard))].map(([key, { histogram, ...cell }]) => {
      expect(Object.values(histogram).reduce((sum, n) => sum + n, 0)).toBe(cell.images)
      return [`${customerId} ${date} ${key}`, cell] as const
    })
  })
  expect(figures(cells)).toEqual(fromContributions(records))
}

describe('an image is counted exactly once', () => {
  it('under generated schedules of duplicates, crashes, faults, lost answers, delays, replays and deletions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(NAMES, { minLength: 1 }),
        fc.array(step, { minLength: 10, maxLength: 100, size: 'max' }),
        async (names, steps) => {
          const simulation = new Simulation()
          for (const name of names) await simulation.upload(name)
          const deleted = await play(simulation, steps)
          simulation.paused = false
          await simulation.recover()
          await expectExact(simulation, names)
          const hidden = (await recordsOf(simulation)).filter(({ deletedAt }) => deletedAt !== null)
          expect(new Set(hidden.map(({ imageId }) => imageId))).toEqual(deleted)
        },
      ),
      { numRuns: 600 },
    )
  })

  it('when processing is paused while images arrive, also those whose events are lost and those that were at work', async () => {
    const simulation = new Simulation()
    const open = ['web/c1/before/good.jpg', 'web/c1/killed/good.jpg']
    for (const name of open) await simulation.upload(name)
    for (const [number, name] of open.entries()) {
      await simulation.deliver({ via: 'event', name }, number)
      const worker = simulation.workers[number]
      // Beyond its claim.
      while (worker?.parked && worker.parked.at !== 'before process') await simulation.step(worker, 'go')
    }
    simulation.kill(1)
    simulation.paused = true

    const names = Array.from({ length: 50 }, (_, n) => `${n % 2 ? 'web' : 'kafka'}/c${n % 3}/u${n}/image`)
    for (const name of names) await simulation.upload(name)
    // Every third event is lost.
    for (const name of names.filter((_, n) => n % 3 === 0)) simulation.events.splice(simulation.events.indexOf(name), 1)
    const written = simulation.store.dump().size
    for (const delivery of simulation.pending) {
      if (delivery.name === open[0]) continue
      await simulation.deliver(delivery, 9)
    }
    for (let hour = 0; hour < 3; hour++) {
      simulation.advance(3600)
      await simulation.deliver({ via: 'reconcile', name: '' }, 10)
      const reconcilers = () => simulation.parked.filter((worker) => worker.process === 10)
      while (reconcilers().length > 0) for (const worker of reconcilers()) await simulation.step(worker, 'go')
    }
    // All were acknowledged: nobody will deliver them again.
    expect(simulation.pending).toEqual([{ via: 'event', name: open[0] }])
    // But for the cursor of the sweep, and what the last run found.
    expect(simulation.store.dump().size - written).toBeLessThanOrEqual(2)
    expect(simulation.processRuns).toEqual([])
    expect(await recordsOf(simulation)).toHaveLength(open.length)

    simulation.paused = false
    await simulation.recover()
    await expectExact(simulation, [...open, ...names])
    expect(await recordsOf(simulation)).toEqual(
      expect.arrayContaining([expect.objectContaining({ state: 'processed', lost: 1 })]),
    )
  })

  it('when the same event is delivered twice at the same moment', async () => {
    const name = 'web/c1/u1/good.jpg'
    const simulation = new Simulation()
    await simulation.upload(name)
    await simulation.deliver({ via: 'event', name }, 1)
    await simulation.deliver({ via: 'event', name }, 2)
    for (let turn = 0; simulation.parked.length > 0; turn++) {
      const worker = simulation.parked[turn % simulation.parked.length]
      if (worker) await simulation.step(worker, 'go')
    }
    await simulation.recover()
    await expectExact(simulation, [name])
    expect(simulation.processRuns).toHaveLength(1)
  })

  it('when the process is killed between any two steps', async () => {
    const name = 'web/c1/u1/good.jpg'
    for (let steps = 0; ; steps++) {
      const simulation = new Simulation()
      await simulation.upload(name)
      await simulation.deliver({ via: 'event', name }, 1)
      let taken = 0
      for (; taken < steps && simulation.parked[0]; taken++) await simulation.step(simulation.parked[0], 'go')
      const finished = simulation.parked.length === 0
      simulation.kill(1)
      await simulation.recover()
      await expectExact(simulation, [name])
      expect(await recordsOf(simulation)).toMatchObject([{ state: 'processed' }])
      if (finished) {
        expect(steps).toBeGreaterThan(10)
        return
      }
    }
  })

  it('when any one operation fails, or its answer is lost', async () => {
    const name = 'web/c1/u1/good.jpg'
    for (let at = 0; ; at++) {
      const simulation = new Simulation()
      await simulation.upload(name)
      await simulation.deliver({ via: 'event', name }, 1)
      for (let taken = 0; taken < at && simulation.parked[0]; taken++) await simulation.step(simulation.parked[0], 'go')
      if (!simulation.parked[0]) return
      await simulation.step(simulation.parked[0], 'fault')
      await simulation.recover()
      await expectExact(simulation, [name])
      expect(await recordsOf(simulation)).toMatchObject([{ state: 'processed' }])
    }
  })

  it('when a worker comes back after its lease was taken over: what it did is void, wherever it had stood', async () => {
    const name = 'web/c1/u1/good.jpg'
    for (let stand = 0; ; stand++) {
      const simulation = new Simulation()
      await simulation.upload(name)
      await simulation.deliver({ via: 'event', name }, 1)
      const late = simulation.parked[0]
      for (let taken = 0; late?.parked && taken < stand; taken++) await simulation.step(late, 'go')
      if (!late?.parked) return
      const claimed = (await recordsOf(simulation)).some(({ job }) => job !== null)
      simulation.advance(SETTINGS.leaseSeconds + 1)
      for (const via of ['event', 'redrive'] as const) {
        await simulation.deliver({ via, name }, 2)
        const other = simulation.workers.at(-1)
        while (other?.parked) await simulation.step(other, 'go')
      }
      const [winner] = await recordsOf(simulation)
      // A failed late worker gives its lease back: that must not open what has ended, nor count it again.
      await simulation.step(late, stand % 2 === 0 ? 'go' : 'fault')
      while (late.parked) await simulation.step(late, 'go')
      await simulation.recover()
      await expectExact(simulation, [name])
      expect(winner?.state).toBe('processed')
      if (claimed) expect(winner?.attempt).toBe(2)
      expect(await recordsOf(simulation)).toEqual([winner])
    }
  })

  it('when a failed image is replayed: its first count is taken back', async () => {
    const name = 'web/c1/u2/bad.jpg'
    const simulation = new Simulation()
    await simulation.upload(name)
    await simulation.recover()
    const [failed] = await recordsOf(simulation)
    simulation.raw.overwrite(name, new TextEncoder().encode('mended'), 'image/jpeg')
    await simulation.intake.ledger.replay('c1', failed?.imageId ?? '', true)
    await simulation.recover()
    await expectExact(simulation, [name])
    expect(await recordsOf(simulation)).toMatchObject([{ state: 'processed', attempt: 2, date: failed?.date }])
  })

  it('when a worker dies and its event is gone: reconcile finds the expired lease', async () => {
    const name = 'web/c1/u1/good.jpg'
    const simulation = new Simulation()
    await simulation.upload(name)
    await simulation.deliver({ via: 'event', name }, 1)
    while ((await recordsOf(simulation)).length === 0) {
      const [worker] = simulation.parked
      if (worker) await simulation.step(worker, 'go')
    }
    simulation.kill(1)
    simulation.events.length = 0
    await simulation.recover()
    await expectExact(simulation, [name])
    expect(await recordsOf(simulation)).toMatchObject([{ state: 'processed', lost: 1 }])
  })

  it('when an event was lost: reconcile finds the object', async () => {
    const simulation = new Simulation()
    for (const name of NAMES) await simulation.upload(name)
    simulation.events.length = 0
    await simulation.recover()
    await expectExact(simulation, NAMES)
  })

  it('when what was found cannot be stored: it fails as record-rejected and is not tried for ever', async () => {
    const name = 'web/c1/u1/refused.jpg'
    const simulation = new Simulation()
    await simulation.upload(name)
    await simulation.recover()
    await expectExact(simulation, [name])
    expect(await simulation.store.get(await recordPath(name))).toMatchObject({
      state: 'failed',
      error: { code: 'record-rejected' },
      attempt: 1,
    })
  })
})

describe('a poison file', () => {
  it('kills three processes and no more, and the images that shared them are processed', async () => {
    const names = ['web/c1/u1/poison.jpg', 'web/c1/u2/a.jpg', 'web/c2/u1/b.jpg', 'web/c2/u2/c.jpg']
    const simulation = new Simulation()
    for (const name of names) await simulation.upload(name)
    // All four in flight in one process, as a function of concurrency 4 has them.
    for (const name of names.toReversed()) await simulation.deliver({ via: 'event', name }, 1)
    for (let turn = 0; simulation.parked.length > 0; turn++) {
      const worker = simulation.parked[turn % simulation.parked.length]
      if (worker) await simulation.step(worker, 'go')
    }
    expect(await recordsOf(simulation)).toHaveLength(4)
    await simulation.recover()
    await expectExact(simulation, names)
    // The first death was shared; from then on the file is alone in its process.
    const deaths = simulation.processRuns.filter(({ name }) => name === names[0])
    expect(deaths.map(({ via }) => via)).toEqual(['event', 'redrive', 'redrive'])
    const states = new Map((await recordsOf(simulation)).map((record) => [record.raw.name, record]))
    expect(states.get(names[0] ?? '')).toMatchObject({
      state: 'failed',
      lost: 3,
      error: { code: 'attempts-exhausted' },
    })
    for (const name of names.slice(1)) {
      expect(states.get(name)).toMatchObject({ state: 'processed' })
      expect(states.get(name)?.lost).toBeLessThanOrEqual(1)
    }
  })
})

it('writes nothing for an object that is not there or is no image', async () => {
  const simulation = new Simulation()
  for (const name of ['web/c1/u1/denied.jpg', 'web/c1/', 'not an image']) {
    await simulation.deliver({ via: 'event', name }, 1)
    for (const worker of simulation.parked) await simulation.step(worker, 'go')
  }
  await simulation.recover()
  expect([...simulation.store.dump().keys()].filter((path) => !path.startsWith('reconciliations/'))).toEqual([])
})

it('writes one line for each finished image, with its figures', async () => {
  const simulation = new Simulation()
  for (const name of NAMES) await simulation.upload(name)
  await simulation.recover()
  const lines = simulation.logged.filter(({ message }) => message === 'image finished').map(({ fields }) => fields)
  expect(lines).toHaveLength(NAMES.length)
  expect(lines.find(({ object }) => object === 'web/c1/u2/bad.jpg')).toMatchObject({
    customer: 'c1',
    source: 'web',
    format: 'jpeg',
    outcome: 'corrupt',
    bytesIn: 17,
    bytesOut: 0,
    pixels: 6,
    milliseconds: expect.any(Number) as number,
    attempt: 1,
    errorCode: 'corrupt',
  })
})
