import { EXPORT_SHARDS } from '../contract/limits.ts'
import { customerPath, imagePath, statsPath } from '../contract/names.ts'
import type { ImageError } from '../contract/outcomes.ts'
import type { ImageRecord } from '../contract/record.ts'
import { decideClaim, holds, released, shardOf, type ClaimRequest, type Fence, type LedgerSettings } from './claim.ts'
import { ended, unseen, type Ending } from './commit.ts'
import { counterChange } from './counters.ts'
import {
  SERVER_TIME,
  type Data,
  type DocumentStore,
  type Transaction,
  type WriteData,
  WriteRejected,
} from './document-store.ts'
import type { Instant } from './instant.ts'

type Record = ImageRecord<Instant>

export type Claim =
  | { readonly kind: 'work'; readonly fence: Fence; readonly record: Record }
  | { readonly kind: 'skip'; readonly reason: 'no-object' | 'already-ended' }
  | { readonly kind: 'busy'; readonly until: Instant }
  | { readonly kind: 'redrive'; readonly record: Record }
  | { readonly kind: 'ended'; readonly record: Record }

export type Commit =
  | { readonly kind: 'committed'; readonly record: Record }
  /** An earlier try of this very attempt got through and its answer was lost. */
  | { readonly kind: 'already-committed'; readonly record: Record }
  /** Another attempt has taken over: what this one did is void. */
  | { readonly kind: 'superseded' }

export type ReplayRefusal = 'not-found' | 'not-failed' | 'busy' | 'raw-expired'

export const asRecord = (data: Data) => data as unknown as Record

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
          return { kind: 'ended', record: this.#end(transaction, decision.record, unseen(decision.error), now) }
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
        return { kind: 'committed', record: this.#end(transaction, record, ending, transaction.readTime()) }
      }
      if (record.job === null && record.attempt === fence.attempt) {
        return { kind: 'already-committed', record }
      }
      return { kind: 'superseded' }
    })
  }

  /** Gives the lease back after a fault of the platform, so that a retry need not wait for it to expire. */
  async release(fence: Fence): Promise<void> {
    await this.#store.transact(async (transaction) => {
      const record = await this.#read(transaction, fence.customerId, fence.imageId)
      if (record === null || !holds(record, fence)) return
      this.#write(transaction, released(record, transaction.readTime(), this.#settings))
    })
  }

  /**
   * Opens a failed image again; the caller then hands it to redrive (reconcile does, where that is lost).
   * `rawExists`: whether the raw object is still there.
   */
  async replay(customerId: string, imageId: string, rawExists: boolean): Promise<Record | ReplayRefusal> {
    return this.#store.transact<Record | ReplayRefusal>(async (transaction) => {
      const record = await this.#read(transaction, customerId, imageId)
      if (record === null) return 'not-found'
      if (record.job !== null) return 'busy'
      if (record.state !== 'failed') return 'not-failed'
      if (!rawExists) return 'raw-expired'
      const job = {
        kind: 'replay',
        leaseUntil: null,
        holder: null,
        profileVersion: null,
        attempt: record.attempt,
      } as const
      return this.#write(transaction, { ...record, job, lost: 0, dueAt: transaction.readTime() })
    })
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

  #end(transaction: Transaction, record: Record, ending: Ending, now: Instant): Record {
    const next = ended(record, ending, now)
    const { customerId, imageId, date } = next
    const shard = shardOf(imageId, this.#settings.statsShards)
    const cell = { customerId, date, exportShard: shard % EXPORT_SHARDS }
    transaction.merge(statsPath(customerId, date, shard), counterChange(cell, record.counted, next.counted))
    return this.#write(transaction, next)
  }
}
