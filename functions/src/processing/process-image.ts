/** One image's work between claim and commit: admitted by its header, decoded once, run through a profile. */
import type { ErrorCode, ImageError } from '../contract/outcomes.ts'
import type { InputFacts } from '../contract/record.ts'
import { admit, type Limits, unreadFacts } from './admit.ts'
import { decode } from './decode.ts'
import { type Durations, runStep, runSteps } from './pipeline.ts'
import type { OutputDraft } from './processor.ts'
import type { Profile } from './profile.ts'
import type { Findings } from './yields.ts'

export interface ProcessedImage {
  readonly outcome: 'processed'
  readonly input: InputFacts
  readonly outputs: readonly OutputDraft[]
  /** By processor. At most MAX_FINDINGS_BYTES as JSON; nothing in it that Firestore refuses. */
  readonly findings: Findings
  /** Milliseconds by step, in the order they ran: `admit`, `decode`, then the processors. */
  readonly durations: Readonly<Record<string, number>>
  readonly profileVersion: string
}

export interface FailedImage {
  readonly outcome: ErrorCode
  /** Width, height and pages are 0 where the header could not be read. */
  readonly input: InputFacts
  readonly error: ImageError
  /** What happened inside, for logs alone: it may quote the file. */
  readonly internal?: unknown
  readonly durations: Readonly<Record<string, number>>
  readonly profileVersion: string
}

export type ProcessingResult = ProcessedImage | FailedImage

/** Reading a header takes milliseconds; a file that needs seconds for it is made to. */
const ADMIT = { name: 'admit', deadlineMs: 20_000 }
const DECODE = { name: 'decode', deadlineMs: 60_000 }

/**
 * Processes one image. Bad input is an outcome. Throws only for the platform's faults: `signal`'s reason when it aborts, a lack
 * of memory, and a service that can't be reached; then the image may be tried again.
 */
export async function processImage(
  bytes: Uint8Array,
  profile: Profile,
  limits: Limits,
  signal: AbortSignal,
): Promise<ProcessingResult> {
  const durations: Durations = {}
  const failed = (input: InputFacts, error: ImageError, internal?: unknown): FailedImage => ({
    outcome: error.code,
    input,
    error,
    ...(internal === undefined ? {} : { internal }),
    durations,
    profileVersion: profile.version,
  })

  const admitted = await runStep(ADMIT, signal, durations, () => admit(bytes, profile, limits))
  if (!admitted.ok) return failed(unreadFacts(bytes), admitted.error, admitted.internal)
  const admission = admitted.value
  if (!admission.admitted) return failed(admission.facts, admission.error, admission.internal)
  const { facts: input, header, sizes } = admission

  const decoded = await runStep(DECODE, signal, durations, (stop) => decode(bytes, input, header, sizes, limits, stop))
  if (!decoded.ok) return failed(input, decoded.error, decoded.internal)

  const made = await runSteps(decoded.value, profile.steps, signal, durations)
  if (!made.ok) return failed(input, made.error, made.internal)
  return { outcome: 'processed', input, ...made.value, durations, profileVersion: profile.version }
}
