/** A customer's months, live. */
import { useMemo, useState } from 'react'
import type { CustomerMonth } from '../../../functions/src/contract/totals.ts'
import type { Backend } from '../backend.ts'
import { useWatch, type Watched } from '../pieces/watch.ts'
import { useLasting } from '../ui/use-lasting.ts'
import { monthsFor, type Period } from './period.ts'

/** A listener has what the browser knows first, and the server's answer a moment later: it takes longer where there is no connection. */
const OFFLINE_MS = 2000

export interface Answer {
  readonly period: Period
  readonly months: readonly CustomerMonth<Date>[]
}

export interface Months {
  /** Till another period's are there, those of the last one, so that nothing jumps. Null: nothing is known. */
  readonly known: Answer | null
  /** There is no connection. */
  readonly isOld: boolean
  readonly watched: Watched<readonly CustomerMonth<Date>[]>
}

export function useMonths(backend: Backend, customerId: string, period: Period, today: string): Months {
  const [first, end] = monthsFor(period, today)
  const watched = useWatch<readonly CustomerMonth<Date>[]>(
    (listener, onProblem) => backend.figures.watchMonths(customerId, first, end, listener, onProblem),
    [backend, customerId, first, end],
  )
  const { value, current, problem } = watched
  const isOld = useLasting(!current, OFFLINE_MS)
  const answer = useMemo<Answer | null>(() => {
    // Without a connection what the browser has kept is better than nothing, but that it has kept nothing says nothing.
    return value !== null && (current || (isOld && value.length > 0)) ? { period, months: value } : null
  }, [value, current, isOld, period])
  const last = useLast(answer)
  return { known: answer ?? (isOld || problem !== null ? null : last), isOld, watched }
}

/** The last that was not null. */
function useLast<T>(value: T | null): T | null {
  const [last, setLast] = useState(value)
  if (value !== null && value !== last) setLast(value)
  return value ?? last
}
