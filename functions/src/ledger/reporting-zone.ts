import { REPORTING_PATH } from '../contract/names.ts'
import { AlreadyExists, type DocumentStore } from './document-store.ts'
import type { Instant } from './instant.ts'

/** The day of an instant in a time zone, YYYY-MM-DD. */
export function dateIn(timeZone: string, instant: Instant): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const part = Object.fromEntries(parts.formatToParts(instant.toMillis()).map(({ type, value }) => [type, value]))
  return `${part['year']?.padStart(4, '0')}-${part['month']}-${part['day']}`
}

/** The day so many days later, or earlier where it is negative. Days of the calendar: it does not matter how long they are. */
export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The time zone that images have been counted in; null before the first. */
export async function reportingZone(store: Pick<DocumentStore, 'get'>): Promise<string | null> {
  const stored = (await store.get(REPORTING_PATH))?.['timeZone']
  return typeof stored === 'string' ? stored : null
}

/**
 * Fixes the reporting time zone with the first record. Throws where another one is fixed already: days counted in two
 * zones could never be added up again.
 */
export async function fixReportingZone(store: DocumentStore, timeZone: string): Promise<void> {
  const stored = (await store.get(REPORTING_PATH))?.['timeZone']
  if (stored === timeZone) return
  if (stored === undefined) {
    try {
      await store.transact(async (transaction) => transaction.create(REPORTING_PATH, { timeZone }))
      return
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error
      return fixReportingZone(store, timeZone)
    }
  }
  throw new Error(
    `REPORTING_TIME_ZONE is ${JSON.stringify(timeZone)}, but images have been counted in ${JSON.stringify(stored)}: set it back (${REPORTING_PATH} in Firestore fixes it)`,
  )
}
