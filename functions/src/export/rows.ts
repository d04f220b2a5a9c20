import { traceIdOf } from '../contract/names.ts'
import type { SourceEvent } from '../contract/event.ts'
import type { ImageError } from '../contract/outcomes.ts'
import type { Customer, ImageRecord, InputFacts, RawObject } from '../contract/record.ts'
import { sumShards } from '../ledger/counters.ts'
import type { Instant } from '../ledger/instant.ts'

export type RowValue = null | boolean | number | string | readonly { readonly [field: string]: number }[]
/** A row as a load job takes it: its columns by name. Times are ISO 8601 with microseconds, UTC. */
export type Row = { readonly [column: string]: RowValue }

const time = (instant: Instant | null) => instant?.toString() ?? null

/** What of a record its row is made of. */
type RowRecord = Pick<
  ImageRecord<Instant>,
  | 'customerId'
  | 'imageId'
  | 'date'
  | 'state'
  | 'counted'
  | 'outputs'
  | 'fileName'
  | 'attempt'
  | 'profileVersion'
  | 'receivedAt'
  | 'processedAt'
  | 'availableUntil'
  | 'revision'
  | 'updatedAt'
  | 'sameAs'
  | 'reprocess'
> & {
  readonly input: Pick<InputFacts, 'width' | 'height' | 'pages' | 'alpha' | 'sha256'> | null
  readonly raw: Pick<RawObject<Instant>, 'name' | 'generation'>
  readonly error: Pick<ImageError, 'code' | 'processor'> | null
  readonly event: Pick<SourceEvent, 'topic' | 'source' | 'id'> | null
}

/** The same, as a query names it: findings alone may be 64 KiB, and have no column. */
export const ROW_FIELDS: readonly string[] = (
  'customerId imageId date state counted outputs fileName attempt profileVersion ' +
  'receivedAt processedAt availableUntil revision updatedAt sameAs reprocess ' +
  'input.width input.height input.pages input.alpha input.sha256 ' +
  'raw.name raw.generation error.code error.processor event.topic event.source event.id'
).split(' ')

/**
 * The row of an image, or null while it has not ended. One that was opened again (replay, reprocess) keeps the row of its last end,
 * which is also what the counters hold, until the new end is committed: figures come from `counted` alone.
 */
export function imageRow(record: RowRecord): Row | null {
  const { counted, input } = record
  if (record.state === 'received' || counted === null) return null
  return {
    customer_id: record.customerId,
    image_id: record.imageId,
    date: record.date,
    source: counted.source,
    format: counted.format,
    outcome: counted.outcome,
    state: record.state,
    error_code: record.error?.code ?? null,
    error_processor: record.error?.processor ?? null,
    reprocessed: counted.reprocessed,
    bytes_in: counted.bytesIn,
    bytes_out: counted.bytesOut,
    pixels: counted.pixels,
    milliseconds: counted.milliseconds,
    width: input?.width ?? null,
    height: input?.height ?? null,
    pages: input?.pages ?? null,
    alpha: input?.alpha ?? null,
    sha256: input?.sha256 ?? null,
    outputs: record.outputs.length,
    file_name: record.fileName,
    raw_object: record.raw.name,
    raw_generation: record.raw.generation,
    attempt: record.attempt,
    profile_version: record.profileVersion,
    received_at: time(record.receivedAt),
    processed_at: time(record.processedAt),
    available_until: time(record.availableUntil),
    revision: record.revision,
    updated_at: time(record.updatedAt),
    same_as: record.sameAs ?? null,
    reprocessed_at: time(record.reprocess?.at ?? null),
    reprocess_error: record.reprocess?.error?.code ?? null,
    trace_id: traceIdOf(record.imageId),
    event_topic: record.event?.topic ?? null,
    event_source: record.event?.source ?? null,
    event_id: record.event?.id ?? null,
  }
}

/**
 * The rows of a customer's day: one for each cell, those that fell to zero included, or the last figure would stand for ever.
 * `shards` are all of that day's, read at the one moment `readAt`.
 */
export function statsRows(
  customerId: string,
  date: string,
  shards: Parameters<typeof sumShards>[0],
  readAt: Instant,
): readonly Row[] {
  return [...sumShards(shards)].map(([key, cell]) => {
    const [source = '', format = '', outcome = ''] = key.split('~')
    const histogram = Object.entries(cell.histogram)
      .filter(([, images]) => images !== 0)
      .map(([bucket, images]) => ({ bucket: Number(bucket), images }))
      .sort((a, b) => a.bucket - b.bucket)
    return {
      customer_id: customerId,
      date,
      source,
      format,
      outcome,
      images: cell.images,
      reprocessed: cell.reprocessed,
      bytes_in: cell.bytesIn,
      bytes_out: cell.bytesOut,
      pixels: cell.pixels,
      milliseconds: cell.milliseconds,
      histogram,
      revision: readAt.micros,
    }
  })
}

export function customerRow(customerId: string, customer: Customer<Instant>): Row {
  return {
    customer_id: customerId,
    name: customer.name,
    kind: customer.kind,
    created_at: time(customer.createdAt),
    updated_at: time(customer.updatedAt),
    revision: customer.updatedAt.micros,
    erased: customer.erased === true,
  }
}

/** Newline-delimited JSON: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json */
export const ndjson = (rows: readonly Row[]): Uint8Array =>
  new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
