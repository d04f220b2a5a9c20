/**
 * The two kinds of charts of the admin's page. Each series has a colour, a pattern and a name in the legend, so that none needs to be told by
 * its colour; the arrow keys go through the bars. What they show stands in a table beside them ({@link ChartCard}).
 */
import { type CSSProperties, useId } from 'react'
import {
  Bar,
  BarChart,
  BarStack,
  CartesianGrid,
  Tooltip,
  type TooltipContentProps,
  useXAxisScale,
  useYAxisScale,
  XAxis,
  YAxis,
} from 'recharts'
import { colour, REST_COLOUR } from '../pieces/colours.ts'
import { short } from '../pieces/format.ts'
import type { Point, Series } from './series.ts'
import './charts.css'

interface ChartProps {
  /** What it shows, for those who can't see it. */
  readonly name: string
  /** From the bottom up, or from the left; */
  readonly series: readonly Series[]
  readonly points: readonly Point[]
  /** What a point's key is called, in full. */
  readonly labelOf: (key: string) => string
  readonly format: (value: number) => string
}

const AXIS = { stroke: 'var(--line)', tick: { fill: 'var(--quiet)', fontSize: 12 }, tickLine: false } as const
const valueOf = (series: string) => (point: Point) => point.values[series] ?? 0
const totalOf = (point: Point) => Object.values(point.values).reduce((sum, value) => sum + value, 0)

/** Stacked columns along time. `shortOf`: a point's key as it stands on the axis. */
export function Columns({ shortOf, ...props }: ChartProps & { readonly shortOf: (key: string) => string }) {
  const { name, series, points, labelOf, format } = props
  const id = useId()
  return (
    <div className="plot">
      <Patterns id={id} series={series} />
      <BarChart
        data={points}
        responsive
        style={COLUMNS}
        margin={MARGIN}
        // Whole pixels are left between bars: with many of them that would be most of the chart.
        barCategoryGap={points.length > 40 ? 0 : '15%'}
        maxBarSize={64}
        aria-label={name}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis {...AXIS} dataKey="key" tickFormatter={shortOf} minTickGap={24} interval="preserveStartEnd" />
        <YAxis
          {...AXIS}
          axisLine={false}
          tickFormatter={(value: number) => short(value)}
          allowDecimals={false}
          width="auto"
        />
        {tooltip(series, labelOf, format)}
        <BarStack>{bars(series, id)}</BarStack>
      </BarChart>
      <Legend id={id} series={series} />
    </div>
  )
}

/** Bars from the left, one below the other, with their sums at the end. */
export function Bars({ name, series, points, labelOf, format }: ChartProps) {
  const id = useId()
  const height = 16 + 32 * Math.max(1, points.length)
  return (
    <div className="plot">
      <Patterns id={id} series={series} />
      <BarChart
        data={points}
        layout="vertical"
        responsive
        style={{ width: '100%', height }}
        margin={WIDE_MARGIN}
        aria-label={name}
      >
        <XAxis type="number" hide />
        <YAxis
          {...AXIS}
          type="category"
          dataKey="key"
          tickFormatter={(key: string) => shortened(labelOf(key))}
          interval={0}
          width={132}
        />
        {tooltip(series, labelOf, format)}
        <BarStack>{bars(series, id)}</BarStack>
        <Sums points={points} format={format} />
      </BarChart>
      {series.length > 1 && <Legend id={id} series={series} />}
    </div>
  )
}

const COLUMNS: CSSProperties = { width: '100%', height: 240 }
const MARGIN = { top: 8, right: 20, bottom: 0, left: 0 }
/** On the right there is room for a sum. */
const WIDE_MARGIN = { top: 4, right: 72, bottom: 4, left: 0 }
const shortened = (text: string) => (text.length > 18 ? `${text.slice(0, 17)}…` : text)

const fillOf = (id: string, { key }: Series) => `url(#${id}-${key})`

const bars = (series: readonly Series[], id: string) =>
  series.map((each) => (
    <Bar
      key={each.key}
      dataKey={valueOf(each.key)}
      name={each.name}
      fill={fillOf(id, each)}
      isAnimationActive={false}
      activeBar={false}
    />
  ))

/** Of whole bars, at their ends. */
function Sums({ points, format }: Pick<ChartProps, 'points' | 'format'>) {
  const [x, y] = [useXAxisScale(), useYAxisScale()]
  if (x === undefined || y === undefined) return null
  return points.map((point) => (
    <text
      key={point.key}
      x={(x(totalOf(point)) ?? 0) + 6}
      y={y(point.key, { position: 'middle' })}
      dominantBaseline="central"
      fill="var(--text)"
      fontSize={12}
    >
      {format(totalOf(point))}
    </text>
  ))
}

function tooltip(series: readonly Series[], labelOf: (key: string) => string, format: (value: number) => string) {
  const content = ({ active, payload }: TooltipContentProps) => {
    const point = payload[0]?.payload as Point | undefined
    if (!active || point === undefined) return null
    return (
      <div className="plot-tip" role="status" aria-live="assertive">
        <strong>{labelOf(point.key)}</strong>
        {series.map(({ key, name }) => (
          <span key={key}>
            {name}: {format(valueOf(key)(point))}
          </span>
        ))}
        {series.length > 1 && <span>Together: {format(totalOf(point))}</span>}
      </div>
    )
  }
  return <Tooltip content={content} cursor={{ fill: 'var(--sunken)' }} isAnimationActive={false} />
}

/** Over a series' colour, by its place: SVG paths in a square of 8. The first is plain. */
const LINES = [
  'M0 0',
  'M0 8 8 0M-2 2 2 -2M6 10 10 6',
  'M1 3h2M5 7h2',
  'M0 2h8M0 6h8',
  'M2 0v8M6 0v8',
  'M0 0 8 8M8 0 0 8',
]

interface PatternsProps {
  readonly id: string
  readonly series: readonly Series[]
}

/** Referred to by the chart and by its legend. */
const Patterns = ({ id, series }: PatternsProps) => (
  <svg className="plot-patterns" width="0" height="0" aria-hidden="true">
    <defs>
      {series.map(({ key, place }) => (
        <pattern key={key} id={`${id}-${key}`} width="8" height="8" patternUnits="userSpaceOnUse">
          <rect width="8" height="8" fill={place === null ? REST_COLOUR : colour(place)} />
          <path d={LINES[(place ?? 0) % LINES.length]} stroke="var(--surface)" strokeWidth="1.5" />
        </pattern>
      ))}
    </defs>
  </svg>
)

const Legend = ({ id, series }: PatternsProps) => (
  <ul className="plot-legend">
    {series.map((each) => (
      <li key={each.key}>
        <svg width="16" height="16" aria-hidden="true">
          <rect width="16" height="16" rx="2" fill={fillOf(id, each)} />
        </svg>
        {each.name}
      </li>
    ))}
  </ul>
)
