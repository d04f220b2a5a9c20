import { CUSTOMER_STATS, IMAGES, REVISION, type Column, type Table } from './schema.ts'
import type { View } from './view.ts'
import type { Days, Merge } from './warehouse.ts'

const DATE = /^\d{4}-\d\d-\d\d$/
/** A project of an organisation's own domain has a colon: example.com:project. */
const NAME = /^[A-Za-z0-9_:-]+(\.[A-Za-z0-9_:-]+)*$/

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
  const { table, dates, refill = false } = merge
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
    `WHEN MATCHED AND source.${quoted(REVISION)} ${refill ? '>=' : '>'} target.${quoted(REVISION)} THEN`,
    `  UPDATE SET ${changed.map((name) => `${quoted(name)} = source.${quoted(name)}`).join(', ')}`,
    `WHEN NOT MATCHED THEN`,
    `  INSERT (${columns.map(quoted).join(', ')})`,
    `  VALUES (${columns.map((name) => `source.${quoted(name)}`).join(', ')})`,
  ].join('\n')
}

/** Lets every partition through: tables that require a filter refuse a query without, and a DELETE too. */
const anyDay = (table: Table) =>
  table.partition === undefined ? [] : [`${quoted(table.partition)} >= DATE '0001-01-01'`]

/**
 * Deletes a customer's rows, whose id is the parameter `customer`: the text of a statement stays in the project's job history for half a
 * year. https://cloud.google.com/bigquery/docs/information-schema-jobs#data_retention
 */
export const eraseStatement = (table: Table, target: string): string =>
  `DELETE FROM ${quoted(target)} WHERE ${allOfCustomer(table)}`

/** Gives a customer's rows to another, whose ids are the parameters `customer` and `successor`. */
export const reassignStatement = (table: Table, target: string): string =>
  `UPDATE ${quoted(target)} SET \`customer_id\` = @successor WHERE ${allOfCustomer(table)}`

function allOfCustomer(table: Table): string {
  if (!table.columns.some(({ name }) => name === 'customer_id')) {
    throw new RangeError(`${table.name} has no column customer_id: nothing in it is a customer's`)
  }
  return [...anyDay(table), '`customer_id` = @customer'].join(' AND ')
}

/** Figures of a cell, by column. */
export const CELL_FIGURES = ['images', 'reprocessed', 'bytes_in', 'bytes_out', 'pixels', 'milliseconds'] as const

/** The cells that a table has, in order. With a customer, whose id is the parameter `customer`, only that one's. */
export function cellsStatement(
  name: 'images' | 'customer_stats',
  target: string,
  { from, to }: Days,
  ofOneCustomer: boolean,
): string {
  const key = CUSTOMER_STATS.key.map(quoted).join(', ')
  const figures = CELL_FIGURES.map(quoted)
  const counted = name === IMAGES.name
  const sums = ['COUNT(*) AS `images`', ...figures.slice(1).map((figure) => `SUM(${figure}) AS ${figure}`)]
  const where = [
    `\`date\` BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}`,
    ...(ofOneCustomer ? ['`customer_id` = @customer'] : []),
    ...(counted ? [] : [`(${figures.map((figure) => `${figure} != 0`).join(' OR ')})`]),
  ]
  return [
    `SELECT ${key}, ${(counted ? sums : figures).join(', ')}`,
    `FROM ${quoted(target)}`,
    `WHERE ${where.join(' AND ')}`,
    ...(counted ? [`GROUP BY ${key}`] : []),
    // BigQuery compares text by its UTF-8 bytes, which is by code point.
    `ORDER BY ${key}`,
  ].join('\n')
}

/** The number of images on each of these days. */
export function imagesByDateStatement(target: string, dates: readonly string[]): string {
  if (dates.length === 0) throw new RangeError('no date is named')
  const where = `\`date\` IN (${dates.map(dateLiteral).join(', ')})`
  return `SELECT \`date\`, COUNT(*) AS row_count FROM ${quoted(target)} WHERE ${where} GROUP BY \`date\``
}

/** The row of one image, whose ids are the parameters `customer` and `image`. */
export function imageStatement(target: string, date: string): string {
  const where = `\`date\` = ${dateLiteral(date)} AND \`customer_id\` = @customer AND \`image_id\` = @image`
  return `SELECT * FROM ${quoted(target)} WHERE ${where}`
}

/** All that a view has of some days, or all of it where it has no column `date`. */
export function viewStatement(view: View, target: string, { from, to }: Days): string {
  const ofDays = ` WHERE \`date\` BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}`
  return `SELECT * FROM ${quoted(target)}${view.columns.some(({ name }) => name === 'date') ? ofDays : ''}`
}

/** Rows and different keys; of these partitions alone where `dates` are given. */
export function countStatement(table: Table, target: string, dates?: readonly string[]): string {
  const key = table.key.map((name) => `COALESCE(CAST(${quoted(name)} AS STRING), '')`).join(`, '~', `)
  if (dates?.length === 0 || (dates !== undefined && table.partition === undefined)) {
    throw new RangeError(`${table.name} can't be counted by dates: it has none, or none are named`)
  }
  const ofDates = `${quoted(table.partition ?? 'date')} IN (${(dates ?? []).map(dateLiteral).join(', ')})`
  const filter = (dates === undefined ? anyDay(table) : [ofDates]).map((condition) => ` WHERE ${condition}`)
  return `SELECT COUNT(*) AS row_count, COUNT(DISTINCT CONCAT(${key}, '')) AS key_count FROM ${quoted(target)}${filter.join('')}`
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
