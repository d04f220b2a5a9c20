/** Recounts under generated schedules: wrong counters, commits in between, crashes, lost answers, and several runs at once. */
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { runExport } from '../../functions/src/export/run.ts'
import { MemoryWarehouse } from '../../functions/src/export/testing/memory-warehouse.ts'
import { increment, type WriteData } from '../../functions/src/ledger/document-store.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { MemoryStore } from '../../functions/src/ledger/testing/memory-store.ts'
import { CountedImages, QUIET, recountOf } from '../../functions/src/reconcile/testing/counted-images.ts'
import { repairDays } from '../../functions/src/reconcile/verify.ts'

const NOON = Instant.parse('2026-11-23T12:00:00Z')
const DAY = '2026-11-23'
const CUSTOMERS = ['ada', 'bob'] as const

/** A fault of the platform, before an operation took effect or after (its answer is lost). */
class Fault extends Error {
  override readonly name = 'Fault'
}

type What = 'go' | 'fault' | 'die'
type Step =
  | { readonly do: 'recount' | 'repair' }
  | { readonly do: 'step'; readonly which: number; readonly what: What; readonly times: number }
  | { readonly do: 'image'; readonly customer: number; readonly milliseconds: number }
  | { readonly do: 'spoil'; readonly customer: number; readonly field: string; readonly by: number }
  | { readonly do: 'pass'; readonly seconds: number }

const which = fc.nat(20)
const customer = fc.nat(1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: 'recount' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'repair' } as const) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('step' as const),
      which,
      what: fc.oneof(
        { weight: 20, arbitrary: fc.constant('go' as const) },
        { weight: 2, arbitrary: fc.constant('fault' as const) },
        { weight: 1, arbitrary: fc.constant('die' as const) },
      ),
      times: fc.constantFrom(1, 3, 10, 40, 100),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('image' as const), customer, milliseconds: fc.nat(5000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('spoil' as const),
      customer,
      field: fc.constantFrom('images', 'bytesIn', 'milliseconds', 'histogram'),
      by: fc.integer({ min: -3, max: 3 }).filter((by) => by !== 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(60, QUIET) }) },
)

interface Parked {
  readonly run: number
  resume(): void
  fail(): void
}

/** Every operation of a recount stops before and after it, until the schedule lets it go on. What counts images is never stopped. */
class World {
  now = NOON
  readonly store: MemoryStore
  readonly warehouse = new MemoryWarehouse()
  readonly images: CountedImages
  readonly defects: unknown[] = []
  parked: Parked[] = []
  free = false
  readonly #dead = new Set<number>()
  #runs = 0
  #named = 0

  constructor() {
    this.store = new MemoryStore({ now: () => (this.now = Instant.ofMicros(this.now.micros + 1)) })
    this.images = new CountedImages(this.store)
  }

  /** The store as a run sees it. */
  #storeOf(run: number): MemoryStore {
    const park = () => this.#park(run)
    const gated = <T extends object>(reader: T): T =>
      new Proxy(reader, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function') return value
          const call = value.bind(target) as (...args: unknown[]) => unknown
          if (name !== 'get' && name !== 'query') return call
          return async (...args: unknown[]) => {
            await park()
            const result = await call(...args)
            await park()
            return result
          }
        },
      })
    return new Proxy(gated(this.store), {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'snapshot') {
          return (body: (reader: object) => unknown, options: object) =>
            this.store.snapshot(async (reader) => body(gated(reader)), options)
        }
        if (name === 'transact') {
          return async (body: (transaction: object) => Promise<unknown>) => {
            const result = await this.store.transact(async (transaction) => {
              const answer = await body(gated(transaction))
              // Before its commit, and so between its reads and its writes.
              await park()
              return answer
            })
            await park()
            return result
          }
        }
        return value
      },
    })
  }

  async #park(run: number): Promise<void> {
    if (this.#dead.has(run)) return new Promise(() => {})
    if (this.free) return
    return new Promise((resolve, reject) => {
      this.parked.push({ run, resume: resolve, fail: () => reject(new Fault('a fault')) })
    })
  }

  start(what: 'recount' | 'repair'): void {
    const run = this.#runs++
    const store = this.#storeOf(run)
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    const days = CUSTOMERS.map((customerId) => ({ customerId, date: DAY }))
    const done = what === 'recount' ? recountOf({ store, warehouse: this.warehouse, log }) : repairDays(store, days)
    done.catch((error: unknown) => {
      // A run that stood still for an hour can't read on.
      if (!(error instanceof Fault || String(error).endsWith('is too old'))) this.defects.push(error)
    })
  }

  async step(at: number, what: What): Promise<void> {
    await this.settle()
    const one = this.parked[at % Math.max(1, this.parked.length)]
    if (one === undefined) return
    if (what === 'die') {
      this.#dead.add(one.run)
      this.parked = this.parked.filter(({ run }) => run !== one.run)
      return
    }
    this.parked = this.parked.filter((other) => other !== one)
    if (what === 'go') one.resume()
    else one.fail()
    await this.settle()
  }

  /** Long enough for whatever can go on without the schedule: nothing waits for more than a few turns. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await setImmediate()
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const action of steps) {
      switch (action.do) {
        case 'recount':
        case 'repair':
          this.start(action.do)
          break
        case 'step':
          for (let n = 0; n < action.times; n++) await this.step(action.which, action.what)
          break
        case 'image':
          await this.images.end(this.#customer(action.customer), `u${this.#named++}`, NOON, action.milliseconds)
          break
        case 'spoil': {
          const change: WriteData =
            action.field === 'histogram'
              ? { histogram: { '7': increment(action.by) } }
              : { [action.field]: increment(action.by) }
          await this.images.spoil(this.#customer(action.customer), DAY, { 'web~jpeg~corrupt': change })
          break
        }
        case 'pass':
          this.now = this.now.plusSeconds(action.seconds)
      }
    }
  }

  #customer = (n: number) => CUSTOMERS[n % CUSTOMERS.length] ?? 'ada'

  /** No more faults: lets all that stands go on, and recounts until there is nothing left to do. */
  async recover(): Promise<void> {
    this.free = true
    while (this.parked.length > 0) {
      const parked = this.parked.splice(0)
      for (const one of parked) one.resume()
      await this.settle()
    }
    for (let round = 0; round < 4; round++) {
      this.now = this.now.plusSeconds(2 * QUIET)
      this.start('recount')
      await this.settle()
      while (!(await this.#isAtRest())) await this.settle()
    }
  }

  async #isAtRest(): Promise<boolean> {
    const before = this.now
    await this.settle()
    return this.now === before
  }

  repairs() {
    return [...this.store.dump()].filter(([path]) => path.startsWith('reconciliations/recount/repairs/'))
  }
}

/** What each repair of a customer's day has added to a field, by its trace. */
function additions(world: World, customerId: string, field: string): readonly number[] {
  const traces = world.repairs().filter(([, trace]) => trace['customerId'] === customerId)
  return traces
    .flatMap(([, trace]) => trace['differences'] as unknown as { field: string; expected: number; actual: number }[])
    .filter((each) => each.field === field)
    .map(({ expected, actual }) => expected - actual)
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0)

it('whatever happens, counters end as what the records say, and each difference was repaired exactly once with its trace', async () => {
  let repairs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), fc.nat(2), async (steps, repairing) => {
      const world = new World()
      await world.images.end('ada', 'first', NOON)
      await world.images.spoil('ada', DAY, { 'web~jpeg~corrupt': { images: increment(2) } })
      world.now = world.now.plusSeconds(QUIET)
      // Two at once from the beginning: what one of them reads the other may repair.
      for (let n = 0; n < 2; n++) world.start(n < repairing ? 'repair' : 'recount')
      await world.play(steps)
      await world.recover()
      expect(world.defects).toEqual([])
      expect(await world.images.differing()).toEqual({})
      for (const [n, customerId] of CUSTOMERS.entries()) {
        for (const field of ['images', 'bytesIn', 'milliseconds', 'histogram']) {
          const spoiled = steps.flatMap((each) =>
            each.do === 'spoil' && each.customer === n && each.field === field ? [each.by] : [],
          )
          if (customerId === 'ada' && field === 'images') spoiled.push(2)
          const added = additions(world, customerId, field === 'histogram' ? 'histogram.7' : field)
          // What was spoiled is taken back; and nothing was added that had to be taken back again.
          expect(total(added) + total(spoiled)).toBe(0)
          expect(total(added.map(Math.abs))).toBeLessThanOrEqual(total(spoiled.map(Math.abs)))
        }
      }
      repairs += world.repairs().length
    }),
    { numRuns: 300 },
  )
  expect(repairs).toBeGreaterThan(300)
})

it('two runs that have read the same difference repair it once, wherever either stands when the other commits', async () => {
  for (let ahead = 0; ahead < 60; ahead++) {
    const world = new World()
    await world.images.end('ada', 'first', NOON)
    await world.images.spoil('ada', DAY, { 'web~jpeg~corrupt': { images: increment(2) } })
    world.now = world.now.plusSeconds(QUIET)
    world.start('repair')
    for (let n = 0; n < ahead; n++) await world.step(0, 'go')
    world.start('repair')
    await world.images.end('ada', 'between', NOON)
    await world.recover()
    expect(world.defects).toEqual([])
    expect(await world.images.differing()).toEqual({})
    expect(world.repairs()).toHaveLength(1)
  }
})

it('a commit whose answer was lost is not repeated by the run that tries again, and the next run finds nothing to do', async () => {
  for (let at = 0; at < 60; at++) {
    const world = new World()
    await world.images.end('ada', 'first', NOON)
    await world.images.spoil('ada', DAY, { 'web~jpeg~corrupt': { images: increment(2) } })
    world.now = world.now.plusSeconds(QUIET)
    world.start('repair')
    for (let n = 0; n < at; n++) await world.step(0, 'go')
    await world.step(0, 'fault')
    await world.recover()
    expect(world.defects).toEqual([])
    expect(await world.images.differing()).toEqual({})
    expect(world.repairs()).toHaveLength(1)
  }
})

it('the export moves a repaired day like any other', async () => {
  const world = new World()
  const runTheExport = (runId: string) =>
    runExport({
      store: world.store,
      warehouse: world.warehouse,
      runId,
      pageRows: 10,
      sleep: async () => {},
      outOfTime: () => false,
      mustStop: () => false,
      mayFill: () => true,
    })
  await world.images.end('ada', 'first', NOON)
  await world.images.spoil('ada', DAY, { 'web~jpeg~corrupt': { images: increment(2) } })
  await runTheExport('r1')
  expect(world.warehouse.rows('customer_stats')).toMatchObject([{ images: 3 }])
  await world.recover()
  await runTheExport('r2')
  expect(world.warehouse.rows('customer_stats')).toMatchObject([{ images: 1 }])
})
