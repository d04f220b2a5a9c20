/** The views that look at single images, and therefore at the large table. */
import { CELL_FIGURES } from './statements.ts'
import { CUSTOMER_STATS, CUSTOMERS, IMAGES } from './schema.ts'
import {
  column,
  CUSTOMER,
  DATE,
  FORMAT,
  from,
  NAMED,
  names,
  OF_BUSINESS,
  SOURCE,
  WITHOUT_SMOKE,
  zoneLiteral,
  type View,
  type ViewContext,
} from './view.ts'

/**
 * Days after which nothing of an image is kept: it may be processed again as long as its original is there. Three more, for time zones and
 * for work that begins late.
 */
const keptDays = ({ rawDays, retentionDays }: ViewContext) => rawDays + retentionDays + 3

/** Images `s` of which something may be kept. A constant to BigQuery: it reads these partitions alone. */
const mayBeKept = (context: ViewContext) =>
  `s.date >= DATE_SUB(CURRENT_DATE(), INTERVAL ${keptDays(context)} DAY) AND ${OF_BUSINESS}`

const rawUntil = ({ rawDays }: ViewContext) => `TIMESTAMP_ADD(s.received_at, INTERVAL ${rawDays} DAY)`

const KEPT =
  'By the rules of the buckets (RAW_DAYS for originals, available_until for results); Cloud Storage may take a day longer to delete. Results ' +
  'that were replaced by a reprocess are not in it.'

export const storageNow: View = {
  name: 'storage_now',
  description: `What is kept now for each customer: originals in, results out. ${KEPT} ${WITHOUT_SMOKE}`,
  columns: [
    ...CUSTOMER,
    column('originals', 'Raw objects that are kept.'),
    column('original_bytes', 'Their size together, in bytes.'),
    column('images_with_results', 'Images whose results are kept.'),
    column('result_files', 'Files of their results.'),
    column('result_bytes', 'The size of these together, in bytes.'),
  ],
  sql: (context) => {
    const original = `${rawUntil(context)} > CURRENT_TIMESTAMP()`
    const results = 's.available_until > CURRENT_TIMESTAMP()'
    return `SELECT
  ${NAMED},
  t.originals,
  t.original_bytes,
  t.images_with_results,
  t.result_files,
  t.result_bytes
FROM (
  SELECT s.customer_id,
    COUNTIF(${original}) AS originals,
    SUM(IF(${original}, s.bytes_in, 0)) AS original_bytes,
    COUNTIF(${results}) AS images_with_results,
    SUM(IF(${results}, s.outputs, 0)) AS result_files,
    SUM(IF(${results}, s.bytes_out, 0)) AS result_bytes
  ${from(context, IMAGES)} AS s
  WHERE ${mayBeKept(context)}
  GROUP BY s.customer_id
) AS t
${names(context)}
WHERE t.originals > 0 OR t.images_with_results > 0`
  },
}

export const retentionHorizon: View = {
  name: 'retention_horizon',
  description: `What will be deleted on which day. ${KEPT} ${WITHOUT_SMOKE}`,
  columns: [
    column('expires_on', 'The day on which they may be deleted, in REPORTING_TIME_ZONE.'),
    column('kind', 'originals or results.'),
    ...CUSTOMER,
    column('images', 'Number of images.'),
    column('files', 'Number of objects.'),
    column('bytes', 'Their size together, in bytes.'),
  ],
  sql: (context) => {
    const part = (kind: string, until: string, files: string, bytes: string) => `SELECT
    DATE(${until}, ${zoneLiteral(context.reportingTimeZone)}) AS expires_on,
    '${kind}' AS kind,
    s.customer_id,
    ${files} AS files,
    ${bytes} AS bytes
  ${from(context, IMAGES)} AS s
  WHERE ${mayBeKept(context)} AND ${until} > CURRENT_TIMESTAMP()`
    return `SELECT
  t.expires_on,
  t.kind,
  ${NAMED},
  t.images,
  t.files,
  t.bytes
FROM (
  SELECT u.expires_on, u.kind, u.customer_id, COUNT(*) AS images, SUM(u.files) AS files, SUM(u.bytes) AS bytes
  FROM (
  ${part('originals', rawUntil(context), '1', 's.bytes_in')}
  UNION ALL
  ${part('results', 's.available_until', 's.outputs', 's.bytes_out')}
  ) AS u
  GROUP BY u.expires_on, u.kind, u.customer_id
) AS t
${names(context)}`
  },
}

const MEASURES = CELL_FIGURES.filter((name) => name !== 'images')

export const reconciliation: View = {
  name: 'reconciliation',
  description:
    'The table images, counted, beside the table customer_stats, for each cell of the counters. With all customers, the smoke test among ' +
    'them: every image is to be counted. A day on which images are still coming in may differ from one run of the export to the next.',
  columns: [
    DATE,
    column('customer_id', 'The customer.'),
    SOURCE,
    FORMAT,
    column('outcome', 'processed, or the reason for which they failed.'),
    column('images_by_rows', 'Rows of images.'),
    column('images_by_counters', 'Images by customer_stats.'),
    ...MEASURES.map((name) =>
      column(`${name}_difference`, `${name} by the rows of images less that by customer_stats.`),
    ),
    column(
      'agrees',
      "Whether all figures are equal. Null for the pseudonym of a customer whose data was deleted: its images' rows are gone.",
    ),
  ],
  sql: (context) => {
    const key = CUSTOMER_STATS.key
    const of = (rows: string) => key.map((name) => `${rows}.${name}`).join(', ')
    const difference = (name: string) => `SUM(u.${name}_rows) - SUM(u.${name}_counters)`
    const sides = (rows: (name: string) => string, counters: (name: string) => string) =>
      CELL_FIGURES.flatMap((name) => [`${rows(name)} AS ${name}_rows`, `${counters(name)} AS ${name}_counters`]).join(
        ', ',
      )
    const value = (name: string) => `COALESCE(s.${name}, 0)`
    const zero = () => '0'
    return `SELECT
  ${of('t')},
  t.images_by_rows,
  t.images_by_counters,
  ${MEASURES.map((name) => `t.${name}_difference`).join(', ')},
  IF(e.customer_id IS NULL, t.agrees, NULL) AS agrees
FROM (
  SELECT ${of('u')},
    SUM(u.images_rows) AS images_by_rows,
    SUM(u.images_counters) AS images_by_counters,
    ${MEASURES.map((name) => `${difference(name)} AS ${name}_difference`).join(',\n    ')},
    ${CELL_FIGURES.map((name) => `${difference(name)} = 0`).join(' AND ')} AS agrees
  FROM (
    SELECT ${of('s')}, ${sides((name) => (name === 'images' ? '1' : value(name)), zero)}
    ${from(context, IMAGES)} AS s
    WHERE s.date >= DATE '0001-01-01'
    UNION ALL
    SELECT ${of('s')}, ${sides(zero, value)}
    ${from(context, CUSTOMER_STATS)} AS s
    WHERE s.date >= DATE '0001-01-01'
  ) AS u
  GROUP BY ${of('u')}
) AS t
LEFT JOIN (
  SELECT customer_id ${from(context, CUSTOMERS)} WHERE erased GROUP BY customer_id
) AS e ON e.customer_id = t.customer_id
WHERE NOT (t.agrees AND t.images_by_rows = 0)`
  },
}
