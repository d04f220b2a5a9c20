import { sentenceFor } from './problem.ts'

interface Props {
  readonly watched: {
    readonly value: unknown
    readonly current?: boolean
    readonly problem: string | null
    readonly restart?: () => void
    readonly again?: () => void
  }
}

/** The line above what is watched or loaded: that it is being loaded, what went wrong, that it may be old; nothing where all is well. */
export function Notice({ watched: { value, current = true, problem, restart, again = restart } }: Props) {
  if (problem !== null) {
    return (
      <p role="alert" className="problem notice">
        {sentenceFor(problem)}{' '}
        {again !== undefined && (
          <button type="button" onClick={again}>
            Try again
          </button>
        )}
      </p>
    )
  }
  if (!current) return <p className="quiet notice">No connection: this may be out of date.</p>
  return value === null ? <p className="quiet notice">Loading…</p> : null
}
