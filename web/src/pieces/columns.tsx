import { bytes, keyLabel, number } from './format.ts'
import type { Column } from './table.tsx'

/** Of days or months: as they are read in the table, ISO 8601 in the file. */
export const timeColumn = <Row extends { readonly key: string }>(title: string, locale?: string): Column<Row> => ({
  key: 'key',
  title,
  cell: ({ key }) => <time dateTime={key}>{keyLabel(key, locale)}</time>,
  text: ({ key }) => key,
})

/** Columns of figures: grouped and with units in the table, plain numbers in the file. */
export const count = <Row,>(key: string, title: string, of: (row: Row) => number, locale?: string): Column<Row> => ({
  key,
  title,
  numeric: true,
  cell: (row) => number(of(row), locale),
  text: of,
})
export const size = <Row,>(key: string, title: string, of: (row: Row) => number, locale?: string): Column<Row> => ({
  ...count(key, title, of),
  cell: (row) => bytes(of(row), locale),
})
