/** The charts of the customer's figures: a file of its own with their library, which comes when the totals stand. */
import { memo, useMemo } from 'react'
import { CsvButton } from '../pieces/csv-button.tsx'
import { count, size, timeColumn } from '../pieces/columns.tsx'
import { Ended, Formats, OneByOne, Reasons, Sources } from '../pieces/day-charts.tsx'
import { type Shown, sourcesOf } from '../pieces/series.ts'
import { type Column, Table } from '../pieces/table.tsx'
import { useWords } from '../pieces/words.ts'
import { useTexts } from '../ui/locale.tsx'
import { type Row, rowsOf } from './rows.ts'

export function Charts({ shown }: { readonly shown: Shown }) {
  const { charts } = useTexts().figures
  const sources = useMemo(() => sourcesOf(shown.days, shown.filter), [shown])
  const cameFromSeveral = sources.filter(({ processed, failed }) => processed + failed > 0).length > 1
  return (
    <div className="charts figures-charts" data-sources={cameFromSeveral ? 'several' : 'one'}>
      <OneByOne of={shown}>
        <Ended key="ended" shown={shown} />
        <Formats key="formats" shown={shown} title={charts.formats} note={charts.formatsNote} />
        <Formats key="sent" shown={shown} title={charts.bytesIn} note={charts.bytesInNote} measure="bytesIn" />
        <Formats key="results" shown={shown} title={charts.bytesOut} note={charts.bytesOutNote} measure="bytesOut" />
        <Reasons key="reasons" shown={shown} />
        {cameFromSeveral && <Sources key="sources" shown={shown} />}
        <All key="all" shown={shown} />
      </OneByOne>
    </div>
  )
}

/** Whatever is counted, as one table. */
const All = memo(({ shown }: { readonly shown: Shown }) => {
  const { figures } = useTexts()
  const words = useWords()
  const { locale, charts } = words
  const rows = useMemo(() => rowsOf(shown), [shown])
  const columns: readonly Column<Row>[] = [
    timeColumn(charts[shown.step], locale),
    count('images', figures.images, ({ images }) => images, locale),
    count('processed', figures.processed, ({ processed }) => processed, locale),
    count('failed', figures.failed, ({ failed }) => failed, locale),
    size('bytesIn', figures.bytesIn, ({ bytesIn }) => bytesIn, locale),
    size('bytesOut', figures.bytesOut, ({ bytesOut }) => bytesOut, locale),
    count('megapixels', figures.megapixels, ({ pixels }) => pixels / 1e6, locale),
  ]
  return (
    <section className="card-section chart-card figures-all" aria-labelledby="all-figures">
      <div className="heading">
        <h2 id="all-figures">{figures.all}</h2>
        <CsvButton name={figures.all} columns={columns} rows={rows} />
      </div>
      {/* The newest first, since not all have room; a file begins with the first, as a chart does. */}
      <Table
        caption={words.asTable(figures.all)}
        columns={columns}
        rows={rows.toReversed()}
        rowKey={({ key }) => key}
      />
    </section>
  )
})
