import { SMOKE_CUSTOMER } from '../contract/names.ts'
import { TABLES } from './schema.ts'
import { VIEWS } from './views.ts'

const CONTEXT = { dataset: 'p.darkroom', rawDays: 14, retentionDays: 7, reportingTimeZone: 'Europe/Berlin' }
const all = VIEWS.map((view) => [view.name, view, view.sql(CONTEXT)] as const)
const partitioned = TABLES.filter((table) => 'partition' in table).map(({ name }) => name)

it.each(all)('%s has a filter on the date in each place where it reads a table that asks for one', (_, __, sql) => {
  const reads = [...sql.matchAll(/FROM `p\.darkroom\.(\w+)`/g)].filter(([, name]) => partitioned.includes(name ?? ''))
  const filter = String.raw`s\.date >= (DATE '0001-01-01'|DATE_SUB\(CURRENT_DATE\(\), INTERVAL 24 DAY\))`
  const filtered = sql.match(
    new RegExp(`FROM \`p\\.darkroom\\.\\w+\` AS s[^\`()]*(\\(s\\.histogram\\) AS part\\s+)?WHERE ${filter}`, 'g'),
  )
  expect(reads.length).toBeGreaterThan(0)
  expect(filtered).toHaveLength(reads.length)
})

it.each(all)('%s says of the smoke test what it does', (name, { description }, sql) => {
  const isIn = name === 'reconciliation'
  expect(sql.includes(`customer_id != '${SMOKE_CUSTOMER}'`)).toBe(!isIn)
  expect(description).toContain(isIn ? 'the smoke test among them' : `Without the customer ${SMOKE_CUSTOMER}.`)
})

it.each(all)('%s lets a filter on its date through to the table', (_, { columns }, sql) => {
  if (columns.some(({ name }) => name === 'date')) expect(sql).not.toContain('OVER (')
})

it.each(all)('%s describes itself and each of its columns, once', (_, { description, columns }) => {
  for (const text of [description, ...columns.map((column) => column.description)]) expect(text).toMatch(/^\S.*\.$/)
  const names = columns.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

it('gives each view a name of its own', () => {
  const names = [...TABLES, ...VIEWS].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

it('takes nothing into a statement that is no time zone', () => {
  const horizon = VIEWS.find(({ name }) => name === 'retention_horizon')
  expect(() => horizon?.sql({ ...CONTEXT, reportingTimeZone: "UTC') --" })).toThrow('not a time zone')
})
