import { csvOf } from './csv.ts'
import type { Column } from './table.tsx'

interface Props<Row> {
  /** The file's name, without its ending. */
  readonly name: string
  readonly columns: readonly Column<Row>[]
  /** Null until they are known: till then there is no file, rather than an empty one. */
  readonly rows: readonly Row[] | null
}

export const CsvButton = <Row,>({ name, columns, rows }: Props<Row>) => (
  <button
    type="button"
    className="small"
    disabled={rows === null}
    onClick={() => save(`${name}.csv`, csvOf(columns, rows ?? []))}
    aria-label={`Download ${name} as CSV`}
  >
    CSV
  </button>
)

/** With a byte order mark: without it Excel takes UTF-8 for something else. */
function save(fileName: string, csv: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', csv], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  URL.revokeObjectURL(url)
}
