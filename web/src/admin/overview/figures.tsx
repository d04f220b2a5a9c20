import { Figure } from '../../pieces/figure.tsx'
import { duration } from '../pieces/format.ts'
import { bytes, day, number, percent } from '../../pieces/format.ts'
import type { Period } from '../pieces/period.ts'
import type { Filter, Sums } from '../../pieces/sums.ts'
import { against, pointsAgainst } from './sums.ts'
import './figures.css'

/** Which days the figures are of, and against which. Rollups know no hours: a day that is not over is compared with a whole one. */
export function comparedWith(period: Period, earlier: Period, today: string): string {
  const open = period.to >= today
  return `${daysOf(period)}${open ? ' so far' : ''}, compared with ${open ? 'all of ' : ''}${daysOf(earlier)}.`
}

const daysOf = ({ from, to }: Period) => (from === to ? day(from) : `${day(from)} to ${day(to)}`)

interface FiguresProps {
  /** Null: not known yet. */
  readonly sums: Sums | null
  readonly past: Sums | null
  readonly filter: Filter
}

/** Durations are known by their buckets. */
const atMost = (milliseconds: number) => `≤ ${duration(milliseconds)}`

/** What a period adds up to, each against the period before. */
export function Figures({ sums, past, filter }: FiguresProps) {
  const nothingBefore = past !== null && past.images === 0
  const figure = (
    label: string,
    of: (sums: Sums) => number | null,
    format: (value: number) => string,
    difference = against,
  ) => {
    const [now, then] = [sums && of(sums), past && of(past)]
    const change = nothingBefore ? null : difference(now, then)
    const compared = change === null || then === null ? 'no comparison' : `${change}, was ${format(then)}`
    const value = now === null ? null : format(now)
    return <Figure label={label} value={value} note={sums === null || past === null ? null : compared} />
  }
  const ofAll = filter.source === null && filter.format === null ? '' : ' (all sources and types)'
  return (
    <dl className="figures">
      {figure('Images processed', ({ processed }) => processed, number)}
      {figure('Failed', ({ failed }) => failed, number)}
      {figure('Failure rate', ({ failureRate }) => failureRate, percent, pointsAgainst)}
      {figure('Reprocessed', ({ reprocessed }) => reprocessed, number)}
      {figure('Bytes in', ({ bytesIn }) => bytesIn, bytes)}
      {figure('Bytes out', ({ bytesOut }) => bytesOut, bytes)}
      {figure(
        'Megapixels',
        ({ pixels }) => pixels / 1e6,
        (value) => number(value < 100 ? value : Math.round(value)),
      )}
      {figure(`Median processing time${ofAll}`, ({ median }) => median, atMost)}
      {figure(`99th percentile of processing time${ofAll}`, ({ p99 }) => p99, atMost)}
    </dl>
  )
}
