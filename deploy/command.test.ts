import { ApiError } from '../provision/resource.ts'
import type { Fake } from '../provision/testing/world.ts'
import { SmokeFailed } from './smoke.ts'
import { deployed, functionsThere, PROJECT, projectWith, SMOKE, withoutPermissions } from './testing.ts'

it('checks, provisions, deploys rules before code and the page last, and puts an image through it', async () => {
  const { run, did, said, google } = await projectWith()
  expect(await run()).toEqual({
    ok: true,
    steps: [
      'checks',
      'provision',
      'checks once more',
      'rules and indexes',
      'functions',
      'provision what was deployed',
      'web page',
      'smoke test',
    ],
    smoke: SMOKE,
  })
  const firebase = (only: string) => `deploy --only ${only} --project ${PROJECT} --non-interactive`
  expect(did).toEqual([
    'files',
    'provision',
    firebase('firestore,storage'),
    `${firebase('functions')} --force`,
    // Only now is there something that events and tasks may call.
    'provision',
    // What the page may talk to is named for this project alone: hosting.ts.
    `${firebase('hosting')} --config firebase.deploy-${PROJECT}.json`,
    'smoke',
  ])
  expect(said).toContain('.firebaserc: changed')
  expect(google.sent.map(({ id }) => id)).toContain('firestore.projects.databases.collectionGroups.indexes.list')
})

it('changes nothing in a dry run, and says what it would', async () => {
  const { run, did, said, google } = await projectWith()
  google.readOnly = true
  expect(await run({ dryRun: true })).toMatchObject({ ok: true, smoke: null })
  expect(did).toEqual(['provision --dry-run'])
  expect(said).toContain(`would run: firebase deploy --only functions --project ${PROJECT} --non-interactive --force`)
})

it('leaves the image out where that is asked for', async () => {
  const { run, did } = await projectWith()
  expect(await run({ skipSmoke: true })).toMatchObject({ ok: true, smoke: null })
  expect(did).not.toContain('smoke')
})

it.each<[string, Fake, RegExp]>([
  [
    'is being deleted',
    { 'cloudresourcemanager.projects.get': () => ({ state: 'DELETE_REQUESTED' }) },
    /expected ACTIVE/,
  ],
  [
    'is none of Firebase',
    {
      'firebase.projects.get': () => {
        throw new ApiError(404, 'NOT_FOUND', 'Requested entity was not found.')
      },
    },
    /no Firebase project yet: npx firebase projects:addfirebase darkroom-test/,
  ],
  ['has no billing', { 'cloudbilling.projects.getBillingInfo': () => ({}) }, /billing: it is off: .* Blaze/],
  [
    'is not ours to deploy to',
    withoutPermissions('bigquery.datasets.create', 'cloudscheduler.jobs.run'),
    /missing: cloudscheduler.jobs.run, bigquery.datasets.create\. docs\/operations\.md .*adds --skip-provision/,
  ],
  [
    'has no Hosting site',
    { 'firebasehosting.projects.sites.list': () => ({ sites: [{ type: 'USER_SITE' }] }) },
    /Hosting site: the project has none, .*npx firebase hosting:sites:create darkroom-test --project darkroom-test/,
  ],
  [
    'has functions that would be deleted',
    functionsThere(deployed('bridgeKafka'), deployed('redrive', 'europe-west1'), deployed('redrive')),
    /bridgeKafka in us-central1, redrive in europe-west1: .* functions:delete bridgeKafka --region us-central1 --project darkroom-test; /,
  ],
  [
    'can’t be read at all',
    {
      'cloudresourcemanager.projects.get': () => {
        throw new ApiError(403, 'PERMISSION_DENIED', 'The caller does not have permission')
      },
    },
    /The caller does not have permission \(403 PERMISSION_DENIED\)/,
  ],
])('changes nothing where the project %s', async (_, changes, problem) => {
  const { run, did, said } = await projectWith(changes)
  const outcome = await run()
  expect(outcome).toMatchObject({
    ok: false,
    steps: [],
    failed: 'checks',
    problem: expect.stringMatching(problem) as string,
  })
  expect(did).toEqual([])
  expect(said.at(-1)).toBe('done: nothing. Mend that, and run the same command again.')
})

it('says all that is wrong at once', async () => {
  const { run } = await projectWith({ 'cloudbilling.projects.getBillingInfo': () => ({}) })
  const outcome = await run({
    location: 'mars-north1',
    storageTargets: { raw: ['another'], processed: ['the-processed'] },
  })
  expect(outcome).toMatchObject({
    problem: expect.stringMatching(
      /billing: it is off.*LOCATION is mars-north1, where there are no functions: expected one of europe-west1, us-central1.*target:apply storage raw the-raw --project darkroom-test/s,
    ) as string,
  })
  expect(outcome).toMatchObject({ problem: expect.not.stringContaining('storage processed') as string })
})

it('lets provision enable an API before it is asked, and then asks', async () => {
  const { run, google, said } = await projectWith()
  google.world.services.delete('cloudfunctions.googleapis.com')
  const provision = async () => {
    google.world.services.set('cloudfunctions.googleapis.com', 0)
    return 0
  }
  expect(await run({ location: 'mars-north1' }, { provision })).toMatchObject({
    ok: false,
    steps: ['checks', 'provision'],
    failed: 'checks once more',
  })
  expect(said).toContain("   region mars-north1 (can't be asked before its API is enabled): ok")
})

it.each([
  ['provision', { provision: async () => 1 }, ['checks']],
  ['rules and indexes', { firebase: async () => 1 }, ['checks', 'provision', 'checks once more']],
  [
    'smoke test',
    {
      smokeTest: async () => {
        throw new SmokeFailed('no row')
      },
    },
    [
      'checks',
      'provision',
      'checks once more',
      'rules and indexes',
      'functions',
      'provision what was deployed',
      'web page',
    ],
  ],
] as const)('stops where %s fails, and says what was done', async (failed, tools, steps) => {
  const { run, said } = await projectWith()
  expect(await run({}, tools)).toMatchObject({ ok: false, failed, steps })
  expect(said.at(-1)).toBe(`done: ${steps.join(', ')}. Mend that, and run the same command again.`)
})

it('says once that Google takes no credentials', async () => {
  const refuse = () => {
    throw new ApiError(401, 'UNAUTHENTICATED', 'there are no credentials that Google takes')
  }
  const { run, said } = await projectWith({ 'cloudresourcemanager.projects.get': refuse })
  expect(await run()).toMatchObject({ ok: false, problem: 'there are no credentials that Google takes' })
  expect(said.filter((line) => line.includes('no credentials'))).toHaveLength(1)
})

it('does not hide a defect of its own', async () => {
  const { run } = await projectWith()
  const broken = {
    smokeTest: async () => {
      throw new TypeError('undefined is not a function')
    },
  }
  await expect(run({}, broken)).rejects.toThrow('undefined is not a function')
})
