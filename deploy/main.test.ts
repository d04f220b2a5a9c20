import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../stack/paths.ts'

const deploy = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'deploy/main.ts'), ...args], {
    env: { PATH: process.env['PATH'], METADATA_SERVER_DETECTION: 'none' },
  })

it('says what it takes', async () => {
  expect((await deploy('--help')).stdout).toContain('npm run deploy -- --project P [OPTIONS]')
})

it.each([
  [[], 'there is no project: name it by --project'],
  [['--projekt', 'p'], "Unknown option '--projekt'"],
])('refuses %j, and says where help is', async (args, problem) => {
  const refused = deploy(...args)
  await expect(refused).rejects.toMatchObject({ code: 2, stdout: '' })
  await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining(problem) as string })
  await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('-- --help says more') as string })
})
