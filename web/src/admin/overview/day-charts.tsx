/** Charts of days' figures, of all customers or of one. */
import { Fragment, type ReactNode, useMemo } from 'react'
import { Ended, Formats, OneByOne, Reasons, Sources } from '../../pieces/day-charts.tsx'
import { datesIn } from '../../pieces/days.ts'
import { type Shown, stepFor } from '../../pieces/series.ts'
import type { Filter } from '../../pieces/sums.ts'
import type { Period } from '../pieces/period.ts'
import { WORDS } from '../pieces/words.ts'

interface Props {
  readonly days: Shown['days']
  readonly period: Period
  readonly filter: Filter
  readonly children?: ReactNode
}

/** Cards for a `<div className="charts">`; `children` come after them. Long periods are shown by month. */
export function DayCharts({ days, period, filter, children }: Props) {
  const shown = useMemo<Shown>(() => {
    const dates = datesIn(period)
    return { days, dates, step: stepFor(dates), filter }
  }, [days, period, filter])
  const { formats, formatsNote } = WORDS.charts
  return (
    <OneByOne of={shown}>
      <Ended key="ended" shown={shown} />
      <Formats key="formats" shown={shown} title={formats} note={formatsNote} />
      <Sources key="sources" shown={shown} />
      <Reasons key="reasons" shown={shown} />
      <Fragment key="more">{children}</Fragment>
    </OneByOne>
  )
}
