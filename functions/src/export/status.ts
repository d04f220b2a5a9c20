import { RECOUNT_PATH } from '../contract/names.ts'
import { SERVER_TIME, type DocumentStore, type Transaction } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { finish, type JobTools } from './jobs.ts'
import type { Lease } from './lease.ts'
import { jobPrefix } from './move.ts'
import { ndjson, type Row } from './rows.ts'
import type { ExportReport } from './run.ts'
import { EXPORT_STATUS } from './schema.ts'

/** How long the documents about past runs are kept, in days. The TTL policy on `exports.expireAt` removes them. */
const RUN_DAYS = 30

/** Adds the run's row to `export_status`. Throws as {@link finish} does. */
export async function appendStatus(
  deps: JobTools & { readonly store: DocumentStore; readonly runId: string },
  lease: Lease,
  report: ExportReport,
  finishedAt: Instant,
): Promise<void> {
  // Before the first recount has ended there is a document without these.
  const recount = (await deps.store.get(RECOUNT_PATH)) as {
    readonly finishedAt?: Instant
    readonly differing?: number
  } | null
  const row: Row = {
    run_id: report.runId,
    started_at: lease.takenAt.toString(),
    finished_at: finishedAt.toString(),
    outcome: report.outcome,
    watermark: report.watermark?.toString() ?? null,
    ...report.rows,
    lag_seconds: report.lagSeconds,
    last_reconciled_at: recount?.finishedAt?.toString() ?? null,
    last_recount_differences: recount?.differing ?? null,
  }
  await finish(deps, lease, `${jobPrefix(deps)}_status`, { kind: 'append', table: EXPORT_STATUS, rows: ndjson([row]) })
}

/** `exports/{run}`: what the run did. With `error`: that it failed, and why. */
export function keepReport(
  transaction: Transaction,
  report: ExportReport,
  startedAt: Instant,
  error: string | null = null,
): void {
  const { runId, outcome, pages, rows, watermark, lagSeconds, filling } = report
  transaction.set(`exports/${runId}`, {
    outcome: error === null ? outcome : 'failed',
    pages,
    rows,
    watermark,
    lagSeconds,
    filling,
    error,
    startedAt,
    finishedAt: SERVER_TIME,
    expireAt: startedAt.plusDays(RUN_DAYS),
  })
}
