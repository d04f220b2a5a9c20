/** What scheduled functions did: `runs/{function}`. Shared with the web client. No imports. */

export const SCHEDULED = ['bridgeKafka', 'rollup', 'exportToBigQuery', 'reconcile', 'recount'] as const
export type Scheduled = (typeof SCHEDULED)[number]

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

export interface Runs<Time> {
  readonly name: Scheduled
  /** From the start of one run to the next, by its schedule. */
  readonly everySeconds: number
  /** By then a run has ended, or was broken off. */
  readonly timeoutSeconds: number
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
  readonly countedAt: Time
}

export const countsPath = (date: string) => `counts/${date}`
