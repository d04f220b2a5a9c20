import type { Row } from './rows.ts'
import type { Table } from './schema.ts'
import type { View } from './view.ts'

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
  /** Deletes every row of a customer, in all partitions. */
  | { readonly kind: 'erase'; readonly table: Table; readonly customerId: string }
  /**
   * Gives every row of a customer to another, in all partitions and in one step: nobody ever sees a row twice, or not at all. For a customer
   * that has none, or two rows would have one key.
   */
  | { readonly kind: 'reassign'; readonly table: Table; readonly customerId: string; readonly to: string }
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
  /** Takes rows of the same revision as well: they say the same, and more where a column was added. */
  readonly refill?: boolean
}

export type JobState =
  | { readonly state: 'absent' }
  | { readonly state: 'running' }
  | { readonly state: 'done' }
  /** Ended without effect. Cancelled jobs end so as well, unless they were faster. */
  | { readonly state: 'failed'; readonly reason: string }

/** What BigQuery has for one cell of a customer's day. */
export interface CellCount {
  /** YYYY-MM-DD */
  readonly date: string
  readonly customerId: string
  readonly source: string
  readonly format: string
  readonly outcome: string
  readonly images: number
  readonly reprocessed: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly pixels: number
  readonly milliseconds: number
}

/** Days as YYYY-MM-DD, both included. */
export interface Days {
  readonly from: string
  readonly to: string
}

/** Everything that a view has for some days. */
export interface ViewRead {
  readonly kind: 'view'
  readonly view: View
  readonly days: Days
}

export interface Warehouse {
  /**
   * Makes the dataset, the tables and then the views where they are not there, adds missing columns, and brings queries and descriptions
   * up to date. Leaves alone what it is not told of.
   * Throws a {@link SchemaConflict} where a table has a column of another type, and where a view's name is taken by something else.
   * Returns for each table's name what no other table of that name has ever had: one that was dropped and made again has another.
   */
  ensure(tables: readonly Table[], views?: readonly View[]): Promise<ReadonlyMap<string, string>>
  /** `taken`: a job of this id was submitted before; this one is dropped. Does not wait for the job to end. */
  submit(jobId: string, job: Job): Promise<'submitted' | 'taken'>
  state(jobId: string): Promise<JobState>
  /** Asks a job to stop. It may go on for a while, or even succeed: only {@link state} tells. An absent or ended job is no error. */
  cancel(jobId: string): Promise<void>
  /**
   * The figures of each cell by this table: counted from its rows for `images`, as they stand for `customer_stats`. In the order of date, customer,
   * source, format and outcome, each by code point (see `compareCells`), page by page, so that any number fits into memory. Cells whose every
   * figure is 0 are left out. Throws a RangeError for a figure above 2^53 - 1, which no number holds exactly.
   */
  cells(table: 'images' | 'customer_stats', days: Days, customerId?: string): AsyncIterable<CellCount>
  /** How many rows `images` has on each of these days, at least one; of days without any there is nothing. Reads one column of theirs. */
  imagesByDate(dates: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** The row of an image, its times as {@link Row} has them; null where there is none. */
  imageRow(date: string, customerId: string, imageId: string): Promise<Row | null>
  /**
   * Bytes that a job or a query would read at most, by a dry run: what it costs. 0 for what reads nothing. A stand-in that counts no bytes
   * gives 0. A MERGE's staging table must be there.
   */
  scanned(read: Job | ViewRead): Promise<number>
  /**
   * Counts a table's rows and their different keys: a table is sound where they are equal. `dates`: only of these partitions, at least one;
   * for a table that has any. To count all of it costs a scan of the whole table.
   */
  count(table: Table, dates?: readonly string[]): Promise<{ readonly rows: number; readonly keys: number }>
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
