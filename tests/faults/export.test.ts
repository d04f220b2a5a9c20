import fc from 'fast-check'
import { LEASE_SECONDS } from '../../functions/src/export/lease.ts'
import { ExportSimulation, type Actor } from '../../functions/src/export/testing/export-simulation.ts'
import { expectExact, NAMES, replayed, written } from './export-exact.ts'

type Step =
  | { readonly do: 'write'; readonly which: number; readonly process: number }
  | { readonly do: 'replay'; readonly which: number; readonly process: number }
  | { readonly do: 'export'; readonly process: number; readonly pages: number }
  | { readonly do: 'go'; readonly which: number; readonly operations: number }
  | { readonly do: 'run'; readonly which: number }
  | { readonly do: 'fault' | 'kill' | 'arrive'; readonly which: number }
  | { readonly do: 'advance'; readonly seconds: number }

const which = fc.nat(20)
const process = fc.integer({ min: 1, max: 4 })
/** Weighted so that exports reach their MERGEs, and leases expire under exporters that are still at it. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), which, process }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replay' as const), which, process }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('export' as const), process, pages: fc.constantFrom(1, 3, 100) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('go' as const), which, operations: fc.constantFrom(1, 2, 5, 20, 60) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('run' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fault' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('arrive' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), seconds: fc.constantFrom(1, LEASE_SECONDS + 1) }),
  },
)

const pick = <T>(items: readonly T[], n: number) => items[n % Math.max(1, items.length)]

async function play(simulation: ExportSimulation, steps: readonly Step[]): Promise<void> {
  for (const action of steps) {
    switch (action.do) {
      case 'write':
        await simulation.write(pick(NAMES, action.which) ?? '', action.process)
        break
      case 'replay': {
        const record = pick(await simulation.records(), action.which)
        if (record) await simulation.replay(record, action.process)
        break
      }
      case 'export':
        await simulation.export(action.process, action.pages)
        break
      case 'go': {
        const actor = pick(simulation.parked, action.which)
        for (let n = 0; actor?.parked && n < action.operations; n++) await simulation.step(actor, 'go')
        break
      }
      case 'run': {
        const actor = pick(simulation.parked, action.which)
        if (actor) await simulation.finish(actor)
        break
      }
      case 'fault': {
        const actor = pick(simulation.parked, action.which)
        if (actor) await simulation.step(actor, 'fault')
        break
      }
      case 'kill': {
        const number = pick(simulation.parked, action.which)?.process
        if (number) simulation.kill(number)
        break
      }
      case 'arrive':
        await pick(simulation.network, action.which)?.arrive()
        await simulation.settle()
        break
      case 'advance':
        simulation.advance(action.seconds)
        break
    }
  }
}

/** An export after another has moved what was there first, stopped after so many of its operations. Null: it had fewer. */
async function standing(steps: number): Promise<{ simulation: ExportSimulation; exporter: Actor } | null> {
  const simulation = new ExportSimulation()
  simulation.free = true
  await written(simulation, NAMES.slice(0, 2))
  await simulation.export()
  await written(simulation, NAMES.slice(2))
  simulation.free = false
  const exporter = await simulation.export()
  for (let taken = 0; taken < steps && exporter.parked; taken++) await oneStep(simulation, exporter)
  return exporter.parked ? { simulation, exporter } : null
}

/** Every try of what it is at fails, until it gives up. */
async function failed(simulation: ExportSimulation, exporter: Actor): Promise<void> {
  while (exporter.parked) {
    const { at } = exporter.parked
    await simulation.step(exporter, /submit|state|ensure/.test(at) ? 'fault' : 'go')
  }
}

/** A job goes on while its exporter sleeps: one operation of it, so that the exporter can be stopped at each. */
async function oneStep(simulation: ExportSimulation, exporter: Actor): Promise<void> {
  const job = simulation.parked.find(({ what }) => what === 'job')
  await simulation.step(exporter.parked?.at === 'sleep' && job ? job : exporter, 'go')
}

/** Every place an export can stand at, a few at a time, until there are no more. Returns how many there were. */
async function everywhere(body: (at: NonNullable<Awaited<ReturnType<typeof standing>>>) => Promise<void>) {
  for (let steps = 0; ; steps++) {
    const at = await standing(steps)
    if (at === null) return steps
    await body(at)
    await at.simulation.recover()
    await expectExact(at.simulation)
  }
}

describe('BigQuery holds each record once, and the counters', () => {
  it('under generated schedules of crashes, faults, lost and late requests, standstills and several exporters', async () => {
    let merges = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), async (steps) => {
        const simulation = new ExportSimulation()
        await play(simulation, steps)
        merges += simulation.warehouse.jobs().filter((id) => id.includes('_merge_')).length
        await simulation.recover()
        await expectExact(simulation)
      }),
      { numRuns: 300 },
    )
    expect(merges).toBeGreaterThan(300)
  })

  it('when the exporter is killed between any two operations', async () => {
    const places = await everywhere(async ({ simulation }) => simulation.kill(2))
    expect(places).toBeGreaterThan(100)
  })

  it('when any one operation fails, or its answer is lost', async () => {
    await everywhere(async ({ simulation, exporter }) => {
      await simulation.step(exporter, 'fault')
      await simulation.finish(exporter)
    })
  })

  it('when the exporter stands still anywhere, another takes over, and then the first wakes up', async () => {
    let overtaken = 0
    await everywhere(async ({ simulation, exporter }) => {
      await replayed(simulation)
      simulation.advance(LEASE_SECONDS + 1)
      const other = await simulation.export(3)
      await simulation.finish(other)
      if (other.report?.outcome === 'complete') overtaken++
      await simulation.finish(exporter)
    })
    expect(overtaken).toBeGreaterThan(100)
  })

  it.each(['stands still', 'fails'] as const)(
    'when the job of an exporter that %s comes through while its successor merges the same rows',
    async (how) => {
      let overlaps = 0
      for (let steps = 0; ; steps++) {
        let at = await standing(steps)
        if (at === null) break
        if (!/submit|sleep/.test(at.exporter.parked?.at ?? '')) continue
        for (let nth = 1; at !== null; nth++) {
          const { simulation, exporter } = at
          if (how === 'fails') await failed(simulation, exporter)
          else simulation.advance(LEASE_SECONDS + 1)
          const other = await simulation.export(3)
          const own = () => simulation.jobsOf(other)
          const merging = new Set<string>()
          const reached = () => {
            for (const { id, parked } of own()) if (parked?.at === 'between job') merging.add(id)
            return merging.size >= nth
          }
          await simulation.finish(other, own, (taken) => taken > 300 || reached())
          // The late job reads now, and writes once the other is through, or waits for it.
          await simulation.finish(
            exporter,
            () => [],
            (taken) => taken > 20,
          )
          while (simulation.network[0]) await simulation.network[0].arrive()
          await simulation.settle()
          for (const job of simulation.jobsOf(exporter)) {
            if (job.parked?.at === 'before job') await simulation.step(job, 'go')
            overlaps++
          }
          await simulation.finish(other, own, (taken) => taken > 300)
          await simulation.recover()
          await expectExact(simulation)
          at = merging.size < nth ? null : await standing(steps)
        }
      }
      expect(overlaps).toBeGreaterThan(5)
    },
  )

  it('when two exporters begin at once: one works, the other leaves', async () => {
    const simulation = new ExportSimulation()
    await written(simulation, NAMES)
    const both = [await simulation.export(2), await simulation.export(3)]
    for (let turn = 0; simulation.parked.length > 0; turn++) {
      const actor = pick(simulation.parked, turn)
      if (actor) await simulation.step(actor, 'go')
    }
    expect(new Set(both.map(({ report }) => report?.outcome))).toEqual(new Set(['busy', 'complete']))
    await simulation.recover()
    await expectExact(simulation)
  })

  it('when BigQuery is down for a while: the run fails, records keep changing, the next run moves all', async () => {
    const simulation = new ExportSimulation()
    await written(simulation, NAMES)
    const exporter = await simulation.export()
    while (exporter.parked)
      await simulation.step(exporter, / (submit|ensure|state)$/.test(exporter.parked.at) ? 'fault' : 'go')
    expect(exporter.report).toBeNull()
    await replayed(simulation)
    const next = await simulation.export()
    await simulation.finish(next)
    expect(next.report?.outcome).toBe('complete')
    await simulation.recover()
    await expectExact(simulation)
  })

  it('when a document becomes visible behind the cursor', async () => {
    const simulation = new ExportSimulation()
    const late = await simulation.write('web/c1/u1/good.jpg')
    let commits = 0
    while (late.parked && !(late.parked.at === 'before commit' && ++commits === 2)) await simulation.step(late, 'go')
    simulation.advance(5)
    await written(simulation, ['web/c2/u1/bad.jpg', 'web/c2/u2/good.jpg', 'web/c3/u1/good.jpg'])
    simulation.advance(5)
    await simulation.finish(await simulation.export())
    await simulation.finish(late)
    await simulation.recover()
    await expectExact(simulation)
    expect(simulation.warehouse.rows('images')).toHaveLength(4)
  })
})
