import { parseSettings } from '../functions/src/config/settings.ts'
import { ERROR_CODES } from '../functions/src/contract/outcomes.ts'
import { FORMATS } from '../functions/src/contract/formats.ts'
import { SOURCES } from '../functions/src/contract/names.ts'
import { alarmsOf, type Alarm } from './monitoring-alarms.ts'
import { METRICS, type Metric } from './monitoring-metrics.ts'
import { metricKey } from './testing/fakes/logging.ts'
import type { GoogleDouble } from './testing/google.ts'
import { emptyProject, PROCESSED, PROJECT, provision, provisionedProject, RAW } from './testing/run.ts'
import type { Json } from './testing/world.ts'

const KAFKA = { KAFKA_BROKERS: 'kafka.example:9092' }
const alarms = (env: Record<string, string> = {}) =>
  alarmsOf(parseSettings({ RAW_BUCKET: RAW, PROCESSED_BUCKET: PROCESSED, ...KAFKA, ...env }))

const inMonitoring = ({ world }: GoogleDouble, kind: 'alertPolicies' | 'notificationChannels') =>
  [...world.resources].filter(([key]) => key.startsWith(`monitoring.googleapis.com/projects/${PROJECT}/${kind}/`))
const labelOf = (resource: Json) => (resource['userLabels'] as Record<string, string> | undefined)?.['darkroom']

/** The policy of an alarm, and a way to change it as somebody would in the console. */
function policy(double: GoogleDouble, id: string) {
  const [key, there] = inMonitoring(double, 'alertPolicies').find(([, each]) => labelOf(each) === id) ?? []
  if (key === undefined || there === undefined) throw new Error(`there is no alarm ${id}`)
  return {
    there,
    change: (change: (copy: Json) => void) => {
      const copy = structuredClone(there)
      change(copy)
      double.world.resources.set(key, copy)
    },
  }
}
const conditionsOf = (there: Json) => there['conditions'] as (Json & { conditionThreshold: Json })[]

describe('metrics', () => {
  it('have labels whose values are few: within what Google keeps of one metric', () => {
    const values: Readonly<Record<string, number>> = {
      source: SOURCES.length,
      format: FORMATS.length,
      outcome: ERROR_CODES.length + 1,
      customer_group: 101,
      reason: 20,
    }
    for (const { name, labels = {} } of METRICS as readonly Metric[]) {
      const series = Object.keys(labels).reduce((product, label) => product * (values[label] ?? NaN), 1)
      expect([name, series < 30_000]).toEqual([name, true])
    }
  })

  it('are made once, and mended where somebody has changed a filter', async () => {
    const double = await provisionedProject()
    const key = metricKey(double.world, 'darkroom_images')
    const before = double.world.get(key)
    double.world.resources.set(key, { ...before, filter: 'severity>=DEFAULT' })
    const { code, out } = await provision(double)
    expect(code).toBe(0)
    expect(out).toContain('~ metric darkroom_images')
    expect(double.world.get(key)['filter']).toBe(before['filter'])
  })

  it('keep labels that somebody has added, since Google lets none go', async () => {
    const double = await provisionedProject()
    const key = metricKey(double.world, 'darkroom_images')
    const there = double.world.get(key) as Json & { metricDescriptor: { labels: Json[] }; labelExtractors: Json }
    double.world.resources.set(key, {
      ...there,
      description: 'changed',
      metricDescriptor: { ...there.metricDescriptor, labels: [{ key: 'tier' }, ...there.metricDescriptor.labels] },
      labelExtractors: { ...there.labelExtractors, tier: 'EXTRACT(jsonPayload.tier)' },
    })
    expect((await provision(double)).code).toBe(0)
    expect(double.world.get(key)).toMatchObject({
      description: there['description'],
      labelExtractors: { tier: 'EXTRACT(jsonPayload.tier)' },
    })
    expect((await provision(double)).out).toBe('nothing to change')
  })

  it('of another kind under one of these names are an obstacle, and all but what rests on it is done', async () => {
    const double = await emptyProject()
    double.world.resources.set(metricKey(double.world, 'darkroom_export_lag'), {
      name: 'darkroom_export_lag',
      filter: 'severity>=DEFAULT',
      metricDescriptor: { metricKind: 'DELTA', valueType: 'INT64' },
    })
    const { code, said } = await provision(double)
    expect(code).toBe(1)
    expect(said).toContain(`gcloud logging metrics delete darkroom_export_lag --project ${PROJECT}`)
    expect(said).toContain('it needs metric darkroom_export_lag')
    expect(inMonitoring(double, 'alertPolicies').map(([, each]) => labelOf(each))).toContain('images-stuck')
  })

  it('that are switched off are told', async () => {
    const double = await provisionedProject()
    const key = metricKey(double.world, 'darkroom_images_stuck')
    double.world.resources.set(key, { ...double.world.get(key), disabled: true })
    const { code, said } = await provision(double)
    expect(code).toBe(0)
    expect(said).toContain('the metric darkroom_images_stuck is switched off')
    expect(double.world.get(key)['disabled']).toBe(true)
  })
})

describe('alarms', () => {
  it.each([{}, { KAFKA_RUN: 'worker' }])(
    'are all in the project, those of Kafka where there is a bridge: %j',
    async (env) => {
      const double = await provisionedProject({ ...KAFKA, ...env })
      const byName = (a: string, b: string) => a.localeCompare(b)
      const ids = (there: readonly Alarm[]) => there.map(({ id }) => id).toSorted(byName)
      const made = () => inMonitoring(double, 'alertPolicies').map(([, each]) => labelOf(each) ?? '')
      expect(made().toSorted(byName)).toEqual(ids(alarms(env)))
      const without = await provisionedProject()
      const others = ids(alarms(env).filter(({ kafka }) => kafka !== true))
      expect(
        inMonitoring(without, 'alertPolicies')
          .map(([, each]) => labelOf(each) ?? '')
          .toSorted(byName),
      ).toEqual(others)
    },
  )

  it('look at the bridge where it runs', () => {
    const text = (run: string) => JSON.stringify(alarms({ KAFKA_RUN: run }).find(({ id }) => id === 'bridge-silent'))
    expect(text('function')).not.toContain('cloud_run_worker_pool')
    expect(text('worker')).not.toContain('cloud_run_revision')
  })

  it('rest on metrics that there are, and each metric but those for people has its alarm', () => {
    const used = new Set(
      [
        ...JSON.stringify(alarms()).matchAll(
          /logging(?:\.|_)googleapis(?:\.com\/user\/|_com:user_)(darkroom_[a-z_]+?)(?:_sum|_count)?(?=[\\"{])/g,
        ),
      ].map(([, name]) => name),
    )
    const alarming = METRICS.map(({ name }) => name).filter((name) => name !== 'darkroom_customer_images')
    expect(used).toEqual(new Set(alarming))
  })

  it('follow the settings', () => {
    const all = JSON.stringify(alarms({ ALERT_IMAGES_PER_HOUR: '123', ALERT_KAFKA_LAG: '4560', WORK_SECONDS: '100' }))
    expect(all).toContain('"thresholdValue":123')
    expect(all).toContain('"thresholdValue":4560')
    expect(all).toContain('> 456')
    expect(all).toContain('"thresholdValue":25000')
  })

  it('have a text that Google takes as it is', () => {
    for (const { id, means, todo } of alarms()) {
      expect(id).toMatch(/^[a-z][a-z-]{0,62}$/)
      // It would be a variable. https://cloud.google.com/monitoring/alerts/doc-variables
      expect(`${means}${todo}`).not.toMatch(/\$\{/)
    }
    expect(new Set(alarms().map(({ id }) => id)).size).toBe(alarms().length)
  })

  it('wait until Google knows the metrics that were just made', async () => {
    const double = await emptyProject()
    const started = double.world.now
    let unknown = 0
    const call = double.call.bind(double)
    double.call = async (request) => {
      try {
        return await call(request)
      } catch (error) {
        if (/Cannot find metric/.test((error as Error).message)) unknown++
        throw error
      }
    }
    expect((await provision(double)).code).toBe(0)
    expect(unknown).toBeGreaterThan(0)
    expect(double.world.now).toBeGreaterThan(started)
  })

  it('have the thresholds of the code again after somebody has changed them, and the plan shows it', async () => {
    const double = await provisionedProject()
    const before = conditionsOf(policy(double, 'images-per-hour').there)[0]
    policy(double, 'images-per-hour').change((copy) => {
      conditionsOf(copy)[0]!.conditionThreshold['thresholdValue'] = 1_000_000
    })
    const { code, out } = await provision(double)
    expect(code).toBe(0)
    expect(out).toContain(
      'conditions[more than ALERT_IMAGES_PER_HOUR].conditionThreshold.thresholdValue: 1000000 -> 50000',
    )
    // With its name it stays the one that open incidents belong to.
    expect(conditionsOf(policy(double, 'images-per-hour').there)[0]).toEqual(before)
  })

  it('are found again under any name', async () => {
    const double = await provisionedProject()
    policy(double, 'paused').change((copy) => (copy['displayName'] = 'renamed'))
    const count = inMonitoring(double, 'alertPolicies').length
    expect((await provision(double)).out).toContain('displayName: renamed -> Darkroom: Processing has been paused')
    expect(inMonitoring(double, 'alertPolicies')).toHaveLength(count)
  })

  it('lose conditions that somebody has added, as the plan says', async () => {
    const double = await provisionedProject()
    policy(double, 'paused').change((copy) => {
      const [first] = conditionsOf(copy)
      copy['conditions'] = [...conditionsOf(copy), { ...first, name: 'x', displayName: 'by hand' }]
    })
    expect((await provision(double)).out).toContain('conditions: ["by hand"] -> []')
    expect(conditionsOf(policy(double, 'paused').there)).toHaveLength(1)
  })

  it('stay switched off where somebody has switched one off, which is told', async () => {
    const double = await provisionedProject()
    policy(double, 'paused').change((copy) => (copy['enabled'] = false))
    const { out, said } = await provision(double)
    expect(out).toBe('nothing to change')
    expect(said).toContain('note: the alarm paused is switched off in Cloud Monitoring')
    expect(policy(double, 'paused').there['enabled']).toBe(false)
  })

  it('of which there are two are told', async () => {
    const double = await provisionedProject()
    const twin = structuredClone(policy(double, 'paused').there)
    const name = `projects/${PROJECT}/alertPolicies/twin`
    double.world.resources.set(`monitoring.googleapis.com/${name}`, { ...twin, name })
    expect((await provision(double)).said).toContain(`gcloud monitoring policies delete ${name}`)
  })

  it('that Google says can never be raised are told', async () => {
    const double = await provisionedProject()
    policy(double, 'paused').change((copy) => (copy['validity'] = { code: 3, message: 'the metric is gone' }))
    expect((await provision(double)).said).toContain("the alarm paused can't be raised: the metric is gone")
  })
})

describe('whom alarms tell', () => {
  it('is ALERT_EMAIL', async () => {
    const env = { ALERT_EMAIL: 'night@example.com' }
    const double = await provisionedProject(env)
    const [[, channel] = [], ...more] = inMonitoring(double, 'notificationChannels')
    expect(more).toEqual([])
    expect(channel).toMatchObject({ type: 'email', labels: { email_address: 'night@example.com' } })
    for (const [, each] of inMonitoring(double, 'alertPolicies'))
      expect(each['notificationChannels']).toEqual([channel?.['name']])

    expect((await provision(double, {}, { ALERT_EMAIL: 'day@example.com' })).code).toBe(0)
    expect(inMonitoring(double, 'notificationChannels').map(([, { labels }]) => labels)).toEqual([
      { email_address: 'day@example.com' },
    ])
  })

  it('are others as well, whom somebody has added', async () => {
    const double = await provisionedProject()
    const name = `projects/${PROJECT}/notificationChannels/slack`
    double.world.resources.set(`monitoring.googleapis.com/${name}`, { name, type: 'slack' })
    policy(double, 'paused').change((copy) => (copy['notificationChannels'] = [name]))
    expect((await provision(double, {}, { ALERT_EMAIL: 'night@example.com' })).code).toBe(0)
    const channels = policy(double, 'paused').there['notificationChannels']
    expect(channels).toEqual([name, expect.stringContaining('/notificationChannels/')])
    expect((await provision(double, {}, { ALERT_EMAIL: 'night@example.com' })).out).toBe('nothing to change')
  })

  it('is nobody where ALERT_EMAIL is empty, which is told', async () => {
    const double = await provisionedProject()
    expect(inMonitoring(double, 'notificationChannels')).toEqual([])
    expect((await provision(double, { verify: true })).said).toContain('note: ALERT_EMAIL is empty')
  })

  it('is still who it was where ALERT_EMAIL was emptied, which is told', async () => {
    const double = await provisionedProject({ ALERT_EMAIL: 'night@example.com' })
    expect((await provision(double)).said).toContain('alarms still go to night@example.com')
  })
})
