/** BigQuery fails at each call of a run in turn, in each way that it can: see {@link WAYS}. */
import {
  ExportSimulation,
  type Interference,
  type WarehouseCall,
} from '../../functions/src/export/testing/export-simulation.ts'
import { WarehouseFault } from '../../functions/src/export/warehouse.ts'
import { expectExact, NAMES, replayed, written } from './export-exact.ts'

/** Makes what befalls the call of this number, and nothing before it. */
type Way = (simulation: ExportSimulation, number: number) => Interference

const isIt = (number: number, { number: now }: WarehouseCall) => now === number
const from = (number: number, { number: now }: WarehouseCall) => now >= number

const throwing =
  (phase: 'before' | 'after', hits: typeof isIt, message: string, retriable: boolean): Way =>
  (_simulation, number) => ({
    [phase]: (call: WarehouseCall) => {
      if (hits(number, call)) throw new WarehouseFault(message, retriable)
    },
  })

const meanwhile =
  (body: (simulation: ExportSimulation) => void): Way =>
  (simulation, number) => ({
    before: (call) => {
      if (isIt(number, call)) body(simulation)
    },
  })

/** `tries`: how many of a job's tries fail. */
const failing =
  (tries: RegExp): Way =>
  (_simulation, number) => {
    let name = ''
    return {
      before: (call) => {
        if (isIt(number, call) && call.kind === 'submit') name = call.jobId.replace(/_\d+$/, '')
      },
      job: (jobId) => {
        if (name !== '' && jobId.startsWith(name) && tries.test(jobId)) throw new Error('backendError')
      },
    }
  }

const WAYS: Readonly<Record<string, Way>> = {
  'a quota is exceeded (403), once': throwing('before', isIt, '403 quotaExceeded', true),
  'a quota is exceeded (403), and from then on at every call of the run': throwing(
    'before',
    from,
    '403 quotaExceeded',
    true,
  ),
  'permission is refused (403)': throwing('before', isIt, '403 accessDenied', false),
  'the answer is an error (500), once': throwing('before', isIt, '500 backendError', true),
  'the answer does not come, though it was done': throwing('after', isIt, 'ETIMEDOUT', true),
  'no answer comes from then on, though all was done': throwing('after', from, 'ETIMEDOUT', true),
  'the job fails, once': failing(/_0$/),
  'the job fails, however often it is tried': failing(/_\d$/),
  'somebody has dropped the table images (404)': meanwhile(({ warehouse }) => warehouse.drop('images')),
  'somebody has dropped the table customer_stats (404)': meanwhile(({ warehouse }) => warehouse.drop('customer_stats')),
  'somebody has dropped the table customers (404)': meanwhile(({ warehouse }) => warehouse.drop('customers')),
  'somebody has dropped the table export_status (404)': meanwhile(({ warehouse }) => warehouse.drop('export_status')),
  'somebody has dropped both datasets (404)': meanwhile(({ warehouse }) => {
    for (const table of ['images', 'customer_stats', 'customers', 'export_status']) warehouse.drop(table)
    warehouse.dropStaging()
  }),
  'the staging tables are gone (404)': meanwhile(({ warehouse }) => warehouse.dropStaging()),
}

/** What was exported before has changed since, and there is more: a run that fills nothing. */
async function prepared(): Promise<ExportSimulation> {
  const simulation = new ExportSimulation()
  simulation.free = true
  await written(simulation, NAMES.slice(0, 3))
  await simulation.export()
  await replayed(simulation)
  simulation.free = true
  await written(simulation, NAMES.slice(3))
  return simulation
}

describe.each(['a run of changes', 'a run from the beginning'] as const)('%s', (what) => {
  it.each(Object.entries(WAYS))(
    'whose calls to BigQuery are met, one after the other, each once, by this: %s. The next run makes all exact, and nothing is twice',
    async (_name, way) => {
      const ended = { complete: 0, failed: 0 }
      for (let number = 1; ; number++) {
        const simulation = await prepared()
        if (what === 'a run from the beginning') {
          for (const table of ['images', 'customer_stats', 'customers']) simulation.warehouse.drop(table)
        }
        simulation.calls = 0
        simulation.interference = way(simulation, number)
        const { report } = await simulation.export()
        simulation.interference = {}
        const reached = simulation.calls >= number
        ended[report === null ? 'failed' : 'complete']++
        await simulation.recover()
        await expectExact(simulation)
        if (!reached) break
      }
      // One call at least for each job's submission and its end.
      expect(ended.complete + ended.failed).toBeGreaterThan(20)
    },
  )
})
