import type { Lease } from './lease.ts'
import { WarehouseFault, type Job, type Warehouse } from './warehouse.ts'

export interface JobTools {
  readonly warehouse: Warehouse
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>
  outOfTime(): boolean
}

/** How often a call, and how often a failed job, is tried in one run. The next run goes on from the last checkpoint. */
export const MAX_TRIES = 5

const LONGEST_PAUSE = 5000
/** Half a second, then twice as long each time. */
const pause = (tries: number) => Math.min(LONGEST_PAUSE, 500 * 2 ** tries)

/** Calls again after a fault that may pass. Throws the last one. */
export async function retrying<T>(tools: Pick<JobTools, 'sleep'>, call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof WarehouseFault && error.retriable) || tries + 1 >= MAX_TRIES) throw error
      await tools.sleep(pause(tries))
    }
  }
}

/**
 * Has a job done exactly once: returns when it has taken effect. `name` must name its content, and no other job ever. A failed job
 * had no effect and is done again under the next number; a lost answer is found out by the job's id. Throws where it failed
 * {@link MAX_TRIES} times, where BigQuery can't be reached, and LeaseLost.
 */
export async function finish(tools: JobTools, lease: Lease, name: string, job: Job): Promise<void> {
  let reason = ''
  for (let retry = 0; retry < MAX_TRIES; retry++) {
    const jobId = `${name}_${retry}`
    await lease.record(jobId)
    await retrying(tools, () => tools.warehouse.submit(jobId, job))
    const end = await ending(tools, jobId, async () => {
      await lease.renew()
    })
    if (end.state === 'done') return
    reason = end.reason
    await tools.sleep(pause(retry))
  }
  throw new Error(`BigQuery failed job ${name} ${MAX_TRIES} times: ${reason}`)
}

/**
 * Makes sure that none of these jobs has an effect from now on. Those that were never submitted can't be any more: their ids are
 * taken here, and an id is taken for ever. The others are cancelled, and waited for. Throws where one outlasts the time of this run.
 */
export async function settle(tools: JobTools, jobIds: readonly string[]): Promise<void> {
  for (const jobId of jobIds) {
    if ((await retrying(tools, () => tools.warehouse.submit(jobId, { kind: 'block' }))) === 'submitted') continue
    if ((await retrying(tools, () => tools.warehouse.state(jobId))).state === 'running') {
      await retrying(tools, () => tools.warehouse.cancel(jobId))
    }
    await ending(tools, jobId, async () => {
      if (tools.outOfTime()) throw new Error(`job ${jobId} of an earlier run has not ended yet`)
    })
  }
}

/** Waits until a job that was submitted has ended. */
async function ending(tools: JobTools, jobId: string, whileRunning: () => Promise<void>) {
  for (let polls = 0; ; polls++) {
    const state = await retrying(tools, () => tools.warehouse.state(jobId))
    if (state.state === 'done' || state.state === 'failed') return state
    // Taking it for failed would let its successor run beside it.
    if (state.state === 'absent') throw new Error(`BigQuery has taken job ${jobId}, and does not know it`)
    await whileRunning()
    await tools.sleep(pause(polls))
  }
}
