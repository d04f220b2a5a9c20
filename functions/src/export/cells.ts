import type { Row, RowValue } from './rows.ts'
import type { CellCount } from './warehouse.ts'

/** The columns that name a cell, in the order of `Warehouse.cells`. */
const CELL_KEY = ['date', 'customerId', 'source', 'format', 'outcome'] as const

/** As BigQuery and Firestore order text: by code point, which JavaScript's `<` does not do beyond U+FFFF. */
export function compareCells(a: Pick<CellCount, (typeof CELL_KEY)[number]>, b: typeof a): number {
  for (const part of CELL_KEY) {
    const order = Buffer.compare(Buffer.from(a[part]), Buffer.from(b[part]))
    if (order !== 0) return order
  }
  return 0
}

const text = (value: RowValue | undefined) => (typeof value === 'string' ? value : '')
const figure = (value: RowValue | undefined) => (typeof value === 'number' ? value : 0)

/** A cell from the columns of `customer_stats`; a sum over nothing is null, which is 0. */
export const cellOf = (row: Row): CellCount => ({
  date: text(row['date']),
  customerId: text(row['customer_id']),
  source: text(row['source']),
  format: text(row['format']),
  outcome: text(row['outcome']),
  images: figure(row['images']),
  reprocessed: figure(row['reprocessed']),
  bytesIn: figure(row['bytes_in']),
  bytesOut: figure(row['bytes_out']),
  pixels: figure(row['pixels']),
  milliseconds: figure(row['milliseconds']),
})
