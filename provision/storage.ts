/** The two buckets. https://cloud.google.com/storage/docs/json_api/v1/buckets */
import {
  DAY_SECONDS,
  horizon,
  promisesOf,
  type BucketTimes,
  type LifecycleRule,
  type Promised,
} from '../functions/src/config/retention.ts'
import { changesBetween, onlyChanged, type Json } from './compare.ts'
import type { Project } from './project.ts'
import { ApiError, found, Obstacle, type Difference, type GoogleApi, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

const ABANDONED_UPLOAD_DAYS = 7
/** For how long a browser may remember what a bucket allows. */
const CORS_SECONDS = 3600
const BUCKETS = 'https://storage.googleapis.com/storage/v1/b'

export interface Bucket extends BucketTimes {
  readonly name: string
  readonly location?: string
  readonly projectNumber?: string
  readonly metageneration?: string
}

export interface WantedBucket extends Promised {
  readonly name: string
  /** Web pages that may read from it. */
  readonly origins: readonly string[]
  /** The settings that say which and how long. */
  readonly nameSetting: string
  readonly daysSetting: string
}

export const bucketResourceName = (name: string) => `bucket ${name}`
export const bucketUrl = (name: string) => `${BUCKETS}/${name}`

/** What each bucket promises. Only from the processed one does a browser read: uploads go to Firebase's own address, which asks no bucket. */
export function wantedBuckets({ settings, webOrigins }: Pick<Project, 'settings' | 'webOrigins'>) {
  const promises = promisesOf(settings)
  return {
    raw: {
      ...promises.raw,
      name: settings.rawBucket,
      origins: [],
      nameSetting: 'RAW_BUCKET',
      daysSetting: 'RAW_DAYS',
    },
    processed: {
      ...promises.processed,
      name: settings.processedBucket,
      origins: webOrigins,
      nameSetting: 'PROCESSED_BUCKET',
      daysSetting: 'RETENTION_DAYS',
    },
  } as const satisfies Record<string, WantedBucket>
}

export function bucketResources(project: Project): readonly Resource[] {
  const { raw, processed } = wantedBuckets(project)
  return [
    bucket(project, raw),
    bucket(project, processed),
    // Before lifecycle: what is held can't be deleted by a wrong rule.
    retentionPolicy(project, processed),
    lifecycle(project, raw),
    lifecycle(project, processed),
  ]
}

function bucket(
  { projectId, projectNumber, location }: Project,
  { name, origins, nameSetting }: WantedBucket,
): Resource {
  const wanted = {
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
    versioning: { enabled: false },
    softDeletePolicy: { retentionDurationSeconds: '0' },
    defaultEventBasedHold: false,
    // https://firebase.google.com/docs/storage/web/download-files#cors_configuration
    ...(origins.length > 0 && { cors: [{ origin: [...origins], method: ['GET'], maxAgeSeconds: CORS_SECONDS }] }),
  }
  return {
    name: bucketResourceName(name),
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      const there = await readOwn(api, name, nameSetting)
      if (there === null) {
        const whole = { location: location.toUpperCase(), ...wanted }
        return {
          kind: 'create',
          changes: changesBetween(null, whole),
          apply: () =>
            api.call({ method: 'POST', url: BUCKETS, query: { project: projectId }, body: { name, ...whole } }),
        }
      }
      if (there.projectNumber !== projectNumber) {
        throw new Obstacle(
          `the bucket ${name} belongs to another project (${there.projectNumber}, expected ${projectNumber}): name another one in functions/.env.${projectId}`,
        )
      }
      if (there.location?.toUpperCase() !== location.toUpperCase()) {
        throw new Obstacle(
          `the bucket ${name} is in ${there.location}, and LOCATION is ${location}: a bucket can't be moved, and its events are only delivered to functions in its own location. Set LOCATION=${there.location?.toLowerCase()}, or name another bucket`,
        )
      }
      // What Google leaves out where it is off.
      const off = { versioning: { enabled: false }, softDeletePolicy: { retentionDurationSeconds: '0' } }
      const changes = changesBetween({ ...off, defaultEventBasedHold: false, ...there }, wanted)
      return changes.length === 0 ? null : { kind: 'update', changes, apply: patch(api, there, onlyChanged(changes)) }
    },
  }
}

/** Nobody can delete or overwrite a result before it has passed, by any right. */
function retentionPolicy({ mayShortenRetention }: Project, { name, days }: WantedBucket): Resource {
  const seconds = days * DAY_SECONDS
  return {
    name: `retention policy of ${name}`,
    needs: [bucketResourceName(name)],
    async differs(api) {
      const there = await readBucket(api, name)
      const { retentionPeriod, isLocked } = there?.retentionPolicy ?? {}
      const from = Number(retentionPeriod ?? 0)
      if (from > seconds && isLocked === true) {
        throw new Obstacle(
          `the retention policy of ${name} is locked at ${from} s, and RETENTION_DAYS is ${days} (${seconds} s): nobody can make it shorter. Set RETENTION_DAYS=${Math.ceil(from / DAY_SECONDS)}`,
        )
      }
      if (from > seconds && !mayShortenRetention) {
        throw new Obstacle(
          `the retention policy of ${name} is ${from} s, and RETENTION_DAYS is ${days} (${seconds} s): somebody wants results to be kept longer. Set RETENTION_DAYS=${Math.ceil(from / DAY_SECONDS)}, or say --shorten-retention`,
        )
      }
      if (from === seconds) return null
      return difference(api, there, { retentionPolicy: { retentionPeriod: String(seconds) } })
    },
    notes: async (api) =>
      (await readBucket(api, name))?.retentionPolicy?.isLocked === false
        ? [`${name}: the retention policy is not locked`]
        : [],
  }
}

/** What deletes an object by itself, and nothing else may. */
function lifecycle({ mayShortenRetention }: Project, { name, days, what, daysSetting }: WantedBucket): Resource {
  const rule: readonly LifecycleRule[] = [
    { action: { type: 'Delete' }, condition: { age: days } },
    { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: ABANDONED_UPLOAD_DAYS } },
  ]
  return {
    name: `lifecycle of ${name}`,
    needs: [bucketResourceName(name)],
    async differs(api) {
      const there = await readBucket(api, name)
      const rules = there?.lifecycle?.rule ?? []
      const changes = changesBetween({ lifecycle: { rule: sorted(rules) } }, { lifecycle: { rule: sorted(rule) } })
      if (changes.length === 0) return null
      if (there !== null && !mayShortenRetention && deletesSooner(there, rule, days) && !(await isEmpty(api, name))) {
        throw new Obstacle(
          `${name} holds objects, and by its lifecycle it keeps them ${lasting(there)}, while ${daysSetting} is ${days}: all that are older would be deleted within a day. If ${what} may go after ${days} days, say --shorten-retention; otherwise raise ${daysSetting}`,
        )
      }
      return difference(api, there, { lifecycle: { rule } })
    },
  }
}

/** Whether something would be deleted that is not deleted now. */
function deletesSooner(there: BucketTimes, rule: readonly LifecycleRule[], days: number): boolean {
  const latest = horizon({ ...there, lifecycle: { rule: there.lifecycle?.rule ?? [] } }, 0).latest
  const then = horizon({ ...there, lifecycle: { rule } }, 0).latest
  return latest === null || (then?.seconds ?? days * DAY_SECONDS) < latest.seconds
}

const lasting = (there: BucketTimes) => {
  const { latest } = horizon(there, 0)
  return latest === null ? 'for ever' : `for ${latest.seconds / DAY_SECONDS - 1} days`
}

async function isEmpty(api: GoogleApi, name: string): Promise<boolean> {
  const query = { maxResults: '1', versions: 'true', fields: 'items(name)' }
  const { items = [] } = await api.call<{ readonly items?: readonly unknown[] }>({
    method: 'GET',
    url: `${bucketUrl(name)}/o`,
    query,
  })
  return items.length === 0
}

/** The order of rules means nothing. */
const sorted = (rules: readonly LifecycleRule[]) =>
  [...rules].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))

export const readBucket = (api: GoogleApi, name: string) => found<Bucket>(api, bucketUrl(name))

async function readOwn(api: GoogleApi, name: string, setting: string): Promise<Bucket | null> {
  try {
    return await readBucket(api, name)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error
    throw new Obstacle(
      `the bucket ${name} can't be read (${error.message}): either somebody else has it, since a name is there once in all of Google's cloud (then name another one: ${setting}), or whoever runs this lacks storage.buckets.get`,
    )
  }
}

/** `there` null: the bucket is still to be made. */
function difference(api: GoogleApi, there: Bucket | null, wanted: Json): Difference | null {
  const changes = changesBetween(there as Json | null, wanted)
  const kind = there === null ? 'create' : 'update'
  return {
    kind,
    changes,
    apply: there === null ? () => Promise.reject(new Obstacle('the bucket is not there')) : patch(api, there, wanted),
  }
}

/** Only where nobody has changed the bucket since it was read. */
function patch(api: GoogleApi, { name, metageneration }: Bucket, body: Json) {
  const query = { ifMetagenerationMatch: String(metageneration) }
  return () => api.call({ method: 'PATCH', url: bucketUrl(name), query, body })
}
