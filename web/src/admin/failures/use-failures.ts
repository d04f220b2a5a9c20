import { useEffect, useMemo, useRef, useState } from 'react'
import type { FailureFilter, ReplayFate } from '../../../../functions/src/contract/admin.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import type { AdminData, Page } from '../backend.ts'
import { codeOf, useLoad } from '../../pieces/load.ts'
import { newOperation } from '../pieces/operation.tsx'

/** Each is a document that is read. */
export const ROWS = 50
/** As many as one call takes by name. */
export const MOST_ROWS = 500

export interface Failures {
  /** Null until they are known. */
  readonly records: readonly ImageRecord<Date>[] | null
  readonly busy: boolean
  readonly problem: string | null
  /** Reads the next page; null where there is none, or too much is shown already. */
  readonly more: (() => void) | null
  /** Reads the first page once more, in the place of all. */
  readonly again: () => void
}

/** Failed images that match, a page at a time. What was read last stays until the next is there, so that nothing jumps. */
export function useFailures(data: AdminData, filter: FailureFilter): Failures {
  const key = JSON.stringify(filter)
  const [view, setView] = useState<View>({ of: null, wanted: 0, pages: [] })
  const isSame = view.of === key
  const wanted = isSame ? view.wanted : 0
  const before = isSame ? view.pages.slice(0, wanted) : []
  const loaded = useLoad(
    () => data.failures({ ...filter, limit: ROWS, after: before.at(-1)?.next }),
    [data, key, wanted],
  )
  const page = loaded.value
  if (page !== null && !(isSame && view.pages[wanted] === page)) {
    setView({ of: key, wanted, pages: [...before, page] })
  }
  const records = useMemo(() => view.pages.flatMap(({ items }) => items), [view.pages])
  const next = (isSame ? view.pages[wanted] : undefined)?.next ?? null
  return {
    // Those of another question are in the place of an answer only while there may be one.
    records: view.of === null || (!isSame && loaded.problem !== null) ? null : records,
    busy: loaded.busy,
    problem: loaded.problem,
    more: next === null || records.length >= MOST_ROWS ? null : () => setView({ ...view, wanted: wanted + 1 }),
    again: () => {
      setView({ ...view, wanted: 0 })
      loaded.again()
    },
  }
}

interface View {
  /** The question; null: none has been answered. */
  readonly of: string | null
  /** The place of the page that is being read, or was last. */
  readonly wanted: number
  readonly pages: readonly Page<ImageRecord<Date>>[]
}

/** Null: it was found not to be failed any more. */
type Fate = ReplayFate | null

export interface Fates {
  /** Undefined: not known yet. */
  of(record: ImageRecord<Date>): Fate | undefined
  /** The code of an error, or null. */
  readonly problem: string | null
}

/** Whether these images can be tried again, as the plan of a replay says. Each record is asked for once. */
export function useFates(data: AdminData, records: readonly ImageRecord<Date>[] | null): Fates {
  const asked = useRef(new WeakSet<ImageRecord<Date>>())
  const known = useRef(new WeakMap<ImageRecord<Date>, Fate>())
  const [problem, setProblem] = useState<string | null>(null)
  const [, tell] = useState(0)
  useEffect(() => {
    const fresh = records?.filter((record) => !asked.current.has(record)) ?? []
    if (fresh.length === 0) return
    for (const record of fresh) asked.current.add(record)
    const ask = async () => {
      const images = fresh.map(({ customerId, imageId }) => ({ customerId, imageId }))
      try {
        const { fates = {} } = await data.call('adminReplay', { images, start: false, operation: newOperation() })
        for (const record of fresh) known.current.set(record, fates[record.imageId] ?? null)
        setProblem(null)
        tell((before) => before + 1)
      } catch (error) {
        setProblem(codeOf(error))
      }
    }
    void ask()
  }, [data, records])
  return { of: (record) => known.current.get(record), problem }
}
