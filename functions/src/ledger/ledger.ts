import { MAX_CUSTOMER_ATTEMPTS } from '../contract/customer.ts'
import { EXPORT_SHARDS } from '../contract/limits.ts'
import { contentPath, customerPath, imagePath, statsPath } from '../contract/names.ts'
import type { ImageError } from '../contract/outcomes.ts'
import type { ImageRecord, JobKind } from '../contract/record.ts'
import {
  decideClaim,
  holds,
  released,
  shardOf,
  type ClaimRequest,
  type Fence,
  type LedgerSettings,
  type SkipReason,
} from './claim.ts'
import { ended, unseen, type Ending } from './commit.ts'
import { counterChange } from './counters.ts'
import { deleted, isDeleted, restored } from './deletion.ts'
import {
  SERVER_TIME,
  type Data,
  type DocumentStore,
  type Transaction,
  type WriteData,
  WriteRejected,
} from './document-store.ts'
import { isErased } from './erasure.ts'
import type { Instant } from './instant.ts'
import { unrevokedLinks } from './links.ts'

type Record = ImageRecord<Instant>

export type Claim =
  | { readonly kind: 'work'; readonly fence: Fence; readonly record: Record }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'busy'; readonly until: Instant }
  | { readonly kind: 'redrive'; readonly record: Record }
  | { readonly kind: 'ended'; readonly record: Record; readonly job: JobKind }

export type Commit =
  | { readonly kind: 'committed'; readonly record: Record }
  /** An earlier try of this very attempt got through and its answer was lost. */
  | { readonly kind: 'already-committed'; readonly record: Record }
  /** Another attempt has taken over: what this one did is void. */
  | { readonly kind: 'superseded' }

/** `tried-enough`: as often as its customer may. */
export type ReplayRefusal = 'not-found' | 'deleted' | 'not-failed' | 'busy' | 'raw-expired' | 'tried-enough'
export type ReprocessRefusal = 'not-found' | 'busy' | 'raw-expired' | 'already'

/** Null: it can be reprocessed. What is read outside of a transaction may be asked too, as a guess. `again`: also where that version made its results. */
export function refusesReprocess(
  record: Pick<Record, 'job' | 'state' | 'profileVersion'>,
  profileVersion: string,
  rawExists: boolean,
  again = false,
): Exclude<ReprocessRefusal, 'not-found'> | null {
  if (record.job !== null) return record.job.profileVersion === profileVersion ? 'already' : 'busy'
  if (!again && record.state === 'processed' && record.profileVersion === profileVersion) return 'already'
  return rawExists ? null : 'raw-expired'
}

/** What records have that were written before there was any of it. */
const ADDED_LATER = { event: null, reprocess: null, earlier: [], sameAs: null, deletedAt: null }

export const asRecord = (data: Data) => ({ ...ADDED_LATER, ...data }) as unknown as Record

/**
 * The ledger: each image's record and the counters, which change together or not at all. Its transactions are the only
 * writers of either, so that records and counters can't differ. Decisions are in claim.ts and commit.ts.
 */
export class Ledger {
  readonly #store: DocumentStore
  readonly #settings: LedgerSettings

  constructor(store: DocumentStore, settings: LedgerSettings) {
    this.#store = store
    this.#settings = settings
  }

  /** Takes an image to work on it, or says why not. May be called any number of times for the same image. */
  async claim(request: ClaimRequest): Promise<Claim> {
    const { imageId, name } = request
    return this.#store.transact<Claim>(async (transaction) => {
      const record = await this.#read(transaction, name.customerId, imageId)
      const customer = record === null ? await transaction.get(customerPath(name.customerId)) : null
      if (await this.#isOfErased(transaction, name.customerId, record, customer))
        return { kind: 'skip', reason: 'customer-erased' }
      const now = transaction.readTime()
      const decision = decideClaim(record, request, now, this.#settings)
      if (decision.kind === 'skip' || decision.kind === 'busy') return decision

      if (record === null && customer === null) {
        transaction.create(customerPath(name.customerId), {
          name: name.customerId,
          kind: name.source,
          createdAt: SERVER_TIME,
          updatedAt: SERVER_TIME,
        })
      }
      switch (decision.kind) {
        case 'work': {
          const written = this.#write(transaction, decision.record)
          return {
            kind: 'work',
            fence: { customerId: name.customerId, imageId, attempt: written.attempt },
            record: written,
          }
        }
        case 'redrive':
          return { kind: 'redrive', record: this.#write(transaction, decision.record) }
        case 'fail':
          return {
            kind: 'ended',
            record: await this.#end(transaction, decision.record, unseen(decision.error), now),
            job: decision.record.job?.kind ?? 'first',
          }
      }
    })
  }

  /**
   * Writes how the work ended, and counts it, while the fence is still ours. A record that the store refuses to hold ends as
   * `record-rejected` instead. Throws what the store throws otherwise: whether it was written is then unknown, and calling again
   * is safe.
   */
  async commit(fence: Fence, ending: Ending): Promise<Commit> {
    try {
      return await this.#commit(fence, ending)
    } catch (error) {
      if (!(error instanceof WriteRejected)) throw error
      const rejected: ImageError = {
        code: 'record-rejected',
        message: 'What was found in this image could not be stored. We have been told and will look into it.',
      }
      return this.#commit(fence, { ...unseen(rejected), format: ending.format, milliseconds: ending.milliseconds })
    }
  }

  #commit(fence: Fence, ending: Ending): Promise<Commit> {
    return this.#store.transact<Commit>(async (transaction) => {
      const record = await this.#read(transaction, fence.customerId, fence.imageId)
      if (record === null) return { kind: 'superseded' }
      if (holds(record, fence)) {
        return { kind: 'committed', record: await this.#end(transaction, record, ending, transaction.readTime()) }
      }
      if (record.job === null && record.attempt === fence.attempt) {
        return { kind: 'already-committed', record }
      }
      return { kind: 'superseded' }
    })
  }

  /**
   * Gives the lease back after a fault of the platform, so that a retry need not wait for it to expire. `lost`: the attempt counts as one
   * of which its process died, so that it can't come again for ever.
   */
  async release(fence: Fence, options: { readonly lost?: boolean } = {}): Promise<void> {
    await this.#store.transact(async (transaction) => {
      const record = await this.#read(transaction, fence.customerId, fence.imageId)
      if (record === null || !holds(record, fence)) return
      this.#write(transaction, released(record, transaction.readTime(), this.#settings, options))
    })
  }

  /**
   * Opens a failed image again; the caller then hands it to redrive (reconcile does, where that is lost).
   * `rawExists`: whether the raw object is still there. `byCustomer`: as often as a customer may, and not past its quota.
   */
  async replay(
    customerId: string,
    imageId: string,
    rawExists: boolean,
    { byCustomer = false } = {},
  ): Promise<Record | ReplayRefusal> {
    return this.#store.transact<Record | ReplayRefusal>(async (transaction) => {
      const record = await this.#read(transaction, customerId, imageId)
      if (record === null) return 'not-found'
      if (isDeleted(record)) return 'deleted'
      if (record.job !== null) return 'busy'
      if (record.state !== 'failed') return 'not-failed'
      if (!rawExists) return 'raw-expired'
      if (byCustomer && record.attempt >= MAX_CUSTOMER_ATTEMPTS) return 'tried-enough'
      return this.#open(transaction, record, 'replay', null, byCustomer)
    })
  }

  /**
   * Opens an image that has ended, well or not, to be processed once more by the profile of this version, which the job is pinned to; the
   * caller then hands it to redrive. `already`: that profile made its results, or is about to. `again`: its results are made once more even so.
   */
  async reprocess(
    customerId: string,
    imageId: string,
    profileVersion: string,
    rawExists: boolean,
    { again = false } = {},
  ): Promise<Record | ReprocessRefusal> {
    return this.#store.transact<Record | ReprocessRefusal>(async (transaction) => {
      const record = await this.#read(transaction, customerId, imageId)
      if (record === null || isDeleted(record)) return 'not-found'
      const refusal = refusesReprocess(record, profileVersion, rawExists, again)
      return refusal ?? this.#open(transaction, record, 'reprocess', profileVersion)
    })
  }

  /**
   * Hides an image from its owner and revokes its links, for good. Whatever works on it goes on: its commit keeps the image hidden. One that
   * was deleted before is left as it is.
   */
  async delete(customerId: string, imageId: string): Promise<'done' | 'not-found'> {
    return this.#store.transact<'done' | 'not-found'>(async (transaction) => {
      const record = await this.#read(transaction, customerId, imageId)
      if (record === null) return 'not-found'
      if (isDeleted(record)) return 'done'
      const now = transaction.readTime()
      const links = await unrevokedLinks(transaction, customerId, imageId)
      for (const { path } of links) transaction.merge(path, { revokedAt: now })
      this.#write(transaction, deleted(record, now))
      return 'done'
    })
  }

  /** Shows an image again that its owner deleted. `gone`: nothing is left of it to be shown. */
  async restore(customerId: string, imageId: string): Promise<'done' | 'not-found' | 'gone'> {
    return this.#store.transact<'done' | 'not-found' | 'gone'>(async (transaction) => {
      const record = await this.#read(transaction, customerId, imageId)
      if (record === null) return 'not-found'
      if (!isDeleted(record)) return 'done'
      const next = restored(record, transaction.readTime())
      if (next === 'gone') return 'gone'
      this.#write(transaction, next)
      return 'done'
    })
  }

  /**
   * The last line behind which nothing of an erased customer comes into being. Not asked of an image that has ended, since then nothing is
   * written. Under the pseudonym of one there are counters alone.
   */
  async #isOfErased(
    transaction: Transaction,
    customerId: string,
    record: Record | null,
    customer: Data | null,
  ): Promise<boolean> {
    if (customer?.['erased'] === true) return true
    return record?.job !== null && (await isErased(transaction, customerId))
  }

  #open(
    transaction: Transaction,
    record: Record,
    kind: JobKind,
    profileVersion: string | null,
    byCustomer = false,
  ): Record {
    const waiting = { kind, leaseUntil: null, holder: null, profileVersion, attempt: record.attempt }
    const job = byCustomer ? { ...waiting, byCustomer } : waiting
    return this.#write(transaction, { ...record, job, lost: 0, dueAt: transaction.readTime() })
  }

  async #read(transaction: Transaction, customerId: string, imageId: string): Promise<Record | null> {
    const data = await transaction.get(imagePath(customerId, imageId))
    return data === null ? null : asRecord(data)
  }

  #write(transaction: Transaction, record: Record): Record {
    const next = { ...record, revision: record.revision + 1 }
    transaction.set(imagePath(record.customerId, record.imageId), {
      ...(next as unknown as WriteData),
      updatedAt: SERVER_TIME,
    })
    return next
  }

  async #end(transaction: Transaction, record: Record, ending: Ending, now: Instant): Promise<Record> {
    const next = ended(record, ending, now, await this.#sameAs(transaction, record, ending))
    const { customerId, imageId, date } = next
    const shard = shardOf(imageId, this.#settings.statsShards)
    const cell = { customerId, date, exportShard: shard % EXPORT_SHARDS }
    transaction.merge(statsPath(customerId, date, shard), counterChange(cell, record.counted, next.counted))
    return this.#write(transaction, next)
  }

  /** The customer's image that had the same content first. The first to be committed is the original, whatever happens to it later. */
  async #sameAs(transaction: Transaction, record: Record, { input }: Ending): Promise<string | null> {
    if (input === null) return record.sameAs
    const { customerId, imageId, expireAt } = record
    const path = contentPath(customerId, input.sha256)
    const first = await transaction.get(path)
    if (first === null) transaction.set(path, { imageId, expireAt })
    const original = first === null ? imageId : (first['imageId'] as string)
    return original === imageId ? null : original
  }
}
