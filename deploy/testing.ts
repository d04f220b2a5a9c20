/** A project of Google's in memory that could be deployed to. */
import { FAKES } from '../provision/testing/fakes.ts'
import { GoogleDouble } from '../provision/testing/google.ts'
import type { Fake } from '../provision/testing/world.ts'
import { discoveryFolder } from '../stack/discovery.ts'
import { deploy, type Deployment, type Tools } from './command.ts'
import type { SmokeResult } from './smoke.ts'

export const PROJECT = 'darkroom-test'
export const SMOKE: SmokeResult = { object: 'o', imageId: 'i', processedAfter: 1, exportedAfter: 2 }

export const FUNCTIONS = ['processImage', 'redrive', 'exportToBigQuery']

/** As firebase-tools leaves it. */
export const deployed = (
  name: string,
  location = 'us-central1',
  labels: object = { 'deployment-tool': 'cli-firebase' },
) => ({
  name: `projects/${PROJECT}/locations/${location}/functions/${name}`,
  labels,
})
export const functionsThere = (...functions: readonly object[]): Fake => ({
  'cloudfunctions.projects.locations.functions.list': () => ({ functions }),
})

export const withoutPermissions = (...missing: readonly string[]): Fake => ({
  'cloudresourcemanager.projects.testIamPermissions': ({ body }) => ({
    permissions: (body['permissions'] as readonly string[]).filter((each) => !missing.includes(each)),
  }),
})

/** A project that could be deployed to; `changes` are answers that differ. */
export async function projectWith(changes: Fake = {}) {
  const fakes: Fake = {
    ...FAKES,
    'cloudresourcemanager.projects.get': () => ({ projectId: PROJECT, state: 'ACTIVE' }),
    'cloudresourcemanager.projects.testIamPermissions': ({ body }) => ({ permissions: body['permissions'] }),
    'firebase.projects.get': () => ({ projectId: PROJECT }),
    'cloudbilling.projects.getBillingInfo': () => ({ billingEnabled: true }),
    'cloudfunctions.projects.locations.list': ({ params }) =>
      params['pageToken'] === 'two'
        ? { locations: [{ locationId: 'us-central1' }] }
        : { locations: [{ locationId: 'europe-west1' }], nextPageToken: 'two' },
    'cloudfunctions.projects.locations.functions.list': () => ({ functions: FUNCTIONS.map((name) => deployed(name)) }),
    'firebasehosting.projects.sites.list': () => ({ sites: [{ type: 'USER_SITE' }, { type: 'DEFAULT_SITE' }] }),
    'iam.projects.serviceAccounts.testIamPermissions': ({ body }) => ({ permissions: body['permissions'] }),
    'firestore.projects.databases.collectionGroups.indexes.list': () => ({ indexes: [{ name: 'x', state: 'READY' }] }),
    ...changes,
  }
  const google = new GoogleDouble(await discoveryFolder(), PROJECT, fakes)
  for (const name of ['cloudbilling', 'cloudfunctions', 'firebasehosting', 'firestore', 'iam'])
    google.world.services.set(`${name}.googleapis.com`, 0)
  const said: string[] = []
  const did: string[] = []
  const tools: Tools = {
    api: google,
    say: (line) => void said.push(line),
    provision: async (dryRun) => {
      did.push(dryRun ? 'provision --dry-run' : 'provision')
      return 0
    },
    completeFiles: () => {
      did.push('files')
      return ['.firebaserc: changed']
    },
    firebase: async (args) => {
      did.push(args.join(' '))
      return 0
    },
    smokeTest: async () => {
      did.push('smoke')
      return SMOKE
    },
    clock: () => google.world.now,
  }
  const deployment: Deployment = {
    project: PROJECT,
    location: 'us-central1',
    settings: { rawBucket: 'the-raw', processedBucket: 'the-processed' },
    storageTargets: { raw: ['the-raw'], processed: ['the-processed'] },
    functions: FUNCTIONS,
    usesPassword: false,
    skipProvision: false,
    dryRun: false,
    skipSmoke: false,
  }
  const run = (more: Partial<Deployment> = {}, other: Partial<Tools> = {}) =>
    deploy({ ...tools, ...other }, { ...deployment, ...more })
  return { google, said, did, run }
}
