import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { ACCEPTED_FORMATS } from '../../../functions/src/contract/formats.ts'
import { SOURCES } from '../../../functions/src/contract/names.ts'
import { useTexts } from '../ui/locale.tsx'
import { debounced } from './debounced.ts'
import { filtersIn, isDay, isFiltered, STATES, type View } from './filters.ts'

/** Nothing is asked for while somebody is still typing. */
const TYPING_MS = 250
/** From here on there is room for all filters: keep with gallery.css. */
const WIDE = '(min-width: 48rem)'

interface Props {
  readonly view: View
  readonly onChange: (changes: Partial<View>) => void
  readonly onClear: () => void
}

/** Native fields: they do all that is needed here, and on a phone they are what its owner knows. */
export function FilterBar({ view, onChange, onClear }: Props) {
  const { common, gallery } = useTexts()
  const [open, setOpen] = useState(() => matchMedia(WIDE).matches || filtersIn(view) > 0)
  const on = filtersIn(view)
  return (
    <form
      role="search"
      className="filters"
      onSubmit={(event) => event.preventDefault()}
      aria-label={gallery.searchAndFilters}
    >
      <Search view={view} onChange={onChange} />
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{on === 0 ? gallery.filters : gallery.filtersOn(on)}</summary>
        <div className="fields">
          <Choice label={gallery.state} value={view.state} onChange={(state) => onChange({ state })}>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {gallery.states[state]}
              </option>
            ))}
          </Choice>
          <Choice label={gallery.format} value={view.format} onChange={(format) => onChange({ format })}>
            {ACCEPTED_FORMATS.map((format) => (
              <option key={format} value={format}>
                {common.formats[format]}
              </option>
            ))}
          </Choice>
          <Choice label={gallery.source} value={view.source} onChange={(source) => onChange({ source })}>
            {SOURCES.map((source) => (
              <option key={source} value={source}>
                {common.sources[source]}
              </option>
            ))}
          </Choice>
          <Day label={gallery.from} value={view.from} onChange={(from) => onChange({ from })} />
          <Day label={gallery.to} value={view.to} onChange={(to) => onChange({ to })} />
          <Button className="react-aria-Button plain" isDisabled={!isFiltered(view)} onPress={onClear}>
            {gallery.clear}
          </Button>
        </div>
      </details>
    </form>
  )
}

/** What is in the field, also while the address does not have it yet; what the address gets otherwise is in the field, too. */
function useField(value: string, onChange: (value: string) => unknown): readonly [string, (text: string) => void] {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  useEffect(() => {
    if (value !== sent.current) setText(value)
    sent.current = value
  }, [value])
  const change = (next: string) => {
    setText(next)
    sent.current = next.trim()
    onChange(next)
  }
  return [text, change]
}

function Search({ view, onChange }: Omit<Props, 'onClear'>) {
  const { gallery } = useTexts()
  const id = useId()
  const latest = useRef(onChange)
  latest.current = onChange
  const ask = useMemo(() => debounced((name: string) => latest.current({ name: name.trim() }), TYPING_MS), [])
  useEffect(() => () => ask.cancel(), [ask])
  const [text, setText] = useField(view.name, ask)
  return (
    <div className="search">
      <label htmlFor={id}>{gallery.search}</label>
      <input
        id={id}
        type="search"
        maxLength={100}
        autoComplete="off"
        spellCheck={false}
        value={text}
        aria-describedby={`${id}-hint`}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') ask.flush()
        }}
      />
      <p id={`${id}-hint`} className="quiet">
        {gallery.searchHint}
      </p>
    </div>
  )
}

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value | ''
  readonly onChange: (value: Value | '') => void
  readonly children: ReactNode
}

function Choice<Value extends string>({ label, value, onChange, children }: ChoiceProps<Value>) {
  const { gallery } = useTexts()
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value as Value | '')}>
        <option value="">{gallery.all}</option>
        {children}
      </select>
    </label>
  )
}

interface DayProps {
  readonly label: string
  readonly value: string
  readonly onChange: (day: string) => void
}

/** A day that is half typed stays in the field and asks for nothing. */
function Day({ label, value, onChange }: DayProps) {
  const [text, setText] = useField(value, (day) => (day === '' || isDay(day)) && onChange(day))
  return (
    <label>
      {label}
      <input
        type="date"
        value={text}
        min="2000-01-01"
        max="9999-12-31"
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  )
}
