import { type SubmitEvent, useId, useState } from 'react'
import { Segments } from '../../pieces/segments.tsx'
import { type Period, periodOf, type Preset, PRESETS, rangeProblem } from './period.ts'
import { todayIn } from '../../pieces/days.ts'

const NAMES: Readonly<Record<Preset, string>> = { today: 'Today', 7: '7 days', 30: '30 days', 90: '90 days' }

interface Props {
  readonly period: Period
  readonly zone: string
  readonly onChange: (period: Period) => void
}

/** A preset, or a range of days that is taken when "Show" is pressed: a date that is being typed is none yet. */
export function PeriodPicker({ period, zone, onChange }: Props) {
  const today = todayIn(zone)
  return (
    <div className="period">
      <Segments
        name="Period"
        values={PRESETS}
        chosen={period.preset}
        nameOf={(preset) => NAMES[preset]}
        onChoose={(preset) => onChange(periodOf(new URLSearchParams({ days: preset }), today))}
      />
      {/* With another period the fields begin with its days. */}
      <Range key={`${period.from} ${period.to}`} period={period} today={today} onChange={onChange} />
      <p className="quiet">Days are those of {zone}.</p>
    </div>
  )
}

interface RangeProps {
  readonly period: Period
  readonly today: string
  readonly onChange: (period: Period) => void
}

function Range({ period, today, onChange }: RangeProps) {
  const id = useId()
  const [problem, setProblem] = useState<string | null>(null)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const [from, to] = [fields.get('from') as string, fields.get('to') as string]
    const wrong = rangeProblem(from, to)
    setProblem(wrong)
    if (wrong === null) onChange({ preset: null, from, to })
  }
  const field = (name: 'from' | 'to', label: string) => (
    <label>
      {label}
      <input
        type="date"
        name={name}
        defaultValue={period[name]}
        max={today}
        aria-describedby={problem === null ? undefined : id}
        aria-invalid={problem !== null}
      />
    </label>
  )
  return (
    <form className="range" onSubmit={submit} noValidate>
      {field('from', 'From')}
      {field('to', 'to')}
      <button type="submit" className="small">
        Show
      </button>
      {problem !== null && (
        <p id={id} role="alert" className="problem">
          {problem}
        </p>
      )}
    </form>
  )
}
