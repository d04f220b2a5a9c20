/** The alarms in Cloud Monitoring. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies */
import { changesBetween, type Json } from './compare.ts'
import { alarmsOf, anchorOf, type Alarm } from './monitoring-alarms.ts'
import { listed, notDefault, together, type Channel } from './monitoring-read.ts'
import type { Project } from './project.ts'
import { ApiError, type Change, type GoogleApi, type Resource } from './resource.ts'

/** What becomes of an incident that has no more values: closed after a day. */
const AUTO_CLOSE = '86400s'
/** A metric that was just made is not known for up to ten minutes: "Cannot find metric(s) that match type". */
const METRIC_KNOWN = { tries: 60, milliseconds: 15_000 }

interface Policy {
  readonly name: string
  readonly displayName?: string
  readonly enabled?: boolean
  readonly conditions?: readonly ({ readonly name?: string; readonly displayName?: string } & Json)[]
  readonly notificationChannels?: readonly string[]
  readonly userLabels?: Readonly<Record<string, string>>
  readonly validity?: { readonly code?: number; readonly message?: string }
}

/** @param channel that which alarms go to; null where there is none (yet). */
export function alarmResources(
  project: Project,
  needs: (alarm: Alarm) => readonly string[],
  channel: (api: GoogleApi) => Promise<Channel | null>,
): readonly Resource[] {
  const all = together(async (api) => listed<Policy>(api, policiesUrl(project), 'alertPolicies'))
  // Found by their label, so that everything else may be renamed.
  const policies = async (api: GoogleApi, { id }: Alarm) =>
    (await all(api)).filter(({ userLabels }) => userLabels?.['darkroom'] === id)
  return alarmsOf(project.settings).map((alarm) => ({
    name: `alarm ${alarm.id}`,
    needs: needs(alarm),
    differs: async (api) => differs(api, project, alarm, (await policies(api, alarm))[0], channel),
    notes: async (api) => notesOn(alarm, await policies(api, alarm)),
  }))
}

const policiesUrl = ({ projectId }: Project) =>
  `https://monitoring.googleapis.com/v3/projects/${projectId}/alertPolicies`

/** As Google takes it, but for the channel. */
export const policyOf = (alarm: Alarm) => ({
  displayName: `Darkroom: ${alarm.title}`,
  severity: alarm.severity,
  combiner: 'OR',
  userLabels: { darkroom: alarm.id },
  documentation: {
    mimeType: 'text/markdown',
    content: `**What it means.** ${alarm.means}\n\n**What to do.** ${alarm.todo}\n\nRunbook: docs/operations.md#${anchorOf(alarm)}`,
  },
  alertStrategy: { autoClose: AUTO_CLOSE },
  conditions: alarm.conditions,
})

async function differs(
  api: GoogleApi,
  project: Project,
  alarm: Alarm,
  there: Policy | undefined,
  channel: (api: GoogleApi) => Promise<Channel | null>,
): ReturnType<Resource['differs']> {
  const wanted = policyOf(alarm)
  const tells = await channelChange(api, project, there, channel)
  if (there === undefined) {
    return {
      kind: 'create',
      changes: [...changesBetween(null, wanted), ...tells.changes],
      apply: async () => {
        const body = { ...wanted, enabled: true, notificationChannels: tells.names }
        await onceKnown(api, () => api.call({ method: 'POST', url: policiesUrl(project), body }))
      },
    }
  }
  const { conditions, ...rest } = wanted
  const changes = [
    ...notDefault(changesBetween({ ...there }, rest)),
    ...conditionChanges(there, conditions),
    ...tells.changes,
  ]
  if (changes.length === 0) return null
  const updateMask = [...new Set(changes.map(({ field }) => (field.startsWith('conditions') ? 'conditions' : field)))]
  return {
    kind: 'update',
    changes,
    apply: async () => {
      const url = `https://monitoring.googleapis.com/v3/${there.name}`
      const body = { ...wanted, conditions: named(conditions, there), notificationChannels: tells.names }
      await onceKnown(api, () => api.call({ method: 'PATCH', url, query: { updateMask: updateMask.join(',') }, body }))
    },
  }
}

/** Channels that somebody has added stay: ours joins them. */
async function channelChange(
  api: GoogleApi,
  { settings: { alerts } }: Project,
  there: Policy | undefined,
  channel: (api: GoogleApi) => Promise<Channel | null>,
): Promise<{ readonly names: readonly string[]; readonly changes: readonly Change[] }> {
  const before = there?.notificationChannels ?? []
  if (alerts.email === '') return { names: before, changes: [] }
  const name = (await channel(api))?.name
  if (name !== undefined && before.includes(name)) return { names: before, changes: [] }
  return {
    names: name === undefined ? before : [...before, name],
    changes: [{ field: 'notificationChannels', from: there && before, to: [...before, alerts.email] }],
  }
}

/** Each is compared with the one of its name. Others, that somebody has added, go: whoever wants more makes an alarm of its own. */
function conditionChanges({ conditions = [] }: Policy, wanted: Alarm['conditions']): readonly Change[] {
  const changed = wanted.flatMap((condition) => {
    const there = conditions.find(({ displayName }) => displayName === condition.displayName)
    return notDefault(changesBetween(there ?? null, { ...condition }, `conditions[${condition.displayName}]`))
  })
  const gone = conditions.filter((each) => !wanted.some(({ displayName }) => displayName === each.displayName))
  const names = gone.map(({ displayName }) => displayName ?? '')
  return gone.length === 0 ? changed : [...changed, { field: 'conditions', from: names, to: [] }]
}

/** With its name a condition stays the one that its incidents belong to. */
const named = (wanted: Alarm['conditions'], { conditions = [] }: Policy) =>
  wanted.map((condition) => {
    const there = conditions.find(({ displayName }) => displayName === condition.displayName)
    return there?.name === undefined ? condition : { ...condition, name: there.name }
  })

async function onceKnown(api: GoogleApi, work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      const unknown = error instanceof ApiError && error.status === 404 && /metric/i.test(error.message)
      if (!unknown || tries >= METRIC_KNOWN.tries) throw error
      await api.pause(METRIC_KNOWN.milliseconds)
    }
  }
}

function notesOn(alarm: Alarm, [there, ...more]: readonly Policy[]): readonly string[] {
  if (there === undefined) return []
  const found: string[] = []
  if (there.enabled === false) found.push(`the alarm ${alarm.id} is switched off in Cloud Monitoring`)
  if (there.validity?.message !== undefined)
    found.push(`the alarm ${alarm.id} can't be raised: ${there.validity.message}`)
  for (const { name, displayName } of more)
    found.push(
      `${displayName ?? name} also has the label darkroom=${alarm.id}, and is left alone: gcloud monitoring policies delete ${name}`,
    )
  return found
}
