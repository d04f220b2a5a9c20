/** What becomes of a record that its owner deletes: it is hidden, and counted as before (docs/decisions/deleting.md). Pure. */
import type { ImageRecord } from '../contract/record.ts'
import type { Instant } from './instant.ts'

type Record = ImageRecord<Instant>

export const isDeleted = ({ deletedAt }: Pick<Record, 'deletedAt'>) => (deletedAt ?? null) !== null

export const deleted = (record: Record, now: Instant): Record => byOwner({ ...record, deletedAt: now })

/** `gone`: its results went meanwhile, so that there would be nothing to see. */
export function restored(record: Record, now: Instant): Record | 'gone' {
  const { availableUntil } = record
  // One that has failed, or is on its way, has none.
  const isGone = availableUntil !== null && !availableUntil.isAfter(now)
  return isGone ? 'gone' : byOwner({ ...record, deletedAt: null })
}

const byOwner = (record: Record): Record => ({ ...record, ownerWrites: (record.ownerWrites ?? 0) + 1 })
