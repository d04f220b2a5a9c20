import type { Table } from './schema.ts'

/**
 * The port to BigQuery. `platform/bigquery-warehouse.ts` is BigQuery; `export/testing/memory-warehouse.ts` is its twin in memory,
 * which delays, fails and loses answers. Both pass `export/testing/warehouse-conformance.ts`.
 *
 * Work is done by jobs whose ids the caller chooses: an id is taken once and for ever, so that a job submitted again after a lost
 * answer is not done again. https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
 */
export type Job =
  /** Puts the rows into a staging table, in place of what is there. The table is deleted by itself after a day. */
  | { readonly kind: 'stage'; readonly staging: string; readonly columnsOf: Table; readonly rows: Uint8Array }
  /** Adds the rows to the table itself. */
  | { readonly kind: 'append'; readonly table: Table; readonly rows: Uint8Array }
  | ({ readonly kind: 'merge' } & Merge)
  /** Does nothing: takes the id, so that nobody else can. */
  | { readonly kind: 'block' }

/**
 * Takes each row of `staging` into `table` where no row of its key is there or the one there has a lower revision. `staging` has
 * one row per key. Two of these at once that insert the same key would both insert it: BigQuery sees no conflict in that.
 */
export interface Merge {
  readonly table: Table
  readonly staging: string
  /** Every value of the partition column in `staging`, YYYY-MM-DD; empty where the table has no partitions. */
  readonly dates: readonly string[]
}

export type JobState =
  | { readonly state: 'absent' }
  | { readonly state: 'running' }
  | { readonly state: 'done' }
  /** Ended without effect. Cancelled jobs end so as well, unless they were faster. */
  | { readonly state: 'failed'; readonly reason: string }

export interface Warehouse {
  /**
   * Makes the dataset and the tables where they are not there, adds missing columns, and brings descriptions up to date.
   * Throws a {@link SchemaConflict} where a table has a column of another type.
   */
  ensure(tables: readonly Table[]): Promise<void>
  /** `taken`: a job of this id was submitted before; this one is dropped. Does not wait for the job to end. */
  submit(jobId: string, job: Job): Promise<'submitted' | 'taken'>
  state(jobId: string): Promise<JobState>
  /** Asks a job to stop. It may go on for a while, or even succeed: only {@link state} tells. An absent or ended job is no error. */
  cancel(jobId: string): Promise<void>
  /** Counts a table's rows and their different keys: a table is sound where they are equal. */
  count(table: Table): Promise<{ readonly rows: number; readonly keys: number }>
}

/** BigQuery did not do, or did not answer, what it was asked. Unless it was refused, it may have happened all the same. */
export class WarehouseFault extends Error {
  override readonly name = 'WarehouseFault'
  /** False: BigQuery has refused and would again (no permission, an invalid request). */
  readonly retriable: boolean
  constructor(message: string, retriable: boolean, cause?: unknown) {
    super(message, { cause })
    this.retriable = retriable
  }
}

/** A table in BigQuery can't be migrated to what the export writes without losing something. */
export class SchemaConflict extends Error {
  override readonly name = 'SchemaConflict'
}
