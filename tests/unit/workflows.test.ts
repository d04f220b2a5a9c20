import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const ROOT = join(__dirname, '../..')
const FOLDER = join(ROOT, '.github/workflows')

/** firebase-tools brings a parser along. */
const { parse } = createRequire(join(ROOT, 'node_modules/firebase-tools/package.json'))('yaml') as {
  readonly parse: (text: string) => unknown
}

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly 'timeout-minutes'?: number
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

const workflows = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  return { file, text, workflow: parse(text) as Workflow }
})
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${file}: ${name}`, workflow, job })),
)
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

it('finds the workflows', () => {
  expect(workflows.map(({ file }) => file)).toEqual(expect.arrayContaining(['check.yml', 'deploy.yml']))
})

it.each(workflows)('$file may read the repository, and by default nothing else', ({ workflow }) => {
  expect(workflow.permissions).toEqual({ contents: 'read' })
})

it.each(workflows)('$file has no key, and no secret at all', ({ text }) => {
  expect(text).not.toMatch(/secrets\s*[.[]|credentials_json|private_key|FIREBASE_TOKEN|service_account_key/i)
})

it.each(workflows)('$file is not run with rights by who only proposes a change', ({ workflow }) => {
  expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
})

it('gives GitHub’s token for Google to the deployment alone, which has an environment', () => {
  const trusted = jobs.filter(({ job }) => job.permissions?.['id-token'] !== undefined)
  expect(trusted.map(({ name }) => name)).toEqual(['deploy.yml: deploy'])
  for (const { job } of trusted) {
    expect(job.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(job.environment).toBeDefined()
  }
})

it.each(jobs)('$name ends by itself', ({ job }) => {
  expect(job['timeout-minutes']).toBeGreaterThan(0)
})

it.each(jobs)('$name takes only actions of GitHub and Google, of a version', ({ job }) => {
  for (const { uses } of job.steps)
    if (uses !== undefined)
      expect(uses).toMatch(/^(actions|google-github-actions)\/[\w-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$/)
})

it.each(jobs)('$name leaves no credentials of GitHub in the folder', ({ job }) => {
  for (const { uses, with: options } of job.steps)
    if (uses?.startsWith('actions/checkout@') === true) expect(options?.['persist-credentials']).toBe(false)
})

it.each(jobs)('$name runs scripts that there are, and puts nothing into a shell but by the environment', ({ job }) => {
  for (const { run = '' } of job.steps) {
    for (const [, script = ''] of run.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script)
    for (const [, file = ''] of run.matchAll(/bash (\S+)/g)) expect(() => readFileSync(join(ROOT, file))).not.toThrow()
    expect(run).not.toContain('${{')
  }
})

it('deploys with the deployer’s rights alone, what was checked, one at a time', () => {
  const { workflow, text } = workflows.find(({ file }) => file === 'deploy.yml')!
  expect(text).toMatch(/npm run deploy -- --project "\$ENVIRONMENT" --skip-provision/)
  expect(text).toContain('ref: ${{ github.event.workflow_run.head_sha || github.sha }}')
  expect(workflow).toMatchObject({ concurrency: { 'cancel-in-progress': false } })
})
