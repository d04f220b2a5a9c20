import type { Format } from '../contract/formats.ts'
import type { ImageError } from '../contract/outcomes.ts'
import { MAX_EARLIER, type Contribution, type ImageRecord, type InputFacts, type Output } from '../contract/record.ts'
import type { Instant } from './instant.ts'

/** How one attempt ended. */
export interface Ending {
  /** Null: processed. */
  readonly error: ImageError | null
  /** As the bytes say; `unknown` where they were never looked at. */
  readonly format: Format
  readonly input: InputFacts | null
  readonly outputs: readonly Output[]
  readonly findings: Readonly<Record<string, unknown>>
  readonly durations: Readonly<Record<string, number>>
  /** Whole milliseconds from claim to commit. */
  readonly milliseconds: number
  readonly availableUntil: Instant | null
  readonly profileVersion: string | null
}

/** The end of an image whose bytes were never looked at. */
export const unseen = (error: ImageError): Ending => ({
  error,
  format: 'unknown',
  input: null,
  outputs: [],
  findings: {},
  durations: {},
  milliseconds: 0,
  availableUntil: null,
  profileVersion: null,
})

function contributionOf(record: ImageRecord<Instant>, ending: Ending): Contribution {
  const { input } = ending
  return {
    source: record.source,
    format: ending.format,
    outcome: ending.error?.code ?? 'processed',
    reprocessed: (record.counted?.reprocessed ?? 0) + (record.job?.kind === 'reprocess' ? 1 : 0),
    bytesIn: record.raw.bytes,
    bytesOut: ending.outputs.reduce((sum, output) => sum + output.bytes, 0),
    pixels: input === null ? 0 : input.width * input.height * input.pages,
    milliseconds: ending.milliseconds,
  }
}

/**
 * The record as it stands after its work has ended, with the contribution it now makes. Pure. A reprocess that fails takes no good results
 * away: the image stays as it was processed. `sameAs`: the customer's image that had this content first.
 */
export function ended(
  record: ImageRecord<Instant>,
  ending: Ending,
  now: Instant,
  sameAs: string | null,
): ImageRecord<Instant> {
  const isReprocess = record.job?.kind === 'reprocess'
  const profileVersion = ending.profileVersion ?? record.job?.profileVersion ?? null
  const reprocess = isReprocess ? { profileVersion, at: now, error: ending.error } : record.reprocess
  if (isReprocess && ending.error !== null && record.state === 'processed') {
    return { ...record, job: null, dueAt: null, reprocess }
  }
  return {
    ...record,
    reprocess,
    earlier: isReprocess ? earlierOf(record) : record.earlier,
    sameAs,
    state: ending.error === null ? 'processed' : 'failed',
    job: null,
    dueAt: null,
    input: ending.input,
    outputs: ending.outputs,
    findings: ending.findings,
    durations: ending.durations,
    profileVersion: ending.profileVersion,
    error: ending.error,
    processedAt: now,
    availableUntil: ending.availableUntil,
    counted: contributionOf(record, ending),
  }
}

/** The results that are replaced now, before those that were replaced earlier. */
function earlierOf({ outputs, profileVersion, availableUntil, earlier }: ImageRecord<Instant>) {
  const replaced = outputs.length === 0 ? [] : [{ outputs, profileVersion, availableUntil }]
  return [...replaced, ...earlier].slice(0, MAX_EARLIER)
}
