import {
  SERVER_TIME,
  type Data,
  type DocumentStore,
  type Transaction,
  type WriteData,
} from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'

export const LEASE_PATH = 'exports/lease'

/** How long a holder may be silent before another takes over, in seconds. It renews with each step, so this only bounds a standstill. */
export const LEASE_SECONDS = 60

/** A page on its way, by its one job that may be at work: enough for another run to bring it to its end. */
export interface PageUnderway {
  readonly table: string
  readonly jobId: string
  /** What the job does. A page is moved once it is merged. */
  readonly step: 'stage' | 'merge'
  readonly staging: string
  readonly dates: readonly string[]
  readonly refill: boolean
  readonly rows: number
  /** What is to be written once the page is moved: see cursor.ts. */
  readonly cursor: WriteData
}

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
  readonly page: PageUnderway | null
}

const NOBODY: LeaseDocument = { holder: null, fence: 0, until: Instant.ofMicros(0), jobs: [], page: null }
const asLease = (data: Data | null): LeaseDocument => ({ ...NOBODY, ...(data as Partial<LeaseDocument> | null) })

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
  /** A page of an earlier holder that may be at work, by one of these jobs. Its cursor is that of the page before still. */
  readonly page: PageUnderway | null

  private constructor(store: DocumentStore, fence: number, takenAt: Instant, { jobs, page }: LeaseDocument) {
    this.#store = store
    this.#fence = fence
    this.takenAt = takenAt
    this.inherited = jobs
    this.page = page
  }

  /** Null while another holds it. */
  static async take(store: DocumentStore, holder: string): Promise<Lease | null> {
    return store.transact(async (transaction) => {
      const lease = asLease(await transaction.get(LEASE_PATH))
      const now = transaction.readTime()
      if (lease.until.isAfter(now)) return null
      const fence = lease.fence + 1
      write(transaction, { ...lease, holder, fence, until: now.plusSeconds(LEASE_SECONDS) })
      return new Lease(store, fence, now, lease)
    })
  }

  /** Names a job that is about to be submitted, and the page that it is for. Throws {@link LeaseLost}. */
  async record(jobId: string, page: PageUnderway | null = null): Promise<void> {
    await this.#held((transaction, lease, until) => {
      const jobs = lease.jobs.includes(jobId) ? lease.jobs : [...lease.jobs, jobId]
      write(transaction, { ...lease, until, jobs, page })
    })
  }

  /** Gives a sign of life. Throws {@link LeaseLost}. Returns the store's time. */
  async renew(): Promise<Instant> {
    return this.#held((transaction, lease, until) => write(transaction, { ...lease, until }))
  }

  /** Writes what `body` writes, once every recorded job has ended, and forgets those jobs and their page. Throws {@link LeaseLost}. */
  async checkpoint(body: (transaction: Transaction) => void = () => {}): Promise<void> {
    await this.#held((transaction, lease, until) => {
      write(transaction, { ...lease, until, jobs: [], page: null })
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

  /**
   * Lets the next holder in after a failure, or where time is up. Jobs that were not seen to end stay recorded, with their page. Does
   * nothing where the lease is lost.
   */
  async release(): Promise<void> {
    await this.#store.transact(async (transaction) => {
      const lease = asLease(await transaction.get(LEASE_PATH))
      if (lease.fence === this.#fence) write(transaction, { ...lease, holder: null, until: NOBODY.until })
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
  transaction.set(LEASE_PATH, { ...(lease as unknown as WriteData), updatedAt: SERVER_TIME })
}
