import { SERVER_TIME, type Data, type DocumentStore, type Transaction } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'

export const LEASE_PATH = 'exports/lease'

/** How long a holder may be silent before another takes over, in seconds. It renews with each step, so this only bounds a standstill. */
export const LEASE_SECONDS = 60

/** Another exporter has taken over: whatever this one still wanted to do is void. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

interface LeaseDocument {
  readonly holder: string | null
  /** Rises with each holder and is never reset. */
  readonly fence: number
  readonly until: Instant
  /** Jobs that were recorded and are not known to have ended. */
  readonly jobs: readonly string[]
}

const NOBODY: LeaseDocument = { holder: null, fence: 0, until: Instant.ofMicros(0), jobs: [] }
const asLease = (data: Data | null) => (data === null ? NOBODY : (data as unknown as LeaseDocument))

/**
 * The right to export, held by one at a time. Times are the store's own, never this machine's clock.
 *
 * A holder that stands still for too long may wake up and submit a job while its successor is at work. So each job's id is recorded
 * here before the job is submitted, and the successor takes those ids itself: see {@link settle} in jobs.ts.
 */
export class Lease {
  readonly #store: DocumentStore
  readonly #fence: number
  /** When it was taken. */
  readonly takenAt: Instant
  /** Jobs of earlier holders that may still run, or may yet be submitted. */
  readonly inherited: readonly string[]

  private constructor(store: DocumentStore, fence: number, takenAt: Instant, inherited: readonly string[]) {
    this.#store = store
    this.#fence = fence
    this.takenAt = takenAt
    this.inherited = inherited
  }

  /** Null while another holds it. */
  static async take(store: DocumentStore, holder: string): Promise<Lease | null> {
    return store.transact(async (transaction) => {
      const lease = asLease(await transaction.get(LEASE_PATH))
      const now = transaction.readTime()
      if (lease.until.isAfter(now)) return null
      const fence = lease.fence + 1
      write(transaction, { holder, fence, until: now.plusSeconds(LEASE_SECONDS), jobs: lease.jobs })
      return new Lease(store, fence, now, lease.jobs)
    })
  }

  /** Names a job that is about to be submitted. Throws {@link LeaseLost}. */
  async record(jobId: string): Promise<void> {
    await this.#held((transaction, lease, until) =>
      write(transaction, { ...lease, until, jobs: lease.jobs.includes(jobId) ? lease.jobs : [...lease.jobs, jobId] }),
    )
  }

  /** Gives a sign of life. Throws {@link LeaseLost}. Returns the store's time. */
  async renew(): Promise<Instant> {
    return this.#held((transaction, lease, until) => write(transaction, { ...lease, until }))
  }

  /** Writes what `body` writes, once every recorded job has ended, and forgets those jobs. Throws {@link LeaseLost}. */
  async checkpoint(body: (transaction: Transaction) => void = () => {}): Promise<void> {
    await this.#held((transaction, lease, until) => {
      write(transaction, { ...lease, until, jobs: [] })
      body(transaction)
    })
  }

  /** As {@link checkpoint}, and lets the next holder in. */
  async end(body: (transaction: Transaction) => void): Promise<void> {
    await this.#held((transaction, lease) => {
      write(transaction, { ...NOBODY, fence: lease.fence })
      body(transaction)
    })
  }

  /** Lets the next holder in after a failure. Jobs that were not seen to end stay recorded. Does nothing where the lease is lost. */
  async release(): Promise<void> {
    await this.#store.transact(async (transaction) => {
      const lease = asLease(await transaction.get(LEASE_PATH))
      if (lease.fence === this.#fence) write(transaction, { ...NOBODY, fence: lease.fence, jobs: lease.jobs })
    })
  }

  #held(body: (transaction: Transaction, lease: LeaseDocument, until: Instant) => void): Promise<Instant> {
    return this.#store.transact(async (transaction) => {
      const lease = asLease(await transaction.get(LEASE_PATH))
      if (lease.fence !== this.#fence) throw new LeaseLost(`the export was taken over by ${lease.holder ?? 'another'}`)
      const now = transaction.readTime()
      body(transaction, lease, now.plusSeconds(LEASE_SECONDS))
      return now
    })
  }
}

function write(transaction: Transaction, lease: LeaseDocument): void {
  transaction.set(LEASE_PATH, { ...lease, updatedAt: SERVER_TIME })
}
