import { createHash } from 'node:crypto'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { cursorPath, readCursor, readPage, writtenCursor, type Cursor, type Unread } from './cursor.ts'
import { FEEDS, type Feed } from './feeds.ts'
import { finish, retrying, settle, type JobTools } from './jobs.ts'
import { Lease } from './lease.ts'
import { ndjson, newest, type Row } from './rows.ts'
import { EXPORT_STATUS, TABLES } from './schema.ts'

export interface Export extends JobTools {
  readonly store: DocumentStore
  /** Unlike that of any other run, ever. `[A-Za-z0-9_]`. */
  readonly runId: string
  readonly pageRows: number
}

export interface ExportReport {
  readonly runId: string
  /** `busy`: another exporter is at work, this one did nothing. `out-of-time`: the next run goes on where this one stopped. */
  readonly outcome: 'complete' | 'out-of-time' | 'busy'
  readonly pages: number
  /** Rows moved, by table. */
  readonly rows: Readonly<Record<string, number>>
  /** The latest `updatedAt` that has ever been moved, of any table. */
  readonly watermark: Instant | null
}

/** How long the documents about past runs are kept, in days. The TTL policy on `exports.expireAt` removes them. */
const RUN_DAYS = 30

/**
 * Brings BigQuery up to date with Firestore. Rows are moved page by page; each page is checkpointed once it is in BigQuery, so that a
 * run which dies or stops loses nothing and the next repeats at most one page, which changes nothing.
 *
 * Throws what went wrong with Firestore or BigQuery; what was checkpointed stays done.
 */
export async function runExport(deps: Export): Promise<ExportReport> {
  const lease = await Lease.take(deps.store, deps.runId)
  if (lease === null) return { runId: deps.runId, outcome: 'busy', pages: 0, rows: {}, watermark: null }
  const progress: Progress = { pages: 0, rows: new Map(FEEDS.map(({ table }) => [table.name, 0])), watermark: null }
  try {
    await settle(deps, lease.inherited)
    await lease.checkpoint()
    await retrying(deps, () => deps.warehouse.ensure(TABLES))
    const outcome = await moveAll(deps, lease, progress)
    const report: ExportReport = { runId: deps.runId, outcome, ...progress, rows: Object.fromEntries(progress.rows) }
    await appendStatus(deps, lease, report)
    await lease.end((transaction) => transaction.set(runPath(deps), runDocument(report, lease)))
    return report
  } catch (error) {
    await endAfter(error, deps, lease, progress)
    throw error
  }
}

interface Progress {
  pages: number
  readonly rows: Map<string, number>
  watermark: Instant | null
}

/** One page of each feed in turn, so that a backlog of one does not hold up the others. */
async function moveAll(deps: Export, lease: Lease, progress: Progress): Promise<'complete' | 'out-of-time'> {
  const open: { readonly feed: Feed; cursor: Cursor; readonly unread: Unread }[] = []
  for (const feed of FEEDS) {
    const cursor = await readCursor(deps.store, feed)
    progress.watermark = later(progress.watermark, cursor.watermark)
    open.push({ feed, cursor, unread: new Set(feed.shards) })
  }
  while (open.some(({ unread }) => unread.size > 0)) {
    for (const state of open) {
      if (state.unread.size === 0) continue
      if (deps.outOfTime()) return 'out-of-time'
      state.cursor = await movePage(deps, lease, progress, state.feed, state.cursor, state.unread)
    }
  }
  return 'complete'
}

async function movePage(
  deps: Export,
  lease: Lease,
  progress: Progress,
  feed: Feed,
  cursor: Cursor,
  unread: Unread,
): Promise<Cursor> {
  const { table } = feed
  const page = feed.page(deps.store)
  const next = await readPage(deps.store, feed, cursor, unread, page, deps.pageRows)
  const rows = newest(await page.rows(), table.key)
  if (rows.length > 0) {
    const bytes = ndjson(rows)
    const staging = `${table.name}_${deps.runId}_${progress.pages}`
    const name = `${jobPrefix(deps)}_${table.name}_${progress.pages}_${hashOf(bytes)}`
    await finish(deps, lease, `${name}_stage`, { kind: 'stage', staging, columnsOf: table, rows: bytes })
    await finish(deps, lease, `${name}_merge`, { kind: 'merge', table, staging, dates: datesOf(rows, table.partition) })
  }
  await lease.checkpoint((transaction) => transaction.set(cursorPath(feed), writtenCursor(next)))
  progress.pages++
  progress.rows.set(table.name, (progress.rows.get(table.name) ?? 0) + rows.length)
  progress.watermark = later(progress.watermark, next.watermark)
  return next
}

async function appendStatus(deps: Export, lease: Lease, report: ExportReport): Promise<void> {
  const row: Row = {
    run_id: report.runId,
    started_at: lease.takenAt.toString(),
    finished_at: (await lease.renew()).toString(),
    outcome: report.outcome,
    watermark: report.watermark?.toString() ?? null,
    ...report.rows,
  }
  await finish(deps, lease, `${jobPrefix(deps)}_status`, { kind: 'append', table: EXPORT_STATUS, rows: ndjson([row]) })
}

/** Says what went wrong, and lets the next run begin. Where even that fails, the lease expires, and the first error must not be hidden. */
async function endAfter(error: unknown, deps: Export, lease: Lease, progress: Progress): Promise<void> {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const report = { ...progress, rows: Object.fromEntries(progress.rows), outcome: 'failed', error: message }
  try {
    await lease.release()
    await deps.store.transact(async (transaction) => transaction.set(runPath(deps), runDocument(report, lease)))
  } catch (secondError) {
    throw new AggregateError([error, secondError], 'the export failed, and so did writing that down', {
      cause: secondError,
    })
  }
}

const runPath = ({ runId }: Export) => `exports/${runId}`

const runDocument = (
  report: Omit<ExportReport, 'runId' | 'outcome'> & { readonly outcome: string; readonly error?: string },
  lease: Lease,
): WriteData => ({
  outcome: report.outcome,
  pages: report.pages,
  rows: report.rows,
  watermark: report.watermark,
  error: report.error ?? null,
  startedAt: lease.takenAt,
  finishedAt: SERVER_TIME,
  expireAt: lease.takenAt.plusDays(RUN_DAYS),
})

const jobPrefix = ({ runId }: Export) => `darkroom_export_${runId}`

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

function datesOf(rows: readonly Row[], partition: string | undefined): readonly string[] {
  if (partition === undefined) return []
  return [...new Set(rows.map((row) => row[partition] as string))].sort()
}

const later = (a: Instant | null, b: Instant | null) => (a === null || (b !== null && b.isAfter(a)) ? b : a)
