/** What is said of one image: its record's facts. Pure; no byte of the image is looked at. */
import type { Format } from '../../../../functions/src/contract/formats.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { formatName } from '../../ui/format.ts'
import { type Status, statusOf } from '../../gallery/cards.ts'

export interface ImageFacts {
  readonly imageId: string
  readonly fileName: string
  readonly status: Status
  /** A sentence; null where it did not fail. */
  readonly reason: string | null
  /** Such as "JPEG"; null: its bytes were never seen, or say nothing. */
  readonly format: string | null
  /** Pixels and pages; null where the header was not read. */
  readonly dimensions: string | null
  /** As it was sent. */
  readonly bytes: number
  /** Milliseconds in all; null where it has not ended. */
  readonly milliseconds: number | null
  /** Milliseconds by step, in the order they ran. */
  readonly steps: readonly (readonly [step: string, milliseconds: number])[]
  readonly receivedAt: Date
  readonly processedAt: Date | null
  readonly availableUntil: Date | null
}

export function factsOf(record: ImageRecord<Date>): ImageFacts {
  const { imageId, fileName, input, raw, error, counted, durations, receivedAt, processedAt, availableUntil } = record
  const format = seen(input?.format ?? counted?.format)
  return {
    imageId,
    fileName,
    status: statusOf(record),
    reason: error?.message ?? null,
    format: format === null ? null : formatName(format),
    dimensions: input === null || input.width === 0 ? null : dimensionsOf(input),
    bytes: raw.bytes,
    milliseconds: counted?.milliseconds ?? null,
    steps: Object.entries(durations),
    receivedAt,
    processedAt,
    availableUntil,
  }
}

const seen = (format: Format | undefined): Format | null =>
  format === undefined || format === 'unknown' ? null : format

const dimensionsOf = ({ width, height, pages }: { width: number; height: number; pages: number }) =>
  `${width} × ${height}${pages > 1 ? `, ${pages} pages` : ''}`
