/** Rollups under generated schedules: images counted late, anew and back again, counters moved, several runs at once, crashes and lost answers anywhere. */
import fc from 'fast-check'
import { RollupWorld, type RollupActor } from './rollup-world.ts'

type Step =
  | {
      readonly do: 'count'
      readonly customer: number
      readonly date: number
      readonly image: number
      readonly bad: boolean
      readonly milliseconds: number
    }
  | { readonly do: 'repair'; readonly customer: number; readonly date: number; readonly by: number }
  | { readonly do: 'rename' | 'erase'; readonly customer: number }
  | { readonly do: 'rollUp'; readonly looks: number; readonly again: boolean; readonly process: number }
  | { readonly do: 'go'; readonly which: number; readonly operations: number }
  | { readonly do: 'fault' | 'kill'; readonly which: number }
  | { readonly do: 'advance'; readonly seconds: number }

const which = fc.nat(20)
const anyone = fc.nat(3)
const anyDay = fc.nat(2)
const one = <T extends Step['do']>(what: T) => fc.constant(what)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: one('count'),
      customer: anyone,
      date: anyDay,
      image: fc.nat(3),
      bad: fc.boolean(),
      milliseconds: fc.nat(999),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: one('repair'), customer: anyone, date: anyDay, by: fc.constantFrom(-1, 1) }),
  },
  { weight: 1, arbitrary: fc.record({ do: one('rename'), customer: anyone }) },
  { weight: 1, arbitrary: fc.record({ do: one('erase'), customer: anyone }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: one('rollUp'),
      looks: fc.constantFrom(1, 3, 1000),
      again: fc.nat(9).map((n) => n === 0),
      process: fc.integer({ min: 10, max: 12 }),
    }),
  },
  { weight: 20, arbitrary: fc.record({ do: one('go'), which, operations: fc.constantFrom(1, 3, 10, 40, 200) }) },
  { weight: 2, arbitrary: fc.record({ do: one('fault'), which }) },
  { weight: 2, arbitrary: fc.record({ do: one('kill'), which }) },
  { weight: 4, arbitrary: fc.record({ do: one('advance'), seconds: fc.constantFrom(1, 25, 200, 700, 4000) }) },
)

async function play(world: RollupWorld, steps: readonly Step[]): Promise<void> {
  world.free = false
  for (const action of steps) {
    const actor = 'which' in action ? world.parked[action.which % Math.max(1, world.parked.length)] : undefined
    switch (action.do) {
      case 'count': {
        const outcome = action.bad ? 'corrupt' : 'processed'
        await world.count(action.customer, action.date, action.image, { outcome, milliseconds: action.milliseconds })
        break
      }
      case 'repair':
        await world.repair(action.customer, action.date, action.by)
        break
      case 'rename':
        await world.rename(action.customer, 'B')
        break
      case 'erase':
        await world.erase(action.customer)
        break
      case 'rollUp':
        await world.rollUp(action)
        break
      case 'go':
        for (let n = 0; actor?.status === 'parked' && n < action.operations; n++) await world.step(actor, 'go')
        break
      case 'fault':
        if (actor) await world.step(actor, 'fault')
        break
      case 'kill':
        if (actor?.process) world.kill(actor.process)
        break
      case 'advance':
        world.advance(action.seconds)
        break
    }
  }
}

function expectExact(world: RollupWorld): void {
  expect(world.defects).toEqual([])
  expect(world.rollups()).toEqual(world.expected())
  // Nothing was set right that would have been wrong.
  expect(world.told).toEqual([])
}

it('whatever happens, months, totals, shares and summaries end as what the counters say, and never differ from each other', async () => {
  const seen = { erased: 0, left: 0, ended: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), async (steps) => {
      const world = new RollupWorld()
      await play(world, steps)
      const done = world.actors.filter(({ status }) => status === 'done')
      seen.erased += done.filter(({ what }) => what === 'eraser').length
      seen.ended += done.filter(({ report }) => report?.left === 0).length
      seen.left += done.filter(({ report }) => (report?.left ?? 0) > 0).length
      await world.recover()
      expectExact(world)
    }),
    {
      numRuns: 60,
      ...(globalThis.process.env['SEED'] !== undefined && { seed: Number(globalThis.process.env['SEED']) }),
    },
  )
  // The schedules do what they are for.
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20)
})

/** Counted, rolled up, and counted once more; then a run, stopped after so many operations. Null: it had fewer. */
async function standing(operations: number, again = false) {
  const world = new RollupWorld()
  for (const customer of [0, 1, 3]) for (const date of [0, 1]) await world.count(customer, date, 0)
  await world.rollUp()
  await world.count(0, 1, 0, { milliseconds: 200 })
  await world.count(1, 2, 1, { outcome: 'corrupt' })
  world.advance(700)
  world.free = false
  const run = await world.rollUp({ again })
  for (let n = 0; run.status === 'parked' && n < operations; n++) await world.step(run, 'go')
  return run.status === 'parked' ? { world, run } : null
}

const MEANWHILE = {
  'it is killed, and the next one goes on': async (world, run) => world.kill(run.process ?? 0),
  'it fails, or the answer to its commit is lost': async (world, run) => world.step(run, 'fault'),
  'another begins, comes to its end, and then it wakes up': async (world) => {
    await world.count(1, 1, 2)
    world.free = true
    await world.rollUp({ process: 8 })
  },
  'a customer is erased': async (world) => {
    world.free = true
    await world.erase(0)
  },
} satisfies Record<string, (world: RollupWorld, run: RollupActor) => Promise<void> | void>

it.each(Object.entries(MEANWHILE))(
  'wherever a run stands when %s, every figure ends right',
  async (_name, meanwhile) => {
    let places = 0
    for (; ; places++) {
      const at = await standing(places, places % 2 === 0)
      if (at === null) break
      await meanwhile(at.world, at.run)
      await at.world.recover()
      expectExact(at.world)
    }
    expect(places).toBeGreaterThan(60)
  },
)

it('of a customer who is erased no moment shows the figures twice, or not at all', async () => {
  const world = new RollupWorld()
  for (const customer of [0, 1]) for (const date of [0, 1, 2]) await world.count(customer, date, 0)
  await world.rollUp()
  const { totals } = world.rollups()
  world.free = false
  const eraser = await world.erase(0)
  while (eraser.status === 'parked') {
    await world.step(eraser, 'go')
    expect(world.rollups().totals).toEqual(totals)
  }
  expect(world.defects).toEqual([])
  expect(Object.keys(world.rollups().summaries)).toEqual(['bob', 'erased-ada'])
  expect(world.names()).toMatchObject({ 'erased-ada': { name: 'erased', erased: true } })
  const left = [...world.store.dump()].filter(([path]) => !/^erasures\/|\/images\//.test(path))
  expect(JSON.stringify(left)).not.toMatch(/(?<!erased-)ada/)
})
