import { memo, useMemo, useState } from 'react'
import { type Format, FORMATS } from '../../../../functions/src/contract/formats.ts'
import type { DayTotals } from '../../../../functions/src/contract/totals.ts'
import { formatName } from '../../ui/format.ts'
import type { PageProps } from '../page.ts'
import { dateTime } from '../pieces/format.ts'
import { useLoad } from '../../pieces/load.ts'
import { Notice } from '../pieces/notice.tsx'
import { PeriodPicker } from '../pieces/period-picker.tsx'
import { before, periodChanges, periodOf } from '../pieces/period.ts'
import { useFilters } from '../../pieces/use-filters.ts'
import { useToday } from '../../pieces/use-today.ts'
import { useWatch } from '../../pieces/watch.ts'
import { comparedWith, Figures } from './figures.tsx'
import { LiveFeed } from './live-feed.tsx'
import { type Filter, formatsIn, newestOf, sumsOf } from '../../pieces/sums.ts'
import { filterOf } from './sums.ts'
import './overview.css'

/**
 * How much was processed in a period, against the period before. First the figures, which need a document a day; when they are there the
 * charts' code and the feed are fetched.
 */
export function OverviewPage({ data, zone }: PageProps) {
  const [search, setFilters] = useFilters()
  const today = useToday(zone)
  const address = search.toString()
  const { period, filter, earlier } = useMemo(() => {
    const parameters = new URLSearchParams(address)
    const chosen = periodOf(parameters, today)
    return { period: chosen, filter: filterOf(parameters), earlier: before(chosen) }
  }, [address, today])
  const totals = useWatch<readonly DayTotals<Date>[]>(
    (listener, onProblem) => data.watchTotals(period.from, period.to, listener, onProblem),
    [data, period.from, period.to],
  )
  const past = useLoad(() => data.readTotals(earlier.from, earlier.to), [data, earlier.from, earlier.to])
  const sums = useMemo(() => totals.value && sumsOf(totals.value, filter), [totals.value, filter])
  const pastSums = useMemo(() => past.value && sumsOf(past.value, filter), [past.value, filter])
  const formats = useMemo(() => formatsIn(totals.value ?? []), [totals.value])
  const newest = newestOf(totals.value ?? [])
  // The feed outlives a change of the period.
  const [began, setBegan] = useState(false)
  if (!began && totals.value !== null) setBegan(true)

  return (
    <>
      <h1>Overview</h1>
      <div className="filters">
        <PeriodPicker period={period} zone={zone} onChange={(chosen) => setFilters(periodChanges(chosen))} />
        <Filters filter={filter} formats={formats} onChange={setFilters} />
      </div>
      <section className="overview-figures" aria-label="Figures" aria-busy={sums === null && totals.problem === null}>
        <p role="status" className="quiet">
          {comparedWith(period, earlier, today)}
        </p>
        <Notice watched={totals} />
        {past.problem !== null && <Notice watched={past} />}
        <Figures sums={sums} past={pastSums} filter={filter} />
        <p className="quiet">
          {newest === null ? '\u00A0' : `As of ${dateTime(newest, zone)}. New images are in within 90 seconds.`}
        </p>
      </section>
      {totals.value !== null && sums?.images === 0 && (
        <Nothing filter={filter} onAll={() => setFilters({ source: null, format: null })} />
      )}
      {began && (
        <div className="charts">
          <LiveFeed data={data} zone={zone} filter={filter} />
          {totals.value !== null && sums?.images !== 0 && (
            <Charts data={data} days={totals.value} period={period} filter={filter} />
          )}
        </div>
      )}
    </>
  )
}

interface FiltersProps {
  readonly filter: Filter
  /** Those that occur. */
  readonly formats: readonly Format[]
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void
}

function Filters({ filter, formats, onChange }: FiltersProps) {
  const shown = FORMATS.filter((format) => format === filter.format || formats.includes(format))
  return (
    <div className="overview-filters">
      <label>
        Source
        <select value={filter.source ?? ''} onChange={({ target }) => onChange({ source: target.value || null })}>
          <option value="">All sources</option>
          <option value="web">Web</option>
          <option value="kafka">Kafka</option>
        </select>
      </label>
      <label>
        Type
        <select value={filter.format ?? ''} onChange={({ target }) => onChange({ format: target.value || null })}>
          <option value="">All types</option>
          {shown.map((format) => (
            <option key={format} value={format}>
              {formatName(format)}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

const Nothing = ({ filter, onAll }: { readonly filter: Filter; readonly onAll: () => void }) => (
  <section className="card-section">
    <h2>Nothing in this period</h2>
    {filter.source === null && filter.format === null ? (
      <p>
        No image arrived on these days. Images come in when a customer uploads them or when the bridge takes them from
        Kafka; they count on the day they arrive. Choose a longer period to see earlier ones.
      </p>
    ) : (
      <p>
        No image of these days matches what is chosen.{' '}
        <button type="button" onClick={onAll}>
          Show all sources and types
        </button>
      </p>
    )}
  </section>
)

type ChartsProps = Parameters<typeof import('./overview-charts.tsx').OverviewCharts>[0]

/** Their library is larger than the rest of the page: it is fetched when the figures stand. */
const Charts = memo((props: ChartsProps) => {
  const code = useLoad(() => import('./overview-charts.tsx'), [])
  return code.value === null ? <Notice watched={code} /> : <code.value.OverviewCharts {...props} />
})
