/** The objects of a customer whose data is deleted. */
import { SOURCES } from '../contract/names.ts'
import { objectPages, ObjectRetained, type ObjectStat, type ObjectStore } from '../intake/object-store.ts'
import type { Instant } from '../ledger/instant.ts'

export interface ObjectsFound {
  readonly objects: number
  readonly bytes: number
  /** When the youngest was made; null where there is none. */
  readonly youngest: Instant | null
}

export interface ObjectsLeft {
  readonly deleted: number
  /** Those that the retention policy keeps. */
  readonly kept: ObjectsFound
}

const NONE: ObjectsFound = { objects: 0, bytes: 0, youngest: null }

/** Listed at a time, and deleted side by side. */
const PAGE = 500
const AT_ONCE = 16

export const rawPrefixes = (customerId: string) => SOURCES.map((source) => `${source}/${customerId}/`)
export const processedPrefix = (customerId: string) => `${customerId}/`

export async function findObjects(store: Pick<ObjectStore, 'list'>, prefix: string): Promise<ObjectsFound> {
  let found = NONE
  for await (const page of objectPages(store, { prefix, limit: PAGE })) found = page.reduce(withObject, found)
  return found
}

/**
 * Deletes everything below a prefix, but for what the bucket keeps: a bucket that has refused once is not asked again for what is younger than
 * `retentionDays` by `now`.
 */
export async function deleteObjects(
  store: Pick<ObjectStore, 'list' | 'delete'>,
  prefix: string,
  { now, retentionDays }: { readonly now: Instant; readonly retentionDays: number },
): Promise<ObjectsLeft> {
  let deleted = 0
  let kept = NONE
  let refuses = false
  for await (const page of objectPages(store, { prefix, limit: PAGE })) {
    for (let from = 0; from < page.length; from += AT_ONCE) {
      const some = page.slice(from, from + AT_ONCE)
      const refused = await Promise.all(
        some.map(async ({ name, generation, createdAt }) => {
          if (refuses && createdAt.plusDays(retentionDays).isAfter(now)) return true
          try {
            await store.delete(name, generation)
            return false
          } catch (error) {
            if (!(error instanceof ObjectRetained)) throw error
            refuses = true
            return true
          }
        }),
      )
      const left = some.filter((_, i) => refused[i])
      deleted += some.length - left.length
      kept = left.reduce(withObject, kept)
    }
  }
  return { deleted, kept }
}

export const together = (a: ObjectsFound, b: ObjectsFound): ObjectsFound => ({
  objects: a.objects + b.objects,
  bytes: a.bytes + b.bytes,
  youngest: a.youngest === null || b.youngest?.isAfter(a.youngest) ? b.youngest : a.youngest,
})

const withObject = (sum: ObjectsFound, { bytes, createdAt }: ObjectStat): ObjectsFound =>
  together(sum, { objects: 1, bytes, youngest: createdAt })
