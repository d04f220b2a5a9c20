/** What the page shows of each image: pure functions of its record. */
import type { Format } from '../../../functions/src/contract/formats.ts'
import { parseRawName, type Source } from '../../../functions/src/contract/names.ts'
import type { ErrorCode } from '../../../functions/src/contract/outcomes.ts'
import type { Output } from '../../../functions/src/contract/record.ts'
import type { GalleryRecord } from './images.ts'

/** `waiting`: the pipeline has not taken it up, or takes it up once more; `processing`: it is at work on it. */
export type Status = 'waiting' | 'processing' | 'done' | 'failed'

export interface Card {
  readonly imageId: string
  /** Null for an image that did not come from a web page. */
  readonly uploadId: string | null
  readonly source: Source
  readonly fileName: string
  readonly status: Status
  /** For a failed image. The message is the pipeline's, in English; texts go by the code. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  readonly attempt: number
  readonly format: Format | null
  /** Of the file that was sent. */
  readonly bytes: number
  /** Pixels, upright. */
  readonly dimensions: { readonly width: number; readonly height: number } | null
  readonly pages: number
  readonly alpha: boolean
  readonly receivedAt: Date
  readonly processedAt: Date | null
  /** Until when its results are certain to be there. */
  readonly availableUntil: Date | null
  readonly deletedAt: Date | null
  /** The image of the same content that came first, or null. */
  readonly sameAs: string | null
  readonly outputs: readonly Output[]
  /** What the processors found out, by their names: the customer's own data, and text only. */
  readonly findings: Readonly<Record<string, unknown>>
  /** Base64 of a thumbhash, or null. */
  readonly placeholder: string | null
  /** The object of the processed bucket to show in a list, or null. */
  readonly thumbnail: string | null
}

export function statusOf({ state, job }: Pick<GalleryRecord, 'state' | 'job'>): Status {
  // A reprocess leaves what is there as it was; a replay is of an image that has failed.
  if (job !== null && state !== 'processed') return job.leaseUntil === null ? 'waiting' : 'processing'
  if (state === 'received') return 'waiting'
  return state === 'processed' ? 'done' : 'failed'
}

export function cardOf(record: GalleryRecord): Card {
  const { input, error } = record
  const status = statusOf(record)
  return {
    imageId: record.imageId,
    uploadId: uploadIdOf(record),
    source: record.source,
    fileName: record.fileName,
    status,
    error: status === 'failed' && error !== null ? { code: error.code, message: error.message } : null,
    attempt: record.attempt,
    format: input?.format ?? null,
    bytes: record.raw.bytes,
    dimensions: input === null || input.width === 0 ? null : { width: input.width, height: input.height },
    pages: input?.pages ?? 1,
    alpha: input?.alpha ?? false,
    receivedAt: record.receivedAt,
    processedAt: record.processedAt,
    availableUntil: record.availableUntil,
    deletedAt: record.deletedAt ?? null,
    sameAs: record.sameAs ?? null,
    outputs: record.outputs,
    findings: record.findings,
    placeholder: placeholderOf(record),
    thumbnail: smallest(record.outputs)?.object ?? null,
  }
}

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
