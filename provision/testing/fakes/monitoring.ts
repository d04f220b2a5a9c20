/** Alert policies and whom they tell. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies */
import { isObject, maskPatch, refused, type Fake, type Json, type Refusals, type World } from '../world.ts'
import { metricKey } from './logging.ts'

const SERVICE = 'monitoring.googleapis.com'
/** Till a metric that was made is known here. Google speaks of ten minutes at the most. */
const METRIC_KNOWN_AFTER = 45_000

const alerting = 'https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies'
const invalid = (message: string, documentation = alerting) => ({
  status: 400,
  reason: 'INVALID_ARGUMENT',
  message,
  documentation,
})

export const MONITORING_REFUSALS = {
  'alert-metric-unknown': {
    status: 404,
    reason: 'NOT_FOUND',
    message:
      'Cannot find metric(s) that match the type. If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.',
    documentation: 'https://github.com/hashicorp/terraform-provider-google/issues/11102',
  },
  'alert-filter': invalid('A filter must specify the metric type and the resource type, in at most 2048 characters'),
  'alert-conditions': invalid('A policy has 1 to 6 conditions, each of one kind'),
  'alert-duration': invalid('A duration is a multiple of a minute, and of absence at least 120 s'),
  'alert-missing-data': invalid('evaluationMissingData needs a duration of at least 60 s'),
  'alert-alignment': invalid('An alignment period is 60 s to 25 hours', `${alerting}#Aggregation`),
  'alert-aligner': invalid(
    'The aligner or reducer does not go with the metric’s kind and value type',
    'https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#Aligner',
  ),
  'alert-promql': invalid('The PromQL query is not valid', 'https://cloud.google.com/monitoring/alerts/using-promql'),
  'alert-label': invalid('Labels have small letters, digits, underscores and hyphens, at most 63'),
  'alert-documentation': invalid('The content may not exceed 8,192 characters, and only text/markdown is supported'),
  'alert-auto-close': invalid('autoClose is at least 30 minutes', `${alerting}#AlertStrategy`),
  'alert-channel-unknown': {
    status: 404,
    reason: 'NOT_FOUND',
    message: 'A notification channel does not exist',
    documentation: alerting,
  },
  'channel-address': invalid(
    'A channel of type email needs the label email_address',
    'https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannelDescriptors',
  ),
} as const satisfies Refusals

const seconds = (duration: unknown) => Number((typeof duration === 'string' ? duration : '0s').replace('s', ''))
const listOf = (value: unknown) => (Array.isArray(value) ? value : []) as readonly Json[]

/** Null where it is not known (yet). */
function typeOf(metric: string, world: World): string | null {
  const user = /^logging\.googleapis\.com\/user\/(.+)$/.exec(metric)?.[1]
  if (user === undefined) return metric === 'run.googleapis.com/request_count' ? 'INT64' : null
  const there = world.resources.get(metricKey(world, user))
  if (there === undefined || world.now - Date.parse(String(there['createTime'])) < METRIC_KNOWN_AFTER) return null
  return String((there['metricDescriptor'] as Json)['valueType'])
}

function assertSeries(condition: Json, world: World): void {
  const filter = String(condition['filter'])
  const metric = /metric\.type\s*=\s*"([^"]+)"/.exec(filter)?.[1]
  if (metric === undefined || !/resource\.type\s*=\s*"/.test(filter) || filter.length > 2048)
    throw refused(MONITORING_REFUSALS['alert-filter'], filter)
  const type = typeOf(metric, world)
  if (type === null) throw refused(MONITORING_REFUSALS['alert-metric-unknown'], metric)
  for (const aggregation of listOf(condition['aggregations'])) {
    const period = seconds(aggregation['alignmentPeriod'])
    if (period < 60 || period > 90_000) throw refused(MONITORING_REFUSALS['alert-alignment'])
    const aligner = String(aggregation['perSeriesAligner'])
    const isSeriesOfDistributions = type === 'DISTRIBUTION' && aligner === 'ALIGN_DELTA'
    const reducer = String(aggregation['crossSeriesReducer'])
    if (
      (aligner.startsWith('ALIGN_PERCENTILE') && type !== 'DISTRIBUTION') ||
      (isSeriesOfDistributions && ['REDUCE_MAX', 'REDUCE_MIN'].includes(reducer))
    )
      throw refused(MONITORING_REFUSALS['alert-aligner'], `${aligner}, ${reducer} of ${type}`)
  }
}

function assertCondition(condition: Json, world: World): void {
  const kinds = Object.keys(condition).filter((key) => key.startsWith('condition'))
  if (kinds.length !== 1) throw refused(MONITORING_REFUSALS['alert-conditions'])
  const { conditionThreshold: threshold, conditionAbsent: absent } = condition
  const query = condition['conditionPrometheusQueryLanguage']
  if (isObject(threshold)) {
    assertSeries(threshold, world)
    const lasting = seconds(threshold['duration'])
    if (lasting % 60 !== 0) throw refused(MONITORING_REFUSALS['alert-duration'])
    if (threshold['evaluationMissingData'] !== undefined && lasting < 60)
      throw refused(MONITORING_REFUSALS['alert-missing-data'])
  }
  if (isObject(absent)) {
    assertSeries(absent, world)
    if (seconds(absent['duration']) < 120 || seconds(absent['duration']) % 60 !== 0)
      throw refused(MONITORING_REFUSALS['alert-duration'])
  }
  if (isObject(query)) assertQuery(query, world)
}

/** Not the whole of its grammar: brackets, quotes, and whether the metrics are there where that is asked for. */
function assertQuery({ query, evaluationInterval, disableMetricValidation }: Json, world: World): void {
  const text = String(query)
  const bare = text.replaceAll(/"[^"]*"/g, '')
  const balanced = ['()', '[]', '{}'].every(
    ([open = '', close = '']) => bare.split(open).length === bare.split(close).length,
  )
  if (!balanced || bare.includes('"') || seconds(evaluationInterval ?? '30s') % 30 !== 0)
    throw refused(MONITORING_REFUSALS['alert-promql'], text)
  if (disableMetricValidation === true) return
  for (const [, name = ''] of text.matchAll(/logging_googleapis_com:user_(\w+?)(?:_sum|_count|_bucket)?\{/g))
    if (typeOf(`logging.googleapis.com/user/${name}`, world) === null)
      throw refused(MONITORING_REFUSALS['alert-metric-unknown'], name)
}

function assertPolicy(policy: Json, world: World): void {
  const conditions = listOf(policy['conditions'])
  if (conditions.length < 1 || conditions.length > 6) throw refused(MONITORING_REFUSALS['alert-conditions'])
  for (const condition of conditions) assertCondition(condition, world)
  assertLabels(policy)
  const { content = '', mimeType = 'text/markdown' } = (policy['documentation'] ?? {}) as Json
  if (String(content).length > 8192 || mimeType !== 'text/markdown')
    throw refused(MONITORING_REFUSALS['alert-documentation'])
  const close = (policy['alertStrategy'] as Json | undefined)?.['autoClose']
  if (close !== undefined && seconds(close) < 1800) throw refused(MONITORING_REFUSALS['alert-auto-close'])
  for (const name of (policy['notificationChannels'] ?? []) as readonly string[])
    if (!world.resources.has(`${SERVICE}/${name}`)) throw refused(MONITORING_REFUSALS['alert-channel-unknown'], name)
}

function assertLabels({ userLabels = {} }: Json): void {
  for (const [key, value] of Object.entries(userLabels as Record<string, string>))
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(key) || !/^[a-z0-9_-]{0,63}$/.test(value))
      throw refused(MONITORING_REFUSALS['alert-label'])
}

function assertChannel(channel: Json): void {
  assertLabels(channel)
  const { email_address: address = '' } = (channel['labels'] ?? {}) as Record<string, string>
  if (channel['type'] === 'email' && !address.includes('@')) throw refused(MONITORING_REFUSALS['channel-address'])
}

/** Conditions that have no name get a new one; what is zero is left out of an answer. */
function stored(policy: Json, name: string, prefix = ''): Json {
  const conditions = listOf(policy['conditions']).map((condition, index) => {
    const threshold = condition['conditionThreshold']
    return {
      ...condition,
      name: condition['name'] ?? `${name}/conditions/${prefix}${index + 1}`,
      ...(isObject(threshold) && {
        conditionThreshold: Object.fromEntries(Object.entries(threshold).filter(([, value]) => value !== 0)),
      }),
    }
  })
  return { ...policy, name, conditions }
}

const allIn = (world: World, kind: string) =>
  [...world.resources]
    .filter(([key]) => key.startsWith(`${SERVICE}/projects/${world.projectId}/${kind}/`))
    .map(([, resource]) => resource)

/** Small pages, so that nobody forgets the rest. */
const PAGE = 10

function page(all: readonly Json[], field: string, token: string | undefined): Json {
  const from = Number(token ?? 0)
  const part = all.slice(from, from + PAGE)
  return {
    ...(part.length > 0 && { [field]: part }),
    ...(from + PAGE < all.length && { nextPageToken: String(from + PAGE) }),
  }
}

const nameFor = (world: World, kind: string) =>
  `projects/${world.projectId}/${kind}/${String(1000 + allIn(world, kind).length)}`

export const MONITORING: Fake = {
  'monitoring.projects.alertPolicies.list': ({ params }, world) =>
    page(allIn(world, 'alertPolicies'), 'alertPolicies', params['pageToken']),

  'monitoring.projects.alertPolicies.create': ({ body }, world) => {
    assertPolicy(body, world)
    const name = nameFor(world, 'alertPolicies')
    world.resources.set(`${SERVICE}/${name}`, { enabled: true, ...stored(body, name) })
    return world.get(`${SERVICE}/${name}`)
  },

  'monitoring.projects.alertPolicies.patch': ({ params, body }, world) => {
    const name = String(params['name'])
    const there = world.get(`${SERVICE}/${name}`)
    const mask = params['updateMask']
    const patched = mask === undefined ? { ...there, ...body } : maskPatch(there, body, mask)
    assertPolicy(patched, world)
    world.resources.set(`${SERVICE}/${name}`, stored(patched, name, 'patched-'))
    return world.get(`${SERVICE}/${name}`)
  },

  'monitoring.projects.notificationChannels.list': ({ params }, world) =>
    page(allIn(world, 'notificationChannels'), 'notificationChannels', params['pageToken']),

  'monitoring.projects.notificationChannels.create': ({ body }, world) => {
    assertChannel(body)
    const name = nameFor(world, 'notificationChannels')
    world.resources.set(`${SERVICE}/${name}`, { enabled: true, ...body, name })
    return world.get(`${SERVICE}/${name}`)
  },

  'monitoring.projects.notificationChannels.patch': ({ params, body }, world) => {
    const name = String(params['name'])
    const there = world.get(`${SERVICE}/${name}`)
    const patched = maskPatch(there, body, params['updateMask'] ?? 'displayName')
    assertChannel(patched)
    world.resources.set(`${SERVICE}/${name}`, patched)
    return patched
  },
}
