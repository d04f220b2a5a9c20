import { REVISION, type Column, type Table } from './schema.ts'
import type { Merge } from './warehouse.ts'

const DATE = /^\d{4}-\d\d-\d\d$/
const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/

/** Quotes a table's or column's name. Throws a RangeError for what is no name: nothing of a customer's may get into a statement. */
export function quoted(name: string): string {
  if (!NAME.test(name)) throw new RangeError(`not a name: ${JSON.stringify(name)}`)
  return `\`${name}\``
}

export function dateLiteral(date: string): string {
  if (!DATE.test(date)) throw new RangeError(`not a date: ${JSON.stringify(date)}`)
  return `DATE '${date}'`
}

/**
 * The MERGE that moves staged rows into their table. `target` and `source` are full names: project.dataset.table.
 *
 * The dates stand as literals on the target, because BigQuery prunes partitions only by constants; without them each page would
 * read the whole table. https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#pruning_partitions_when_using_a_merge_statement
 */
export function mergeStatement(merge: Merge, target: string, source: string): string {
  const { table, dates } = merge
  const columns = table.columns.map(({ name }) => name)
  const same = table.key.map((name) => `target.${quoted(name)} = source.${quoted(name)}`)
  if (table.partition !== undefined) {
    if (dates.length === 0) throw new RangeError(`a MERGE into ${table.name} names no date`)
    same.unshift(`target.${quoted(table.partition)} IN (${dates.map(dateLiteral).join(', ')})`)
  }
  const changed = columns.filter((name) => !table.key.includes(name))
  return [
    `MERGE INTO ${quoted(target)} AS target`,
    `USING (SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(source)}) AS source`,
    `ON ${same.join('\n  AND ')}`,
    `WHEN MATCHED AND source.${quoted(REVISION)} > target.${quoted(REVISION)} THEN`,
    `  UPDATE SET ${changed.map((name) => `${quoted(name)} = source.${quoted(name)}`).join(', ')}`,
    `WHEN NOT MATCHED THEN`,
    `  INSERT (${columns.map(quoted).join(', ')})`,
    `  VALUES (${columns.map((name) => `source.${quoted(name)}`).join(', ')})`,
  ].join('\n')
}

/** Rows and different keys. The filter lets every partition through: tables that require one refuse a query without. */
export function countStatement(table: Table, target: string): string {
  const key = table.key.map((name) => `COALESCE(CAST(${quoted(name)} AS STRING), '')`).join(`, '~', `)
  const filter = table.partition === undefined ? '' : ` WHERE ${quoted(table.partition)} >= DATE '0001-01-01'`
  return `SELECT COUNT(*) AS row_count, COUNT(DISTINCT CONCAT(${key}, '')) AS key_count FROM ${quoted(target)}${filter}`
}

/** A column as BigQuery's API writes it. */
export interface FieldSchema {
  readonly name: string
  readonly type: string
  readonly mode: string
  readonly description?: string
  readonly fields?: readonly FieldSchema[]
}

/** The API gives types by their legacy names, and takes both. https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
const LEGACY: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  FLOAT64: 'FLOAT',
}
const apiType = (type: string) => LEGACY[type] ?? type

export const fieldOf = (column: Column): FieldSchema => ({
  name: column.name,
  type: apiType(column.type),
  mode: column.mode,
  description: column.description,
  ...(column.fields && { fields: column.fields.map(fieldOf) }),
})
