/** What the admin's page knows and may ask: web/src/firebase/admin.ts is Firebase. Every document comes with Dates. */
import type { AdminCall, AdminCalls, AuditEntry, FailureFilter } from '../../../functions/src/contract/admin.ts'
import type { Customer, ImageRecord } from '../../../functions/src/contract/record.ts'
import type { DayCounts, Runs, Scheduled } from '../../../functions/src/contract/runs.ts'
import type { CustomerMonth, CustomerSummary, DayTotals, Share } from '../../../functions/src/contract/totals.ts'

/** `current` is false while there is no connection: then the value is what is known so far. */
export type Listener<T> = (value: T, current: boolean) => void
/** With the error's code, such as `permission-denied`; after it nothing more comes. */
export type OnProblem = (code: string) => void
/** Ends what was begun. */
export type Stop = () => void

/** Of a list that is read page by page. `next`: where to go on, for the same question; null: that was the last. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: unknown
}

export type SummaryOrder = 'nameKey' | 'images' | 'failed' | 'bytesIn' | 'bytesOut' | 'lastActivityAt'
export interface SummaryQuestion {
  /** Beginning of a name or of an id; then the order is by what was found. Empty: all. */
  readonly search: string
  readonly order: SummaryOrder
  readonly descending: boolean
  readonly limit: number
  /** {@link Page.next} of the page before. */
  readonly after?: unknown
}
export interface FailureQuestion extends FailureFilter {
  readonly limit: number
  readonly after?: unknown
}

export interface BridgeStatus {
  readonly topic: string
  readonly group: string
  readonly lag: number
  readonly partitions: Readonly<
    Record<
      string,
      {
        readonly committed: number | null
        readonly start: number
        readonly end: number
        readonly lag: number
        readonly undecodable: { readonly offset: number; readonly reason: string } | null
        readonly expired: { readonly from: number; readonly to: number } | null
      }
    >
  >
  readonly landed: number
  readonly deadLetters: number
  readonly dropped: number
  readonly updatedAt: Date
}

/** `exports/{run}` */
export interface ExportRun {
  readonly runId: string
  readonly outcome: string
  readonly rows: Readonly<Record<string, number>>
  readonly watermark: Date | null
  readonly lagSeconds: number | null
  readonly error: string | null
  readonly startedAt: Date
  readonly finishedAt: Date
}

/** `reconciliations/recount` */
export interface Recounted {
  readonly days: number
  readonly differing: number
  readonly repaired: number
  readonly left: number
  readonly startedAt: Date
  readonly finishedAt: Date
}

export interface Pause {
  readonly reason: string
  readonly by: string
  /** Null where somebody has set the switch by hand and left it out. */
  readonly since: Date | null
}

export interface Change {
  /** An e-mail address, or whoever says to have given a command. */
  readonly by: string
  readonly at: Date
}

export interface OwnLimits {
  /** Null: no quota of its own. */
  readonly quota: { readonly dailyImages: number | null } | null
  /** Null: every format. */
  readonly formats: readonly string[] | null
  /** As JSON; null: the project's. */
  readonly profiles: string | null
  /** Who set quota or formats last: `quotas/{id}/changes/last`. Null: nobody has. */
  readonly changed: Change | null
  /** Who gave it its profiles: `profiles/{id}`. Null: it has none. */
  readonly profilesChanged: Change | null
}

export interface AdminData {
  /** The IANA name of REPORTING_TIME_ZONE, by which days are cut. Null: nothing has been processed yet. */
  timeZone(): Promise<string | null>

  /** Days that have any, in order. One document a day is read, and one for each change. */
  watchTotals(from: string, to: string, listener: Listener<readonly DayTotals<Date>[]>, onProblem: OnProblem): Stop
  readTotals(from: string, to: string): Promise<readonly DayTotals<Date>[]>
  /** By customer, summed over whole months (`YYYY-MM`) and days of others. SHARE_CHUNKS documents each. */
  readShares(periods: readonly string[]): Promise<ReadonlyMap<string, Share>>
  /** The names of these customers, where they are known. */
  readNames(customerIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The `count` images that ended last, newest first, at once and after each change. */
  watchFeed(count: number, listener: Listener<readonly ImageRecord<Date>[]>, onProblem: OnProblem): Stop

  summaries(question: SummaryQuestion): Promise<Page<CustomerSummary<Date>>>
  watchCustomer(
    customerId: string,
    listener: Listener<{ readonly customer: Customer<Date> | null; readonly summary: CustomerSummary<Date> | null }>,
    onProblem: OnProblem,
  ): Stop
  /** Months from `from` to `to` (YYYY-MM) that have any, in order. */
  watchMonths(
    customerId: string,
    from: string,
    to: string,
    listener: Listener<readonly CustomerMonth<Date>[]>,
    onProblem: OnProblem,
  ): Stop
  /** A customer's newest images. */
  watchImages(
    customerId: string,
    only: 'all' | 'failed',
    count: number,
    listener: Listener<readonly ImageRecord<Date>[]>,
    onProblem: OnProblem,
  ): Stop
  watchLimits(customerId: string, listener: Listener<OwnLimits>, onProblem: OnProblem): Stop

  /** Failed images, the newest arrival first. */
  failures(question: FailureQuestion): Promise<Page<ImageRecord<Date>>>

  watchRuns(listener: Listener<readonly Runs<Date>[]>, onProblem: OnProblem): Stop
  watchExports(count: number, listener: Listener<readonly ExportRun[]>, onProblem: OnProblem): Stop
  watchRecount(listener: Listener<Recounted | null>, onProblem: OnProblem): Stop
  watchBridges(listener: Listener<readonly BridgeStatus[]>, onProblem: OnProblem): Stop
  watchPause(listener: Listener<Pause | null>, onProblem: OnProblem): Stop
  /** `updatedAt` of the newest counters: what the export's watermark is held against. Null: there are none. */
  newestChange(): Promise<Date | null>
  watchCounts(from: string, to: string, listener: Listener<readonly DayCounts<Date>[]>, onProblem: OnProblem): Stop

  /** The newest first, with their ids. */
  watchAudit(
    count: number,
    listener: Listener<readonly (AuditEntry<Date> & { readonly id: string })[]>,
    onProblem: OnProblem,
  ): Stop
  /** Null until it is there. */
  watchOperation(operation: string, listener: Listener<AuditEntry<Date> | null>, onProblem: OnProblem): Stop

  /** Rejects with the SDK's error: a `code` such as `functions/permission-denied`, and a `message` fit to show. */
  call<Name extends AdminCall>(name: Name, request: AdminCalls[Name][0]): Promise<AdminCalls[Name][1]>

  /** Documents that were read since the page was opened, each as often as it was paid for. */
  documentsRead(): number
}

export interface AdminBackend {
  readonly data: AdminData
  /** Calls when something was refused for want of rights, and when the user's are taken away: whoever only looks on asks for nothing. */
  onRefused(uid: string, listener: () => void): Stop
}

export type { Scheduled }
