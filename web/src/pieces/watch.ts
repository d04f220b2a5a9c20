import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Listener, OnProblem, Stop } from '../backend.ts'

export interface Watched<T> {
  /** Null until it is known. */
  readonly value: T | null
  /** False without a connection: the value may be old. */
  readonly current: boolean
  /** The error's code that ended the watching, or null. */
  readonly problem: string | null
  /** Begins anew. */
  readonly restart: () => void
}

const NOTHING = { value: null, current: true, problem: null }

/**
 * Something live. With other `deps` it is something else, of which nothing is known yet: no value of the last one is shown in its place.
 * A problem for want of a connection mends itself when the browser says that there is one.
 */
export function useWatch<T>(
  subscribe: (listener: Listener<T>, onProblem: OnProblem) => Stop,
  deps: readonly unknown[],
): Watched<T> {
  const [round, setRound] = useState(0)
  const subject = useMemo(() => ({}), [...deps, round])
  const [seen, setSeen] = useState<Omit<Watched<T>, 'restart'> & { readonly of: object | null }>({
    ...NOTHING,
    of: null,
  })
  const restart = useCallback(() => setRound((last) => last + 1), [])

  useEffect(
    () =>
      subscribe(
        (value, current) => setSeen({ value, current, problem: null, of: subject }),
        (problem) => setSeen((last) => ({ ...(last.of === subject ? last : NOTHING), problem, of: subject })),
      ),
    [subject],
  )
  const { value, current, problem } = seen.of === subject ? seen : NOTHING
  useEffect(() => {
    if (problem !== 'unavailable') return
    addEventListener('online', restart)
    return () => removeEventListener('online', restart)
  }, [problem, restart])

  return { value, current, problem, restart }
}
