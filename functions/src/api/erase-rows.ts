/** The rows in BigQuery of a customer whose data is deleted. */
import { erasurePath } from '../contract/names.ts'
import { finish, retrying, settle, type JobTools } from '../export/jobs.ts'
import { Lease } from '../export/lease.ts'
import { CUSTOMER_STATS, CUSTOMERS, IMAGES, TABLES } from '../export/schema.ts'
import type { Job } from '../export/warehouse.ts'
import { SERVER_TIME, type DocumentStore } from '../ledger/document-store.ts'
import { customerHash } from '../ledger/erasure.ts'

export interface RowsDeps extends Pick<JobTools, 'warehouse' | 'sleep'> {
  readonly store: DocumentStore
  /** Unlike that of any other run, ever. `[A-Za-z0-9_]`. */
  readonly runId: string
  readonly tell: (progress: string) => void
}

/** Milliseconds between two looks whether the export has ended. */
const LOOK_EVERY = 5000

/** What is done in BigQuery, in this order. */
export const rowJobs = (customerId: string, pseudonym: string): readonly (readonly [name: string, job: Job])[] => [
  // Counters only change their owner, in one step: sums over all customers are the same before, meanwhile and after.
  ['stats', { kind: 'reassign', table: CUSTOMER_STATS, customerId, to: pseudonym }],
  ['images', { kind: 'erase', table: IMAGES, customerId }],
  ['customers', { kind: 'erase', table: CUSTOMERS, customerId }],
]

/**
 * Deletes the customer's rows, and gives its counters' rows to the pseudonym. Holds the export's lease meanwhile, so that no page that was read before
 * brings a row back; later pages have none of a customer whose tombstone is open. The counters in Firestore move after this, never before: the export
 * would add the pseudonym's rows beside the customer's.
 */
export async function eraseRows(deps: RowsDeps, customerId: string, pseudonym: string): Promise<void> {
  const lease = await takeLease(deps)
  const tools: JobTools = { ...deps, outOfTime: () => false }
  try {
    await settle(tools, lease, lease.inherited)
    await lease.checkpoint()
    // In a project that has never exported there is nothing to delete from.
    await retrying(deps, () => deps.warehouse.ensure(TABLES))
    for (const [name, job] of rowJobs(customerId, pseudonym)) {
      await finish(tools, lease, `darkroom_erase_${deps.runId}_${name}`, job)
    }
    await lease.end((transaction) =>
      transaction.merge(erasurePath(customerHash(customerId)), { rowsGoneAt: SERVER_TIME }),
    )
  } catch (error) {
    try {
      await lease.release()
    } catch (second) {
      throw new AggregateError([error, second], 'rows could not be deleted, nor the lease given back', {
        cause: second,
      })
    }
    throw error
  }
}

async function takeLease({ store, runId, sleep, tell }: RowsDeps): Promise<Lease> {
  for (let waited = 0; ; waited++) {
    const lease = await Lease.take(store, `erase_${runId}`)
    if (lease !== null) return lease
    if (waited % 6 === 0) tell('an export is at work: waiting until it has ended')
    await sleep(LOOK_EVERY)
  }
}
