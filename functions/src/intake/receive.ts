import { sniffFormat, type Format } from '../contract/formats.ts'
import { imageIdOf, parseRawName, processedName } from '../contract/names.ts'
import type { ImageRecord, JobKind, Output } from '../contract/record.ts'
import type { Settings } from '../config/settings.ts'
import type { ClaimRequest, SkipReason, Via } from '../ledger/claim.ts'
import { unseen, type Ending } from '../ledger/commit.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { dateIn } from '../ledger/reporting-zone.ts'
import { unreadFacts } from '../processing/admit.ts'
import { processorTimeout, tooManyBytes } from '../processing/image-errors.ts'
import type { processImage, ProcessingResult } from '../processing/process-image.ts'
import type { OutputDraft } from '../processing/processor.ts'
import type { Profile } from '../processing/profile.ts'
import { isOutOfMemory } from '../processing/sharp.ts'
import type { Log } from './log.ts'
import type { ObjectStore } from './object-store.ts'
import type { ImageToProfile } from './profile-source.ts'
import type { RedriveTask } from './redrive-task.ts'

export interface Intake {
  readonly store: DocumentStore
  readonly ledger: Ledger
  readonly raw: ObjectStore
  readonly processed: ObjectStore
  /** The profile for an image. What it throws is no fault of the image: {@link profileSource}. */
  profileFor(image: ImageToProfile): Promise<Profile>
  /** Whether processing is paused: {@link pauseSource}. */
  paused(): Promise<boolean>
  /** Whether the customer has used up its quota of a day: {@link limitsSource}. */
  quotaExceeded(customerId: string, date: string): Promise<boolean>
  /** The formats that the customer may send; null: every one that is processed. {@link limitsSource} */
  formatsOf(customerId: string): Promise<readonly Format[] | null>
  readonly settings: Settings
  readonly log: Log
  readonly process: typeof processImage
  /** Hands an image to the redrive queue. A task that is there already is success. */
  redrive(task: RedriveTask): Promise<void>
  /** Milliseconds from a fixed point, never going back. */
  readonly clock: () => number
}

/** Somebody else is at work on this image: the delivery must come again later. Thrown so that the platform retries. */
export class ImageBusy extends Error {
  override readonly name = 'ImageBusy'
}

export type Received = 'paused' | 'not-an-image' | SkipReason | 'redrive' | 'ended' | 'superseded'

/**
 * One delivery of one raw object: stat, claim, work, commit. The event and the redrive queue both come here, with the name
 * alone: whatever else a delivery says may be stale. Throws where the platform should deliver again: while another attempt is
 * alive ({@link ImageBusy}), and on a fault of Storage, Firestore or the network, after the lease was given back.
 */
export async function receive(intake: Intake, objectName: string, via: Via): Promise<Received> {
  const { ledger, log } = intake
  // Without a trace, so that a loop or a flood costs next to nothing: reconcile finds the object, or the open job, once the pause is over.
  if (await intake.paused()) return 'paused'
  const name = parseRawName(objectName)
  if ('problem' in name) {
    log.info('not an image: its name does not parse', { object: objectName, problem: name.problem })
    return 'not-an-image'
  }
  const raw = await intake.raw.stat(objectName)
  const date = raw === null ? '' : dateIn(intake.settings.reportingTimeZone, raw.createdAt)
  const request: ClaimRequest = {
    imageId: await imageIdOf(objectName),
    name,
    raw,
    date,
    via,
    holder: globalThis.crypto.randomUUID(),
    quotaExceeded: raw !== null && (await intake.quotaExceeded(name.customerId, date)),
  }
  const claim = await ledger.claim(request)
  switch (claim.kind) {
    case 'skip':
      // Of an erased customer not even the object's name is told.
      log.info('nothing to do', {
        ...(claim.reason === 'customer-erased' ? { image: request.imageId } : { object: objectName }),
        reason: claim.reason,
      })
      return claim.reason
    case 'busy':
      throw new ImageBusy(`another attempt is at work on ${objectName} until ${claim.until.toString()}`)
    case 'redrive':
      log.warn('a process died over this image: it goes to redrive', { object: objectName, lost: claim.record.lost })
      await intake.redrive({
        rawName: objectName,
        imageId: request.imageId,
        attempt: claim.record.attempt,
        lost: claim.record.lost,
      })
      return 'redrive'
    case 'ended':
      logEnd(intake, claim.record, claim.job)
      return 'ended'
    case 'work':
      logClaim(log, claim.record, via)
      break
  }

  let ending: Ending
  try {
    ending = await work(intake, claim.record)
  } catch (error) {
    // Memory that has run out may run out again: it counts as if the process had died of it, so that it comes to an end.
    await releaseAfter(error, () => ledger.release(claim.fence, { lost: isOutOfMemory(error) }))
    throw error
  }
  try {
    const commit = await ledger.commit(claim.fence, ending)
    if (commit.kind === 'superseded') {
      log.warn('another attempt took over: this one is void', { object: objectName, attempt: claim.fence.attempt })
      return 'superseded'
    }
    logEnd(intake, commit.record, claim.record.job?.kind ?? 'first')
    return 'ended'
  } catch (error) {
    await releaseAfter(error, () => ledger.release(claim.fence))
    throw error
  }
}

/** A failed release only costs time, since the lease expires; but it must not hide what went wrong first. */
async function releaseAfter(error: unknown, release: () => Promise<void>): Promise<void> {
  try {
    await release()
  } catch (releaseError) {
    throw new AggregateError([error, releaseError], 'the work failed, and its lease could not be given back', {
      cause: releaseError,
    })
  }
}

async function work(intake: Intake, record: ImageRecord<Instant>): Promise<Ending> {
  const { settings, clock } = intake
  const { raw } = record
  // Refused without being fetched: what is too large for the memory must not get there.
  if (raw.bytes > settings.maxInputBytes) return unseen(tooManyBytes(raw.bytes, settings.maxInputBytes))

  const started = clock()
  const bytes = await intake.raw.read(raw.name, raw.generation)
  const fetched = clock()
  const { customerId, source, job } = record
  const image = { customerId, source, format: sniffFormat(bytes), pinned: job?.profileVersion ?? null }
  const profile = await intake.profileFor(image)
  // What was taken once stays so, whatever its customer may send by now.
  const formats = record.state === 'processed' ? null : await intake.formatsOf(customerId)
  const result = await processInTime(intake, bytes, profile, formats)
  const worked = clock()
  if (result.outcome !== 'processed') {
    if (result.internal !== undefined) {
      intake.log.warn('an image failed', { object: raw.name, code: result.error.code, cause: result.internal })
    }
    const durations = { fetch: whole(fetched - started), ...result.durations }
    return {
      ...unseen(result.error),
      format: result.input.format,
      input: result.input,
      durations,
      milliseconds: whole(worked - started),
      profileVersion: profile.version,
    }
  }
  const { outputs, availableUntil } = await storeOutputs(intake, record, result.outputs)
  const stored = clock()
  return {
    error: null,
    format: result.input.format,
    input: result.input,
    outputs,
    findings: result.findings,
    durations: { fetch: whole(fetched - started), ...result.durations, store: whole(stored - worked) },
    milliseconds: whole(stored - started),
    availableUntil,
    profileVersion: profile.version,
  }
}

const whole = (milliseconds: number) => Math.max(0, Math.round(milliseconds))

/** An image that takes longer than the whole work may is the image's fault, not the platform's: tried again it would again. */
async function processInTime(
  intake: Intake,
  bytes: Uint8Array,
  profile: Profile,
  formats: readonly Format[] | null,
): Promise<ProcessingResult> {
  const { settings } = intake
  const signal = AbortSignal.timeout(settings.workSeconds * 1000)
  try {
    return await intake.process(bytes, profile, { ...settings, formats }, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    return {
      outcome: 'processor-timeout',
      input: unreadFacts(bytes),
      error: processorTimeout('all steps together', settings.workSeconds * 1000),
      internal: error,
      durations: {},
      profileVersion: profile.version,
    }
  }
}

async function storeOutputs(intake: Intake, record: ImageRecord<Instant>, drafts: readonly OutputDraft[]) {
  const outputs: Output[] = []
  let availableUntil: Instant | null = null
  for (const { name, extension, contentType, bytes, width, height } of drafts) {
    const object = processedName(record, record.attempt, name, extension)
    const stat = await intake.processed.create(object, bytes, contentType)
    const until = stat.createdAt.plusDays(intake.settings.retentionDays)
    if (availableUntil === null || availableUntil.isAfter(until)) availableUntil = until
    outputs.push({ name, object, contentType, bytes: bytes.byteLength, width, height })
  }
  return { outputs, availableUntil }
}

/** What a process that dies was at. With the line of the bridge, and that of the end, it shows an image's way. */
function logClaim(log: Log, { customerId, imageId, raw, job, attempt }: ImageRecord<Instant>, via: Via): void {
  log.info('image claimed', {
    customer: customerId,
    image: imageId,
    object: raw.name,
    job: job?.kind ?? 'first',
    attempt,
    via,
  })
}

/** The one line per finished job: an image's first, or one over again. It follows the commit; no figure is ever taken from logs. */
function logEnd({ log, settings }: Intake, record: ImageRecord<Instant>, job: JobKind): void {
  const { counted, customerId, receivedAt, processedAt } = record
  if (counted === null) return
  // Of a reprocess that failed the record keeps the earlier results, and says apart what became of it.
  const kept = job === 'reprocess' ? (record.reprocess?.error ?? null) : null
  const error = kept ?? record.error
  log.info('image finished', {
    customer: customerId,
    image: record.imageId,
    object: record.raw.name,
    source: counted.source,
    format: counted.format,
    job,
    outcome: error?.code ?? 'processed',
    bytesIn: counted.bytesIn,
    bytesOut: counted.bytesOut,
    pixels: counted.pixels,
    milliseconds: counted.milliseconds,
    // What the customer has waited for. Later jobs begin when somebody wants them.
    waitMilliseconds:
      job === 'first' && processedAt !== null ? whole(processedAt.toMillis() - receivedAt.toMillis()) : null,
    attempt: record.attempt,
    errorCode: error?.code ?? null,
    // Each value of a metric's label is a time series to pay for.
    customerGroup: settings.metricCustomers.includes(customerId) ? customerId : 'other',
  })
}
