import { AlreadyExists, type DocumentStore } from './document-store.ts'
import type { Instant } from './instant.ts'

const PATH = 'settings/reporting'

/** The day of an instant in a time zone, YYYY-MM-DD. */
export function dateIn(timeZone: string, instant: Instant): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const part = Object.fromEntries(parts.formatToParts(instant.toMillis()).map(({ type, value }) => [type, value]))
  return `${part['year']?.padStart(4, '0')}-${part['month']}-${part['day']}`
}

/**
 * Fixes the reporting time zone with the first record. Throws where another one is fixed already: days counted in two
 * zones could never be added up again.
 */
export async function fixReportingZone(store: DocumentStore, timeZone: string): Promise<void> {
  const stored = (await store.get(PATH))?.['timeZone']
  if (stored === timeZone) return
  if (stored === undefined) {
    try {
      await store.transact(async (transaction) => transaction.create(PATH, { timeZone }))
      return
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error
      return fixReportingZone(store, timeZone)
    }
  }
  throw new Error(
    `REPORTING_TIME_ZONE is ${JSON.stringify(timeZone)}, but images have been counted in ${JSON.stringify(stored)}: set it back (${PATH} in Firestore fixes it)`,
  )
}
