import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** In a process of its own, with no credentials. */
function run(...args: readonly string[]) {
  const env = { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: join(__dirname, 'no-such-file.json') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'main.ts'), ...args], {
    env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

it('says what there is', () => {
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--lock-retention') })
})

it.each([
  [[], 'there is no project: name it by --project'],
  [['--project', 'p', '--force'], "Unknown option '--force'"],
  [['--project', 'p', '--environment', 'staging'], '--environment belongs to --github'],
  [['--project', 'p', '--github', 'acme/images'], 'the project has no alias in .firebaserc'],
  [['--project', 'staging', '--github', 'acme'], '--github is "acme": expected OWNER/REPO'],
  [['--project', 'p', 'now'], "Unexpected argument 'now'"],
] as const)('refuses %j with 2', (args, sentence) => {
  const { status, stdout, stderr } = run(...args)
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(sentence)])
})

it('says what to do where there are no credentials, and nothing of stacks', () => {
  const { status, stdout, stderr } = run('--project', 'no-such-project', '--dry-run')
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toContain('gcloud auth application-default login')
  expect(stderr).not.toContain('    at ')
})
