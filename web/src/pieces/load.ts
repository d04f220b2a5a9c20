import { useCallback, useEffect, useMemo, useState } from 'react'

export interface Loaded<T> {
  /** Null until it is there. While `again` is under way it is the last one. */
  readonly value: T | null
  readonly busy: boolean
  /** The error's code, or null. */
  readonly problem: string | null
  readonly again: () => void
}

export const codeOf = (error: unknown) => (error as { readonly code?: string } | null)?.code ?? String(error)

/** Something that is read once, and anew with other `deps`. A later call wins over an earlier one, whichever answers first. */
export function useLoad<T>(load: () => Promise<T>, deps: readonly unknown[]): Loaded<T> {
  const [round, setRound] = useState(0)
  const subject = useMemo(() => ({}), deps)
  const call = useMemo(() => ({}), [subject, round])
  const [last, setLast] = useState<{ of: object | null; by: object | null; value: T | null; problem: string | null }>({
    of: null,
    by: null,
    value: null,
    problem: null,
  })
  useEffect(() => {
    let over = false
    load().then(
      (value) => over || setLast({ of: subject, by: call, value, problem: null }),
      (error: unknown) =>
        over ||
        setLast(({ of, value }) => ({
          of: subject,
          by: call,
          value: of === subject ? value : null,
          problem: codeOf(error),
        })),
    )
    return () => {
      over = true
    }
  }, [call])

  return {
    value: last.of === subject ? last.value : null,
    busy: last.by !== call,
    problem: last.by === call ? last.problem : null,
    again: useCallback(() => setRound((before) => before + 1), []),
  }
}
