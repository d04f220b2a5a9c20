import { useId } from 'react'
import './segments.css'

interface Props<Value extends string> {
  /** Of the choice as a whole, for those who can't see it. */
  readonly name: string
  readonly values: readonly Value[]
  /** Null: none of them. */
  readonly chosen: Value | null
  readonly nameOf: (value: Value) => string
  readonly onChoose: (value: Value) => void
}

/** One of a few, side by side. */
export function Segments<Value extends string>({ name, values, chosen, nameOf, onChoose }: Props<Value>) {
  const id = useId()
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">{name}</legend>
      {values.map((value) => (
        <label key={value}>
          <input type="radio" name={id} checked={value === chosen} onChange={() => onChoose(value)} />
          <span>{nameOf(value)}</span>
        </label>
      ))}
    </fieldset>
  )
}
