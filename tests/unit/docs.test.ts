import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SETTING_DEFINITIONS } from '../../functions/src/config/settings.ts'
import { ERROR_CODES } from '../../functions/src/contract/outcomes.ts'

const read = (file: string) => readFileSync(join(__dirname, '../..', file), 'utf8')

it('operations.md has every setting with its meaning and default, and no other', () => {
  const rows = [...read('docs/operations.md').matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|/gm)]
  const documented = Object.fromEntries(rows.map(([, name, meaning, value]) => [name, [meaning, value]]))
  const defined = Object.entries(SETTING_DEFINITIONS).map(([name, { meaning, default: value }]) => [
    name,
    [meaning, value === null ? 'must be set' : value === '' ? 'empty' : `\`${value}\``],
  ])
  expect(documented).toEqual(Object.fromEntries(defined))
})

it('every failure that a customer can meet is explained in the README', () => {
  const readme = read('README.md')
  for (const code of ERROR_CODES) expect(readme).toContain(`\`${code}\``)
})
