import { useCallback, useMemo, useRef, useState } from 'react'
import type { AdminData } from '../backend.ts'

export interface Names {
  readonly known: ReadonlyMap<string, string>
  /** Reads those that aren't known yet, each once. */
  readonly ask: (customerIds: readonly string[]) => void
}

/** Customers' names, read as customers come up. Where one can't be read, its id is shown, and it is asked for again when it comes up again. */
export function useNames(data: AdminData): Names {
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map())
  const asked = useRef(new Set<string>())
  const ask = useCallback(
    (customerIds: readonly string[]) => {
      const unknown = [...new Set(customerIds)].filter((id) => !asked.current.has(id))
      if (unknown.length === 0) return
      for (const id of unknown) asked.current.add(id)
      data.readNames(unknown).then(
        (names) => setKnown((before) => new Map([...before, ...names])),
        () => {
          for (const id of unknown) asked.current.delete(id)
        },
      )
    },
    [data],
  )
  return useMemo(() => ({ known, ask }), [known, ask])
}
