/** What scheduled functions did: `runs/{function}`. Shared with the web client. No imports. */

export const SCHEDULED = ['bridgeKafka', 'rollup', 'exportToBigQuery', 'reconcile', 'recount'] as const
export type Scheduled = (typeof SCHEDULED)[number]

export interface Schedule {
  /** From the start of one run to the next. A whole number of minutes, since Cloud Scheduler knows no less. */
  readonly everySeconds: number
  /** By then a run has ended, or was broken off. */
  readonly timeoutSeconds: number
}

/** As index.ts deploys them. */
export const SCHEDULES = {
  bridgeKafka: { everySeconds: 60, timeoutSeconds: 540 },
  rollup: { everySeconds: 60, timeoutSeconds: 300 },
  exportToBigQuery: { everySeconds: 300, timeoutSeconds: 540 },
  reconcile: { everySeconds: 300, timeoutSeconds: 300 },
  recount: { everySeconds: 3600, timeoutSeconds: 540 },
} as const satisfies Record<Scheduled, Schedule>

/** As Cloud Scheduler takes it: https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules */
export function cronOf(name: Scheduled): string {
  const minutes = SCHEDULES[name].everySeconds / 60
  return minutes % 60 === 0 ? `every ${minutes / 60} hours` : `every ${minutes} minutes`
}

export interface Run<Time> {
  readonly id: string
  readonly startedAt: Time
  /** Null: it is running, or was broken off. */
  readonly endedAt: Time | null
  /** What went wrong; null where nothing did, or it has not ended. */
  readonly error: string | null
  /** What it has done, such as `{ rows: 120 }`: by names in words. */
  readonly counts: Readonly<Record<string, number>>
}

export interface Runs<Time> extends Schedule {
  readonly name: Scheduled
  /** The newest first; at most {@link RUNS_KEPT}. */
  readonly last: readonly Run<Time>[]
  readonly updatedAt: Time
}

export const RUNS_KEPT = 20
export const runsPath = (name: Scheduled) => `runs/${name}`

/** `counts/{date}`: how many images of a day each of the three has, as of one look. */
export interface DayCounts<Time> {
  readonly date: string
  readonly records: number
  /** By Firestore's counters. */
  readonly counters: number
  /** Null: BigQuery could not be asked. */
  readonly bigQuery: number | null
  /** Up to this day records have expired: then there is nothing to compare them with. */
  readonly sealed: boolean
  /** Something of the day has changed within the last ten minutes: BigQuery need not know of it. */
  readonly recent: boolean
  /** A customer's data was being deleted just then: until that is done they need not agree. */
  readonly erasing: boolean
  readonly countedAt: Time
}

export const countsPath = (date: string) => `counts/${date}`

/** Which of the three say something else than they should; empty: they agree, or nothing can be said of them. */
export function disagreeing({
  records,
  counters,
  bigQuery,
  sealed,
  recent,
  erasing,
}: Omit<DayCounts<unknown>, 'date' | 'countedAt'>): readonly ('counters' | 'bigQuery')[] {
  if (erasing) return []
  const expected = sealed ? counters : records
  return [
    ...(counters === expected ? [] : (['counters'] as const)),
    ...(bigQuery === null || recent || bigQuery === expected ? [] : (['bigQuery'] as const)),
  ]
}
