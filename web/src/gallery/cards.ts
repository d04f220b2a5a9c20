/** What the gallery shows of each image: pure functions of its records and of this visit's uploads. */
import { parseRawName } from '../../../functions/src/contract/names.ts'
import type { Output } from '../../../functions/src/contract/record.ts'
import { formatName } from '../ui/format.ts'
import type { Queue, Upload } from '../upload/queue.ts'
import type { GalleryRecord } from './images.ts'

/** `waiting`: uploaded, but the pipeline has not taken it up; it has no record yet. */
export type Status = 'waiting' | 'received' | 'working' | 'processed' | 'failed'

export const STATUS_NAMES: Readonly<Record<Status, string>> = {
  waiting: 'Waiting',
  received: 'Received',
  working: 'Working',
  processed: 'Processed',
  failed: 'Failed',
}

export interface Card {
  readonly key: string
  readonly fileName: string
  readonly status: Status
  /** For a failed image: a sentence fit for the customer. */
  readonly reason: string | null
  /** Such as "JPEG". */
  readonly format: string | null
  readonly bytes: number
  /** Pixels, upright. */
  readonly dimensions: { readonly width: number; readonly height: number } | null
  readonly alpha: boolean
  readonly receivedAt: Date
  /** Base64 of a thumbhash, or null. */
  readonly placeholder: string | null
  /** The object of the processed bucket to show, or null. */
  readonly thumbnail: string | null
}

export function statusOf({ state, job }: Pick<GalleryRecord, 'state' | 'job'>): Status {
  if (state !== 'received') return state
  return job !== null && job.leaseUntil !== null ? 'working' : 'received'
}

export function cardOf(record: GalleryRecord): Card {
  const { input } = record
  return {
    key: record.imageId,
    fileName: record.fileName,
    status: statusOf(record),
    reason: record.error?.message ?? null,
    format: input === null ? null : formatName(input.format),
    bytes: record.raw.bytes,
    dimensions: input === null || input.width === 0 ? null : { width: input.width, height: input.height },
    alpha: input?.alpha ?? false,
    receivedAt: record.receivedAt,
    placeholder: placeholderOf(record),
    thumbnail: smallest(record.outputs)?.object ?? null,
  }
}

/** The uploads of this visit that have arrived but have no record yet, then the records, each newest first. */
export function cardsOf(records: readonly GalleryRecord[], uploads: Queue): readonly Card[] {
  const waiting = uploads.flatMap((upload) =>
    upload.state.kind === 'uploaded' ? [waitingCard(upload, upload.state.arrivedAt)] : [],
  )
  const recorded = new Set(records.map(uploadIdOf))
  return [...waiting.filter(({ key }) => !recorded.has(key)).toReversed(), ...records.map(cardOf)]
}

const waitingCard = (upload: Upload, arrivedAt: Date): Card => ({
  key: upload.uploadId,
  fileName: upload.fileName,
  status: 'waiting',
  reason: null,
  format: null,
  bytes: upload.bytes,
  dimensions: null,
  alpha: false,
  receivedAt: arrivedAt,
  placeholder: null,
  thumbnail: null,
})

/**
 * The uploads that need no card of their own any more: those whose record is here, and those that arrived before everything in
 * a full list, whose record has its place beyond the list's end (records are listed by when their object arrived).
 */
export function settledUploads(records: readonly GalleryRecord[], uploads: Queue, shown: number): readonly string[] {
  const recorded = new Set(records.map(uploadIdOf))
  const oldest = records.length < shown ? undefined : records.at(-1)?.receivedAt
  return uploads.flatMap(({ uploadId, state }) => {
    if (state.kind !== 'uploaded') return []
    const beyond = oldest !== undefined && state.arrivedAt < oldest
    return recorded.has(uploadId) || beyond ? [uploadId] : []
  })
}

/** Null for an image that did not come from a web page. */
function uploadIdOf({ raw }: GalleryRecord): string | null {
  const name = parseRawName(raw.name)
  return 'problem' in name || name.source !== 'web' ? null : name.uploadId
}

const pixels = ({ width, height }: Output) => (width ?? 0) * (height ?? 0)

/** The image among the outputs that has the fewest pixels. */
function smallest(outputs: readonly Output[]): Output | undefined {
  return outputs
    .filter((output) => output.contentType.startsWith('image/') && pixels(output) > 0)
    .toSorted((a, b) => pixels(a) - pixels(b))[0]
}

/** What the processor `thumbhash` found: `{ base64 }`. */
function placeholderOf({ findings }: GalleryRecord): string | null {
  const found = findings['thumbhash'] as { readonly base64?: unknown } | null | undefined
  return typeof found?.base64 === 'string' ? found.base64 : null
}
