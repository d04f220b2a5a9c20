import { ApiError } from '../provision/resource.ts'
import type { Fake } from '../provision/testing/world.ts'
import { PROVISIONER_PERMISSIONS, SET_POLICY } from './permissions.ts'
import { deployed, FUNCTIONS, functionsThere, projectWith, withoutPermissions } from './testing.ts'

describe('what firebase deploy does where nobody answers', () => {
  const only = (did: readonly string[], target: string) => did.filter((each) => each.includes(`--only ${target} `))

  it('is forced for functions alone: else it refuses a retried function that is new', async () => {
    const { run, did } = await projectWith()
    await run()
    expect(did.filter((each) => each.includes('--force'))).toEqual(only(did, 'functions'))
  })

  it('deletes no function that came while the rest was deployed', async () => {
    let lists = 0
    const { run, did } = await projectWith({
      'cloudfunctions.projects.locations.functions.list': () => ({
        functions: [...FUNCTIONS, ...(++lists > 2 ? ['another'] : [])].map((name) => deployed(name)),
      }),
    })
    expect(await run()).toMatchObject({
      ok: false,
      failed: 'functions',
      problem: expect.stringMatching(/^another in/) as string,
    })
    expect(only(did, 'functions')).toEqual([])
  })

  it('leaves functions of others alone', async () => {
    const { run } = await projectWith(
      functionsThere(
        ...FUNCTIONS.map((name) => deployed(name)),
        deployed('theirs', 'us-central1', {}),
        deployed('extension', 'us-central1', {
          'deployment-tool': 'cli-firebase',
          'firebase-functions-codebase': 'other',
        }),
      ),
    )
    expect(await run()).toMatchObject({ ok: true })
  })

  it('is tried once more with the first trigger of a project, three minutes later', async () => {
    const { run, did, google, said } = await projectWith(functionsThere())
    const started = google.world.now
    const tried: string[] = []
    const firebase = async (args: readonly string[]) => {
      if (args.includes('functions')) tried.push(`after ${google.world.now - started}`)
      return args.includes('functions') && tried.length < 2 ? 1 : 0
    }
    expect(await run({}, { firebase })).toMatchObject({ ok: true })
    expect(tried).toEqual(['after 0', 'after 180000'])
    expect(said.join()).toContain('raise CpuAllocPerProjectRegion')
    expect(did).toContain('smoke')
  })

  it('is not tried again twice, nor where the trigger is there', async () => {
    for (const [there, times] of [
      [[], 2],
      [FUNCTIONS, 1],
    ] as const) {
      const { run } = await projectWith(functionsThere(...there.map((name) => deployed(name))))
      let tried = 0
      const firebase = async (args: readonly string[]) => (args.includes('functions') ? (tried++, 1) : 0)
      expect(await run({}, { firebase })).toMatchObject({
        failed: 'functions',
        problem: expect.stringContaining('CpuAllocPerProjectRegion') as string,
      })
      expect(tried).toBe(times)
    }
  })
})

describe('with --skip-provision', () => {
  const skip = { skipProvision: true }

  it('deploys with the deployer’s rights alone, and provisions nothing', async () => {
    const { run, did } = await projectWith(withoutPermissions(...PROVISIONER_PERMISSIONS))
    expect(await run(skip)).toMatchObject({
      ok: true,
      steps: ['checks', 'rules and indexes', 'functions', 'web page', 'smoke test'],
    })
    expect(did).not.toContain('provision')
  })

  it('asks for the deployer’s permissions, and for the secret’s only where there is one', async () => {
    const without = withoutPermissions('secretmanager.versions.get')
    expect(await (await projectWith(without)).run(skip)).toMatchObject({ ok: true })
    expect(await (await projectWith(without)).run({ ...skip, usesPassword: true })).toMatchObject({
      problem: expect.stringMatching(
        /missing: secretmanager.versions.get\. an owner of the project provisions once/,
      ) as string,
    })
  })

  it.each<[string, Fake, RegExp]>([
    [
      'was never provisioned',
      {
        'iam.projects.serviceAccounts.testIamPermissions': () => {
          throw new ApiError(404, 'NOT_FOUND', 'Unknown service account')
        },
      },
      /accounts of the functions: the project was not provisioned, .*an owner of the project provisions once/,
    ],
    [
      'lets somebody else act as the accounts',
      { 'iam.projects.serviceAccounts.testIamPermissions': () => ({}) },
      /may not act as darkroom-bridge@darkroom-test.iam.gserviceaccount.com, /,
    ],
    [
      'was never deployed to',
      { ...functionsThere(), ...withoutPermissions(SET_POLICY) },
      /the project's first deployment, .* An owner does it once: npm run deploy -- --project darkroom-test/,
    ],
  ])('changes nothing where the project %s', async (_, changes, problem) => {
    const { run, did } = await projectWith(changes)
    expect(await run(skip)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string })
    expect(did).toEqual([])
  })

  it('takes the first deployment from whoever may change the policy', async () => {
    expect(await (await projectWith(functionsThere())).run(skip)).toMatchObject({ ok: true })
  })

  it('says what an owner has to do for a function that is new', async () => {
    const { run, said } = await projectWith(functionsThere(deployed('processImage'), deployed('redrive')))
    await run(skip)
    expect(said.join('\n')).toContain(
      'new: exportToBigQuery. Who may call them is not said yet, so that what calls them waits. An owner: npm run provision',
    )
  })
})
