import { UsageError } from '../admin/command.ts'
import { deployerEmail, githubOf } from './github.ts'
import type { Policy } from './iam-policy.ts'
import { SMOKE_RIGHTS } from './iam-roles.ts'
import type { GoogleDouble } from './testing/google.ts'
import { policyKey } from './testing/policies.ts'
import { PROCESSED, PROJECT, provision, provisionedProject, RAW, spoil, stateOf } from './testing/run.ts'

const NUMBER = '123456789012'
const pool = `iam.googleapis.com/projects/${NUMBER}/locations/global/workloadIdentityPools/github`
const provider = `${pool}/providers/github-actions`
const account = `iam.googleapis.com/projects/${PROJECT}/serviceAccounts/${deployerEmail(PROJECT)}`
const principal = (environment: string, repository = 'acme/images') =>
  `principal://iam.googleapis.com/projects/${NUMBER}/locations/global/workloadIdentityPools/github/subject/repo:${repository}:environment:${environment}`
const WISH = { github: 'acme/images', environment: 'staging' }
const NUMBERED = { github: 'acme@42/images@1337', environment: 'staging' }

const policyOf = ({ world }: GoogleDouble, key: string) => (world.resources.get(policyKey(key)) ?? {}) as Policy
const conditionOf = ({ world }: GoogleDouble) => world.get(provider)['attributeCondition']

describe('the command line', () => {
  it.each(['images', 'acme/', 'acme/images/more', 'a b/c', "acme/ima'ges", 'acme@42/images', 'acme/images@1337'])(
    'takes no repository such as %s',
    (repository) => {
      expect(() => githubOf(repository, 'staging')).toThrow(UsageError)
      expect(() => githubOf(repository, 'staging')).toThrow('expected OWNER/REPO')
    },
  )

  it('asks for an environment where the project has no alias, and takes none that could be read in two ways', () => {
    expect(() => githubOf('acme/images', null)).toThrow('name the environment on GitHub by --environment')
    expect(() => githubOf('acme/images', "a'b")).toThrow('--environment is "a\'b"')
  })

  it('refuses what is longer than a subject may be', () => {
    expect(githubOf('acme/images', 'x'.repeat(98)).environment).toHaveLength(98)
    expect(() => githubOf('acme/images', 'x'.repeat(99))).toThrow('has 128 bytes, and Google takes at most 127')
  })

  it('asks nothing of Google before', async () => {
    const double = await provisionedProject()
    await expect(provision(double, { github: 'acme' })).rejects.toThrow(UsageError)
    expect(double.sent).toEqual([])
  })
})

describe('a project that GitHub Actions deploy to', () => {
  it('trusts jobs of one environment of one repository, and nobody else', async () => {
    const double = await provisionedProject()
    expect((await provision(double, WISH)).code).toBe(0)
    expect(double.world.get(provider)).toMatchObject({
      oidc: { issuerUri: 'https://token.actions.githubusercontent.com' },
      attributeMapping: {
        'google.subject': "'repo:' + assertion.repository + ':environment:' + assertion.environment",
      },
      attributeCondition: "assertion.repository == 'acme/images'",
    })
    expect(policyOf(double, account).bindings).toEqual([
      { role: 'roles/iam.workloadIdentityUser', members: [principal('staging')] },
    ])
  })

  it('trusts GitHub’s numbers where they are named, and is never made to trust the name alone again', async () => {
    const double = await provisionedProject()
    await provision(double, NUMBERED)
    const condition =
      "assertion.repository == 'acme/images' && assertion.repository_owner_id == '42' && assertion.repository_id == '1337'"
    expect(conditionOf(double)).toBe(condition)
    double.readOnly = true
    const { code, out, said } = await provision(double, WISH)
    expect([code, out]).toEqual([0, 'nothing to change'])
    expect(said).not.toContain('trusted by its name alone')
  })

  it('says which variables go to GitHub, and what has to be set there', async () => {
    const double = await provisionedProject()
    double.readOnly = true
    const { said } = await provision(double, { ...WISH, dryRun: true })
    expect(said).toContain(
      `note: variables of the environment staging of acme/images (Settings, Environments): GCP_WORKLOAD_IDENTITY_PROVIDER=projects/${NUMBER}/locations/global/workloadIdentityPools/github/providers/github-actions GCP_DEPLOYER=darkroom-deployer@${PROJECT}.iam.gserviceaccount.com`,
    )
    expect(said).toContain('let it be run from main only')
    expect(said).toContain('acme/images is trusted by its name alone')
  })

  it('gives the account the deployer’s rights, and acts as every function', async () => {
    const double = await provisionedProject()
    await provision(double, WISH)
    const other = await provisionedProject()
    other.world.resources.set(account, { email: deployerEmail(PROJECT) })
    await provision(other, { deployer: `serviceAccount:${deployerEmail(PROJECT)}` })
    const policies = (each: GoogleDouble) =>
      Object.entries(stateOf(each)).filter(([key]) => key.startsWith('policy:') && !key.includes('darkroom-deployer'))
    expect(policies(double)).toEqual(policies(other))
  })

  it('is left alone by the next run, with or without --github', async () => {
    const double = await provisionedProject()
    await provision(double, WISH)
    double.readOnly = true
    expect(await provision(double, { ...WISH, verify: true })).toMatchObject({ code: 0 })
    expect(await provision(double)).toMatchObject({ code: 0, out: 'nothing to change' })
  })

  it('is verified with it: what is missing or opened is found, and mended field by field', async () => {
    const double = await provisionedProject()
    await provision(double, WISH)
    const good = stateOf(double)
    for (const [field, wrong] of [
      ['attributeCondition', 'assertion.repository_owner == "acme"'],
      ['attributeMapping', { 'google.subject': 'assertion.sub' }],
      ['oidc', { issuerUri: 'https://example.com' }],
    ] as const) {
      double.world.resources.set(provider, { ...double.world.get(provider), [field]: wrong })
      expect((await provision(double, { ...WISH, verify: true })).code).toBe(1)
      double.sent.length = 0
      expect((await provision(double, WISH)).code).toBe(0)
      expect(double.writes.map(({ request }) => request.params['updateMask'])).toEqual([field])
      expect(stateOf(double)).toEqual(good)
    }
  })

  it('tells who else may deploy: an environment or a repository of before', async () => {
    const double = await provisionedProject()
    await provision(double, WISH)
    const { code, said } = await provision(double, { ...WISH, environment: 'production' })
    expect(code).toBe(0)
    expect(said).toContain(`note: ${principal('staging')} has roles/iam.workloadIdentityUser on darkroom-deployer@`)
    expect(said).toContain(
      `gcloud iam service-accounts remove-iam-policy-binding ${deployerEmail(PROJECT)} --project ${PROJECT} --member='${principal('staging')}'`,
    )
    expect(policyOf(double, account).bindings?.[0]?.members).toEqual([principal('staging'), principal('production')])
  })

  it.each([
    [pool, 'workload identity pool github', 'gcloud iam workload-identity-pools undelete github --location global'],
    [
      provider,
      'workload identity provider github-actions',
      'gcloud iam workload-identity-pools providers undelete github-actions --workload-identity-pool github',
    ],
  ])('says how what was deleted comes back: %s', async (key, name, command) => {
    const double = await provisionedProject()
    await provision(double, WISH)
    spoil(double, key, 'state', 'DELETED')
    spoil(double, key, 'expireTime', '2026-12-25T12:00:00Z')
    const { code, out } = await provision(double, WISH)
    expect(code).toBe(1)
    expect(out).toContain(`the ${name} was deleted, and its name is taken till 2026-12-25T12:00:00Z: ${command}`)
  })

  it('does not enable what somebody has disabled', async () => {
    const double = await provisionedProject()
    await provision(double, WISH)
    spoil(double, provider, 'disabled', true)
    const { code, out } = await provision(double, WISH)
    expect([code, out]).toEqual([1, expect.stringContaining('github-actions is disabled, so that GitHub Actions can')])
    expect(out).toContain('--no-disabled')
  })

  it('is finished by the next run, whichever call of it was the last', async () => {
    const whole = await provisionedProject()
    await provision(whole, WISH)
    const good = stateOf(whole)
    const { length } = whole.writes
    expect(length).toBeGreaterThan(5)
    for (let last = 1; last <= length; last += 1) {
      const double = await provisionedProject()
      let writes = 0
      double.after = (_, isWrite) => {
        if (isWrite && (writes += 1) === last) throw new Error('the process has died')
      }
      await expect(provision(double, WISH)).rejects.toThrow('the process has died')
      double.after = null
      expect([last, (await provision(double, WISH)).code]).toEqual([last, 0])
      expect(stateOf(double)).toEqual(good)
    }
  })
})

describe('for the smoke test', () => {
  const bucket = (name: string) => `storage.googleapis.com/b/${name}`
  const member = `serviceAccount:${deployerEmail(PROJECT)}`

  it('whoever deploys reaches the test’s own objects, and no customer’s', async () => {
    const double = await provisionedProject()
    await provision(double, WISH)
    const onBucket = (name: string) =>
      policyOf(double, bucket(name))
        .bindings?.filter(({ members }) => members?.includes(member))
        .map(({ role, condition }) => [role, condition?.expression])
    expect(onBucket(RAW)).toEqual([
      ['roles/storage.objectCreator', `resource.name.startsWith("projects/_/buckets/${RAW}/objects/web/smoke-test/")`],
    ])
    expect(onBucket(PROCESSED)).toEqual([
      ['roles/storage.objectViewer', `resource.name.startsWith("projects/_/buckets/${PROCESSED}/objects/smoke-test/")`],
    ])
  })

  it('whoever deploys can change nothing but by deploying', () => {
    const roles = SMOKE_RIGHTS.map(({ role }) => role)
    for (const role of roles) expect(role).toMatch(/(objectCreator|[vV]iewer|jobUser)$/)
    expect(SMOKE_RIGHTS.filter(({ on }) => on.endsWith('bucket')).every(({ objects }) => objects !== undefined)).toBe(
      true,
    )
  })

  it.each(['group:deployers@example.com', principal('staging'), 'user:owner@example.com'])(
    'a dataset takes %s as a member, and shows it as it was given',
    async (deployer) => {
      const double = await provisionedProject()
      expect((await provision(double, { deployer })).code).toBe(0)
      expect((await provision(double, { deployer, verify: true })).code).toBe(0)
    },
  )
})
