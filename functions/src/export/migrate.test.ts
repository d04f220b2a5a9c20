import { migrated } from './migrate.ts'
import { IMAGES, TABLES, type Table } from './schema.ts'
import { fieldOf } from './statements.ts'
import { SchemaConflict } from './warehouse.ts'

const existing = IMAGES.columns.map(fieldOf)

it.each(TABLES.map((table) => [table.name, table] as const))(
  'leaves %s alone where nothing has changed',
  (_, table) => {
    expect(migrated(table, table.columns.map(fieldOf))).toBeNull()
  },
)

it('adds a new column at the end, nullable even where a new table would require it', () => {
  const table: Table = {
    ...IMAGES,
    columns: [{ name: 'camera', type: 'STRING', mode: 'REQUIRED', description: 'The camera.' }, ...IMAGES.columns],
  }
  expect(migrated(table, existing)).toEqual([
    ...existing,
    { name: 'camera', type: 'STRING', mode: 'NULLABLE', description: 'The camera.' },
  ])
})

it('keeps columns that it does not know', () => {
  const unknown = { name: 'added_by_hand', type: 'FLOAT', mode: 'NULLABLE' }
  expect(migrated(IMAGES, [unknown, ...existing])).toBeNull()
  expect(migrated(IMAGES, [unknown, ...existing.slice(1)])?.[0]).toBe(unknown)
})

it('brings descriptions up to date', () => {
  const old = existing.map((field) => ({ ...field, description: 'old' }))
  expect(migrated(IMAGES, old)).toEqual(existing)
})

it('adds a field to a repeated struct', () => {
  const table = { ...IMAGES, columns: [struct('a', 'b')] }
  const fields = [fieldOf(struct('a'))]
  expect(migrated(table, fields)).toEqual([fieldOf(struct('a', 'b'))])
})

it('refuses to change the type of a column, and names it', () => {
  const other = existing.map((field) => (field.name === 'pixels' ? { ...field, type: 'STRING' } : field))
  expect(() => migrated(IMAGES, other)).toThrow(SchemaConflict)
  expect(() => migrated(IMAGES, other)).toThrow(/images\.pixels is NULLABLE STRING .* NULLABLE INTEGER/)
})

it.each(TABLES.map((table) => [table.name, table] as const))(
  '%s describes itself and each of its columns',
  (_, table) => {
    for (const { description } of [table, ...table.columns]) expect(description).toMatch(/^\S.*\.$/)
    const names = table.columns.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining([...table.key]))
  },
)

const struct = (...names: readonly string[]) => ({
  name: 'histogram',
  type: 'STRUCT' as const,
  mode: 'REPEATED' as const,
  description: 'Sizes.',
  fields: names.map((name) => ({
    name,
    type: 'INT64' as const,
    mode: 'NULLABLE' as const,
    description: `The ${name}.`,
  })),
})
