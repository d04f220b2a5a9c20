/** The other half of refusals.test.ts: accounts, secrets, metrics and alarms. */
import type { Call } from '../resource.ts'
import { logMetricOf, METRICS, type Metric } from '../monitoring-metrics.ts'
import { IAM_REFUSALS } from './fakes/iam.ts'
import { LOGGING_REFUSALS } from './fakes/logging.ts'
import { MONITORING_REFUSALS } from './fakes/monitoring.ts'
import { SECRET_REFUSALS } from './fakes/secret-manager.ts'
import { describeRefusals, one, type Case, type Cases } from './refusals.ts'
import { PROJECT } from './run.ts'
import type { Json } from './world.ts'

const calls = (...all: readonly Call[]): Case => ({ calls: all })
const post = (url: string, body: unknown = {}, query?: Call['query']): Case => calls(one('POST', url, body, query))

const ACCOUNTS = `https://iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts`
const PROJECT_POLICY = `https://cloudresourcemanager.googleapis.com/v3/projects/${PROJECT}`
const newAccount = (accountId: string, serviceAccount = {}) => post(ACCOUNTS, { accountId, serviceAccount })
const setOnProject = (policy: object) => post(`${PROJECT_POLICY}:setIamPolicy`, { policy })
const condition = { title: 't', expression: 'true' }

const iam: Cases<typeof IAM_REFUSALS> = {
  'account-exists': newAccount('darkroom-process'),
  'account-id-invalid': newAccount('a'),
  'account-text-too-long': newAccount('another', { displayName: 'x'.repeat(101) }),
  'agent-not-made-yet': setOnProject({
    bindings: [
      { role: 'roles/x.y', members: ['serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com'] },
    ],
  }),
  'condition-on-basic-role': setOnProject({
    version: 3,
    bindings: [{ role: 'roles/editor', members: ['user:x@example.com'], condition }],
  }),
  'service-has-no-identity': calls(
    one(
      'POST',
      'https://serviceusage.googleapis.com/v1beta1/projects/123456789012/services/iam.googleapis.com:generateServiceIdentity',
    ),
  ),
}

const SECRETS = `https://secretmanager.googleapis.com/v1/projects/${PROJECT}/secrets`
const automatic = { replication: { automatic: {} } }
const secrets: Cases<typeof SECRET_REFUSALS> = {
  'secret-exists': calls(
    one('POST', SECRETS, automatic, { secretId: 'ANOTHER' }),
    one('POST', SECRETS, automatic, { secretId: 'ANOTHER' }),
  ),
  'secret-id-invalid': post(SECRETS, automatic, { secretId: 'with a blank' }),
  'secret-without-replication': post(SECRETS, {}, { secretId: 'ANOTHER' }),
  'secret-location-unknown': post(
    SECRETS,
    { replication: { userManaged: { replicas: [{ location: 'EU' }] } } },
    { secretId: 'ANOTHER' },
  ),
}

const LOG_METRICS = `https://logging.googleapis.com/v2/projects/${PROJECT}/metrics`
const metricNamed = (name: string) => logMetricOf((METRICS as readonly Metric[]).find((each) => each.name === name)!)
const images = { ...metricNamed('darkroom_images'), name: 'another' }
const lag = { ...metricNamed('darkroom_export_lag'), name: 'another' }
const update = (body: Json & { readonly name: string }) => calls(one('PUT', `${LOG_METRICS}/${body.name}`, body))
const logging: Cases<typeof LOGGING_REFUSALS> = {
  'metric-exists': post(LOG_METRICS, metricNamed('darkroom_images')),
  'metric-label-without-extractor': post(LOG_METRICS, { ...images, labelExtractors: {} }),
  'metric-label-invalid': post(LOG_METRICS, {
    ...images,
    metricDescriptor: { labels: [{ key: 'customer-group' }] },
    labelExtractors: { 'customer-group': 'EXTRACT(jsonPayload.x)' },
  }),
  'metric-label-removed': update({
    ...metricNamed('darkroom_images'),
    metricDescriptor: { metricKind: 'DELTA', valueType: 'INT64' },
    labelExtractors: {},
  }),
  'metric-kind-fixed': update({ ...metricNamed('darkroom_export_lag'), name: 'darkroom_images' }),
  'metric-without-value': post(LOG_METRICS, { ...images, valueExtractor: 'EXTRACT(jsonPayload.bytesIn)' }),
  'metric-extractor-invalid': post(LOG_METRICS, { ...lag, valueExtractor: 'jsonPayload.lagSeconds' }),
  'metric-buckets-invalid': post(LOG_METRICS, {
    ...lag,
    bucketOptions: { linearBuckets: { numFiniteBuckets: 201, width: 1 } },
  }),
  'metric-filter-invalid': post(LOG_METRICS, { ...images, filter: 'jsonPayload.message="image finished' }),
}

const POLICIES = `https://monitoring.googleapis.com/v3/projects/${PROJECT}/alertPolicies`
const threshold = (more: object, name = 'darkroom_images') => ({
  displayName: 'c',
  conditionThreshold: {
    filter: `metric.type="logging.googleapis.com/user/${name}" AND resource.type="cloud_run_revision"`,
    aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM' }],
    comparison: 'COMPARISON_GT',
    duration: '60s',
    ...more,
  },
})
const newPolicy = (conditions: readonly object[], more: object = {}) =>
  post(POLICIES, { displayName: 'p', combiner: 'OR', conditions, ...more })
const query = (text: string) => ({
  displayName: 'c',
  conditionPrometheusQueryLanguage: { query: text, duration: '0s' },
})
const percentile = [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_PERCENTILE_99' }]
const monitoring: Cases<typeof MONITORING_REFUSALS> = {
  'alert-metric-unknown': newPolicy([threshold({}, 'nobody_made_it')]),
  'alert-filter': newPolicy([threshold({ filter: 'metric.type="logging.googleapis.com/user/darkroom_images"' })]),
  'alert-conditions': newPolicy([]),
  'alert-duration': newPolicy([threshold({ duration: '90s' })]),
  'alert-missing-data': newPolicy([
    threshold({ duration: '0s', evaluationMissingData: 'EVALUATION_MISSING_DATA_INACTIVE' }),
  ]),
  'alert-alignment': newPolicy([
    threshold({ aggregations: [{ alignmentPeriod: '90060s', perSeriesAligner: 'ALIGN_DELTA' }] }),
  ]),
  'alert-aligner': newPolicy([threshold({ aggregations: percentile })]),
  'alert-promql': newPolicy([query('sum(up')]),
  'alert-label': newPolicy([threshold({})], { userLabels: { darkroom: 'Export late' } }),
  'alert-documentation': newPolicy([threshold({})], { documentation: { content: 'x'.repeat(8193) } }),
  'alert-auto-close': newPolicy([threshold({})], { alertStrategy: { autoClose: '600s' } }),
  'alert-channel-unknown': newPolicy([threshold({})], {
    notificationChannels: [`projects/${PROJECT}/notificationChannels/1`],
  }),
  'channel-address': post(`https://monitoring.googleapis.com/v3/projects/${PROJECT}/notificationChannels`, {
    type: 'email',
    labels: {},
  }),
}

describeRefusals('IAM', IAM_REFUSALS, iam)
describeRefusals('Secret Manager', SECRET_REFUSALS, secrets)
describeRefusals('Cloud Logging', LOGGING_REFUSALS, logging)
describeRefusals('Cloud Monitoring', MONITORING_REFUSALS, monitoring)
