import { PROJECT, provision, provisionedProject } from './testing/run.ts'
import { policyKey } from './testing/policies.ts'

const SASL = { KAFKA_BROKERS: 'kafka.example:9093', KAFKA_SECURITY: 'SASL_SSL', KAFKA_USERNAME: 'user' }
const key = `secretmanager.googleapis.com/projects/${PROJECT}/secrets/KAFKA_PASSWORD`
const set = `npx firebase functions:secrets:set KAFKA_PASSWORD --project ${PROJECT}`

it.each([{}, { KAFKA_BROKERS: 'kafka.example:9092' }, { KAFKA_SECURITY: 'SASL_SSL' }])(
  'there is no secret where no password is needed: %j',
  async (env) => {
    expect((await provisionedProject(env)).world.resources.has(key)).toBe(false)
  },
)

it('a place for the password is made in LOCATION, and the command that sets it is told until there is one', async () => {
  const double = await provisionedProject({ ...SASL, LOCATION: 'us-central1' })
  expect(double.world.get(key)).toMatchObject({
    replication: { userManaged: { replicas: [{ location: 'us-central1' }] } },
    labels: { 'firebase-managed': 'functions' },
  })
  const env = { ...SASL, LOCATION: 'us-central1' }
  const before = await provision(double, { verify: true }, env)
  expect(before).toMatchObject({ code: 0, said: expect.stringContaining(set) as string })

  double.world.resources.set(`${key}/versions/1`, {
    name: 'projects/1/secrets/KAFKA_PASSWORD/versions/1',
    state: 'ENABLED',
  })
  expect((await provision(double, { verify: true }, env)).said).not.toContain(set)

  double.world.resources.set(`${key}/versions/1`, {
    name: 'projects/1/secrets/KAFKA_PASSWORD/versions/1',
    state: 'DISABLED',
  })
  expect((await provision(double, { verify: true }, env)).said).toContain(set)
})

it('its value is neither read, nor written, nor shown, though the environment has it', async () => {
  const env = { ...SASL, KAFKA_PASSWORD: 'correct horse battery' }
  const double = await provisionedProject(env)
  const { out, said } = await provision(double, { verify: true, json: true }, env)
  expect(`${out}${said}`).not.toContain('correct horse battery')
  for (const { id, request } of double.sent) {
    expect(id).not.toMatch(/versions\.access|addVersion/)
    expect(JSON.stringify(request)).not.toContain('correct horse battery')
  }
})

it('nobody but the bridge, and what shows its dead letters, may read it', async () => {
  const { world } = await provisionedProject(SASL)
  expect(world.resources.get(policyKey(key))).toMatchObject({
    bindings: [
      {
        role: 'roles/secretmanager.secretAccessor',
        members: ['bridge', 'admin-letters'].map(
          (name) => `serviceAccount:darkroom-${name}@${PROJECT}.iam.gserviceaccount.com`,
        ),
      },
    ],
  })
})

it.each([
  [{ automatic: {} }, 'wherever Google keeps it'],
  [{ userManaged: { replicas: [{ location: 'us-east1' }] } }, 'us-east1'],
])('one that is kept elsewhere stays, and is told: %j', async (replication, where) => {
  const double = await provisionedProject(SASL)
  double.world.resources.set(key, { ...double.world.get(key), replication })
  const { code, said } = await provision(double, {}, SASL)
  expect(code).toBe(0)
  expect(said).toContain(`KAFKA_PASSWORD is kept in ${where}, not only in europe-west1`)
  expect(double.world.get(key)['replication']).toEqual(replication)
})
