/** Images that will be lost if nobody looks: not ended, three days before their raw object is deleted. */
import type { ImageRecord } from '../contract/record.ts'
import type { Log } from '../intake/log.ts'
import type { ObjectStat } from '../intake/object-store.ts'
import type { Instant } from '../ledger/instant.ts'

const WARNED_DAYS_AHEAD = 3
/** A job that was opened late in an image's life (replay, reprocess) is one only when nothing has taken it up for so long. */
const IDLE_SECONDS = 3600
/** Lines of one run: the count has the rest. */
const MAX_LINES = 20

/** Whether a raw object that arrived then will be deleted within three days; or is past half of its time, where that is shorter. */
export const expiresSoon = (arrivedAt: Instant, now: Instant, rawDays: number): boolean =>
  !arrivedAt.plusDays(Math.max(rawDays - WARNED_DAYS_AHEAD, rawDays / 2)).isAfter(now)

export function isStuck(
  { state, job, dueAt, receivedAt }: Pick<ImageRecord<Instant>, 'state' | 'job' | 'dueAt' | 'receivedAt'>,
  now: Instant,
  rawDays: number,
): boolean {
  if (job === null || !expiresSoon(receivedAt, now, rawDays)) return false
  return state === 'received' || (dueAt !== null && !dueAt.plusSeconds(IDLE_SECONDS).isAfter(now))
}

/** Those of one run, each of which is a line in the log, up to {@link MAX_LINES}. */
export class Stuck {
  readonly #log: Log
  readonly #rawDays: number
  count = 0

  constructor(log: Log, rawDays: number) {
    this.#log = log
    this.#rawDays = rawDays
  }

  record({ customerId, imageId, raw, state, receivedAt }: ImageRecord<Instant>): void {
    this.#raise({ customer: customerId, image: imageId, object: raw.name, state }, receivedAt)
  }

  /** An object that has no record. */
  object(customerId: string, imageId: string, { name, createdAt }: ObjectStat): void {
    this.#raise({ customer: customerId, image: imageId, object: name, state: 'no-record' }, createdAt)
  }

  #raise(image: Readonly<Record<'customer' | 'image' | 'object' | 'state', string>>, receivedAt: Instant): void {
    if (this.count++ >= MAX_LINES) return
    const expiresAt = receivedAt.plusDays(this.#rawDays).toString()
    this.#log.error('image stuck', { ...image, receivedAt: receivedAt.toString(), expiresAt })
  }
}
