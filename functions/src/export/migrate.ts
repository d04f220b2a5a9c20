import { fieldOf, type FieldSchema } from './statements.ts'
import type { Table } from './schema.ts'
import type { View } from './view.ts'
import { SchemaConflict } from './warehouse.ts'

/**
 * The columns that a table in BigQuery should have, given those it has; null where nothing is to be done. What is missing is added
 * at the end, NULLABLE, as BigQuery demands; what we don't know is left; descriptions are brought up to date.
 * Throws a {@link SchemaConflict} where a column has another type, or is repeated on one side only.
 */
export function migrated(table: Table, existing: readonly FieldSchema[]): readonly FieldSchema[] | null {
  return merged(table.name, existing, table.columns.map(fieldOf))
}

/** The columns of a view with their descriptions brought up to date; null where nothing is to be done. */
export function described(view: View, existing: readonly FieldSchema[]): readonly FieldSchema[] | null {
  const wanted = new Map(view.columns.map(({ name, description }) => [name, description]))
  const isDescribed = ({ name, description }: FieldSchema) => description === wanted.get(name)
  if (existing.every(isDescribed)) return null
  return existing.map((field) => ({ ...field, description: wanted.get(field.name) ?? '' }))
}

function merged(
  where: string,
  existing: readonly FieldSchema[],
  wanted: readonly FieldSchema[],
): readonly FieldSchema[] | null {
  const named = new Map(wanted.map((field) => [field.name.toLowerCase(), field]))
  let changed = false
  const fields = existing.map((field) => {
    const want = named.get(field.name.toLowerCase())
    if (want === undefined) return field
    named.delete(field.name.toLowerCase())
    const name = `${where}.${field.name}`
    if (field.type !== want.type || (field.mode === 'REPEATED') !== (want.mode === 'REPEATED')) {
      throw new SchemaConflict(
        `${name} is ${field.mode ?? 'NULLABLE'} ${field.type} in BigQuery and would have to be ${want.mode} ${want.type}: rename the column, or move the table away`,
      )
    }
    const inner = merged(name, field.fields ?? [], want.fields ?? [])
    if (inner === null && field.description === want.description) return field
    changed = true
    return {
      ...field,
      ...(want.description !== undefined && { description: want.description }),
      ...(inner && { fields: inner }),
    }
  })
  for (const field of named.values()) {
    changed = true
    fields.push(field.mode === 'REQUIRED' ? { ...field, mode: 'NULLABLE' } : field)
  }
  return changed ? fields : null
}
