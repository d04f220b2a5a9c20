/** The views of the business. docs/bi.md has the questions that they answer. */
import { DURATION_BUCKETS, longestOf } from '../contract/durations.ts'
import type { ErrorCode } from '../contract/outcomes.ts'
import { CUSTOMER_STATS } from './schema.ts'
import { reconciliation, retentionHorizon, storageNow } from './views-of-images.ts'
import {
  column,
  CUSTOMER,
  DATE,
  FORMAT,
  from,
  MONTH,
  NAMED,
  names,
  OF_BUSINESS,
  SOURCE,
  SUCCESS_RATE,
  SUM_COLUMNS,
  summed,
  SUMS,
  WITHOUT_SMOKE,
  type View,
  type ViewColumn,
} from './view.ts'

/** Failures whose cause is the image or its sender; the others are ours. */
const OF_SENDER = [
  'empty',
  'unsupported-format',
  'too-large',
  'corrupt',
  'quota-exceeded',
] as const satisfies readonly ErrorCode[]
const BY_SENDER = `IN (${OF_SENDER.map((code) => `'${code}'`).join(', ')})`

const customerMonths: View = {
  name: 'customer_months',
  description: `What each customer sent in each month, and what became of it. ${WITHOUT_SMOKE}`,
  columns: [
    ...CUSTOMER,
    MONTH,
    ...SUM_COLUMNS,
    SUCCESS_RATE,
    column('reprocessed', 'How often images were processed again on request.'),
    column('megapixels', 'Pixels of their inputs together, in millions.'),
    column('processing_hours', 'Their processing times together, in hours.'),
  ],
  sql: (context) => `SELECT
  ${NAMED},
  t.month,
  ${summed('t')},
  t.processed / t.images AS success_rate,
  t.reprocessed,
  t.pixels / 1000000 AS megapixels,
  t.milliseconds / 3600000 AS processing_hours
FROM (
  SELECT s.customer_id, DATE_TRUNC(s.date, MONTH) AS month,
    ${SUMS},
    SUM(s.reprocessed) AS reprocessed,
    SUM(s.pixels) AS pixels,
    SUM(s.milliseconds) AS milliseconds
  ${from(context, CUSTOMER_STATS)} AS s
  WHERE ${OF_BUSINESS}
  GROUP BY s.customer_id, month
  HAVING SUM(s.images) > 0
) AS t
${names(context)}`,
}

const topCustomers: View = {
  name: 'top_customers',
  description: `The customers of each month by number of images. ${WITHOUT_SMOKE}`,
  columns: [
    MONTH,
    column('rank', 'Place of the customer in that month: 1 sent the most images. Equal numbers share a place.'),
    ...CUSTOMER,
    ...SUM_COLUMNS,
    column('share', "The customer's part of that month's images."),
  ],
  sql: (context) => `SELECT
  t.month,
  RANK() OVER (PARTITION BY t.month ORDER BY t.images DESC) AS rank,
  ${NAMED},
  ${summed('t')},
  t.images / SUM(t.images) OVER (PARTITION BY t.month) AS share
FROM (
  SELECT s.customer_id, DATE_TRUNC(s.date, MONTH) AS month,
    ${SUMS}
  ${from(context, CUSTOMER_STATS)} AS s
  WHERE ${OF_BUSINESS}
  GROUP BY s.customer_id, month
  HAVING SUM(s.images) > 0
) AS t
${names(context)}`,
}

/** How each day's images divide. */
const mix = (name: string, by: typeof FORMAT, what: string): View => ({
  name,
  description: `The images of each day by ${what}. ${WITHOUT_SMOKE}`,
  columns: [DATE, by, ...SUM_COLUMNS, column('share', "Part of that day's images.")],
  sql: (context) => `SELECT
  day.date,
  part.${by.name},
  ${summed('part')},
  part.images / day.images AS share
FROM (
  SELECT t.date, SUM(t.images) AS images, ARRAY_AGG(STRUCT(
    ${[by, ...SUM_COLUMNS].map(({ name: each }) => `t.${each} AS ${each}`).join(', ')}
  )) AS parts
  FROM (
    SELECT s.date, s.${by.name},
    ${SUMS}
    ${from(context, CUSTOMER_STATS)} AS s
    WHERE ${OF_BUSINESS}
    GROUP BY s.date, s.${by.name}
    HAVING SUM(s.images) > 0
  ) AS t
  GROUP BY t.date
) AS day, UNNEST(day.parts) AS part`,
})

const successRate: View = {
  name: 'success_rate',
  description: `How many images of each day, customer, source and type were processed, and by whom the others failed. ${WITHOUT_SMOKE}`,
  columns: [
    DATE,
    ...CUSTOMER,
    SOURCE,
    FORMAT,
    ...SUM_COLUMNS,
    column('failed_by_sender', `Those whose cause is the image or its sender: ${OF_SENDER.join(', ')}.`),
    column('failed_by_us', 'Those that failed for any other reason.'),
    SUCCESS_RATE,
  ],
  sql: (context) => `SELECT
  t.date,
  ${NAMED},
  t.source,
  t.format,
  ${summed('t')},
  t.failed_by_sender,
  t.failed - t.failed_by_sender AS failed_by_us,
  t.processed / t.images AS success_rate
FROM (
  SELECT s.date, s.customer_id, s.source, s.format,
    ${SUMS},
    SUM(IF(s.outcome ${BY_SENDER}, s.images, 0)) AS failed_by_sender
  ${from(context, CUSTOMER_STATS)} AS s
  WHERE ${OF_BUSINESS}
  GROUP BY s.date, s.customer_id, s.source, s.format
  HAVING SUM(s.images) > 0
) AS t
${names(context)}`,
}

const failureReasons: View = {
  name: 'failure_reasons',
  description: `The failed images of each day by reason. ${WITHOUT_SMOKE}`,
  columns: [
    DATE,
    ...CUSTOMER,
    SOURCE,
    FORMAT,
    column('reason', 'Why they failed, for example corrupt.'),
    column('cause', 'sender where the image or its sender is the cause, else us.'),
    column('images', 'Number of images.'),
    column('bytes_in', 'Size of their raw objects together, in bytes.'),
  ],
  sql: (context) => `SELECT
  t.date,
  ${NAMED},
  t.source,
  t.format,
  t.outcome AS reason,
  IF(t.outcome ${BY_SENDER}, 'sender', 'us') AS cause,
  t.images,
  t.bytes_in
FROM (
  SELECT s.date, s.customer_id, s.source, s.format, s.outcome,
    SUM(s.images) AS images,
    SUM(s.bytes_in) AS bytes_in
  ${from(context, CUSTOMER_STATS)} AS s
  WHERE ${OF_BUSINESS} AND s.outcome != 'processed'
  GROUP BY s.date, s.customer_id, s.source, s.format, s.outcome
  HAVING SUM(s.images) > 0
) AS t
${names(context)}`,
}

/** Each bucket with its end, as literals: exact, whatever a database's POW gives. */
const ENDS = Array.from({ length: DURATION_BUCKETS }, (_, bucket) => {
  const values = [bucket, longestOf(bucket) ?? 'NULL']
  return bucket === 0 ? `STRUCT(${values[0]} AS bucket, ${values[1]} AS at_most)` : `(${values.join(', ')})`
})

const processingTimes = (name: string, by: readonly ViewColumn[], what: string): View => {
  const of = (rows: string) => by.map((each) => `${rows}.${each.name}`).join(', ')
  const within = (percent: number) => `MIN(IF(100 * t.so_far >= ${percent} * t.images, t.at_most, NULL))`
  return {
    name,
    description:
      `Processing times of the images of each day that were processed${what}, in milliseconds. Each figure is the end of a bucket of the ` +
      `histogram in customer_stats: so many percent took at most that long, and the exact percentile is at most a fifth below it. ${WITHOUT_SMOKE}`,
    columns: [
      ...by,
      column('images', 'Number of images that were processed.'),
      column('median_milliseconds', 'Half of them took at most this long.'),
      column('p95_milliseconds', '95 percent of them took at most this long.'),
      column('p99_milliseconds', '99 percent of them took at most this long.'),
    ],
    sql: (context) => `SELECT
  ${of('t')},
  t.images,
  ${within(50)} AS median_milliseconds,
  ${within(95)} AS p95_milliseconds,
  ${within(99)} AS p99_milliseconds
FROM (
  SELECT ${of('h')}, b.at_most, b.bucket,
    SUM(h.images) AS images,
    SUM(IF(h.bucket <= b.bucket, h.images, 0)) AS so_far
  FROM (
    SELECT ${of('s')}, part.bucket, SUM(part.images) AS images
    ${from(context, CUSTOMER_STATS)} AS s, UNNEST(s.histogram) AS part
    WHERE ${OF_BUSINESS} AND s.outcome = 'processed'
    GROUP BY ${of('s')}, part.bucket
  ) AS h
  CROSS JOIN UNNEST([${ENDS.join(', ')}]) AS b
  GROUP BY ${of('h')}, b.at_most, b.bucket
) AS t
GROUP BY ${of('t')}, t.images
HAVING t.images > 0`,
  }
}

/** In the order in which they are made. */
export const VIEWS: readonly View[] = [
  customerMonths,
  topCustomers,
  mix('type_mix', FORMAT, 'type'),
  mix('source_mix', SOURCE, 'source'),
  successRate,
  failureReasons,
  processingTimes('processing_times', [DATE], ''),
  processingTimes('processing_times_by_type', [DATE, FORMAT], ', by type'),
  storageNow,
  retentionHorizon,
  reconciliation,
]
