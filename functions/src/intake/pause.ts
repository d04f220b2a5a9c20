/** The global switch: while an operator has paused processing, nothing is claimed and nothing is taken from Kafka. */
import { PAUSE_PATH } from '../contract/names.ts'
import type { Data, DocumentStore } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import type { Log } from './log.ts'

export interface Pause {
  readonly reason: string
  readonly by: string
  /** Null where somebody has set the switch by hand and left it out. */
  readonly since: Instant | null
}

/** Null where processing is not paused. Takes whatever stands there: a switch that was set by hand, and not whole, must work as well. */
export function pauseIn(document: Data | null): Pause | null {
  if (document === null || document['paused'] !== true) return null
  const { reason, by, since } = document
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return { reason: text(reason), by: text(by), since: since instanceof Instant ? since : null }
}

/** Days after which what waits is deleted: raw images, and records in Kafka. */
export interface Waiting {
  readonly rawDays: number
  readonly kafkaRetentionDays: number
}

/** What is lost when, should the pause last. */
export const lossesOf = ({ since }: Pause, { rawDays, kafkaRetentionDays }: Waiting) => ({
  rawIsDeletedFrom: since?.plusDays(rawDays).toString() ?? null,
  kafkaIsDeletedFrom: since?.plusDays(kafkaRetentionDays).toString() ?? null,
})

/** Milliseconds. */
const FRESH = 10_000
const SAY_EVERY = 60_000
/** The bridge does without Firestore, so that it must not be held up by it. */
const WAIT = 2000

export interface PauseDeps {
  readonly store: Pick<DocumentStore, 'get'>
  readonly settings: Waiting
  readonly log: Log
  /** Milliseconds from a fixed point, never going back. */
  readonly clock: () => number
}

/**
 * Says whether processing is paused, as of ten seconds ago at the most. Where that can't be read in time, what was known last stands, and
 * without it processing goes on. Never throws.
 */
export function pauseSource({ store, settings, log, clock }: PauseDeps): () => Promise<boolean> {
  let known: Pause | null = null
  let lookedAt = -Infinity
  let saidAt = -Infinity
  let looking: Promise<void> | null = null
  let begun = 0
  let answered = 0

  async function read(): Promise<void> {
    const number = ++begun
    try {
      const pause = pauseIn(await store.get(PAUSE_PATH))
      // One that was late has nothing to say any more.
      if (number < answered) return
      answered = number
      known = pause
    } catch (error) {
      log.warn('whether processing is paused could not be read: what was known last stands', { error })
    }
  }

  async function look(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, WAIT)
    await Promise.race([read(), late.promise])
    clearTimeout(timer)
    looking = null
  }

  return async () => {
    if (looking === null && clock() - lookedAt >= FRESH) {
      lookedAt = clock()
      looking = look()
    }
    await looking
    if (known !== null && clock() - saidAt >= SAY_EVERY) {
      saidAt = clock()
      const { reason, by, since } = known
      log.warn('processing is paused', {
        reason,
        by,
        since: since?.toString() ?? null,
        ...lossesOf(known, settings),
      })
    }
    return known !== null
  }
}

/** Drops what comes while processing is paused. Only for what somebody else hands on again, as reconcile does with images. */
export const unlessPaused =
  <T>(paused: () => Promise<boolean>, act: (what: T) => Promise<void>) =>
  async (what: T): Promise<void> => {
    if (!(await paused())) await act(what)
  }
