import type { Column } from './table.tsx'

/** A table as a file: RFC 4180, so lines end in CR LF. https://www.rfc-editor.org/rfc/rfc4180 */
export function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => valueOf(column, row)))]
  return lines.map((line) => `${line.map(fieldOf).join(',')}\r\n`).join('')
}

/** Throws where a column has neither a text nor a cell that is one: that is a mistake of the page. */
function valueOf<Row>({ key, cell, text }: Column<Row>, row: Row): string | number {
  const value = text === undefined ? cell(row) : text(row)
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new TypeError(`the column ${key} needs a text to be written to a file`)
}

/** A spreadsheet takes a text that begins like this for a formula, and would run it. https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

function fieldOf(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
