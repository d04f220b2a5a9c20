import { type ReactNode, useId, useState } from 'react'
import { CsvButton } from './csv-button.tsx'
import { type Column, Table } from './table.tsx'
import { useWords } from './words.ts'
import './chart.css'

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
  const words = useWords()
  // A table is made when it is asked for: of a long period it is larger than the chart.
  const [open, setOpen] = useState(false)
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
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{words.table}</summary>
        {open && (
          <Table caption={words.asTable(title)} columns={columns} rows={known} rowKey={(row) => keys.get(row) ?? ''} />
        )}
      </details>
    </section>
  )
}
