import { type SubmitEvent, useId, useState } from 'react'

interface Choice {
  /** In the address. */
  readonly name: string
  readonly label: string
  readonly value: string
  readonly values: readonly string[]
}

interface Props {
  /** As the address says. */
  readonly customer: string
  readonly choices: readonly Choice[]
  /** A sentence where no customer can be called so. */
  readonly customerProblem: (customer: string) => string | null
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void
}

/** What is chosen is taken at once; a customer's id that is being typed is none yet, and taken by the button. */
export function FilterForm({ customer, choices, customerProblem, onChange }: Props) {
  const id = useId()
  const [problem, setProblem] = useState<string | null>(null)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = (new FormData(event.currentTarget).get('customer') as string).trim()
    const wrong = customerProblem(typed)
    setProblem(wrong)
    if (wrong === null) onChange({ customer: typed === '' ? null : typed })
  }
  return (
    <form className="filters" onSubmit={submit} role="search" noValidate>
      {choices.map(({ name, label, value, values }) => (
        <label key={name}>
          {label}
          <select
            value={value}
            onChange={({ target }) => onChange({ [name]: target.value === '' ? null : target.value })}
          >
            <option value="">All</option>
            {values.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      ))}
      <label>
        Customer’s id
        {/* With another customer in the address the field begins with it. */}
        <input
          key={customer}
          name="customer"
          defaultValue={customer}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : id}
        />
      </label>
      <button type="submit">Filter</button>
      {problem !== null && (
        <p id={id} role="alert" className="problem">
          {problem}
        </p>
      )}
    </form>
  )
}
