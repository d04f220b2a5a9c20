/**
 * The two kinds of charts. Each series has a colour, a pattern and a name in the legend, so that none needs to be told by
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
import { colour, REST_COLOUR } from './colours.ts'
import { cut, short } from './format.ts'
import { MOST_DAYS, type Point, type Series } from './series.ts'
import { useWords } from './words.ts'
import './charts.css'

interface ChartProps {
  /** What it shows, for those who can't see it. */
  readonly name: string
  /** From the bottom up, or from the left. */
  readonly series: readonly Series[]
  readonly points: readonly Point[]
  /** What a point's key is called, in full. */
  readonly labelOf: (key: string) => string
  readonly format: (value: number) => string
}

const AXIS = { stroke: 'var(--line)', tick: { fill: 'var(--quiet)', fontSize: 12 }, tickLine: false } as const
const valueOf = (series: string) => (point: Point) => point.values[series] ?? 0
const totalOf = (point: Point) => Object.values(point.values).reduce((sum, value) => sum + value, 0)

interface ColumnsProps extends ChartProps {
  /** A point's key as it stands on the axis. */
  readonly shortOf: (key: string) => string
  /** What the values are marked by, from 0 up; without it by round numbers. */
  readonly ticks?: readonly number[] | undefined
}

/** Stacked columns along time. Many are drawn as one shape for each series: thousands of parts would take seconds. */
export function Columns({ name, series, points, labelOf, shortOf, format, ticks }: ColumnsProps) {
  const id = useId()
  const { locale, together } = useWords()
  const isLong = points.length > MOST_DAYS
  return (
    <div className="plot" ref={withoutStops}>
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
          tickFormatter={ticks === undefined ? (value: number) => short(value, locale) : format}
          allowDecimals={false}
          width="auto"
          {...(ticks !== undefined && { ticks, domain: [0, ticks.at(-1) ?? 0] })}
        />
        {tooltip({ series, labelOf, format, together })}
        {isLong ? <Bar {...STILL} dataKey={totalOf} fill="none" /> : <BarStack>{bars(series, id)}</BarStack>}
        {isLong && <Shapes id={id} series={series} points={points} />}
      </BarChart>
      <Legend id={id} series={series} />
    </div>
  )
}

/** Bars from the left, one below the other, with their sums at the end. */
export function Bars({ name, series, points, labelOf, format }: ChartProps) {
  const id = useId()
  const { together } = useWords()
  const height = 16 + 32 * Math.max(1, points.length)
  return (
    <div className="plot" ref={withoutStops}>
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
          tickFormatter={(key: string) => cut(labelOf(key))}
          interval={0}
          width={132}
        />
        {tooltip({ series, labelOf, format, together })}
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

/**
 * Takes a chart's layers out of the order of the Tab key. React listens for events in them, and Chrome takes a part of an SVG where somebody
 * listens for the focus for something that can have it.
 */
function withoutStops(plot: HTMLElement | null) {
  if (plot === null) return
  const observer = new MutationObserver(() => {
    for (const layer of plot.querySelectorAll('[class^="recharts-zIndex-layer"]:not([tabindex])')) {
      layer.setAttribute('tabindex', '-1')
    }
  })
  observer.observe(plot, { childList: true, subtree: true })
  return () => observer.disconnect()
}

const STILL = { isAnimationActive: false, activeBar: false } as const

const fillOf = (id: string, { key }: Series) => `url(#${id}-${key})`

const bars = (series: readonly Series[], id: string) =>
  series.map((each) => (
    <Bar key={each.key} dataKey={valueOf(each.key)} name={each.name} fill={fillOf(id, each)} {...STILL} />
  ))

/** Of each series all parts of bars. */
function Shapes({ id, series, points }: Pick<ChartProps, 'series' | 'points'> & { readonly id: string }) {
  const [x, y] = [useXAxisScale(), useYAxisScale()]
  if (x === undefined || y === undefined) return null
  const part = ({ key, values }: Point, place: number) => {
    const below = series.slice(0, place).reduce((sum, each) => sum + (values[each.key] ?? 0), 0)
    const value = values[series[place]?.key ?? ''] ?? 0
    const [left, right] = [x(key, { position: 'start' }), x(key, { position: 'end' })]
    // For a moment the scale is that of the points before.
    if (value === 0 || left === undefined || right === undefined) return ''
    return `M${left} ${y(below)}V${y(below + value)}H${right}V${y(below)}Z`
  }
  return series.map((each, place) => (
    <path
      key={each.key}
      d={points.map((point) => part(point, place)).join('')}
      fill={fillOf(id, each)}
      pointerEvents="none"
    />
  ))
}

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

type TooltipProps = Pick<ChartProps, 'series' | 'labelOf' | 'format'> & { readonly together: string }

function tooltip({ series, labelOf, format, together }: TooltipProps) {
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
        {series.length > 1 && (
          <span>
            {together}: {format(totalOf(point))}
          </span>
        )}
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
