/** What Google refuses though its schema allows it: the double refuses it, too, and each refusal has its documentation. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ARTIFACT_REGISTRY_REFUSALS } from './fakes/artifact-registry.ts'
import { BIGQUERY_REFUSALS } from './fakes/bigquery.ts'
import { FIREBASE_REFUSALS } from './fakes/firebase.ts'
import { FIRESTORE_REFUSALS } from './fakes/firestore.ts'
import { SERVICE_USAGE_REFUSALS } from './fakes/service-usage.ts'
import { STORAGE_REFUSALS } from './fakes/storage.ts'
import { POLICY_REFUSALS } from './policies.ts'
import { describeRefusals, one, type Cases } from './refusals.ts'
import { PROCESSED, PROJECT, provisionedProject, RAW } from './run.ts'

const DAY = 86_400
const BUCKETS = 'https://storage.googleapis.com/storage/v1/b'
const newBucket = (body: object) => one('POST', BUCKETS, { name: 'other', ...body }, { project: PROJECT })
const patchBucket = (body: object, name = PROCESSED, query = {}) => one('PATCH', `${BUCKETS}/${name}`, body, query)
const lock = one('POST', `${BUCKETS}/${PROCESSED}/lockRetentionPolicy`, undefined, { ifMetagenerationMatch: '3' })

const storage: Cases<typeof STORAGE_REFUSALS> = {
  'bucket-name-taken': {
    before: ({ world }) => void world.takenBuckets.add('other'),
    calls: [newBucket({})],
  },
  'bucket-already-yours': { calls: [newBucket({ name: RAW })] },
  'bucket-of-another': {
    before: ({ world }) => void world.takenBuckets.add('other'),
    calls: [one('GET', `${BUCKETS}/other`)],
  },
  'bucket-name-invalid': { calls: [newBucket({ name: 'my-google-bucket' })] },
  'bucket-location-fixed': { calls: [patchBucket({ location: 'US' })] },
  'bucket-changed-meanwhile': { calls: [patchBucket({ labels: {} }, RAW, { ifMetagenerationMatch: '77' })] },
  'retention-with-versioning': { calls: [patchBucket({ versioning: { enabled: true } })] },
  'retention-locked': { calls: [lock, patchBucket({ retentionPolicy: { retentionPeriod: String(6 * DAY) } })] },
  'retention-too-long': { calls: [patchBucket({ retentionPolicy: { retentionPeriod: '3155760001' } })] },
  'lock-without-policy': {
    calls: [one('POST', `${BUCKETS}/${RAW}/lockRetentionPolicy`, undefined, { ifMetagenerationMatch: '2' })],
  },
  'soft-delete-duration': { calls: [patchBucket({ softDeletePolicy: { retentionDurationSeconds: String(DAY) } })] },
  'uniform-access-fixed': {
    before: ({ world }) => world.advance(91 * DAY * 1000),
    calls: [patchBucket({ iamConfiguration: { uniformBucketLevelAccess: { enabled: false } } })],
  },
  'public-access-prevented': {
    calls: [
      one('PUT', `${BUCKETS}/${RAW}/iam`, {
        bindings: [{ role: 'roles/storage.objectViewer', members: ['allUsers'] }],
      }),
    ],
  },
  'lifecycle-without-condition': {
    calls: [patchBucket({ lifecycle: { rule: [{ action: { type: 'Delete' }, condition: {} }] } })],
  },
  'lifecycle-too-many-rules': {
    calls: [
      patchBucket({
        lifecycle: {
          rule: Array.from({ length: 101 }, (_, age) => ({ action: { type: 'Delete' }, condition: { age } })),
        },
      }),
    ],
  },
  'cors-origin': { calls: [patchBucket({ cors: [{ origin: ['https://images.example/'], method: ['GET'] }] })] },
  'policy-changed-meanwhile': { calls: [one('PUT', `${BUCKETS}/${RAW}/iam`, { etag: 'b2xk', bindings: [] })] },
}

const DATASETS = `https://bigquery.googleapis.com/bigquery/v2/projects/${PROJECT}/datasets`
const newDataset = (datasetId: string, body: object = {}) =>
  one('POST', DATASETS, { datasetReference: { projectId: PROJECT, datasetId }, ...body })
const bigquery: Cases<typeof BIGQUERY_REFUSALS> = {
  'dataset-exists': { calls: [newDataset('darkroom')] },
  'dataset-location-fixed': { calls: [one('PATCH', `${DATASETS}/darkroom`, { location: 'US' })] },
  'dataset-location-unknown': { calls: [newDataset('other', { location: 'Europe' })] },
  'dataset-name-invalid': { calls: [newDataset('my-images')] },
  'time-travel-window': { calls: [one('PATCH', `${DATASETS}/darkroom`, { maxTimeTravelHours: '50' })] },
  'table-expiration': { calls: [one('PATCH', `${DATASETS}/darkroom`, { defaultTableExpirationMs: '1000' })] },
  'label-invalid': { calls: [one('PATCH', `${DATASETS}/darkroom`, { labels: { App: 'Darkroom' } })] },
}

const FIRESTORE = `https://firestore.googleapis.com/v1/projects/${PROJECT}/databases`
const DATABASE = `${FIRESTORE}/(default)`
const NATIVE = { type: 'FIRESTORE_NATIVE', locationId: 'eur3' }
const newDatabase = (databaseId: string, body: object = NATIVE) => one('POST', FIRESTORE, body, { databaseId })
const patchDatabase = (body: object, updateMask: string) => one('PATCH', DATABASE, body, { updateMask })
const newSchedule = (body: object) => one('POST', `${DATABASE}/backupSchedules`, body)
const firestore: Cases<typeof FIRESTORE_REFUSALS> = {
  'database-exists': { calls: [newDatabase('(default)')] },
  'database-id-invalid': { calls: [newDatabase('Images')] },
  'database-location-unknown': { calls: [newDatabase('images', { ...NATIVE, locationId: 'europe' })] },
  'database-location-fixed': { calls: [patchDatabase({ locationId: 'nam5' }, 'locationId')] },
  'database-type-fixed': { calls: [patchDatabase({ type: 'DATASTORE_MODE' }, 'type')] },
  'database-changed-meanwhile': { calls: [patchDatabase({ etag: 'b2xk' }, 'deleteProtectionState')] },
  'backups-need-billing': {
    before: ({ world }) => void (world.hasBilling = false),
    calls: [newSchedule({ retention: '86400s', dailyRecurrence: {} })],
  },
  'backup-schedule-exists': { calls: [newSchedule({ retention: '86400s', dailyRecurrence: {} })] },
  'backup-retention': {
    calls: [
      one(
        'PATCH',
        `${DATABASE}/backupSchedules/dailyRecurrence-1`,
        { retention: `${99 * DAY}s` },
        { updateMask: 'retention' },
      ),
    ],
  },
  'backup-day-missing': { calls: [newSchedule({ retention: '86400s', weeklyRecurrence: {} })] },
  'backup-recurrence-fixed': {
    calls: [
      one(
        'PATCH',
        `${DATABASE}/backupSchedules/weeklyRecurrence-1`,
        { weeklyRecurrence: { day: 'MONDAY' } },
        { updateMask: 'weeklyRecurrence' },
      ),
    ],
  },
}

const SERVICES = `https://serviceusage.googleapis.com/v1/projects/${PROJECT}/services`
const enable = (...serviceIds: readonly string[]) => one('POST', `${SERVICES}:batchEnable`, { serviceIds })
const many = (count: number) => Array.from({ length: count }, (_, index) => `service${index}.googleapis.com`)
const serviceUsage: Cases<typeof SERVICE_USAGE_REFUSALS> = {
  'too-many-services-read': {
    calls: [
      one('GET', `${SERVICES}:batchGet`, undefined, {
        names: many(31).map((name) => `projects/${PROJECT}/services/${name}`),
      }),
    ],
  },
  'too-many-services-enabled': { calls: [enable(...many(21))] },
  'service-unknown': { calls: [enable('storage.example.com')] },
  'billing-needed': {
    before: ({ world }) => void (world.hasBilling = false),
    calls: [enable('run.googleapis.com')],
  },
}

const ADD = one('POST', `https://firebase.googleapis.com/v1beta1/projects/${PROJECT}:addFirebase`, {})
const link = (bucket: string) =>
  one('POST', `https://firebasestorage.googleapis.com/v1beta/projects/${PROJECT}/buckets/${bucket}:addFirebase`, {})
const firebase: Cases<typeof FIREBASE_REFUSALS> = {
  'firebase-already-added': { calls: [ADD] },
  'firebase-terms': { empty: true, before: ({ world }) => void (world.hasFirebaseTerms = false), calls: [ADD] },
  'bucket-already-linked': { calls: [link(RAW)] },
  'bucket-not-there': { calls: [link('other')] },
  'project-without-firebase': {
    empty: true,
    before: ({ world }) => void world.services.set('firebasestorage.googleapis.com', 0),
    calls: [link(RAW)],
  },
}

const ACCOUNTS = `https://iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts`
const policyOf = (verb: string, body: object | undefined) =>
  one('POST', `${ACCOUNTS}/darkroom-process@${PROJECT}.iam.gserviceaccount.com:${verb}`, body)
const binding = { role: 'roles/iam.serviceAccountUser', members: ['user:a@example.com'] }
const condition = { title: 'today', expression: 'request.time < timestamp("2026-12-01T00:00:00Z")' }
const policies: Cases<typeof POLICY_REFUSALS> = {
  'policy-changed-meanwhile': { calls: [policyOf('setIamPolicy', { policy: { etag: 'b2xk', bindings: [] } })] },
  'policy-condition-needs-version-3': {
    calls: [policyOf('setIamPolicy', { policy: { version: 1, bindings: [{ ...binding, condition }] } })],
  },
  'policy-unknown-account': {
    calls: [
      policyOf('setIamPolicy', {
        policy: { bindings: [{ ...binding, members: [`serviceAccount:none@${PROJECT}.iam.gserviceaccount.com`] }] },
      }),
    ],
  },
}

const REPOSITORIES = `https://artifactregistry.googleapis.com/v1/projects/${PROJECT}/locations/europe-west1/repositories`
const newRepository = (repositoryId: string, body: object) => one('POST', REPOSITORIES, body, { repositoryId })
const artifactRegistry: Cases<typeof ARTIFACT_REGISTRY_REFUSALS> = {
  'repository-exists': { calls: [newRepository('images', {}), newRepository('images', {})] },
  'cleanup-policy-key': { calls: [newRepository('images', { cleanupPolicies: { a: { id: 'b', action: 'DELETE' } } })] },
}

describeRefusals('Cloud Storage', STORAGE_REFUSALS, storage)
describeRefusals('BigQuery', BIGQUERY_REFUSALS, bigquery)
describeRefusals('Firestore', FIRESTORE_REFUSALS, firestore)
describeRefusals('Service Usage', SERVICE_USAGE_REFUSALS, serviceUsage)
describeRefusals('Firebase', FIREBASE_REFUSALS, firebase)
describeRefusals('Artifact Registry', ARTIFACT_REGISTRY_REFUSALS, artifactRegistry)
describeRefusals('a policy of IAM', POLICY_REFUSALS, policies)

it('a policy with a condition is only read whole: by version 3', async () => {
  const double = await provisionedProject()
  const set = { version: 3, bindings: [{ ...binding, condition }] }
  await double.call(policyOf('setIamPolicy', { policy: set }))
  await expect(double.call(policyOf('getIamPolicy', undefined))).rejects.toThrow('must have version 3')
})

it('every table of refusals is tested', () => {
  const tests = readdirSync(__dirname)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(__dirname, file), 'utf8'))
    .join('\n')
  const fakes = join(__dirname, 'fakes')
  for (const file of readdirSync(fakes))
    for (const [, table] of readFileSync(join(fakes, file), 'utf8').matchAll(/export const (\w+_REFUSALS) =/g))
      expect([table, new RegExp(`describeRefusals\\([^)]*\\b${table},`).test(tests)]).toEqual([table, true])
})
