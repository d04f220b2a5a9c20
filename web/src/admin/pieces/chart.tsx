import { type ReactNode, useId } from 'react'
import { CsvButton } from './csv-button.tsx'
import { type Column, Table } from './table.tsx'

interface Props<Row> {
  readonly title: string
  /** The chart, which fills the card's width and says its own height. */
  readonly children: ReactNode
  readonly columns: readonly Column<Row>[]
  /** The same figures as a table, for those who can't see the chart and for files. Null until they are known. */
  readonly rows: readonly Row[] | null
  /** A sentence below the title. */
  readonly note?: ReactNode
}

/** A chart with its table and its file. A row's place is its key: rows are replaced as a whole. */
export function ChartCard<Row>({ title, children, columns, rows, note }: Props<Row>) {
  const id = useId()
  const known = rows ?? []
  const keys = new Map(known.map((row, place) => [row, String(place)]))
  return (
    <section className="card-section chart-card" aria-labelledby={id}>
      <div className="heading">
        <h2 id={id}>{title}</h2>
        <CsvButton name={title} columns={columns} rows={rows} />
      </div>
      {note !== undefined && <p className="quiet">{note}</p>}
      <div className="chart">{children}</div>
      <details>
        <summary>Table</summary>
        <Table caption={`${title}, as a table`} columns={columns} rows={known} rowKey={(row) => keys.get(row) ?? ''} />
      </details>
    </section>
  )
}
