import { cellOf, compareCells } from '../cells.ts'
import type { Row } from '../rows.ts'
import { CUSTOMER_STATS } from '../schema.ts'
import { CELL_FIGURES } from '../statements.ts'
import type { CellCount } from '../warehouse.ts'

const amount = (row: Row | undefined, name: string) => Number(row?.[name] ?? 0)

/** One row for each key of a cell. */
export function summed(rows: readonly Row[]): readonly Row[] {
  const sums = new Map<string, Row>()
  for (const row of rows) {
    const key = JSON.stringify(CUSTOMER_STATS.key.map((name) => row[name]))
    const sum = sums.get(key)
    const figures = CELL_FIGURES.map((name) => [name, amount(sum, name) + amount(row, name)])
    sums.set(key, { ...row, ...Object.fromEntries(figures) })
  }
  return [...sums.values()]
}

/** As `Warehouse.cells` gives them. */
export function cellsOf(rows: readonly Row[]): readonly CellCount[] {
  for (const row of rows) {
    for (const name of CELL_FIGURES) {
      if (!Number.isSafeInteger(amount(row, name))) throw new RangeError(`no safe integer: ${amount(row, name)}`)
    }
  }
  const isNotZero = (row: Row) => CELL_FIGURES.some((name) => amount(row, name) !== 0)
  return rows.filter(isNotZero).map(cellOf).sort(compareCells)
}
