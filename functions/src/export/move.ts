import { createHash } from 'node:crypto'
import type { Batch } from './batch.ts'
import type { Feed } from './feeds.ts'
import { adopt, finish, finishStaging, JobOutlasts, retrying, type JobTools } from './jobs.ts'
import type { Lease, PageUnderway } from './lease.ts'
import type { Table } from './schema.ts'
import { columnsOf, cursorPath, writtenCursor, type TableCursor } from './table-cursor.ts'

type Deps = JobTools & { readonly runId: string }

/** A page that was read. */
export interface ReadPage {
  readonly table: Table
  readonly batch: Batch
  /** Behind the page. */
  readonly cursor: TableCursor
  /** Rows that are there in the same revision are replaced as well. */
  readonly refill: boolean
}

/** A page whose rows stand in a staging table of their own. One without rows has no job. */
export interface StagedPage {
  readonly table: Table
  readonly rows: number
  readonly cursor: TableCursor
  readonly merge: { readonly name: string; readonly underway: Omit<PageUnderway, 'jobId' | 'step'> } | null
}

export const jobPrefix = ({ runId }: Pick<Deps, 'runId'>) => `darkroom_export_${runId}`

/** A page's load into its staging table outlasts this run: another may go on with it. */
export class StagingOutlasts extends JobOutlasts {
  readonly underway: PageUnderway
  constructor(underway: PageUnderway) {
    super(underway.jobId)
    this.underway = underway
  }
}

/**
 * Loads a page into a staging table of its own, which may go on while the page before is merged. `number`: unlike that of any other page of
 * the run. Throws as {@link finishStaging} does, and {@link StagingOutlasts}.
 */
export async function stagePage(deps: Deps, lease: Lease, page: ReadPage, number: number): Promise<StagedPage> {
  const { table, batch, cursor, refill } = page
  if (batch.rows === 0) return { table, rows: 0, cursor, merge: null }
  const { dates, rows: count } = batch
  const rows = batch.bytes()
  const staging = `${table.name}_${deps.runId}_${number}`
  const name = `${jobPrefix(deps)}_${table.name}_${number}_${hashOf(rows)}`
  const underway = { table: table.name, staging, dates, refill, rows: count, cursor: writtenCursor(cursor) }
  try {
    await finishStaging(deps, lease, `${name}_stage`, { kind: 'stage', staging, columnsOf: table, rows })
  } catch (error) {
    if (error instanceof JobOutlasts) throw new StagingOutlasts({ ...underway, step: 'stage', jobId: error.jobId })
    throw error
  }
  return { table, rows: count, cursor, merge: { name: `${name}_merge`, underway } }
}

/**
 * Merges a staged page into its table, and writes the cursor behind it. Until then the page stands in the lease, so that whoever comes next
 * can go on with it. Throws as {@link finish} does.
 */
export async function mergePage(deps: Deps, lease: Lease, { table, cursor, merge }: StagedPage): Promise<void> {
  if (merge !== null) {
    const { staging, dates, refill } = merge.underway
    const job = { kind: 'merge', table, staging, dates, refill } as const
    await finish(deps, lease, merge.name, job, { ...merge.underway, step: 'merge' })
  }
  await lease.checkpoint((transaction) => transaction.set(cursorPath(table.name), writtenCursor(cursor)))
}

/**
 * Brings the page of an earlier run to its end, where its job has taken effect or still will, and says whether it did. Does nothing where
 * that has failed, or was never submitted: the page is read anew then, since its cursor was not written. Throws as {@link adopt} does.
 */
export async function adoptPage(
  deps: Deps,
  lease: Lease,
  page: PageUnderway,
  feeds: readonly Feed[],
): Promise<boolean> {
  if (!(await adopt(deps, lease, page.jobId))) return false
  if (page.step === 'stage') {
    const table = feeds.find((feed) => feed.table.name === page.table)?.table
    if (table === undefined || !isOfSameColumns(page, table)) return false
    const { staging, dates, refill } = page
    const jobId = `${jobPrefix(deps)}_${table.name}_adopted_merge_0`
    await lease.record(jobId, { ...page, step: 'merge', jobId })
    // Tried once: its staging table may be gone. The next try reads the page anew.
    await retrying(deps, () => deps.warehouse.submit(jobId, { kind: 'merge', table, staging, dates, refill }))
    if (!(await adopt(deps, lease, jobId))) return false
  }
  await lease.checkpoint((transaction) => transaction.set(cursorPath(page.table), page.cursor))
  return true
}

/** Where another version has staged it, our MERGE may miss columns of its, and its cursor would say that they are there. */
function isOfSameColumns({ cursor }: PageUnderway, table: Table): boolean {
  const staged = new Set((cursor as unknown as TableCursor).columns)
  const ours = columnsOf(table)
  return ours.length === staged.size && ours.every((name) => staged.has(name))
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)
