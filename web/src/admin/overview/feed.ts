/** What the live feed shows and says: pure functions of records, and a buffer that keeps a busy stream from rendering without pause. */
import type { Format } from '../../../../functions/src/contract/formats.ts'
import type { Source } from '../../../../functions/src/contract/names.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { counted } from '../../ui/format.ts'

/** So many are shown. */
export const FEED_IMAGES = 50

export interface FeedRow {
  /** Another one whenever the image ends anew. */
  readonly key: string
  readonly fileName: string
  readonly customerId: string
  readonly source: Source
  /** Null: its bytes were never seen. */
  readonly format: Format | null
  readonly processed: boolean
  /** Why it failed: a sentence. Null: it didn't, or none is known. */
  readonly reason: string | null
  /** Null where nothing was measured. */
  readonly milliseconds: number | null
  readonly bytes: number
  readonly endedAt: Date | null
}

const keyOf = ({ imageId, processedAt }: ImageRecord<Date>) => `${imageId}~${processedAt?.getTime()}`

/** A row that was there before stays the same object, so that it isn't rendered again. */
export function feedRows(before: readonly FeedRow[], records: readonly ImageRecord<Date>[]): readonly FeedRow[] {
  const known = new Map(before.map((row) => [row.key, row]))
  return records.map((record) => known.get(keyOf(record)) ?? rowOf(record))
}

const rowOf = (record: ImageRecord<Date>): FeedRow => ({
  key: keyOf(record),
  fileName: record.fileName,
  customerId: record.customerId,
  source: record.source,
  format: record.input?.format ?? record.counted?.format ?? null,
  processed: record.state === 'processed',
  reason: record.error?.message ?? null,
  milliseconds: record.counted?.milliseconds ?? null,
  bytes: record.raw.bytes,
  endedAt: record.processedAt,
})

export interface Ended {
  readonly processed: number
  readonly failed: number
}
export const NONE_ENDED: Ended = { processed: 0, failed: 0 }

/** `so far` and the rows that are new. */
export function addEnded(soFar: Ended, before: readonly FeedRow[], after: readonly FeedRow[]): Ended {
  const known = new Set(before.map(({ key }) => key))
  const news = after.filter(({ key }) => !known.has(key))
  const processed = news.filter((row) => row.processed).length
  return { processed: soFar.processed + processed, failed: soFar.failed + news.length - processed }
}

/** Such as "12 images processed, 1 failed." */
export function endedText({ processed, failed }: Ended): string {
  if (processed === 0) return `${counted(failed, 'image')} failed.`
  return `${counted(processed, 'image')} processed${failed === 0 ? '' : `, ${failed.toLocaleString()} failed`}.`
}

export interface Timers {
  readonly now: () => number
  /** Returns what takes it back. */
  readonly after: (milliseconds: number, run: () => void) => () => void
}

export interface Throttled {
  /** Runs at once where the last run is long enough ago, else as soon as it is. */
  readonly ask: () => void
  readonly stop: () => void
}

/** Runs what it is given at most every `interval` milliseconds, however often it is asked, and never forgets the last time. */
export function throttled(run: () => void, interval: number, timers: Timers): Throttled {
  let last = -Infinity
  let cancel: (() => void) | null = null
  const go = () => {
    cancel = null
    last = timers.now()
    run()
  }
  return {
    ask() {
      if (cancel !== null) return
      const wait = last + interval - timers.now()
      if (wait <= 0) go()
      else cancel = timers.after(wait, go)
    },
    stop() {
      cancel?.()
      cancel = null
    },
  }
}
