/** Metrics from log lines. https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics */
import { refused, type Fake, type Json, type Refusals, type World } from '../world.ts'

const SERVICE = 'logging.googleapis.com'

export const LOGGING_REFUSALS = {
  'metric-exists': {
    status: 409,
    reason: 'ALREADY_EXISTS',
    message: 'Metric already exists',
    documentation: 'https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics/create',
  },
  'metric-label-without-extractor': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Each label in the metric descriptor must have a matching label extractor, and each extractor a label',
    documentation: 'https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics',
  },
  'metric-label-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A metric has at most 10 labels, of small and capital letters, digits and underscores',
    documentation: 'https://cloud.google.com/logging/docs/logs-based-metrics/labels#limitations',
  },
  'metric-label-removed': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Labels cannot be removed, nor their type changed',
    documentation: 'https://cloud.google.com/logging/docs/logs-based-metrics/labels#limitations',
  },
  'metric-kind-fixed': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'The kind and the value type of a metric cannot be changed',
    documentation: 'https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics',
  },
  'metric-without-value': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'A distribution needs a value extractor, and nothing else may have one',
    documentation: 'https://cloud.google.com/logging/docs/logs-based-metrics/distribution-metrics',
  },
  'metric-extractor-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'An extractor is EXTRACT(field) or REGEXP_EXTRACT(field, regex)',
    documentation: 'https://cloud.google.com/logging/docs/logs-based-metrics/labels',
  },
  'metric-buckets-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'There are 1 to 200 buckets; an exponential layout grows by more than 1 from a scale above 0',
    documentation: 'https://cloud.google.com/logging/docs/logs-based-metrics/distribution-metrics#histogram_buckets',
  },
  'metric-filter-invalid': {
    status: 400,
    reason: 'INVALID_ARGUMENT',
    message: 'Invalid filter: quotes or brackets are not closed',
    documentation: 'https://cloud.google.com/logging/docs/view/logging-query-language',
  },
} as const satisfies Refusals

interface Metric extends Json {
  readonly name: string
  readonly filter: string
  readonly metricDescriptor?: {
    readonly metricKind?: string
    readonly valueType?: string
    readonly labels?: readonly { readonly key: string; readonly valueType?: string }[]
  }
  readonly labelExtractors?: Readonly<Record<string, string>>
  readonly valueExtractor?: string
  readonly bucketOptions?: {
    readonly exponentialBuckets?: Readonly<Record<'numFiniteBuckets' | 'growthFactor' | 'scale', number>>
    readonly linearBuckets?: Readonly<Record<'numFiniteBuckets' | 'width' | 'offset', number>>
  }
}

export const metricKey = (world: World, name: string) => `${SERVICE}/projects/${world.projectId}/metrics/${name}`
const labelsOf = ({ metricDescriptor }: Metric) => (metricDescriptor?.labels ?? []).map(({ key }) => key)

function assertValid(metric: Metric): void {
  const { filter, labelExtractors = {}, valueExtractor, metricDescriptor, bucketOptions } = metric
  const unquoted = filter.replaceAll(/"(\\.|[^"\\])*"/g, '')
  if (unquoted.includes('"') || unquoted.split('(').length !== unquoted.split(')').length)
    throw refused(LOGGING_REFUSALS['metric-filter-invalid'], filter)
  const labels = labelsOf(metric)
  if (labels.length > 10 || labels.some((key) => !/^[A-Za-z]\w{0,99}$/.test(key)))
    throw refused(LOGGING_REFUSALS['metric-label-invalid'])
  if ([...labels].sort().join() !== Object.keys(labelExtractors).sort().join())
    throw refused(LOGGING_REFUSALS['metric-label-without-extractor'])
  const isDistribution = metricDescriptor?.valueType === 'DISTRIBUTION'
  if (isDistribution !== (valueExtractor !== undefined)) throw refused(LOGGING_REFUSALS['metric-without-value'])
  for (const extractor of [
    ...Object.values(labelExtractors),
    ...(valueExtractor === undefined ? [] : [valueExtractor]),
  ])
    if (!/^(EXTRACT\([\w.]+\)|REGEXP_EXTRACT\([\w.]+, *".*"\))$/.test(extractor))
      throw refused(LOGGING_REFUSALS['metric-extractor-invalid'], extractor)
  const { exponentialBuckets: exponential, linearBuckets: linear } = bucketOptions ?? {}
  const count = (exponential ?? linear)?.numFiniteBuckets
  const isGrowing = exponential === undefined || (exponential.growthFactor > 1 && exponential.scale > 0)
  if ((count !== undefined && (count < 1 || count > 200)) || !isGrowing || (linear?.width ?? 1) <= 0)
    throw refused(LOGGING_REFUSALS['metric-buckets-invalid'])
}

/** As Google answers: with what it has filled in, and without what is zero. */
function answered(metric: Metric, world: World): Json {
  const labels = (metric.metricDescriptor?.labels ?? []).map(({ valueType, ...label }) => ({
    ...label,
    ...(valueType !== undefined && valueType !== 'STRING' && { valueType }),
  }))
  const linear = metric.bucketOptions?.linearBuckets
  return {
    ...metric,
    metricDescriptor: {
      metricKind: 'DELTA',
      valueType: 'INT64',
      ...metric.metricDescriptor,
      ...(labels.length > 0 && { labels }),
      name: `projects/${world.projectId}/metricDescriptors/logging.googleapis.com/user/${metric.name}`,
      type: `logging.googleapis.com/user/${metric.name}`,
      description: metric['description'],
    },
    ...(linear?.offset === 0 && {
      bucketOptions: { linearBuckets: { numFiniteBuckets: linear.numFiniteBuckets, width: linear.width } },
    }),
    version: 'V2',
    resourceName: `projects/${world.projectId}/metrics/${metric.name}`,
    updateTime: world.time,
  }
}

export const LOGGING: Fake = {
  'logging.projects.metrics.get': ({ params }, world) => world.get(`${SERVICE}/${params['metricName']}`),

  'logging.projects.metrics.create': ({ body }, world) => {
    const metric = body as Metric
    assertValid(metric)
    const key = metricKey(world, metric.name)
    if (world.resources.has(key)) throw refused(LOGGING_REFUSALS['metric-exists'], metric.name)
    world.resources.set(key, { ...answered(metric, world), createTime: world.time })
    return world.get(key)
  },

  'logging.projects.metrics.update': ({ params, body }, world) => {
    const metric = body as Metric
    assertValid(metric)
    const key = `${SERVICE}/${params['metricName']}`
    const there = world.resources.get(key) as Metric | undefined
    if (there !== undefined) {
      const { metricKind, valueType } = there.metricDescriptor ?? {}
      const { metricKind: kind = 'DELTA', valueType: type = 'INT64' } = metric.metricDescriptor ?? {}
      if (metricKind !== kind || valueType !== type) throw refused(LOGGING_REFUSALS['metric-kind-fixed'])
      const gone = labelsOf(there).filter((label) => !labelsOf(metric).includes(label))
      if (gone.length > 0) throw refused(LOGGING_REFUSALS['metric-label-removed'], gone.join(', '))
    }
    world.resources.set(key, { ...answered(metric, world), createTime: there?.['createTime'] ?? world.time })
    return world.get(key)
  },
}
