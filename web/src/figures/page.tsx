/** How many images the customer sent, of which types, how much they were and what became of them: by day and by month. */
import { useId, useMemo } from 'react'
import { Button } from 'react-aria-components'
import { Link } from 'wouter'
import { datesIn } from '../pieces/days.ts'
import { daysLabel } from '../pieces/format.ts'
import { useLoad } from '../pieces/load.ts'
import { daysIn } from '../pieces/months.ts'
import { Segments } from '../pieces/segments.tsx'
import { type Shown, type Step, stepFor } from '../pieces/series.ts'
import { newestOf, NO_FILTER } from '../pieces/sums.ts'
import { useFilters } from '../pieces/use-filters.ts'
import { useToday } from '../pieces/use-today.ts'
import { Words } from '../pieces/words.ts'
import { useFormat, useLocale, useTexts } from '../ui/locale.tsx'
import type { PageProps } from '../ui/routes.tsx'
import { daysOf, isRecent, lastDay, type Period, periodOf, periodsFor, stepOf } from './period.ts'
import { Totals } from './totals.tsx'
import { type Answer, type Months, useMonths } from './use-months.ts'
import { useFigureWords } from './use-words.ts'
import './figures.css'

const STEPS: readonly Step[] = ['day', 'month']
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

export function FiguresPage({ backend, session }: PageProps) {
  const { texts, locale } = useLocale()
  const { figures } = texts
  const [search, setSearch] = useFilters()
  const today = useToday(ZONE)
  const period = periodOf(search, today)
  const { known, isOld, watched } = useMonths(backend, session.customerId, period, today)
  const days = useMemo(
    () => daysOf(known?.period ?? period, lastDay(today, known?.months ?? [])),
    [known, period, today],
  )
  const step = stepOf(search, stepFor(datesIn(days)))
  const shown = useMemo<Shown | null>(
    () => known && { days: daysIn(known.months, days), dates: datesIn(days), step, filter: NO_FILTER },
    [known, days, step],
  )
  return (
    <Words value={useFigureWords()}>
      <h1>{figures.title}</h1>
      <div className="figures-choice">
        <PeriodChoice period={period} today={today} onChange={(chosen) => setSearch({ period: chosen, by: null })} />
        <Segments
          name={figures.by}
          values={STEPS}
          chosen={step}
          nameOf={(each) => figures.steps[each]}
          onChoose={(by) => setSearch({ by })}
        />
      </div>
      <section
        className="figures-totals"
        aria-label={figures.totals}
        aria-busy={known?.period !== period && watched.problem === null && !isOld}
      >
        <p role="status">{daysLabel(days, locale)}</p>
        <Totals shown={shown} />
        <State watched={watched} months={known?.months ?? null} isOld={isOld} />
      </section>
      {shown?.days.length === 0 && <Nothing />}
      {(shown === null || shown.days.length > 0) && <ChartsLater shown={shown} />}
    </Words>
  )
}

interface PeriodChoiceProps {
  readonly period: Period
  readonly today: string
  readonly onChange: (period: Period) => void
}

function PeriodChoice({ period, today, onChange }: PeriodChoiceProps) {
  const { figures } = useTexts()
  const id = useId()
  return (
    <div className="figures-period">
      <label htmlFor={id}>{figures.period}</label>
      <select id={id} value={period} onChange={({ target }) => onChange(target.value as Period)}>
        {periodsFor(period, today).map((each) => (
          <option key={each} value={each}>
            {isRecent(each) ? figures.periods[each] : each}
          </option>
        ))}
      </select>
    </div>
  )
}

interface StateProps {
  readonly watched: Months['watched']
  readonly months: Answer['months'] | null
  /** There is no connection. */
  readonly isOld: boolean
}

/** How fresh the figures are, or what is wrong: in a place that is always there. */
function State({ watched: { problem, restart }, months, isOld }: StateProps) {
  const { common, figures } = useTexts()
  const { time } = useFormat()
  if (problem !== null) {
    return (
      <div role="alert" className="problem figures-state">
        <p>{sentenceFor(problem, common)}</p>
        <Button onPress={restart}>{common.tryAgain}</Button>
      </div>
    )
  }
  const newest = newestOf(months ?? [])
  const fresh = newest === null ? figures.follows : `${figures.changed(time(newest))} ${figures.follows}`
  const waiting = months === null ? common.loading : fresh
  return <p className="quiet figures-state">{isOld ? figures.old : `${figures.counts} ${waiting}`}</p>
}

const sentenceFor = (code: string, common: ReturnType<typeof useTexts>['common']) => {
  if (code === 'unavailable') return common.cantReach
  return code === 'permission-denied' ? common.denied : common.cantShow(code)
}

function Nothing() {
  const { common, figures } = useTexts()
  return (
    <section className="card-section">
      <h2>{figures.emptyTitle}</h2>
      <p>
        {figures.empty} {figures.emptyEarlier}
      </p>
      <p>
        <Link href="/">{common.toUpload}</Link>
      </p>
    </section>
  )
}

/** Their library is larger than the rest of the page: the totals do not wait for it. */
function ChartsLater({ shown }: { readonly shown: Shown | null }) {
  const { common } = useTexts()
  const code = useLoad(() => import('./charts.tsx'), [])
  if (code.problem !== null) {
    return (
      <div role="alert" className="problem figures-state">
        <p>{common.cantReach}</p>
        {/* A browser may not ask again for a script that it could not load. */}
        <Button onPress={() => location.reload()}>{common.reload}</Button>
      </div>
    )
  }
  if (code.value === null || shown === null) return null
  return <code.value.Charts shown={shown} />
}
