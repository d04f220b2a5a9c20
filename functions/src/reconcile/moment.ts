import { RECONCILED_PATH } from '../contract/names.ts'
import type { Data, DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { dateIn } from '../ledger/reporting-zone.ts'

/** The store's own clock: leases and read times are judged by it, never by this machine's. */
export function serverTime(store: DocumentStore): Promise<Instant> {
  return store.snapshot(async (reader) => {
    await reader.get(RECONCILED_PATH)
    return reader.readTime()
  })
}

/** Rows are in BigQuery after so long, or something is wrong. Seconds. */
export const EXPORTED_WITHIN_SECONDS = 600

/**
 * The shortest RECORD_DAYS there has been, this one included: records keep the time to live that they were made with. `recounted`: what stands at
 * RECOUNT_PATH.
 */
export const shortestRecordDays = (recounted: Data | null, recordDays: number): number =>
  Math.min(recordDays, Number(recounted?.['recordDays'] ?? Infinity))

/** How much earlier than its first record expires a day is sealed, in days: TTL removes a record after that, never before. */
const SEAL_MARGIN_DAYS = 2

/**
 * The newest day of which records may have expired, YYYY-MM-DD: it and all before are sealed. Their counters stand for ever; to compare
 * them with what is left of the records would undo them.
 */
export const sealedUntil = (timeZone: string, now: Instant, recordDays: number): string =>
  dateIn(timeZone, now.plusDays(SEAL_MARGIN_DAYS - recordDays))
