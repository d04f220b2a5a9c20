import type { Lease, PageUnderway } from './lease.ts'
import { WarehouseFault, type Job, type Warehouse } from './warehouse.ts'

export interface JobTools {
  readonly warehouse: Warehouse
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>
  /** Nothing more is begun then. */
  outOfTime(): boolean
  /** What is still at work then is left to the next run. Later than `outOfTime`; never where it is not said. */
  mustStop?(): boolean
}

/** A job goes on by itself, and this run has no time to wait for it. */
export class JobOutlasts extends Error {
  override readonly name = 'JobOutlasts'
  readonly jobId: string
  constructor(jobId: string) {
    super(`job ${jobId} has not ended yet: the next run goes on with it`)
    this.jobId = jobId
  }
}

/** How often a call, and how often a failed job, is tried in one run. The next run goes on from the last checkpoint. */
export const MAX_TRIES = 5

const LONGEST_PAUSE = 5000
/** Milliseconds, after so many tries: half a second, then twice as long each time. */
const pause = (tries: number) => Math.min(LONGEST_PAUSE, 500 * 2 ** tries)
/** A small load takes BigQuery a second or two: the first looks come sooner. */
const pollPause = (polls: number) => Math.min(LONGEST_PAUSE, 100 * 2 ** polls)

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
 * had no effect and is done again under the next number; a lost answer is found out by the job's id. `page`: what the job is for, if
 * another run may go on with it. Throws where it failed {@link MAX_TRIES} times, where BigQuery can't be reached, LeaseLost, and
 * {@link JobOutlasts}, after which the job stays recorded.
 */
export const finish = (
  tools: JobTools,
  lease: Lease,
  name: string,
  job: Job,
  page: Omit<PageUnderway, 'jobId'> | null = null,
): Promise<void> => doOnce(tools, lease, name, job, (jobId) => lease.record(jobId, page && { ...page, jobId }))

/**
 * The same for a staging table of one's own, while another job may be at work: it is not recorded, since it changes nothing that anybody
 * else sees, however late it comes.
 */
export const finishStaging = (tools: JobTools, lease: Lease, name: string, job: Job & { readonly kind: 'stage' }) =>
  doOnce(tools, lease, name, job, async () => {})

async function doOnce(
  tools: JobTools,
  lease: Lease,
  name: string,
  job: Job,
  before: (jobId: string) => Promise<void>,
): Promise<void> {
  let reason = ''
  for (let retry = 0; retry < MAX_TRIES; retry++) {
    const jobId = `${name}_${retry}`
    await before(jobId)
    await retrying(tools, () => tools.warehouse.submit(jobId, job))
    const end = await ending(tools, jobId, async () => {
      await lease.renew()
      if (tools.mustStop?.()) throw new JobOutlasts(jobId)
    })
    if (end.state === 'done') return
    reason = end.reason
    await tools.sleep(pause(retry))
  }
  throw new Error(`BigQuery failed job ${name} ${MAX_TRIES} times: ${reason}`)
}

/**
 * Makes sure that none of these jobs has an effect from now on. Those that were never submitted can't be any more: their ids are
 * taken here, and an id is taken for ever. The others are cancelled, and waited for. Throws {@link JobOutlasts} where one outlasts the
 * time of this run, and LeaseLost.
 */
export async function settle(tools: JobTools, lease: Lease, jobIds: readonly string[]): Promise<void> {
  for (const jobId of jobIds) {
    if ((await retrying(tools, () => tools.warehouse.submit(jobId, { kind: 'block' }))) === 'submitted') continue
    if ((await retrying(tools, () => tools.warehouse.state(jobId))).state === 'running') {
      await retrying(tools, () => tools.warehouse.cancel(jobId))
    }
    await outlasting(tools, lease, jobId)
  }
}

/**
 * Waits for a job of an earlier run instead of cancelling it, and says whether it has taken effect. One that was never submitted is not
 * any more. Throws as {@link settle} does.
 */
export async function adopt(tools: JobTools, lease: Lease, jobId: string): Promise<boolean> {
  if ((await retrying(tools, () => tools.warehouse.submit(jobId, { kind: 'block' }))) === 'submitted') return false
  return (await outlasting(tools, lease, jobId)).state === 'done'
}

const outlasting = (tools: JobTools, lease: Lease, jobId: string) =>
  ending(tools, jobId, async () => {
    await lease.renew()
    if (tools.outOfTime()) throw new JobOutlasts(jobId)
  })

/** Waits until a job that was submitted has ended. */
async function ending(tools: JobTools, jobId: string, whileRunning: () => Promise<void>) {
  for (let polls = 0; ; polls++) {
    const state = await retrying(tools, () => tools.warehouse.state(jobId))
    if (state.state === 'done' || state.state === 'failed') return state
    // Taking it for failed would let its successor run beside it.
    if (state.state === 'absent') throw new Error(`BigQuery has taken job ${jobId}, and does not know it`)
    await whileRunning()
    await tools.sleep(pollPause(polls))
  }
}
