import { eventOf } from '../contract/event.ts'
import { namePartsOf } from '../contract/customer.ts'
import { EXPORT_SHARDS } from '../contract/limits.ts'
import type { RawName } from '../contract/names.ts'
import type { ErrorCode, ImageError } from '../contract/outcomes.ts'
import type { ImageRecord, JobKind } from '../contract/record.ts'
import type { ObjectStat } from '../intake/object-store.ts'
import type { Instant } from './instant.ts'

/** How often a process may die over an image before it is given up. */
export const MAX_LOST = 3

/** What brought us here: the bucket's own event, or a task of the redrive queue (which runs one image to a process). */
export type Via = 'event' | 'redrive'

/** Proof of being the one at work: a commit with an older fence changes nothing. */
export interface Fence {
  readonly customerId: string
  readonly imageId: string
  readonly attempt: number
}

export interface ClaimRequest {
  readonly imageId: string
  readonly name: RawName
  /** Null: the raw object is not there. */
  readonly raw: ObjectStat | null
  /** The day on which the raw object arrived, in the reporting time zone. */
  readonly date: string
  readonly via: Via
  /** Unique to this delivery. */
  readonly holder: string
  readonly quotaExceeded: boolean
}

export interface LedgerSettings {
  readonly leaseSeconds: number
  readonly recordDays: number
  readonly retentionDays: number
  readonly statsShards: number
}

/** Only these outcomes are decided without looking at the image's bytes. */
export type ClaimFailure = Extract<ErrorCode, 'attempts-exhausted' | 'object-gone' | 'quota-exceeded'>

/** `customer-erased`: the customer's data was deleted, and nothing of it is taken in any more. */
export type SkipReason = 'no-object' | 'already-ended' | 'customer-erased'

export type ClaimDecision =
  | { readonly kind: 'work'; readonly record: ImageRecord<Instant> }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  /** Another attempt is alive: come back later. */
  | { readonly kind: 'busy'; readonly until: Instant }
  /** Write the record, then hand the image to redrive. */
  | { readonly kind: 'redrive'; readonly record: ImageRecord<Instant> }
  /** Write the record as failed, counted in the same transaction. */
  | { readonly kind: 'fail'; readonly record: ImageRecord<Instant>; readonly error: ImageError }

const MESSAGES: Readonly<Record<ClaimFailure, string>> = {
  'attempts-exhausted':
    'This image could not be processed: it broke the processing several times. Please check the file, or save it anew and upload it again.',
  'object-gone': 'The uploaded file is no longer there, so it could not be processed. Please upload it again.',
  'quota-exceeded':
    "This image was not processed: the day's limit of images is reached. Please upload it again tomorrow.",
}

const claimError = (code: ClaimFailure): ImageError => ({ code, message: MESSAGES[code] })

/** Spreads images evenly: the id is a hash already. */
export const shardOf = (imageId: string, shards: number) => Number.parseInt(imageId.slice(0, 8), 16) % shards

function newRecord(
  request: ClaimRequest & { raw: ObjectStat },
  now: Instant,
  settings: LedgerSettings,
): ImageRecord<Instant> {
  // Of the web's objects the rules let nobody set metadata.
  const event = request.name.source === 'kafka' ? eventOf(request.raw.metadata) : null
  const fileName = event?.subject ?? request.name.fileName
  return {
    imageId: request.imageId,
    customerId: request.name.customerId,
    source: request.name.source,
    fileName,
    event,
    date: request.date,
    state: 'received',
    job: { kind: 'first', leaseUntil: null, holder: null, profileVersion: null, attempt: 0 },
    attempt: 0,
    lost: 0,
    dueAt: now,
    raw: rawOf(request.raw),
    input: null,
    outputs: [],
    findings: {},
    durations: {},
    profileVersion: null,
    error: null,
    reprocess: null,
    earlier: [],
    deletedAt: null,
    nameParts: namePartsOf(fileName),
    sameAs: null,
    receivedAt: request.raw.createdAt,
    processedAt: null,
    availableUntil: null,
    counted: null,
    revision: 0,
    updatedAt: now,
    exportShard: shardOf(request.imageId, EXPORT_SHARDS),
    expireAt: request.raw.createdAt.plusDays(settings.recordDays),
  }
}

/** The sender's content type is text to show; nothing rests on it. */
const rawOf = (raw: ObjectStat): ImageRecord<Instant>['raw'] => ({
  name: raw.name,
  generation: raw.generation,
  bytes: raw.bytes,
  contentType: raw.contentType.toWellFormed().slice(0, 255),
  crc32c: raw.crc32c,
  createdAt: raw.createdAt,
})

/**
 * Decides what one delivery may do with an image. Pure: `record` is what the transaction read, `now` its read time.
 *
 * A lease found expired means that a process died over this image. From then on the image goes through redrive, so that
 * a file that kills its process takes no neighbour with it for ever.
 */
export function decideClaim(
  record: ImageRecord<Instant> | null,
  request: ClaimRequest,
  now: Instant,
  settings: LedgerSettings,
): ClaimDecision {
  const { raw } = request
  if (record === null) {
    if (raw === null) return { kind: 'skip', reason: 'no-object' }
    const first = newRecord({ ...request, raw }, now, settings)
    return request.quotaExceeded
      ? { kind: 'fail', record: first, error: claimError('quota-exceeded') }
      : lease(first, raw, request, now, settings)
  }
  if (record.job === null) return { kind: 'skip', reason: 'already-ended' }

  const { leaseUntil } = record.job
  if (leaseUntil !== null && leaseUntil.isAfter(now)) {
    // The claim got through, its answer did not, and the store has it run again.
    return record.job.holder === request.holder ? { kind: 'work', record } : { kind: 'busy', until: leaseUntil }
  }
  const died = leaseUntil !== null
  const found: ImageRecord<Instant> = died ? { ...record, lost: record.lost + 1 } : record
  if (found.lost >= MAX_LOST) return { kind: 'fail', record: found, error: claimError('attempts-exhausted') }
  if (raw === null) return { kind: 'fail', record: found, error: claimError('object-gone') }
  if (request.quotaExceeded && record.job.byCustomer === true && record.error?.code === 'quota-exceeded') {
    // It has no attempt of its own, and still was one of the few that its customer has.
    return { kind: 'fail', record: { ...found, attempt: found.attempt + 1 }, error: claimError('quota-exceeded') }
  }
  if (found.lost > 0 && request.via === 'event') return { kind: 'redrive', record: released(found, now, settings) }
  return lease(found, raw, request, now, settings)
}

function lease(
  record: ImageRecord<Instant>,
  raw: ObjectStat,
  request: ClaimRequest,
  now: Instant,
  settings: LedgerSettings,
): ClaimDecision {
  const attempt = record.attempt + 1
  const leaseUntil = now.plusSeconds(settings.leaseSeconds)
  const kind: JobKind = record.job?.kind ?? 'first'
  const profileVersion = record.job?.profileVersion ?? null
  return {
    kind: 'work',
    record: {
      ...record,
      attempt,
      raw: rawOf(raw),
      job: { kind, attempt, leaseUntil, holder: request.holder, profileVersion },
      dueAt: leaseUntil,
    },
  }
}

/**
 * The record with its lease given back: anybody may claim it, and reconcile will where nobody does. `lost`: the attempt counts as one of
 * which its process died.
 */
export function released(
  record: ImageRecord<Instant>,
  now: Instant,
  settings: LedgerSettings,
  { lost = false } = {},
): ImageRecord<Instant> {
  if (record.job === null) return record
  return {
    ...record,
    lost: record.lost + (lost ? 1 : 0),
    job: { ...record.job, leaseUntil: null, holder: null },
    dueAt: now.plusSeconds(settings.leaseSeconds),
  }
}

/** True where this attempt may still write. */
export const holds = ({ job }: Pick<ImageRecord<Instant>, 'job'>, fence: Fence) =>
  job !== null && job.leaseUntil !== null && job.attempt === fence.attempt
