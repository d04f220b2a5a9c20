/** Charts of days' figures, each with its table. */
import { Fragment, memo, type ReactNode, useEffect, useMemo, useState } from 'react'
import type { DayFigures } from '../../../../functions/src/contract/totals.ts'
import { ChartCard } from '../pieces/chart.tsx'
import { bytes, day, number, shortDay } from '../pieces/format.ts'
import { datesIn, type Period } from '../pieces/period.ts'
import type { Column } from '../pieces/table.tsx'
import { Bars, Columns } from './charts.tsx'
import {
  endedOverTime,
  FAILED,
  formatsOverTime,
  type OverTime,
  type Point,
  PROCESSED,
  reasonName,
  type ReasonRow,
  reasonsOf,
  type SourceRow,
  sourcesOf,
} from './series.ts'
import type { Filter } from './sums.ts'

type Dated = DayFigures & { readonly date: string }

interface DaysProps {
  /** Those that have any, in order. */
  readonly days: readonly Dated[]
  readonly period: Period
  readonly filter: Filter
}

/**
 * Cards for a `<div className="charts">`, of all customers or of one; `children` come after them. Each is a task of its own: all at once they
 * would keep the page from answering.
 */
export function DayCharts({ days, period, filter, children }: DaysProps & { readonly children?: ReactNode }) {
  const cards = [
    <Ended key="ended" days={days} period={period} filter={filter} />,
    <Formats key="formats" days={days} period={period} filter={filter} />,
    <Sources key="sources" days={days} filter={filter} />,
    <Reasons key="reasons" days={days} filter={filter} />,
    <Fragment key="more">{children}</Fragment>,
  ]
  const [shown, setShown] = useState(1)
  useEffect(() => {
    if (shown === cards.length) return
    const timer = setTimeout(() => setShown(shown + 1))
    return () => clearTimeout(timer)
  }, [shown, cards.length])
  return cards.slice(0, shown)
}

const Ended = memo(({ days, period, filter }: DaysProps) => {
  const shown = useMemo(() => endedOverTime(days, datesIn(period), filter), [days, period, filter])
  return <TimeCard title="Processed and failed over time" shown={shown} />
})

const Formats = memo(({ days, period, filter }: DaysProps) => {
  const shown = useMemo(() => formatsOverTime(days, datesIn(period), filter), [days, period, filter])
  return (
    <TimeCard
      title="Images by type over time"
      shown={shown}
      note="The type is what an image’s bytes say, whatever its name. Processed and failed together."
    />
  )
})

interface TimeCardProps {
  readonly title: string
  readonly shown: OverTime
  readonly note?: string
}

function TimeCard({ title, shown: { series, points }, note }: TimeCardProps) {
  const monthly = points[0]?.key.length === 7
  const columns: readonly Column<Point>[] = [
    { key: 'key', title: monthly ? 'Month' : 'Day', cell: ({ key }) => labelOf(key), text: ({ key }) => key },
    ...series.map(({ key, name }) => count(key, name, ({ values }: Point) => values[key] ?? 0)),
  ]
  return (
    <ChartCard title={title} columns={columns} rows={points} note={note}>
      <Columns name={title} series={series} points={points} labelOf={labelOf} shortOf={shortOf} format={number} />
    </ChartCard>
  )
}

const Sources = memo(({ days, filter }: Omit<DaysProps, 'period'>) => {
  const rows = useMemo(() => sourcesOf(days, filter), [days, filter])
  const columns: readonly Column<SourceRow>[] = [
    { key: 'source', title: 'Source', cell: ({ source }) => SOURCE_NAMES[source], text: ({ source }) => source },
    count('processed', 'Processed', ({ processed }) => processed),
    count('failed', 'Failed', ({ failed }) => failed),
    size('bytesIn', 'Bytes in', ({ bytesIn }) => bytesIn),
  ]
  const points = rows.map(({ source, processed, failed }) => ({ key: source, values: { processed, failed } }))
  return (
    <ChartCard title="Images by source" columns={columns} rows={rows}>
      <Bars
        name="Images by source"
        series={[PROCESSED, FAILED]}
        points={points}
        labelOf={(key) => SOURCE_NAMES[key as SourceRow['source']]}
        format={number}
      />
    </ChartCard>
  )
})

const Reasons = memo(({ days, filter }: Omit<DaysProps, 'period'>) => {
  const rows = useMemo(() => reasonsOf(days, filter), [days, filter])
  const columns: readonly Column<ReasonRow>[] = [
    { key: 'reason', title: 'Reason', cell: ({ reason }) => reasonName(reason), text: ({ reason }) => reason },
    count('images', 'Images', ({ images }) => images),
  ]
  const points = rows.map(({ reason, images }) => ({ key: reason, values: { failed: images } }))
  return (
    <ChartCard title="Failures by reason" columns={columns} rows={rows}>
      {rows.length === 0 ? (
        <p className="quiet">Nothing failed.</p>
      ) : (
        <Bars
          name="Failures by reason"
          series={[FAILED]}
          points={points}
          labelOf={(key) => reasonName(key as ReasonRow['reason'])}
          format={number}
        />
      )}
    </ChartCard>
  )
})

const SOURCE_NAMES: Readonly<Record<SourceRow['source'], string>> = { web: 'Web', kafka: 'Kafka' }

/** Columns of figures: grouped and with units in the table, plain numbers in the file. */
export const count = <Row,>(key: string, title: string, of: (row: Row) => number): Column<Row> => ({
  key,
  title,
  numeric: true,
  cell: (row) => number(of(row)),
  text: of,
})
export const size = <Row,>(key: string, title: string, of: (row: Row) => number): Column<Row> => ({
  ...count(key, title, of),
  cell: (row) => bytes(of(row)),
})

const month = (key: string, style: 'long' | 'short') =>
  new Date(`${key}-01T00:00:00Z`).toLocaleDateString(undefined, { year: 'numeric', month: style, timeZone: 'UTC' })
const labelOf = (key: string) => (key.length === 7 ? month(key, 'long') : day(key))
const shortOf = (key: string) => (key.length === 7 ? month(key, 'short') : shortDay(key))
