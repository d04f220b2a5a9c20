/** Metrics from log lines, and whom alarms tell. https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics */
import { changesBetween, type Json } from './compare.ts'
import type { Alarm } from './monitoring-alarms.ts'
import { logMetricOf, METRICS, type Metric } from './monitoring-metrics.ts'
import { alarmResources } from './monitoring-policies.ts'
import { listed, notDefault, together, type Channel } from './monitoring-read.ts'
import type { Project } from './project.ts'
import { found, Obstacle, type GoogleApi, type Resource } from './resource.ts'
import { SERVICES_RESOURCE } from './services.ts'

/** For {@link Resource.needs}. */
export const CHANNEL = 'notification channel alarms'

export function monitoringResources(project: Project): readonly Resource[] {
  const metrics = METRICS.map((metric) => metricResource(project, metric))
  const channel = channelResource(project)
  const told = project.settings.alerts.email === '' ? [] : [CHANNEL]
  const needs = (alarm: Alarm) => [SERVICES_RESOURCE, ...metricsOf(alarm).map(metricResourceName), ...told]
  return [
    ...metrics,
    channel,
    ...alarmResources(
      project,
      needs,
      together(async (api) => channelOf(api, project)),
    ),
  ]
}

const metricResourceName = (name: string) => `metric ${name}`

/** What an alarm's conditions name, by filter or in PromQL. */
function metricsOf({ conditions }: Alarm): readonly string[] {
  const text = JSON.stringify(conditions)
  return METRICS.map(({ name }) => name).filter((name) => new RegExp(`${name}(_sum|_count)?(?![a-z_])`).test(text))
}

interface LogMetric {
  readonly disabled?: boolean
  readonly bucketName?: string
  readonly metricDescriptor?: {
    readonly metricKind?: string
    readonly valueType?: string
    readonly labels?: readonly { readonly key: string }[]
  }
  readonly labelExtractors?: Readonly<Record<string, string>>
}

function metricResource({ projectId }: Project, metric: Metric): Resource {
  const all = `https://logging.googleapis.com/v2/projects/${projectId}/metrics`
  const url = `${all}/${metric.name}`
  return {
    name: metricResourceName(metric.name),
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      const there = await found<LogMetric>(api, url)
      if (there === null) {
        const wanted = logMetricOf(metric)
        return {
          kind: 'create',
          changes: changesBetween(null, wanted),
          apply: async () => {
            await api.call({ method: 'POST', url: all, body: wanted })
          },
        }
      }
      const wanted = withItsLabels(metric, there)
      assertKind(projectId, wanted, there)
      const changes = notDefault(changesBetween(comparable(there), wanted))
      if (changes.length === 0) return null
      const { disabled, bucketName } = there
      const kept = { ...(disabled === true && { disabled }), ...(bucketName !== undefined && { bucketName }) }
      return {
        kind: 'update',
        changes,
        apply: async () => {
          // A metric is replaced as a whole, by PUT.
          await api.call({ method: 'PUT', url, body: { ...wanted, ...kept } })
        },
      }
    },
    async notes(api) {
      const there = await found<LogMetric>(api, url)
      if (there?.disabled !== true) return []
      return [
        `the metric ${metric.name} is switched off, and the alarms that rest on it with it: gcloud logging metrics update ${metric.name} --no-disabled --project ${projectId}`,
      ]
    },
  }
}

/** Labels can be added, and never taken away: https://cloud.google.com/logging/docs/logs-based-metrics/labels#limitations */
function withItsLabels(metric: Metric, { metricDescriptor, labelExtractors }: LogMetric) {
  const wanted = logMetricOf(metric)
  const keys = Object.keys(metric.labels ?? {})
  const more = (metricDescriptor?.labels ?? []).map(({ key }) => key).filter((key) => !keys.includes(key))
  if (more.length === 0) return wanted
  const extractors = Object.fromEntries(more.map((key) => [key, labelExtractors?.[key] ?? '']))
  return {
    ...wanted,
    metricDescriptor: { ...wanted.metricDescriptor, labels: [...keys, ...more].map((key) => ({ key })) },
    labelExtractors: { ...wanted.labelExtractors, ...extractors },
  }
}

/** Google answers with what it has made of labels; only their names are ours, in any order. */
function comparable({ metricDescriptor, ...there }: LogMetric): Json {
  const keys = (metricDescriptor?.labels ?? []).map(({ key }) => ({ key }))
  return { ...there, metricDescriptor: { ...metricDescriptor, ...(keys.length > 0 && { labels: keys }) } }
}

function assertKind(projectId: string, { name, metricDescriptor }: ReturnType<typeof logMetricOf>, there: LogMetric) {
  const { metricKind, valueType } = there.metricDescriptor ?? {}
  if (metricKind === metricDescriptor.metricKind && valueType === metricDescriptor.valueType) return
  throw new Obstacle(
    `the metric ${name} is ${metricKind} of ${valueType}, expected ${metricDescriptor.metricKind} of ${metricDescriptor.valueType}, and Google lets neither be changed. Nothing is counted by it but alarms: gcloud logging metrics delete ${name} --project ${projectId}, then provision again`,
  )
}

const channelsUrl = ({ projectId }: Project) =>
  `https://monitoring.googleapis.com/v3/projects/${projectId}/notificationChannels`

async function channelOf(api: GoogleApi, project: Project): Promise<Channel | null> {
  const all = await listed<Channel>(api, channelsUrl(project), 'notificationChannels')
  return all.find(({ userLabels }) => userLabels?.['darkroom'] === 'alarms') ?? null
}

function channelResource(project: Project): Resource {
  const { email } = project.settings.alerts
  const wanted = {
    displayName: 'Darkroom alarms',
    labels: { email_address: email },
    userLabels: { darkroom: 'alarms' },
  }
  return {
    name: CHANNEL,
    needs: [SERVICES_RESOURCE],
    async differs(api) {
      if (email === '') return null
      const there = await channelOf(api, project)
      if (there === null) {
        return {
          kind: 'create',
          changes: changesBetween(null, { type: 'email', ...wanted }),
          apply: async () => {
            await api.call({ method: 'POST', url: channelsUrl(project), body: { type: 'email', ...wanted } })
          },
        }
      }
      const changes = changesBetween({ ...there }, wanted)
      if (changes.length === 0) return null
      const updateMask = [...new Set(changes.map(({ field }) => field.split('.')[0] ?? field))].join(',')
      return {
        kind: 'update',
        changes,
        apply: async () => {
          const url = `https://monitoring.googleapis.com/v3/${there.name}`
          await api.call({ method: 'PATCH', url, query: { updateMask }, body: wanted })
        },
      }
    },
    async notes(api) {
      const there = await channelOf(api, project)
      if (email !== '') return there?.enabled === false ? [`${CHANNEL} is switched off: alarms reach nobody by it`] : []
      if (there === null)
        return ['ALERT_EMAIL is empty: alarms are raised in Cloud Monitoring, and nobody is told of them']
      return [
        `ALERT_EMAIL is empty, and alarms still go to ${there.labels?.['email_address'] ?? 'its channel'}, as it was before`,
      ]
    },
  }
}
