/** When an alarm is raised, as Cloud Monitoring takes it. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#Condition */
import type { MetricName } from './monitoring-metrics.ts'

/** What a time series belongs to: a function, or the bridge as a worker pool. */
export type MonitoredResource = 'cloud_run_revision' | 'cloud_run_worker_pool'

export type Condition = { readonly displayName: string } & (
  | { readonly conditionThreshold: Threshold }
  | { readonly conditionAbsent: Absence }
  | { readonly conditionPrometheusQueryLanguage: Query }
)

interface Aggregation {
  readonly alignmentPeriod: string
  readonly perSeriesAligner: string
  readonly crossSeriesReducer: string
  readonly groupByFields?: readonly string[]
}
interface Threshold {
  readonly filter: string
  readonly aggregations: readonly [Aggregation]
  readonly comparison: 'COMPARISON_GT'
  readonly thresholdValue: number
  readonly duration: string
  readonly evaluationMissingData: 'EVALUATION_MISSING_DATA_INACTIVE'
}
interface Absence {
  readonly filter: string
  readonly aggregations: readonly [Aggregation]
  readonly duration: string
}
interface Query {
  readonly query: string
  readonly duration: string
  readonly evaluationInterval: string
  readonly disableMetricValidation: true
}

/** A duration as Google writes it. */
const MINUTE = 60
const minutes = (count: number) => `${count * MINUTE}s`

export const userMetric = (name: MetricName) => `logging.googleapis.com/user/${name}`
const filterOf = (metric: string, resource: MonitoredResource, more = '') =>
  `metric.type="${metric}" AND resource.type="${resource}"${more}`

interface Where {
  readonly resource?: MonitoredResource
  /** More of the filter: ` AND metric.labels.…`. */
  readonly more?: string
  /** Fields that keep series apart. */
  readonly by?: readonly string[]
}

function above(
  displayName: string,
  filter: string,
  aggregation: Aggregation,
  limit: number,
  lasting: number,
): Condition {
  return {
    displayName,
    conditionThreshold: {
      filter,
      aggregations: [aggregation],
      comparison: 'COMPARISON_GT',
      thresholdValue: limit,
      // Below a minute Google takes no word on what silence means.
      duration: minutes(Math.max(1, lasting)),
      // Most of these lines come only when something is wrong.
      evaluationMissingData: 'EVALUATION_MISSING_DATA_INACTIVE',
    },
  }
}

/** More than `limit` in so many minutes, for as long as `lasting` minutes. */
export function moreThan(
  limit: number,
  metric: string,
  within: number,
  displayName: string,
  { lasting = 1, resource = 'cloud_run_revision', more, by }: Where & { readonly lasting?: number } = {},
): Condition {
  const aggregation = {
    alignmentPeriod: minutes(within),
    perSeriesAligner: 'ALIGN_DELTA',
    crossSeriesReducer: 'REDUCE_SUM',
    ...(by && { groupByFields: by }),
  }
  return above(displayName, filterOf(metric, resource, more), aggregation, limit, lasting)
}

/** One value in a hundred, of all series together, is above `limit`. */
export const p99Above = (limit: number, metric: string, lasting: number, displayName: string): Condition =>
  above(
    displayName,
    filterOf(metric, 'cloud_run_revision'),
    { alignmentPeriod: minutes(5), perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_PERCENTILE_99' },
    limit,
    lasting,
  )

/** The middle value of what is told again and again. */
export const levelAbove = (
  limit: number,
  metric: string,
  lasting: number,
  displayName: string,
  resource: MonitoredResource,
): Condition =>
  above(
    displayName,
    filterOf(metric, resource),
    { alignmentPeriod: minutes(5), perSeriesAligner: 'ALIGN_PERCENTILE_50', crossSeriesReducer: 'REDUCE_MAX' },
    limit,
    lasting,
  )

/** Nothing for so many minutes, once there has been something. */
export function silent(
  metric: string,
  lasting: number,
  displayName: string,
  resource: MonitoredResource = 'cloud_run_revision',
): Condition {
  return {
    displayName,
    conditionAbsent: {
      filter: filterOf(metric, resource),
      aggregations: [
        { alignmentPeriod: minutes(1), perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM' },
      ],
      duration: minutes(lasting),
    },
  }
}

/** For what compares two metrics, which need not be there yet. https://cloud.google.com/monitoring/alerts/using-promql */
export const promql = (query: string, lasting: number, displayName: string): Condition => ({
  displayName,
  conditionPrometheusQueryLanguage: {
    query: query.replaceAll(/\s+/g, ' ').trim(),
    duration: minutes(lasting),
    evaluationInterval: '60s',
    disableMetricValidation: true,
  },
})

/** A metric's name in PromQL. https://cloud.google.com/monitoring/promql/promql-mapping */
export function series(metric: string, resource: MonitoredResource = 'cloud_run_revision', more = ''): string {
  const [domain = '', ...path] = metric.split('/')
  const name = `${domain.replaceAll(/[^\w]/g, '_')}:${path.join('/').replaceAll(/[^\w]/g, '_')}`
  return `${name}{monitored_resource="${resource}"${more}}`
}

/** How many in so many minutes; none where there is no such series. */
export const increase = (of: string, within: number) => `(sum(increase(${of}[${within}m])) or vector(0))`
