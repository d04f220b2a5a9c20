/**
 * Metrics that Cloud Logging counts from the functions' log lines, as data. A test holds each to a line that the code writes, and alarms (monitoring-alarms.ts) rest on
 * them; the business's figures never do. https://cloud.google.com/logging/docs/logs-based-metrics
 */
import type { FunctionName } from './accounts.ts'
import { serviceOf } from './iam-holders.ts'

/** What writes a line: a function, or the bridge as a Cloud Run worker pool. */
export type Writer = FunctionName | 'worker'

export interface Metric {
  readonly name: `darkroom_${string}`
  readonly description: string
  /** Exactly the line's message; one of them where there are several. */
  readonly message: string | readonly string[]
  readonly by: readonly Writer[]
  /** What else must be so, in Logging's query language. */
  readonly where?: string
  /** Label and the line's field that it takes its value from. What a label can be is bounded, or each value would cost a time series. */
  readonly labels?: Readonly<Record<string, string>>
  /** The distribution of a field's value; without it, lines are counted. */
  readonly value?: { readonly field: string; readonly unit: 'ms' | 's' | '{record}'; readonly buckets: Buckets }
}

/** Of https://cloud.google.com/logging/docs/reference/v2/rest/v2/BucketOptions: at most 200. */
export type Buckets =
  | {
      readonly exponentialBuckets: {
        readonly numFiniteBuckets: number
        readonly growthFactor: number
        readonly scale: number
      }
    }
  | { readonly linearBuckets: { readonly numFiniteBuckets: number; readonly width: number; readonly offset: number } }

/** From 1 to growth^count: each bucket is a quarter wider than the one before, and no percentile is further off. */
const exponential = (numFiniteBuckets: number): Buckets => ({
  exponentialBuckets: { numFiniteBuckets, growthFactor: 1.25, scale: 1 },
})

const PROCESSING = ['processImage', 'redrive'] as const
const BRIDGE = ['bridgeKafka', 'worker'] as const
const FINISHED = { message: 'image finished', by: PROCESSING } as const

export const METRICS = [
  {
    name: 'darkroom_images',
    // Bound: 2 sources x 20 formats x 11 outcomes = 440.
    description: 'Finished images by source, format and outcome.',
    ...FINISHED,
    labels: { source: 'source', format: 'format', outcome: 'outcome' },
  },
  {
    name: 'darkroom_customer_images',
    // Bound: 101 groups x 20 formats x 11 outcomes = 22,220, which is why it has no source: Google drops series beyond about 30,000 of one metric.
    description: 'Finished images by customer (those in METRIC_CUSTOMERS, else "other"), format and outcome.',
    ...FINISHED,
    labels: { customer_group: 'customerGroup', format: 'format', outcome: 'outcome' },
  },
  {
    name: 'darkroom_processing_time',
    description: 'Time that the processing of an image has taken, by source.',
    ...FINISHED,
    labels: { source: 'source' },
    // To 6 minutes, which no image is given.
    value: { field: 'milliseconds', unit: 'ms', buckets: exponential(58) },
  },
  {
    name: 'darkroom_waiting_time',
    description: 'Time from the arrival of an image to its end, as its customer has waited for it, by source.',
    ...FINISHED,
    labels: { source: 'source' },
    // To 17 days, which no raw image sees.
    value: { field: 'waitMilliseconds', unit: 'ms', buckets: exponential(95) },
  },
  {
    name: 'darkroom_exports',
    description: 'Runs of the export that have done something: those that found another at work are not counted.',
    message: 'export finished',
    by: ['exportToBigQuery'],
    where: 'jsonPayload.outcome!="busy"',
    labels: { outcome: 'outcome' },
  },
  {
    name: 'darkroom_export_lag',
    description: 'Age of the last record that BigQuery has, where there are newer ones.',
    message: 'export finished',
    by: ['exportToBigQuery'],
    // To 3 hours by the minute: the alarm's 20 minutes are the border of a bucket.
    value: {
      field: 'lagSeconds',
      unit: 's',
      buckets: { linearBuckets: { numFiniteBuckets: 180, width: 60, offset: 0 } },
    },
  },
  {
    name: 'darkroom_export_failures',
    description: 'Runs of the export that have failed.',
    message: 'export failed',
    by: ['exportToBigQuery'],
  },
  {
    name: 'darkroom_rollups',
    description: 'Runs of rollup.',
    message: 'rollup finished',
    by: ['rollup'],
  },
  {
    name: 'darkroom_rollups_left',
    description: 'Runs of rollup that have left something to the next.',
    message: 'rollup finished',
    by: ['rollup'],
    where: 'jsonPayload.left>0',
  },
  {
    name: 'darkroom_rollups_differ',
    description: 'Days whose rollups were not what the counters say, and days that do not fit.',
    message: ['rollups differ', 'a day does not fit into the rollups'],
    by: ['rollup'],
  },
  {
    name: 'darkroom_reconciles',
    description: 'Runs of reconcile.',
    message: 'reconcile finished',
    by: ['reconcile'],
  },
  {
    name: 'darkroom_recounts',
    description: 'Runs of recount.',
    message: 'recount finished',
    by: ['recount'],
  },
  {
    name: 'darkroom_images_stuck',
    description: 'Images that are not done and whose raw object expires soon.',
    message: 'image stuck',
    by: ['reconcile'],
  },
  {
    name: 'darkroom_counters_differ',
    description: "Customers' days whose counters were not what the records say.",
    message: 'counters differ',
    by: ['recount'],
  },
  {
    name: 'darkroom_figures_differ',
    description: 'Runs that found Firestore and BigQuery to disagree on a day that had been exported.',
    message: 'figures differ',
    by: ['recount'],
  },
  {
    name: 'darkroom_keys_twice',
    description: 'Tables of BigQuery that had two rows of one key.',
    message: 'BigQuery has a key twice',
    by: ['recount'],
  },
  {
    name: 'darkroom_paused',
    description: 'Times that something was not done since processing is paused.',
    message: 'processing is paused',
    by: ['bridgeKafka', 'worker', 'processImage', 'redrive', 'reconcile'],
  },
  {
    name: 'darkroom_bridge_lag',
    description: 'Records that wait in Kafka, as each bridge tells every ten seconds.',
    message: 'bridge status',
    by: BRIDGE,
    // To a thousand million.
    value: { field: 'lag', unit: '{record}', buckets: exponential(93) },
  },
  {
    name: 'darkroom_bridge_failures',
    description: 'Times that a bridge had no connection, or a run of it has failed.',
    message: ['bridge failed', 'the bridge has no connection: it is tried again'],
    by: BRIDGE,
  },
  {
    name: 'darkroom_dead_letters',
    description: 'Records of Kafka that can never be taken, by reason.',
    message: 'dead letter',
    by: BRIDGE,
    // Bound: the reasons of functions/src/bridge/refusals.ts.
    labels: { reason: 'reason' },
  },
  {
    name: 'darkroom_images_lost',
    description: 'Partitions whose topic removed records before they were read.',
    message: 'images are lost: the topic removed records before they were read',
    by: BRIDGE,
  },
  {
    name: 'darkroom_partitions_stopped',
    description: 'Times that a bridge met something at a partition’s next offset that it cannot read.',
    message: 'a partition has stopped: what stands at its next offset cannot be read',
    by: BRIDGE,
  },
] as const satisfies readonly Metric[]

export type MetricName = (typeof METRICS)[number]['name']

/** A function of the second generation is a service of Cloud Run. https://cloud.google.com/logging/docs/view/logging-query-language */
export function filterOf({ message, by, where }: Metric): string {
  const services = by.filter((writer) => writer !== 'worker').map(serviceOf)
  const functions = `resource.type="cloud_run_revision" AND resource.labels.service_name=${anyOf(services)}`
  const writers = by.includes('worker') ? `((${functions}) OR resource.type="cloud_run_worker_pool")` : functions
  const lines = `${writers} AND jsonPayload.message=${anyOf([message].flat())}`
  return where === undefined ? lines : `${lines} AND ${where}`
}

function anyOf(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value))
  return quoted.length === 1 ? quoted.join('') : `(${quoted.join(' OR ')})`
}

/** As Logging takes it. https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics */
export function logMetricOf(metric: Metric) {
  const { name, description, labels = {}, value } = metric
  const keys = Object.entries(labels)
  return {
    name,
    description,
    filter: filterOf(metric),
    metricDescriptor: {
      metricKind: 'DELTA',
      valueType: value === undefined ? 'INT64' : 'DISTRIBUTION',
      unit: value?.unit ?? '1',
      // Google leaves out a valueType of STRING when it answers.
      ...(keys.length > 0 && { labels: keys.map(([key]) => ({ key })) }),
    },
    ...(keys.length > 0 && {
      labelExtractors: Object.fromEntries(keys.map(([key, field]) => [key, `EXTRACT(jsonPayload.${field})`])),
    }),
    ...(value !== undefined && {
      valueExtractor: `EXTRACT(jsonPayload.${value.field})`,
      bucketOptions: value.buckets,
    }),
  }
}
