import { SMOKE_CUSTOMER } from '../contract/names.ts'
import { CUSTOMERS, type Table } from './schema.ts'
import { quoted } from './statements.ts'

/** What the text of a view depends on. */
export interface ViewContext {
  /** Full name (project.dataset) of the dataset that the tables are in. */
  readonly dataset: string
  readonly rawDays: number
  readonly retentionDays: number
  readonly reportingTimeZone: string
}

export interface ViewColumn {
  readonly name: string
  readonly description: string
}

/**
 * A view over the tables, as data: created and brought up to date as the tables are.
 *
 * Each reads a partitioned table through a filter of its own: BigQuery refuses a query of a view whose tables require a filter that does not
 * reach them, even where the query has one. A filter on the view's `date` makes a query cheaper, where nothing stands between it and the table
 * but grouping by `date`. Window functions are kept out of these views: BigQuery does not promise to move a filter below one.
 * https://cloud.google.com/bigquery/docs/querying-partitioned-tables
 */
export interface View {
  readonly name: string
  readonly description: string
  /** In the order of the query. */
  readonly columns: readonly ViewColumn[]
  readonly sql: (context: ViewContext) => string
}

export const column = (name: string, description: string): ViewColumn => ({ name, description })

export const WITHOUT_SMOKE = `Without the customer ${SMOKE_CUSTOMER}.`
/** Lets every partition through, of rows `s`, and no row of the smoke test. */
export const OF_BUSINESS = `s.date >= DATE '0001-01-01' AND s.customer_id != '${SMOKE_CUSTOMER}'`

export const from = ({ dataset }: ViewContext, table: Table) => `FROM ${quoted(`${dataset}.${table.name}`)}`

/** Sums over rows `s` of customer_stats. Names are qualified: in HAVING a bare `images` would be the sum. */
export const SUMS = `SUM(s.images) AS images,
    SUM(IF(s.outcome = 'processed', s.images, 0)) AS processed,
    SUM(IF(s.outcome != 'processed', s.images, 0)) AS failed,
    SUM(s.bytes_in) AS bytes_in,
    SUM(s.bytes_out) AS bytes_out`
export const SUM_COLUMNS = [
  column('images', 'Number of images.'),
  column('processed', 'Those that were processed.'),
  column('failed', 'Those that failed.'),
  column('bytes_in', 'Size of their raw objects together, in bytes.'),
  column('bytes_out', 'Size of their results together, in bytes.'),
]
/** The sums of rows `t`. */
export const summed = (t: string) => SUM_COLUMNS.map(({ name }) => `${t}.${name}`).join(', ')

export const DATE = column('date', 'The day on which the images arrived, in REPORTING_TIME_ZONE.')
export const MONTH = column('month', 'The first day of the month in which the images arrived, in REPORTING_TIME_ZONE.')
export const CUSTOMER = [
  column('customer_id', 'The customer; erased-... is a pseudonym of one whose data was deleted.'),
  column('customer_name', "The customer's name, or its id where it has none."),
]
export const SOURCE = column('source', 'Where they came from: web or kafka.')
export const FORMAT = column('format', "The images' type as their bytes say; unknown where they were not looked at.")
export const SUCCESS_RATE = column(
  'success_rate',
  'processed / images. Of several rows together: SUM(processed) / SUM(images), no average.',
)

/** The customer of rows `t`, by name. */
export const NAMED = 't.customer_id, COALESCE(c.name, t.customer_id) AS customer_name'
/** What {@link NAMED} needs: one row for each customer, whatever is in the table. */
export const names = (context: ViewContext) =>
  `LEFT JOIN (
  SELECT customer_id, MAX(name) AS name ${from(context, CUSTOMERS)} GROUP BY customer_id
) AS c ON c.customer_id = t.customer_id`

/** The name of a time zone, as text in a statement. */
export function zoneLiteral(zone: string): string {
  if (!/^[A-Za-z0-9_+/-]+$/.test(zone)) throw new RangeError(`not a time zone: ${JSON.stringify(zone)}`)
  return `'${zone}'`
}
