import { safeFileName, save } from '../ui/save.ts'
import { csvOf } from './csv.ts'
import type { Column } from './table.tsx'
import { useWords } from './words.ts'

interface Props<Row> {
  /** The file's name, without its ending. */
  readonly name: string
  readonly columns: readonly Column<Row>[]
  /** Null until they are known: till then there is no file, rather than an empty one. */
  readonly rows: readonly Row[] | null
}

export function CsvButton<Row>({ name, columns, rows }: Props<Row>) {
  const { csv, download } = useWords()
  return (
    <button
      type="button"
      className="small"
      disabled={rows === null}
      onClick={() => save(safeFileName(name, 'csv'), fileOf(csvOf(columns, rows ?? [])))}
      aria-label={download(name)}
    >
      {csv}
    </button>
  )
}

/** With a byte order mark: without it Excel takes UTF-8 for something else. */
const fileOf = (csv: string) => new Blob(['\uFEFF', csv], { type: 'text/csv;charset=utf-8' })
