import { customerHash, erasuresUnderWay } from '../ledger/erasure.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { FEEDS, type Feed, type Page } from './feeds.ts'
import { JobOutlasts, retrying, settle, type JobTools } from './jobs.ts'
import { Lease } from './lease.ts'
import { adoptPage, mergePage, StagingOutlasts, stagePage, type ReadPage, type StagedPage } from './move.ts'
import { appendStatus, keepReport } from './status.ts'
import { EXPORT_STATUS } from './schema.ts'
import {
  backlogOf,
  columnsOf,
  cursorPath,
  fromTheBeginning,
  lagSeconds,
  opened,
  readNext,
  writtenCursor,
  type Backlog,
  type TableCursor,
} from './table-cursor.ts'
import { VIEWS } from './views.ts'

export interface Export extends JobTools {
  readonly store: DocumentStore
  /** Unlike that of any other run, ever. `[A-Za-z0-9_]`. */
  readonly runId: string
  /** The most documents that are read for one page. */
  readonly pageRows: number
  /** False: no page is moved only to fill a table, so that the next run with new rows begins in time. True where it is not said. */
  mayFill?(): boolean
  /** Moves everything once more, what is in BigQuery already included. */
  readonly again?: boolean
  /** Called once a page is in BigQuery. */
  onPage?(page: PageMoved): void
  /** {@link FEEDS} where it is not said. */
  readonly feeds?: readonly Feed[]
}

export interface PageMoved {
  readonly table: string
  readonly rows: number
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
  /** Whatever was changed longer before the end of this run is in BigQuery. Null: this run can't tell. */
  readonly lagSeconds: number | null
  /** Tables that are still being filled from their beginning. */
  readonly filling: readonly string[]
}

/** Of all tables. */
export const rowsMoved = ({ rows }: Pick<ExportReport, 'rows'>) =>
  Object.values(rows).reduce((sum, each) => sum + each, 0)

/**
 * Brings BigQuery up to date with Firestore. Rows are moved page by page; each page is checkpointed once it is in BigQuery, so that a
 * run which dies or stops loses nothing and the next repeats at most one page, which changes nothing.
 *
 * Throws what went wrong with Firestore or BigQuery; what was checkpointed stays done.
 */
export async function runExport(deps: Export): Promise<ExportReport> {
  const lease = await Lease.take(deps.store, deps.runId)
  const nothing = { runId: deps.runId, pages: 0, rows: {}, watermark: null, lagSeconds: null, filling: [] }
  if (lease === null) return { ...nothing, outcome: 'busy' }
  const progress = new Progress(deps.feeds ?? FEEDS)
  try {
    const outcome = await exportHeld(deps, lease, progress)
    const finishedAt = await lease.renew()
    const lag = await lagSeconds(deps.store, progress.backlogs, finishedAt)
    const report = progress.report(deps.runId, outcome, lag)
    await appendStatus(deps, lease, report, finishedAt)
    await lease.end((transaction) => keepReport(transaction, report, lease.takenAt))
    return report
  } catch (error) {
    return await endAfter(error, deps, lease, progress)
  }
}

/** Pages that wait for their MERGE: more than one, since many have no rows, and need none. */
const STAGED_AHEAD = 3

/** What has been moved so far, and what is left. */
class Progress {
  readonly #feeds: readonly Feed[]
  readonly #rows: Map<string, number>
  pages = 0
  backlogs: Backlog[] = []
  /** What is in BigQuery, while the backlogs' own cursors may have read on. */
  readonly moved = new Map<string, TableCursor>()

  constructor(feeds: readonly Feed[]) {
    this.#feeds = feeds
    this.#rows = new Map(feeds.map(({ table }) => [table.name, 0]))
  }

  async open({ store, again = false }: Export, lease: Lease, made: ReadonlyMap<string, string>): Promise<void> {
    for (const feed of this.#feeds) {
      const last = await store.get(cursorPath(feed.table.name))
      const id = made.get(feed.table.name) ?? ''
      const cursor = again
        ? fromTheBeginning(last as TableCursor | null, feed, id, lease.takenAt)
        : opened(last, feed, id, lease.takenAt)
      this.backlogs.push(backlogOf(feed, cursor))
      this.moved.set(feed.table.name, cursor)
    }
  }

  add(table: string, rows: number): void {
    this.pages++
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + rows)
  }

  report(runId: string, outcome: 'complete' | 'out-of-time', lag: number | null): ExportReport {
    return {
      runId,
      outcome,
      pages: this.pages,
      rows: Object.fromEntries(this.#rows),
      watermark: [...this.moved.values()].map(({ watermark }) => watermark).reduce(later, null),
      lagSeconds: lag,
      filling: [...this.moved].filter(([, { fill }]) => fill !== null).map(([table]) => table),
    }
  }
}

async function exportHeld(deps: Export, lease: Lease, progress: Progress): Promise<'complete' | 'out-of-time'> {
  const feeds = deps.feeds ?? FEEDS
  const { page: left, inherited } = lease
  await settle(
    deps,
    lease,
    inherited.filter((jobId) => jobId !== left?.jobId),
  )
  if (left !== null && (await adoptPage(deps, lease, left, feeds))) progress.add(left.table, left.rows)
  await lease.checkpoint()
  const tables = [...feeds.map(({ table }) => table), EXPORT_STATUS]
  const made = await retrying(deps, () => deps.warehouse.ensure(tables, VIEWS))
  await progress.open(deps, lease, made)
  if (deps.again) {
    await lease.checkpoint((transaction) => {
      for (const [table, cursor] of progress.moved) transaction.set(cursorPath(table), writtenCursor(cursor))
    })
  }
  // While one page is merged, the next ones are staged, one at a time, and the one after that is read: two pages' bytes are in memory.
  const read = ahead(readPages(deps, progress.backlogs), 1)
  for await (const page of ahead(stagePages(deps, lease, read), STAGED_AHEAD)) {
    const { table, rows, cursor } = page
    await mergePage(deps, lease, page)
    progress.add(table.name, rows)
    progress.moved.set(table.name, cursor)
    deps.onPage?.({ table: table.name, rows })
  }
  const isDone = progress.backlogs.every(({ changed, cursor }) => changed.size === 0 && cursor.fill === null)
  return isDone ? 'complete' : 'out-of-time'
}

async function* stagePages(deps: Export, lease: Lease, pages: AsyncIterable<ReadPage>): AsyncGenerator<StagedPage> {
  let number = 0
  for await (const page of pages) yield await stagePage(deps, lease, page, number++)
}

/**
 * The pages in the order in which they are to be moved: first what has changed, one page of each table in turn, so that a backlog of one
 * does not hold up the others; then what is to be filled. Ends where all is read, or time is up.
 */
async function* readPages(deps: Export, backlogs: readonly Backlog[]): AsyncGenerator<ReadPage> {
  for (const what of ['changed', 'unfilled'] as const) {
    while (backlogs.some((backlog) => backlog[what].size > 0)) {
      for (const backlog of backlogs) {
        if (backlog[what].size === 0) continue
        if (deps.outOfTime() || (what === 'unfilled' && deps.mayFill?.() === false)) return
        yield await readOne(deps, backlog, what)
      }
    }
  }
}

async function readOne(deps: Export, backlog: Backlog, what: 'changed' | 'unfilled'): Promise<ReadPage> {
  const { feed } = backlog
  const erased = await erasuresUnderWay(deps.store)
  const page = feed.page(deps.store, (customerId) => erased.size === 0 || !erased.has(customerHash(customerId)))
  // What has been read is moved, even where reading took so long that time is up.
  const bounded: Pick<Page, 'add' | 'isFull'> = {
    add: (document) => page.add(document),
    isFull: () => page.isFull() || deps.outOfTime(),
  }
  await readNext(deps.store, backlog, what, bounded, deps.pageRows)
  const batch = await page.rows()
  // From the first row on that we move, columns that only another version knows are no longer everywhere.
  if (batch.rows > 0) backlog.cursor = { ...backlog.cursor, columns: columnsOf(feed.table) }
  return { table: feed.table, batch, cursor: backlog.cursor, refill: what === 'unfilled' }
}

/** Makes up to `most` items while the one before them is worked on. */
async function* ahead<T>(items: AsyncGenerator<T>, most: number): AsyncGenerator<T> {
  const made: Promise<IteratorResult<T>>[] = []
  const make = () => {
    const next = items.next()
    // Whoever works on the item before may fail first, and nobody waits for this one then.
    next.catch(() => {})
    made.push(next)
  }
  try {
    for (;;) {
      while (made.length < most) make()
      const item = await made.shift()
      if (item === undefined || item.done) return
      make()
      yield item.value
    }
  } finally {
    await Promise.allSettled(made)
  }
}

/**
 * Writes down what happened, and lets the next run begin. Returns a report where it was only time that ran out, else throws the error.
 * Where even the writing fails, the lease expires, and the first error must not be hidden.
 */
async function endAfter(error: unknown, deps: Export, lease: Lease, progress: Progress): Promise<ExportReport> {
  const outlasts = error instanceof JobOutlasts
  try {
    // Every page before it is merged by now: it is the next one.
    if (error instanceof StagingOutlasts) await lease.record(error.jobId, error.underway)
    const report = progress.report(deps.runId, 'out-of-time', outlasts ? await lagOfMoved(deps, lease, progress) : null)
    await lease.release()
    await deps.store.transact(async (transaction) =>
      keepReport(transaction, report, lease.takenAt, outlasts ? null : messageOf(error)),
    )
    if (outlasts) return report
  } catch (secondError) {
    throw new AggregateError([error, secondError], 'the export failed, and so did writing that down', {
      cause: secondError,
    })
  }
  throw error
}

/** From what is in BigQuery, since reading has gone on beyond that: higher than it is by some minutes at most. */
async function lagOfMoved(deps: Export, lease: Lease, { moved }: Progress): Promise<number | null> {
  if (moved.size === 0) return null
  const backlogs = (deps.feeds ?? FEEDS).map((feed) => backlogOf(feed, moved.get(feed.table.name) as TableCursor))
  return lagSeconds(deps.store, backlogs, await lease.renew())
}

const messageOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

const later = (a: Instant | null, b: Instant | null) => (a === null || (b !== null && b.isAfter(a)) ? b : a)
