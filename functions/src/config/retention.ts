/**
 * When an object of a bucket can be deleted at the earliest, and when it goes at the latest, from the bucket's whole configuration.
 * https://cloud.google.com/storage/docs/lifecycle, https://cloud.google.com/storage/docs/bucket-lock
 */

import type { BucketRetention } from '../contract/admin.ts'
import type { Settings } from './settings.ts'

/** What Cloud Storage says of a bucket, as far as it decides how long an object stays. */
export interface BucketTimes {
  readonly lifecycle?: { readonly rule?: readonly LifecycleRule[] }
  readonly retentionPolicy?: { readonly retentionPeriod?: string; readonly isLocked?: boolean }
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string }
  readonly versioning?: { readonly enabled?: boolean }
  readonly defaultEventBasedHold?: boolean
}
export interface LifecycleRule {
  readonly action?: { readonly type?: string; readonly storageClass?: string }
  readonly condition?: Readonly<Record<string, unknown>>
}

export interface Moment {
  /** Since the object was created. */
  readonly seconds: number
  /** What makes it so. */
  readonly by: string
}

export interface Horizon {
  /** Before that nobody can delete or overwrite it: people and programs that may, not lifecycle. */
  readonly held: Moment
  /** Before that lifecycle does not delete it. Null: it never does. */
  readonly earliest: Moment | null
  /** By then it has gone. Null: it may stay for ever. */
  readonly latest: Moment | null
}

export const DAY_SECONDS = 86_400
/** Lifecycle runs in the background: Google expects it to be done within a day, and promises nothing. */
const LIFECYCLE_LAG_SECONDS = DAY_SECONDS

/** `now`: milliseconds since 1970, for the rules that name a date. */
export function horizon(bucket: BucketTimes, now: number): Horizon {
  const policy = Number(bucket.retentionPolicy?.retentionPeriod ?? 0)
  const held = { seconds: policy, by: policy === 0 ? 'no retention policy' : `retention policy ${policy} s` }
  const versioned = bucket.versioning?.enabled === true
  const rules = (bucket.lifecycle?.rule ?? []).filter(({ action }) => action?.type === 'Delete')
  // Lifecycle, too, waits for the retention policy: https://cloud.google.com/storage/docs/lifecycle#delete
  const notBefore = ({ seconds, by }: Moment): Moment => (seconds < policy ? held : { seconds, by })

  const starts = rules.flatMap(({ condition = {} }) => {
    const seconds = earliestOf(condition, versioned, now)
    return seconds === null ? [] : [notBefore({ seconds, by: `lifecycle rule ${JSON.stringify(condition)}` })]
  })
  const ends = rules.flatMap(({ condition = {} }) => {
    const days = ageOfAll(condition, versioned)
    return days === null ? [] : [notBefore({ seconds: days * DAY_SECONDS, by: `lifecycle age ${days}` })]
  })
  const last = least(ends)
  const staysForEver = bucket.defaultEventBasedHold === true || last === null
  // Of a versioned object the live version goes first, and on a later day what is left of it.
  const lag = versioned ? 2 * LIFECYCLE_LAG_SECONDS : LIFECYCLE_LAG_SECONDS
  return {
    held,
    earliest: least(starts),
    latest: staysForEver ? null : { seconds: last.seconds + lag, by: last.by },
  }
}

/** Seconds after its creation at which a rule may hold for an object, whatever its name, size, class or times are. Null: never. */
function earliestOf(condition: Readonly<Record<string, unknown>>, versioned: boolean, now: number): number | null {
  let earliest = 0
  for (const [name, value] of Object.entries(condition)) {
    switch (name) {
      case 'age':
        earliest = Math.max(earliest, Number(value) * DAY_SECONDS)
        break
      case 'createdBefore':
        // What was created before a day that has passed is at least that old; before a day to come, it may be new.
        earliest = Math.max(earliest, (now - Date.parse(String(value))) / 1000)
        break
      case 'isLive':
        if (value === false && !versioned) return null
        break
      case 'numNewerVersions':
      case 'daysSinceNoncurrentTime':
      case 'noncurrentTimeBefore':
        if (!versioned) return null
        break
      default:
      // A name, size or class that an object may have, a time that its writer may have set, or what is not known yet.
    }
  }
  return earliest
}

/** Days after which a rule holds for every object. Null: there may be some for which it never does. */
function ageOfAll(condition: Readonly<Record<string, unknown>>, versioned: boolean): number | null {
  const { age, isLive, ...others } = condition
  if (isLive === false || (isLive === true && versioned)) return null
  return typeof age === 'number' && Object.keys(others).length === 0 ? age : null
}

const least = (moments: readonly Moment[]): Moment | null =>
  moments.reduce<Moment | null>((so, each) => (so === null || each.seconds < so.seconds ? each : so), null)

/** What each bucket promises. */
export const promisesOf = ({ rawDays, retentionDays }: Pick<Settings, 'rawDays' | 'retentionDays'>) =>
  ({
    raw: { what: 'a raw image', days: rawDays, held: false },
    processed: { what: 'a result', days: retentionDays, held: true },
  }) as const satisfies Record<string, Promised>

export interface Promised {
  /** With its article: `a result`. */
  readonly what: string
  readonly days: number
  /** Whether nobody may be able to delete one sooner. */
  readonly held: boolean
}

export interface Proof {
  /** What is so, in plain words. */
  readonly lines: readonly string[]
  /** What breaks the promise. Empty: it is kept. */
  readonly problems: readonly string[]
}

export function proveRetention(bucket: BucketTimes, { what, days, held }: Promised, now: number): Proof {
  const promised = days * DAY_SECONDS
  const { held: hold, earliest, latest } = horizon(bucket, now)
  const problems: string[] = []
  const lines: string[] = []

  if (hold.seconds > 0) {
    const lock =
      bucket.retentionPolicy?.isLocked === true
        ? 'locked for ever'
        : 'not locked: who may change the bucket can still take the policy away'
    lines.push(`${what} can't be deleted or overwritten before ${inDays(hold.seconds)}: ${hold.by} (${lock})`)
  } else {
    lines.push(`${what} can be deleted at any time by whoever may: ${hold.by}`)
  }
  if (held && hold.seconds < promised)
    problems.push(
      `${what} can be deleted or overwritten after ${inDays(hold.seconds)}, ${hold.by}: expected ${days} days`,
    )
  if (earliest !== null && earliest.seconds < promised)
    problems.push(
      `${what} may be deleted by itself after ${inDays(earliest.seconds)}, ${earliest.by}: expected ${days} days`,
    )
  if (latest === null) {
    problems.push(`${what} may stay for ever: ${whyForEver(bucket)}`)
  } else {
    const from = inDays(earliest?.seconds ?? latest.seconds)
    lines.push(`it goes by itself after ${from.replace(/ days?$/, '')} to ${inDays(latest.seconds)}: ${latest.by}`)
  }
  const soft = Number(bucket.softDeletePolicy?.retentionDurationSeconds ?? 0)
  if (soft > 0) problems.push(`soft delete is on: ${what} stays, and is paid for, ${inDays(soft)} longer`)
  if (bucket.versioning?.enabled === true)
    problems.push(`object versioning is on: what is overwritten or deleted stays as an older version`)
  return { lines, problems }
}

/** What a bucket does with its objects, in figures. Null: there is none of this name, or nothing is known of it. */
export function retentionIn(name: string, bucket: BucketTimes | null, now: number): BucketRetention {
  const { earliest = null, latest = null } = bucket === null ? {} : horizon(bucket, now)
  return {
    bucket: name,
    policySeconds: Number(bucket?.retentionPolicy?.retentionPeriod ?? 0) || null,
    locked: bucket?.retentionPolicy?.isLocked === true,
    deletedAtDays: earliest === null || latest === null ? null : earliest.seconds / DAY_SECONDS,
    softDeleteSeconds: Number(bucket?.softDeletePolicy?.retentionDurationSeconds ?? 0) || null,
  }
}

function whyForEver(bucket: BucketTimes): string {
  if (bucket.defaultEventBasedHold === true) return 'new objects are put on hold (defaultEventBasedHold)'
  return 'no lifecycle rule deletes each object at an age'
}

function inDays(seconds: number): string {
  if (seconds === 0) return '0 days'
  const days = seconds / DAY_SECONDS
  return Number.isInteger(days) ? `${days} ${days === 1 ? 'day' : 'days'}` : `${days.toFixed(2)} days`
}
