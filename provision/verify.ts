import { proveRetention, type Proof } from '../functions/src/config/retention.ts'
import type { Project } from './project.ts'
import type { GoogleApi } from './resource.ts'
import { readBucket, wantedBuckets } from './storage.ts'

/**
 * Reads both buckets back and says, from everything that decides how long an object stays, whether each keeps its promise. `now`: milliseconds since
 * 1970.
 */
export async function verifyRetention(
  api: GoogleApi,
  project: Pick<Project, 'settings' | 'webOrigins'>,
  now: number,
): Promise<readonly (Proof & { readonly bucket: string })[]> {
  return Promise.all(
    Object.values(wantedBuckets(project)).map(async (wanted) => {
      const bucket = await readBucket(api, wanted.name)
      if (bucket === null) return { bucket: wanted.name, lines: [], problems: ['there is no such bucket'] }
      return { bucket: wanted.name, ...proveRetention(bucket, wanted, now) }
    }),
  )
}
