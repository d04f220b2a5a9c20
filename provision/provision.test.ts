import { changesBetween } from './compare.ts'
import { ApiError } from './resource.ts'
import { SERVICE_NAMES } from './services.ts'
import { emptyProject, PROCESSED, PROJECT, provision, provisionedProject, RAW, spoil, stateOf } from './testing/run.ts'

const raw = `storage.googleapis.com/b/${RAW}`
const processed = `storage.googleapis.com/b/${PROCESSED}`
const database = `firestore.googleapis.com/projects/${PROJECT}/databases/(default)`
const dataset = `bigquery.googleapis.com/projects/${PROJECT}/datasets/darkroom`
const DAY = 86_400

describe('an empty project', () => {
  it('gets everything, each after what it needs, and then nothing is left to change', async () => {
    const double = await emptyProject()
    const first = await provision(double)
    expect(first.code).toBe(0)
    expect(first.out).toContain(`+ bucket ${RAW}\n    location: EUROPE-WEST1`)
    expect(Object.keys(stateOf(double))).toEqual(expect.arrayContaining([raw, processed, database, dataset]))
    for (const service of SERVICE_NAMES) expect([...double.world.services.keys()]).toContain(service)

    double.sent.length = 0
    double.readOnly = true
    const second = await provision(double)
    expect(second).toMatchObject({ code: 0, out: 'nothing to change' })
    expect(double.writes).toEqual([])
  })

  it('has then buckets that keep their promise, and says why', async () => {
    const double = await provisionedProject()
    double.readOnly = true
    const { code, out } = await provision(double, { verify: true })
    expect(out).toContain(
      `${PROCESSED}: a result can't be deleted or overwritten before 7 days: retention policy 604800 s`,
    )
    expect(out).toContain(`${PROCESSED}: it goes by itself after 7 to 8 days: lifecycle age 7`)
    expect(out).toContain(`${RAW}: it goes by itself after 14 to 15 days: lifecycle age 14`)
    expect(code).toBe(0)
  })

  it('stays as it is in a dry run, which says all that would be', async () => {
    const double = await emptyProject()
    double.readOnly = true
    const before = stateOf(double)
    const { code, out } = await provision(double, { dryRun: true })
    expect(code).toBe(0)
    expect(out).toContain('    retentionPolicy.retentionPeriod: 604800')
    expect(stateOf(double)).toEqual(before)
    expect(double.writes).toEqual([])
  })

  it('does not pass as verified', async () => {
    const { code, out } = await provision(await emptyProject(), { verify: true })
    expect(code).toBe(1)
    expect(out).toContain(`${PROCESSED}: WRONG: there is no such bucket`)
  })

  it('follows the settings', async () => {
    const env = {
      RETENTION_DAYS: '30',
      RAW_DAYS: '20',
      LOCATION: 'us-central1',
      BIGQUERY_LOCATION: 'US',
      BIGQUERY_DATASET: 'images',
      WEB_ORIGINS: 'https://images.example',
    }
    const { world } = await provisionedProject(env)
    expect(world.get(processed)).toMatchObject({
      location: 'US-CENTRAL1',
      retentionPolicy: { retentionPeriod: String(30 * DAY) },
      lifecycle: { rule: expect.arrayContaining([{ action: { type: 'Delete' }, condition: { age: 30 } }]) },
      cors: [
        {
          origin: [`https://${PROJECT}.web.app`, `https://${PROJECT}.firebaseapp.com`, 'https://images.example'],
          method: ['GET'],
          maxAgeSeconds: 3600,
        },
      ],
    })
    expect(world.get(raw)).toMatchObject({
      lifecycle: { rule: expect.arrayContaining([{ action: { type: 'Delete' }, condition: { age: 20 } }]) },
    })
    expect(world.get(raw)).not.toHaveProperty('retentionPolicy')
    expect(world.get(database)).toMatchObject({ locationId: 'us-central1' })
    expect(world.get(`bigquery.googleapis.com/projects/${PROJECT}/datasets/images`)).toMatchObject({ location: 'US' })
  })
})

describe('one thing that is wrong', () => {
  const rule = (age: number) => ({ action: { type: 'Delete' }, condition: { age } })
  const abort = { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 7 } }

  it.each<readonly [string, string, unknown, string]>([
    [
      processed,
      'iamConfiguration.uniformBucketLevelAccess.enabled',
      false,
      'uniformBucketLevelAccess.enabled: false -> true',
    ],
    [
      processed,
      'iamConfiguration.publicAccessPrevention',
      'inherited',
      'publicAccessPrevention: inherited -> enforced',
    ],
    [processed, 'softDeletePolicy.retentionDurationSeconds', String(7 * DAY), 'retentionDurationSeconds: 604800 -> 0'],
    [processed, 'defaultEventBasedHold', true, 'defaultEventBasedHold: true -> false'],
    [processed, 'cors', undefined, 'cors:'],
    [
      processed,
      'cors',
      [{ origin: ['*'], method: ['GET'], maxAgeSeconds: 3600 }],
      '- {"origin":["*"],"method":["GET"]',
    ],
    [processed, 'retentionPolicy', undefined, 'retentionPolicy.retentionPeriod: (none) -> 604800'],
    [processed, 'retentionPolicy.retentionPeriod', String(DAY), 'retentionPolicy.retentionPeriod: 86400 -> 604800'],
    [processed, 'lifecycle.rule', [rule(7), rule(3), abort], '- {"action":{"type":"Delete"},"condition":{"age":3}}'],
    [
      processed,
      'lifecycle.rule',
      [rule(7), abort, { action: { type: 'Delete' }, condition: { daysSinceCustomTime: 1 } }],
      '- {"action":{"type":"Delete"},"condition":{"daysSinceCustomTime":1}}',
    ],
    [processed, 'lifecycle.rule', [rule(7)], '+ {"action":{"type":"AbortIncompleteMultipartUpload"}'],
    [raw, 'versioning.enabled', true, 'versioning.enabled: true -> false'],
    [raw, 'iamConfiguration.publicAccessPrevention', 'inherited', 'publicAccessPrevention: inherited -> enforced'],
    [raw, 'softDeletePolicy.retentionDurationSeconds', String(30 * DAY), 'retentionDurationSeconds: 2592000 -> 0'],
    [raw, 'lifecycle', undefined, '+ {"action":{"type":"Delete"},"condition":{"age":14}}'],
    [raw, 'lifecycle.rule', [rule(1), abort], '- {"action":{"type":"Delete"},"condition":{"age":1}}'],
    [database, 'pointInTimeRecoveryEnablement', 'POINT_IN_TIME_RECOVERY_DISABLED', '-> POINT_IN_TIME_RECOVERY_ENABLED'],
    [database, 'deleteProtectionState', 'DELETE_PROTECTION_DISABLED', '-> DELETE_PROTECTION_ENABLED'],
    [`${database}/backupSchedules/dailyRecurrence-1`, 'retention', `${DAY}s`, 'retention: 86400s -> 604800s'],
    [`${database}/backupSchedules/weeklyRecurrence-1`, 'retention', `${98 * DAY}s`, 'retention: 8467200s -> 2419200s'],
    [dataset, 'description', 'ours', 'description:'],
    [dataset, 'labels', undefined, 'labels.app: (none) -> darkroom'],
    [dataset, 'maxTimeTravelHours', '48', 'maxTimeTravelHours: 48 -> 168'],
    [`${dataset}_staging`, 'defaultTableExpirationMs', undefined, 'defaultTableExpirationMs: (none) -> 86400000'],
  ])('%s: %s is found, mended, and nothing else is touched', async (key, path, wrong, line) => {
    const double = await provisionedProject()
    const good = stateOf(double)
    spoil(double, key, path, wrong)
    expect(stateOf(double)).not.toEqual(good)
    expect((await provision(double, { verify: true })).code).toBe(1)

    double.sent.length = 0
    const { code, out } = await provision(double)
    expect(code).toBe(0)
    expect(out.split('\n').filter((each) => /^[+~!]/.test(each))).toHaveLength(1)
    expect(out).toContain(line)
    expect(stateOf(double)).toEqual(good)
    const [write, ...more] = double.writes
    expect(more).toEqual([])
    // Just the field that was wrong, and what Google wants to see with it.
    const { etag: _, ...body } = write?.request.body ?? {}
    const fields = changesBetween(null, body).map(({ field }) => field)
    for (const field of fields) expect(path.startsWith(field) || field.startsWith(path)).toBe(true)
  })

  it('what others have added is left as it is', async () => {
    const double = await provisionedProject()
    spoil(double, processed, 'labels', { team: 'imaging' })
    spoil(double, dataset, 'labels', { app: 'darkroom', team: 'imaging' })
    spoil(double, dataset, 'friendlyName', 'Images')
    double.readOnly = true
    expect(await provision(double)).toMatchObject({ code: 0, out: 'nothing to change' })
  })

  it('an API that was disabled is enabled again', async () => {
    const double = await provisionedProject()
    double.world.services.delete('eventarc.googleapis.com')
    const { code, out } = await provision(double)
    expect(code).toBe(0)
    expect(out).toContain('eventarc.googleapis.com: DISABLED -> ENABLED')
    expect(double.writes.map(({ request }) => request.body)).toEqual([{ serviceIds: ['eventarc.googleapis.com'] }])
  })
})

/** What one run that nothing disturbs leaves, and how many of its calls change something. */
async function wholeRun() {
  const double = await emptyProject()
  let count = 0
  double.after = (_, isWrite) => void (count += isWrite ? 1 : 0)
  await provision(double)
  return { good: stateOf(double), count }
}

describe('a run that is interrupted', () => {
  it('after any of its calls is finished by the next one', async () => {
    const { good, count } = await wholeRun()
    for (let last = 1; last <= count; last += 1) {
      const double = await emptyProject()
      let writes = 0
      double.after = (_, isWrite) => {
        if (isWrite && (writes += 1) === last) throw new Error('the process has died')
      }
      await expect(provision(double)).rejects.toThrow('the process has died')
      double.after = null
      const next = await provision(double)
      expect([last, next.code, next.said]).toEqual([last, 0, expect.any(String)])
      expect(stateOf(double)).toEqual(good)
    }
  })

  it('by an answer that never came goes on by itself', async () => {
    const { good, count } = await wholeRun()
    for (let lost = 1; lost <= count; lost += 1) {
      const double = await emptyProject()
      let writes = 0
      double.after = (_, isWrite) => {
        if (isWrite && (writes += 1) === lost) throw new ApiError(503, 'backendError', 'no answer')
      }
      expect([lost, (await provision(double)).code]).toEqual([lost, 0])
      expect(stateOf(double)).toEqual(good)
    }
  })
})

it('two runs at once end as one would, wherever the second comes in', async () => {
  const { good, count } = await wholeRun()
  for (let turn = 1; turn <= count; turn += 1) {
    const double = await emptyProject()
    let writes = 0
    double.before = async (_, isWrite) => {
      if (!isWrite || (writes += 1) !== turn) return
      double.before = null
      expect((await provision(double)).code).toBe(0)
    }
    expect([turn, (await provision(double)).code]).toEqual([turn, 0])
    expect(withoutTwins(stateOf(double))).toEqual(good)
  }
})

/** Cloud Monitoring names alarms itself: of one that two runs have made at the same moment there are two, and a note says so. */
function withoutTwins(state: Readonly<Record<string, unknown>>): typeof state {
  const seen = new Set<unknown>()
  return Object.fromEntries(
    Object.entries(state).filter(([, resource]) => {
      const label = (resource as { readonly userLabels?: Readonly<Record<string, string>> }).userLabels?.['darkroom']
      if (label === undefined) return true
      const isFirst = !seen.has(label)
      seen.add(label)
      return isFirst
    }),
  )
}

it('a longer retention policy that another sets between reading and writing is not shortened', async () => {
  const double = await provisionedProject()
  spoil(double, processed, 'retentionPolicy.retentionPeriod', String(DAY))
  double.before = ({ id }) => {
    if (id !== 'storage.buckets.patch') return
    double.before = null
    spoil(double, processed, 'retentionPolicy.retentionPeriod', String(30 * DAY))
  }
  const { code, said } = await provision(double)
  expect([code, said]).toEqual([1, expect.stringContaining('somebody wants results to be kept longer')])
  expect(double.world.get(processed)).toMatchObject({ retentionPolicy: { retentionPeriod: String(30 * DAY) } })
})

it('more APIs than Google enables at once are enabled in turn', async () => {
  const double = await emptyProject()
  double.world.services.clear()
  expect((await provision(double)).code).toBe(0)
  const enabled = double.writes.filter(({ id }) => id === 'serviceusage.services.batchEnable')
  expect(enabled.flatMap(({ request }) => request.body['serviceIds'])).toEqual(SERVICE_NAMES)
})
