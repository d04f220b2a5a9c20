import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HELP as DEPLOY_HELP } from '../../deploy/command.ts'
import { HELP as PROVISION_HELP } from '../../provision/command.ts'
import { DEPLOYER_RIGHTS, SMOKE_RIGHTS } from '../../provision/iam-roles.ts'

const read = (file: string) => readFileSync(join(__dirname, '../..', file), 'utf8')
const section = (file: string, heading: string) =>
  read(file)
    .split(/^## /m)
    .find((each) => each.startsWith(`${heading}\n`)) ?? ''

const operations = section('docs/operations.md', 'Deploy and roll back')

it('operations.md has every role of whoever deploys, and no other in its table', () => {
  const rows = operations.split('\n').filter((line) => line.startsWith('| `roles/'))
  const documented = rows.flatMap((line) => [...line.matchAll(/`(roles\/[\w.]+)`/g)].map(([, role = '']) => role))
  const given = [...DEPLOYER_RIGHTS, ...SMOKE_RIGHTS].map(({ role }) => role)
  expect(new Set(documented)).toEqual(new Set([...given, 'roles/iam.serviceAccountUser']))
  expect(documented).toHaveLength(new Set(documented).size)
})

it('operations.md says below which names the smoke test reaches objects', () => {
  for (const { objects } of SMOKE_RIGHTS) if (objects !== undefined) expect(operations).toContain(`\`${objects}\``)
})

it.each([
  ['README.md', section('README.md', 'Deploy')],
  ['docs/operations.md', operations],
])('%s names only options that there are', (_, text) => {
  expect(text).not.toBe('')
  for (const [, command = '', rest = ''] of text.matchAll(/npm run (deploy|provision) -- ([^`\n]+)/g)) {
    const help = command === 'deploy' ? DEPLOY_HELP : PROVISION_HELP
    for (const [option] of rest.matchAll(/--[\w-]+/g)) expect(help).toContain(option)
  }
})
