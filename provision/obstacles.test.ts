import { PROCESSED, PROJECT, RAW, emptyProject, provision, provisionedProject, spoil } from './testing/run.ts'
import type { GoogleDouble } from './testing/google.ts'

const raw = `storage.googleapis.com/b/${RAW}`
const processed = `storage.googleapis.com/b/${PROCESSED}`
const database = `firestore.googleapis.com/projects/${PROJECT}/databases/(default)`
const dataset = `bigquery.googleapis.com/projects/${PROJECT}/datasets/darkroom`
const DAY = 86_400

describe('what can’t be made so', () => {
  const problems = async (double: GoogleDouble, env: Readonly<Record<string, string>> = {}) => {
    const { code, out, said } = await provision(double, {}, env)
    return { code, text: `${out}\n${said}` }
  }

  it('a bucket in another location', async () => {
    const double = await provisionedProject()
    spoil(double, raw, 'location', 'US')
    expect(await problems(double)).toEqual({
      code: 1,
      text: expect.stringContaining(
        `the bucket ${RAW} is in US, and LOCATION is europe-west1: a bucket can't be moved`,
      ),
    })
  })

  it('a bucket’s name that somebody else has; the other bucket is made', async () => {
    const double = await emptyProject()
    double.world.takenBuckets.add(RAW)
    const { code, text } = await problems(double)
    expect(code).toBe(1)
    expect(text).toContain(`the bucket ${RAW} can't be read`)
    expect(text).toContain('name another one: RAW_BUCKET')
    expect(text).toContain(`lifecycle of ${RAW}: left out, it needs bucket ${RAW}`)
    expect(double.world.resources.has(processed)).toBe(true)
  })

  it('a bucket of another project of the same owner', async () => {
    const double = await provisionedProject()
    spoil(double, raw, 'projectNumber', '999')
    double.readOnly = true
    expect((await problems(double)).text).toContain(`the bucket ${RAW} belongs to another project (999,`)
  })

  it('a longer retention policy, unless the run is told that it may be shorter', async () => {
    const double = await provisionedProject()
    spoil(double, processed, 'retentionPolicy.retentionPeriod', String(30 * DAY))
    double.readOnly = true
    const { code, text } = await problems(double)
    expect(code).toBe(1)
    expect(text).toContain('Set RETENTION_DAYS=30, or say --shorten-retention')
    double.readOnly = false
    expect((await provision(double, { shortenRetention: true })).code).toBe(0)
    expect(double.world.get(processed)).toMatchObject({ retentionPolicy: { retentionPeriod: String(7 * DAY) } })
  })

  it('a longer policy that is locked, whatever the run is told', async () => {
    const double = await provisionedProject()
    spoil(double, processed, 'retentionPolicy', { retentionPeriod: String(30 * DAY), isLocked: true })
    double.readOnly = true
    const { code, out } = await provision(double, { shortenRetention: true })
    expect(code).toBe(1)
    expect(out).toContain('is locked at 2592000 s, and RETENTION_DAYS is 7 (604800 s): nobody can make it shorter')
    double.readOnly = false
    expect((await provision(double, {}, { RETENTION_DAYS: '30' })).code).toBe(0)
  })

  it('a locked policy is still made longer', async () => {
    const double = await provisionedProject()
    spoil(double, processed, 'retentionPolicy', { retentionPeriod: String(7 * DAY), isLocked: true })
    expect((await provision(double, {}, { RETENTION_DAYS: '10' })).code).toBe(0)
    expect(double.world.get(processed)).toMatchObject({
      retentionPolicy: { retentionPeriod: String(10 * DAY), isLocked: true },
    })
  })

  it.each([
    ['none', undefined, 'for ever'],
    ['one of a year', { rule: [{ action: { type: 'Delete' }, condition: { age: 365 } }] }, 'for 365 days'],
  ])(
    'a lifecycle that deletes what is there sooner (it has %s), unless the run is told',
    async (_, lifecycle, kept) => {
      const double = await provisionedProject()
      spoil(double, raw, 'lifecycle', lifecycle)
      double.world.objects.set(RAW, 3)
      double.readOnly = true
      const { code, text } = await problems(double)
      expect(code).toBe(1)
      expect(text).toContain(`${RAW} holds objects, and by its lifecycle it keeps them ${kept}, while RAW_DAYS is 14`)
      double.readOnly = false
      expect((await provision(double, { shortenRetention: true })).code).toBe(0)
    },
  )

  it('a dataset in another location', async () => {
    const double = await provisionedProject()
    spoil(double, dataset, 'location', 'US')
    expect((await problems(double)).text).toContain('the dataset darkroom is in US, and BIGQUERY_LOCATION is EU')
  })

  it('a database of another kind', async () => {
    const double = await provisionedProject()
    spoil(double, database, 'type', 'DATASTORE_MODE')
    expect((await problems(double)).text).toContain("the project's default database is in DATASTORE_MODE")
  })

  it('a project without billing: what costs nothing is still made', async () => {
    const double = await emptyProject()
    double.world.hasBilling = false
    const { code, text } = await problems(double)
    expect(code).toBe(1)
    expect(text).toContain('Billing account for project is not found')
    expect(text).toContain(`bucket ${RAW}: left out, it needs APIs`)
    expect(double.writes.map(({ id }) => id)).toEqual(['serviceusage.services.batchEnable'])
  })

  it('Firebase, before somebody has accepted its terms', async () => {
    const double = await emptyProject()
    double.world.hasFirebaseTerms = false
    expect((await problems(double)).text).toContain('add it once in the console')
  })

  it('a region without Firestore takes the continent’s, and one without either is told', async () => {
    const double = await emptyProject()
    await provision(double, {}, { LOCATION: 'europe-west9' })
    expect(double.world.get(database)).toMatchObject({ locationId: 'eur3' })
    const other = await emptyProject()
    expect((await problems(other, { LOCATION: 'me-central1' })).text).toContain('there is no Firestore in me-central1')
  })
})

it('a database elsewhere is no fault, and is told', async () => {
  const double = await provisionedProject()
  spoil(double, database, 'locationId', 'eur3')
  double.readOnly = true
  const { code, said } = await provision(double)
  expect(code).toBe(0)
  expect(said).toContain('note: Firestore is in eur3, not in europe-west1 beside the functions')
})
