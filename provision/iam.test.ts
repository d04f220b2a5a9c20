import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ACCOUNTS } from '../functions/src/config/deployment.ts'
import { emailOf, FUNCTION_NAMES, memberOf, type FunctionName } from './accounts.ts'
import { serviceOf } from './iam-holders.ts'
import { excessIn, type Binding, type Policy } from './iam-policy.ts'
import { AGENT_RIGHTS, DEPLOYER_RIGHTS, RIGHTS } from './iam-roles.ts'
import { queueKey, serviceKey } from './testing/fakes/deployed.ts'
import type { GoogleDouble } from './testing/google.ts'
import { policyKey } from './testing/policies.ts'
import { emptyProject, PROCESSED, PROJECT, provision, provisionedProject, RAW } from './testing/run.ts'

const KAFKA = { KAFKA_BROKERS: 'kafka.example:9093', KAFKA_SECURITY: 'SASL_SSL', KAFKA_USERNAME: 'user' }
const project = `cloudresourcemanager.googleapis.com/projects/${PROJECT}`
const bucket = (name: string) => `storage.googleapis.com/b/${name}`
const account = (name: FunctionName) =>
  `iam.googleapis.com/projects/${PROJECT}/serviceAccounts/${emailOf(PROJECT, name)}`
const dataset = (name: string) => `bigquery.googleapis.com/projects/${PROJECT}/datasets/${name}`
const secret = `secretmanager.googleapis.com/projects/${PROJECT}/secrets/KAFKA_PASSWORD`

const policyOf = ({ world }: GoogleDouble, key: string) => (world.resources.get(policyKey(key)) ?? {}) as Policy
const rolesOf = (double: GoogleDouble, key: string, member: string) =>
  (policyOf(double, key).bindings ?? [])
    .filter(({ members }) => members?.includes(member))
    .map(({ role }) => role)
    .sort()

/** What `firebase deploy` leaves behind. */
function deploy({ world }: GoogleDouble): void {
  for (const name of FUNCTION_NAMES) world.resources.set(serviceKey(world, serviceOf(name)), {})
  world.resources.set(queueKey(world, 'redrive'), {})
}

describe('the table of rights', () => {
  it('names exactly the functions, each with the account that it is deployed with', () => {
    const index = readFileSync(join(__dirname, '../functions/src/index.ts'), 'utf8')
    const exported = new Set([...index.matchAll(/^export const (\w+)/gm)].map(([, name]) => name))
    // With which account each is deployed is seen in tests/unit/startup.test.ts.
    expect(new Set(Object.keys(RIGHTS))).toEqual(exported)
    expect(new Set(Object.keys(ACCOUNTS))).toEqual(exported)
  })

  it('has no role that could do everything, or that could change who may do what', () => {
    const roles = Object.values(RIGHTS)
      .flat()
      .map(({ role }) => role)
    // Nothing smaller ends sessions: docs/decisions/rights.md.
    const mayEndSessions = RIGHTS.customerAccount.map(({ role }) => role).filter((role) => role.endsWith('admin'))
    expect(mayEndSessions).toEqual(['roles/firebaseauth.admin'])
    for (const role of roles.filter((each) => !mayEndSessions.includes(each))) {
      expect(role).toMatch(/^roles\/\w+\.\w+$/)
      expect(role).not.toMatch(/^roles\/(owner|editor|viewer)$|admin$|owner$/i)
    }
  })

  it('says of each right what for', () => {
    const all = [...Object.values(RIGHTS).flat(), ...AGENT_RIGHTS, ...DEPLOYER_RIGHTS]
    for (const { role, because } of all) expect([role, because.length > 10]).toEqual([role, true])
  })

  it('gives nobody a right on the project that could be given below it', () => {
    const onProject = Object.entries(RIGHTS).flatMap(([name, rights]) =>
      rights.filter(({ on }) => on === 'project').map(({ role }) => `${name} ${role}`),
    )
    expect(onProject).toEqual([
      'processImage roles/eventarc.eventReceiver',
      'exportToBigQuery roles/bigquery.jobUser',
      'exportToBigQuery roles/bigquery.resourceViewer',
      'recount roles/bigquery.jobUser',
      'customerAccount roles/firebaseauth.admin',
      'adminExport roles/bigquery.jobUser',
      'adminExport roles/bigquery.resourceViewer',
      'adminHealth roles/bigquery.jobUser',
    ])
  })
})

describe('a provisioned project', () => {
  it('has an account for each function, with exactly the rights of the table', async () => {
    const double = await provisionedProject(KAFKA)
    const of = (key: string, name: FunctionName) => rolesOf(double, key, memberOf(PROJECT, name))
    for (const name of FUNCTION_NAMES) expect(double.world.get(account(name))).toMatchObject({ projectId: PROJECT })
    expect(of(bucket(RAW), 'processImage')).toEqual(['roles/storage.objectViewer'])
    expect(of(bucket(PROCESSED), 'processImage')).toEqual(['roles/storage.objectCreator', 'roles/storage.objectViewer'])
    expect(of(bucket(RAW), 'bridgeKafka')).toEqual(['roles/storage.objectCreator', 'roles/storage.objectViewer'])
    expect(of(bucket(PROCESSED), 'reconcile')).toEqual([])
    expect(of(secret, 'bridgeKafka')).toEqual(['roles/secretmanager.secretAccessor'])
    expect(of(secret, 'processImage')).toEqual([])
    expect(of(account('processImage'), 'processImage')).toEqual(['roles/iam.serviceAccountUser'])
    expect(of(account('redrive'), 'processImage')).toEqual([])
    expect(of(project, 'exportToBigQuery')).toEqual([
      'roles/bigquery.jobUser',
      'roles/bigquery.resourceViewer',
      'roles/datastore.user',
    ])
    expect(of(project, 'redrive')).toEqual(['roles/datastore.user'])
    expect(of(bucket(RAW), 'customerImages')).toEqual(['roles/storage.objectViewer'])
    expect(of(account('customerImages'), 'customerImages')).toEqual(['roles/iam.serviceAccountUser'])
    expect(of(project, 'customerImages')).toEqual(['roles/datastore.user'])
    expect(of(project, 'customerLinks')).toEqual(['roles/datastore.user'])
    // Who could give itself the claim `admin` must not be able to write `admins/{uid}` as well.
    expect(of(project, 'customerAccount')).toEqual(['roles/datastore.viewer', 'roles/firebaseauth.admin'])
    // All the world may call it.
    expect(of(project, 'openLink')).toEqual(['roles/datastore.viewer'])
    expect(of(bucket(PROCESSED), 'openLink')).toEqual(['roles/storage.objectViewer'])
    for (const key of [bucket(RAW), secret]) expect(of(key, 'openLink')).toEqual([])
    expect(of(bucket(RAW), 'adminReplay')).toEqual(['roles/storage.objectViewer'])
    expect(of(account('adminReplay'), 'adminReplay')).toEqual(['roles/iam.serviceAccountUser'])
    expect(of(secret, 'adminLetters')).toEqual(['roles/secretmanager.secretAccessor'])
    expect(of(project, 'adminExport')).toEqual(of(project, 'exportToBigQuery'))
    expect(of(project, 'adminHealth')).toEqual(['roles/bigquery.jobUser', 'roles/datastore.user'])
    for (const name of [RAW, PROCESSED]) expect(of(bucket(name), 'adminHealth')).toEqual(['roles/storage.bucketViewer'])
    expect(of(project, 'rollup')).toEqual(['roles/datastore.user'])
    for (const name of ['adminSettings', 'rollup', 'customerLinks', 'customerAccount'] as const)
      for (const key of [bucket(RAW), bucket(PROCESSED), secret]) expect(of(key, name)).toEqual([])
  })

  it('lets functions at the one database alone', async () => {
    const double = await provisionedProject()
    const firestore = policyOf(double, project).bindings?.filter(({ role }) => role === 'roles/datastore.user')
    expect(firestore).toEqual([
      {
        role: 'roles/datastore.user',
        members: FUNCTION_NAMES.filter((name) => !['customerAccount', 'openLink'].includes(name)).map((name) =>
          memberOf(PROJECT, name),
        ),
        condition: expect.objectContaining({
          expression: `resource.name == "projects/${PROJECT}/databases/(default)"`,
        }) as object,
      },
    ])
    expect(policyOf(double, project).version).toBe(3)
  })

  it('has datasets that the export writes and the recount only reads, beside those who were there', async () => {
    const { world } = await provisionedProject()
    const access = world.get(dataset('darkroom'))['access']
    expect(access).toEqual(
      expect.arrayContaining([
        { role: 'OWNER', specialGroup: 'projectOwners' },
        { role: 'WRITER', userByEmail: emailOf(PROJECT, 'exportToBigQuery') },
        { role: 'READER', userByEmail: emailOf(PROJECT, 'recount') },
      ]),
    )
    expect(JSON.stringify(world.get(dataset('darkroom_staging')))).not.toContain(emailOf(PROJECT, 'recount'))
  })

  it('lets Storage publish the events, and asks for each agent before it gives it anything', async () => {
    const double = await emptyProject()
    expect((await provision(double)).code).toBe(0)
    const { projectNumber } = double.world
    const storage = `serviceAccount:service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`
    const eventarc = `serviceAccount:service-${projectNumber}@gcp-sa-eventarc.iam.gserviceaccount.com`
    expect(rolesOf(double, project, storage)).toEqual(['roles/pubsub.publisher'])
    expect(rolesOf(double, project, eventarc)).toEqual(['roles/eventarc.serviceAgent'])
  })

  it('lets the account that builds build, once Google has made it', async () => {
    const double = await provisionedProject()
    const build = `${double.world.projectNumber}-compute@developer.gserviceaccount.com`
    expect(rolesOf(double, project, `serviceAccount:${build}`)).toEqual([])
    double.world.resources.set(`iam.googleapis.com/projects/${PROJECT}/serviceAccounts/${build}`, { email: build })
    expect((await provision(double)).code).toBe(0)
    expect(rolesOf(double, project, `serviceAccount:${build}`)).toEqual(['roles/cloudbuild.builds.builder'])
  })

  it('lets events and tasks into functions once they are deployed, and nobody else', async () => {
    const double = await provisionedProject()
    deploy(double)
    expect((await provision(double, { verify: true })).code).toBe(1)
    expect((await provision(double)).code).toBe(0)
    const { world } = double
    const invokers = (name: FunctionName) => policyOf(double, serviceKey(world, serviceOf(name))).bindings ?? []
    expect(invokers('processImage')).toEqual([
      { role: 'roles/run.invoker', members: [memberOf(PROJECT, 'processImage')] },
    ])
    const handing = [
      memberOf(PROJECT, 'processImage'),
      memberOf(PROJECT, 'reconcile'),
      memberOf(PROJECT, 'customerImages'),
      memberOf(PROJECT, 'adminReplay'),
    ]
    const [first, ...others] = handing
    // A person hands on in redrive's own name.
    const members = [first, memberOf(PROJECT, 'redrive'), ...others]
    expect(invokers('redrive')).toEqual([{ role: 'roles/run.invoker', members }])
    expect(policyOf(double, queueKey(world, 'redrive')).bindings).toEqual([
      { role: 'roles/cloudtasks.enqueuer', members: handing },
    ])
    expect((await provision(double, { verify: true })).code).toBe(0)
  })

  it('gives the deployer what firebase deploy and its smoke test need, and to act as each account', async () => {
    const double = await provisionedProject()
    const deployer = `serviceAccount:ci@${PROJECT}.iam.gserviceaccount.com`
    double.world.resources.set(
      `iam.googleapis.com/projects/${PROJECT}/serviceAccounts/ci@${PROJECT}.iam.gserviceaccount.com`,
      {},
    )
    expect((await provision(double, { deployer })).code).toBe(0)
    const without = DEPLOYER_RIGHTS.map(({ role }) => role).filter((role) => role !== 'roles/secretmanager.viewer')
    const smoke = ['roles/bigquery.jobUser', 'roles/datastore.viewer']
    expect(rolesOf(double, project, deployer)).toEqual([...without, ...smoke].sort())
    for (const name of FUNCTION_NAMES)
      expect(rolesOf(double, account(name), deployer)).toEqual(['roles/iam.serviceAccountUser'])
    expect((await provision(double, { deployer, verify: true })).code).toBe(0)
  })

  it.each(['ci@p.iam.gserviceaccount.com', 'allUsers', 'user:', 'user:a b@example.com'])(
    'takes no deployer such as %s',
    async (deployer) => {
      await expect(provision(await emptyProject(), { deployer })).rejects.toThrow('--deployer is')
    },
  )
})

/** Others' bindings, which must be there afterwards as they were. */
const OTHERS: readonly Binding[] = [
  { role: 'roles/owner', members: ['user:owner@example.com'] },
  { role: 'roles/datastore.user', members: ['user:reader@example.com'] },
  {
    role: 'roles/datastore.user',
    members: ['user:guest@example.com'],
    condition: { title: 'till 2030', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
  },
]

describe('what others have', () => {
  it('stays as it is, with conditions, on every policy', async () => {
    const double = await provisionedProject()
    for (const key of [project, bucket(RAW), account('processImage')])
      double.world.resources.set(policyKey(key), { version: 3, etag: 'b3RoZXJz', bindings: OTHERS })
    expect((await provision(double)).code).toBe(0)
    for (const key of [project, bucket(RAW), account('processImage')])
      expect(policyOf(double, key).bindings).toEqual(expect.arrayContaining([...OTHERS]))
  })

  it('stays as it is though they change it at the same moment', async () => {
    const double = await emptyProject()
    let changed = 0
    double.before = ({ id }) => {
      if (id !== 'cloudresourcemanager.projects.setIamPolicy' || changed++ > 0) return
      double.world.resources.set(policyKey(project), { version: 3, etag: 'b3RoZXJz', bindings: OTHERS })
    }
    expect((await provision(double)).code).toBe(0)
    expect(changed).toBeGreaterThan(1)
    expect(policyOf(double, project).bindings).toEqual(expect.arrayContaining([...OTHERS]))
    expect(rolesOf(double, project, memberOf(PROJECT, 'recount'))).toContain('roles/datastore.user')
  })

  it('waits while an account that was just made is not known everywhere', async () => {
    const double = await emptyProject()
    const { ApiError } = await import('./resource.ts')
    let refusals = 0
    double.before = ({ id }) => {
      if (id !== 'storage.buckets.setIamPolicy' || refusals++ >= 3) return
      throw new ApiError(400, 'invalid', 'Service account darkroom-process does not exist.')
    }
    expect((await provision(double)).code).toBe(0)
    expect(rolesOf(double, bucket(RAW), memberOf(PROJECT, 'processImage'))).toEqual(['roles/storage.objectViewer'])
  })
})

describe('more than is needed', () => {
  it('is told with the command that takes it away, and never taken away', async () => {
    const double = await provisionedProject()
    const member = memberOf(PROJECT, 'exportToBigQuery')
    const policy = policyOf(double, project)
    const bindings = [...(policy.bindings ?? []), { role: 'roles/editor', members: [member] }]
    double.world.resources.set(policyKey(project), { ...policy, bindings })
    const { code, said } = await provision(double, { verify: true })
    expect(code).toBe(0)
    expect(said).toContain(
      `note: darkroom-export@${PROJECT}.iam.gserviceaccount.com has more than it needs: roles/editor on project ${PROJECT}`,
    )
    expect(said).toContain(
      `gcloud projects remove-iam-policy-binding ${PROJECT} --member='${member}' --role='roles/editor'`,
    )
    expect((await provision(double)).code).toBe(0)
    expect(rolesOf(double, project, member)).toContain('roles/editor')
  })

  it('is told of a right that holds everywhere where the table has a condition', async () => {
    const double = await provisionedProject()
    const member = memberOf(PROJECT, 'recount')
    const policy = policyOf(double, project)
    const bindings = [...(policy.bindings ?? []), { role: 'roles/datastore.user', members: [member] }]
    double.world.resources.set(policyKey(project), { ...policy, bindings })
    expect((await provision(double, { verify: true })).said).toContain('has more than it needs: roles/datastore.user')
  })

  it('is told of what is open to everybody, and of default accounts that may do everything', async () => {
    const double = await provisionedProject()
    const build = `serviceAccount:${double.world.projectNumber}-compute@developer.gserviceaccount.com`
    const policy = policyOf(double, project)
    const bindings = [...(policy.bindings ?? []), { role: 'roles/editor', members: [build] }]
    double.world.resources.set(policyKey(project), { ...policy, bindings })
    deploy(double)
    const open = [{ role: 'roles/run.invoker', members: ['allUsers'] }]
    double.world.resources.set(policyKey(serviceKey(double.world, 'processimage')), { etag: 'eA==', bindings: open })
    const { said } = await provision(double, { verify: true })
    expect(said).toContain('service processimage is open to allUsers (roles/run.invoker)')
    expect(said).toContain(`compute@developer.gserviceaccount.com, as which no function runs, has roles/editor`)
  })

  it('is nowhere after a run', async () => {
    const double = await provisionedProject(KAFKA)
    const { said } = await provision(double, { verify: true }, KAFKA)
    expect(said).not.toContain('more than it needs')
    const members = FUNCTION_NAMES.map((name) => memberOf(PROJECT, name))
    expect(excessIn(policyOf(double, bucket(PROCESSED)), members, []).length).toBeGreaterThan(0)
  })
})

describe('a bucket that KAFKA_DATAREF_BUCKETS names', () => {
  const env = { ...KAFKA, KAFKA_DATAREF_BUCKETS: 'camera-archive' }
  const command = `gcloud storage buckets add-iam-policy-binding gs://camera-archive --member='${memberOf(PROJECT, 'bridgeKafka')}' --role='roles/storage.objectViewer'`

  it('is opened to the bridge where it is ours to open', async () => {
    const double = await emptyProject()
    double.world.resources.set(bucket('camera-archive'), { name: 'camera-archive' })
    expect((await provision(double, {}, env)).code).toBe(0)
    expect(rolesOf(double, bucket('camera-archive'), memberOf(PROJECT, 'bridgeKafka'))).toEqual([
      'roles/storage.objectViewer',
    ])
  })

  it('of another stops nothing: its owner is told what to do', async () => {
    const double = await emptyProject()
    double.world.takenBuckets.add('camera-archive')
    const { code, said } = await provision(double, {}, env)
    expect(code).toBe(0)
    expect(said).toContain(command)
  })
})
