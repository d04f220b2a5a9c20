/** What the admin's page asks about the system's own state: to count days anew, and what the buckets say of how long they keep things. */
import { proveRetention, promisesOf, retentionIn, type BucketTimes } from '../config/retention.ts'
import type { Settings } from '../config/settings.ts'
import { MAX_COUNTED_DAYS, type BucketRetention, type HealthAnswer, type HealthRequest } from '../contract/admin.ts'
import { countDays, type Counting } from '../reconcile/counts.ts'
import { datesOf } from '../reconcile/verify.ts'
import type { CallContext } from './callable.ts'

export interface HealthDeps extends Omit<Counting, 'outOfTime' | 'progress'> {
  readonly settings: Pick<Settings, 'rawBucket' | 'processedBucket' | 'rawDays' | 'retentionDays'>
  /** What Cloud Storage says of a bucket; null: there is none of this name. */
  readonly bucketTimes: (name: string) => Promise<BucketTimes | null>
  /** Whether it is Storage's emulator, whose buckets have neither policies nor lifecycles. */
  readonly emulated: boolean
  readonly now: () => Date
}

/** Throws a RangeError for days that are none, too many, or the wrong way round. */
export async function adminHealth(
  deps: HealthDeps,
  request: HealthRequest,
  { progress, outOfTime }: CallContext,
): Promise<HealthAnswer> {
  if (request.action === 'retention') return readRetention(deps)
  const { from, to } = request
  // Of a long span only so many are listed as it takes to know that there are too many.
  const dates = datesOf(from, to, MAX_COUNTED_DAYS + 1)
  if (dates.length === 0) throw new RangeError(`There is no day from ${from} to ${to}.`)
  if (dates.length > MAX_COUNTED_DAYS) throw new RangeError(`At most ${MAX_COUNTED_DAYS} days are counted at once.`)
  const counted = await countDays(
    { ...deps, outOfTime, progress: ({ days, differing }) => progress({ days, differing, all: dates.length }) },
    dates,
  )
  return { action: 'count', ...counted }
}

async function readRetention({ settings, bucketTimes, emulated, now }: HealthDeps): Promise<HealthAnswer> {
  const at = now()
  const promises = promisesOf(settings)
  const problems: string[] = []
  const read = async (of: keyof typeof promises, name: string): Promise<BucketRetention> => {
    if (emulated) return retentionIn(name, null, at.getTime())
    const bucket = await bucketTimes(name)
    const found =
      bucket === null ? ['there is no such bucket'] : proveRetention(bucket, promises[of], at.getTime()).problems
    problems.push(...found.map((problem) => `${name}: ${problem}`))
    return retentionIn(name, bucket, at.getTime())
  }
  return {
    action: 'retention',
    configured: { retentionDays: settings.retentionDays, rawDays: settings.rawDays },
    raw: await read('raw', settings.rawBucket),
    processed: await read('processed', settings.processedBucket),
    problems,
    emulated,
    verifiedAt: at.toISOString(),
  }
}
