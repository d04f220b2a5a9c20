/** Charts of days' figures, each with its table. */
import { Children, isValidElement, memo, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import type { Figures } from '../../../functions/src/contract/record.ts'
import { ChartCard } from './chart.tsx'
import { Bars, Columns } from './charts.tsx'
import { count, size, timeColumn } from './columns.tsx'
import { bytes, byteTicks, keyLabel, number, shortKey } from './format.ts'
import {
  endedOverTime,
  endedSeries,
  formatsOverTime,
  type OverTime,
  type Point,
  type ReasonRow,
  reasonsOf,
  type Shown,
  type SourceRow,
  sourcesOf,
} from './series.ts'
import type { Column } from './table.tsx'
import { useWords } from './words.ts'

interface OneByOneProps {
  /** When it is another object, each card in turn is drawn anew. */
  readonly of: object
  readonly children: ReactNode
}

/** Each card is a task of its own: all at once they would keep the page from answering. Till its turn comes a card stays as it was. */
export function OneByOne({ of, children }: OneByOneProps) {
  const cards = Children.toArray(children).filter(isValidElement)
  const [turn, setTurn] = useState({ of, drawn: 1 })
  const drawn = turn.of === of ? turn.drawn : 1
  const last = useRef<ReadonlyMap<string | null, ReactNode>>(new Map())
  const shown = cards.map((card, place) => (place < drawn ? card : last.current.get(card.key)))
  useEffect(() => {
    last.current = new Map(cards.map(({ key }, place) => [key, shown[place]]))
    if (drawn >= cards.length) return
    const timer = setTimeout(() => setTurn({ of, drawn: drawn + 1 }))
    return () => clearTimeout(timer)
  }, [of, drawn, cards.length])
  return shown
}

interface Props {
  /** Cards draw themselves anew where it is another object. */
  readonly shown: Shown
}

export const Ended = memo(({ shown }: Props) => {
  const { charts } = useWords()
  const over = useMemo(() => endedOverTime(shown, charts), [shown, charts])
  return <TimeCard title={charts.ended} shown={over} unit="images" />
})

interface FormatsProps extends Props {
  readonly title: string
  readonly measure?: keyof Figures
  readonly note?: string
}

export const Formats = memo(({ shown, title, measure = 'images', note }: FormatsProps) => {
  const { charts } = useWords()
  const over = useMemo(() => formatsOverTime(shown, charts, measure), [shown, charts, measure])
  return <TimeCard title={title} shown={over} unit={measure.startsWith('bytes') ? 'bytes' : 'images'} note={note} />
})

interface TimeCardProps {
  readonly title: string
  readonly shown: OverTime
  readonly unit: 'images' | 'bytes'
  readonly note?: string | undefined
}

function TimeCard({ title, shown: { step, series, points }, unit, note }: TimeCardProps) {
  const { locale, charts } = useWords()
  const labelOf = (key: string) => keyLabel(key, locale)
  const figure = unit === 'bytes' ? size : count
  const columns: readonly Column<Point>[] = [
    timeColumn(charts[step], locale),
    ...series.map(({ key, name }) => figure(key, name, ({ values }: Point) => values[key] ?? 0, locale)),
  ]
  const highest = () =>
    Math.max(...points.map(({ values }) => Object.values(values).reduce((sum, one) => sum + one, 0)))
  return (
    <ChartCard title={title} columns={columns} rows={points} note={note}>
      <Columns
        name={title}
        series={series}
        points={points}
        labelOf={labelOf}
        shortOf={(key) => shortKey(key, locale)}
        format={(value) => (unit === 'bytes' ? bytes(value, locale) : number(value, locale))}
        ticks={unit === 'bytes' ? byteTicks(highest()) : undefined}
      />
    </ChartCard>
  )
}

export const Sources = memo(({ shown }: Props) => {
  const { locale, charts } = useWords()
  const rows = useMemo(() => sourcesOf(shown.days, shown.filter), [shown])
  const columns: readonly Column<SourceRow>[] = [
    {
      key: 'source',
      title: charts.source,
      cell: ({ source }) => charts.sourceName(source),
      text: ({ source }) => source,
    },
    count('processed', charts.processed, ({ processed }) => processed, locale),
    count('failed', charts.failed, ({ failed }) => failed, locale),
    size('bytesIn', charts.bytesIn, ({ bytesIn }) => bytesIn, locale),
  ]
  const points = rows.map(({ source, processed, failed }) => ({ key: source, values: { processed, failed } }))
  return (
    <ChartCard title={charts.sources} columns={columns} rows={rows}>
      <Bars
        name={charts.sources}
        series={endedSeries(charts)}
        points={points}
        labelOf={(key) => charts.sourceName(key as SourceRow['source'])}
        format={(value) => number(value, locale)}
      />
    </ChartCard>
  )
})

export const Reasons = memo(({ shown }: Props) => {
  const { locale, charts } = useWords()
  const rows = useMemo(() => reasonsOf(shown.days, shown.filter), [shown])
  const columns: readonly Column<ReasonRow>[] = [
    {
      key: 'reason',
      title: charts.reason,
      cell: ({ reason }) => charts.reasonName(reason),
      text: ({ reason }) => reason,
    },
    count('images', charts.images, ({ images }) => images, locale),
  ]
  const points = rows.map(({ reason, images }) => ({ key: reason, values: { failed: images } }))
  return (
    <ChartCard title={charts.reasons} columns={columns} rows={rows}>
      {rows.length === 0 ? (
        <p className="quiet">{charts.nothingFailed}</p>
      ) : (
        <Bars
          name={charts.reasons}
          series={endedSeries(charts).filter(({ key }) => key === 'failed')}
          points={points}
          labelOf={(key) => charts.reasonName(key as ReasonRow['reason'])}
          format={(value) => number(value, locale)}
        />
      )}
    </ChartCard>
  )
})
