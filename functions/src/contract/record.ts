/**
 * The documents in Firestore. Shared with the web client, whose SDK has a time type of its own: hence `Time`.
 * No imports but from this folder.
 */
import type { SourceEvent } from './event.ts'
import type { Format } from './formats.ts'
import type { Source } from './names.ts'
import type { ImageError, Outcome } from './outcomes.ts'

export type JobKind = 'first' | 'replay' | 'reprocess'

export interface Job<Time> {
  readonly kind: JobKind
  /** Null while the job waits to be claimed. */
  readonly leaseUntil: Time | null
  /** The delivery that holds the lease, so that it knows its own when the answer to its claim was lost; null where nobody does. */
  readonly holder: string | null
  /** The profile that this job is pinned to; null means the one in force when it is worked on. */
  readonly profileVersion: string | null
  /** The fence of the attempt at work: equals the record's `attempt`. */
  readonly attempt: number
  /** True while a customer’s own retry waits: where the image had been over the quota, it is held against it once more. */
  readonly byCustomer?: boolean
}

export interface RawObject<Time> {
  readonly name: string
  /** Cloud Storage's generation, a 64-bit integer as a decimal string. */
  readonly generation: string
  readonly bytes: number
  readonly contentType: string
  /** Base64 of the big-endian CRC32C, as Cloud Storage gives it. */
  readonly crc32c: string
  readonly createdAt: Time
}

/** What the bytes say about themselves. */
export interface InputFacts {
  readonly format: Format
  /** Pixels, as displayed: after the EXIF orientation is applied. */
  readonly width: number
  readonly height: number
  readonly pages: number
  readonly alpha: boolean
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface Output {
  /** Unique within the image, for example `fit-800`. */
  readonly name: string
  /** The object in the processed bucket. */
  readonly object: string
  readonly contentType: string
  readonly bytes: number
  readonly width: number | null
  readonly height: number | null
}

export interface Reprocess<Time> {
  readonly profileVersion: string | null
  readonly at: Time
  /** Null: it went well. */
  readonly error: ImageError | null
}

export interface EarlierResults<Time> {
  readonly profileVersion: string | null
  readonly outputs: readonly Output[]
  readonly availableUntil: Time | null
}

export const MAX_EARLIER = 5

/** The exact contribution that one image has made to its customer's counters. */
export interface Contribution {
  readonly source: Source
  readonly format: Format
  readonly outcome: Outcome
  readonly reprocessed: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly pixels: number
  /** Processing time of the attempt that was committed, in whole milliseconds. */
  readonly milliseconds: number
}

export interface ImageRecord<Time> {
  readonly imageId: string
  readonly customerId: string
  readonly source: Source
  /** The file's name as the sender gave it: text to show, never a path. */
  readonly fileName: string
  /** What the Kafka record said of itself; null where the image came by the web. */
  readonly event: SourceEvent | null
  /** YYYY-MM-DD: the day the raw object arrived, in the reporting time zone. Set at the first claim, never changed. */
  readonly date: string
  /** Changes only at commit. */
  readonly state: 'received' | 'processed' | 'failed'
  readonly job: Job<Time> | null
  /** The last fence that was given out; rises with each claim and is never reset. */
  readonly attempt: number
  /** Leases of the current job that were found expired: how often a process died over this image. */
  readonly lost: number
  /** When reconcile looks at it if nothing else does; null once terminal and without a job. */
  readonly dueAt: Time | null
  readonly raw: RawObject<Time>
  readonly input: InputFacts | null
  readonly outputs: readonly Output[]
  readonly findings: Readonly<Record<string, unknown>>
  /** Milliseconds by step, in the order they ran. */
  readonly durations: Readonly<Record<string, number>>
  readonly profileVersion: string | null
  readonly error: ImageError | null
  /** How the last reprocess ended; null where there was none. One that failed leaves all else as it was. */
  readonly reprocess: Reprocess<Time> | null
  /** Results that a reprocess has replaced, the newest first, at most {@link MAX_EARLIER}: their objects stay as long as any. */
  readonly earlier: readonly EarlierResults<Time>[]
  /** When its owner deleted it: it is shown no more, and its objects go as they would have gone. Null or absent: it is shown. */
  readonly deletedAt?: Time | null
  /** How many of its revisions were its owner’s (deleted, restored): nobody is sent an answer anew for those. Absent: none. */
  readonly ownerWrites?: number
  /** By what its name is searched: see `namePartsOf`. Absent in records that are older than the search. */
  readonly nameParts?: readonly string[]
  /** The customer's image that had the same content (SHA-256) first; null where this is it, or its bytes were never seen. */
  readonly sameAs: string | null
  readonly receivedAt: Time
  readonly processedAt: Time | null
  /** Till when every output is certain to be there: its earliest creation plus RETENTION_DAYS. */
  readonly availableUntil: Time | null
  readonly counted: Contribution | null
  /** Rises by one with each write, so that the export can tell the newer of two rows. */
  readonly revision: number
  readonly updatedAt: Time
  readonly exportShard: number
  /** Firestore's time-to-live removes the record after this. */
  readonly expireAt: Time
}

export interface Customer<Time> {
  readonly name: string
  /** True for the pseudonym of a customer whose data was deleted: it has counters and no records. */
  readonly erased?: boolean
  readonly kind: Source
  readonly createdAt: Time
  readonly updatedAt: Time
}

/** One cell of a customer's counters. Every field is a sum, so that shards add up. */
export interface Cell {
  readonly images: number
  readonly reprocessed: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly pixels: number
  readonly milliseconds: number
  /** Number of images by duration: {@link durationBucket} -> count. */
  readonly histogram: Readonly<Record<string, number>>
}

/** One cell without its histogram. */
export type Figures = Omit<Cell, 'histogram'>

export const NO_FIGURES: Figures = {
  images: 0,
  reprocessed: 0,
  bytesIn: 0,
  bytesOut: 0,
  pixels: 0,
  milliseconds: 0,
}

/** `a + sign × b`, field by field. */
export function addFigures(a: Figures, b: Figures, sign: 1 | -1 = 1): Figures {
  return {
    images: a.images + sign * b.images,
    reprocessed: a.reprocessed + sign * b.reprocessed,
    bytesIn: a.bytesIn + sign * b.bytesIn,
    bytesOut: a.bytesOut + sign * b.bytesOut,
    pixels: a.pixels + sign * b.pixels,
    milliseconds: a.milliseconds + sign * b.milliseconds,
  }
}

/** `customers/{id}/stats/{date}~{shard}`; the key of a cell is `{source}~{format}~{outcome}`. */
export interface StatsShard<Time> {
  readonly customerId: string
  readonly date: string
  readonly cells: Readonly<Record<string, Cell>>
  readonly updatedAt: Time
  readonly exportShard: number
}

export const cellKey = (c: Pick<Contribution, 'source' | 'format' | 'outcome'>) =>
  `${c.source}~${c.format}~${c.outcome}`

/** A fixed log scale, four buckets to each doubling: bucket b holds durations in [2^(b/4), 2^((b+1)/4)) ms; 0 is "under 1.19 ms". */
export function durationBucket(milliseconds: number): number {
  return Math.max(0, Math.min(95, Math.floor(Math.log2(Math.max(1, milliseconds)) * 4)))
}
