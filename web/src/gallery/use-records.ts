import { useEffect, useState } from 'react'
import { type GalleryRecord, type Images, SHOWN } from './images.ts'

export interface Feed {
  /** Null until they are known. */
  readonly records: readonly GalleryRecord[] | null
  /** False without a connection: the records may be old. */
  readonly current: boolean
  /** The error's code that ended the feed, or null. */
  readonly problem: string | null
  /** Begins anew after a problem. */
  readonly restart: () => void
}

/** The customer's newest records, live. */
export function useRecords(images: Images, customerId: string): Feed {
  const [round, setRound] = useState(0)
  const [records, setRecords] = useState<readonly GalleryRecord[] | null>(null)
  const [current, setCurrent] = useState(true)
  const [problem, setProblem] = useState<string | null>(null)

  useEffect(() => {
    setProblem(null)
    return images.watch(
      customerId,
      SHOWN,
      (newest, isCurrent) => {
        setCurrent(isCurrent)
        // Without a connection an empty list means only that nothing is known.
        if (isCurrent || newest.length > 0) setRecords(newest)
      },
      setProblem,
    )
  }, [images, customerId, round])

  return { records, current, problem, restart: () => setRound((last) => last + 1) }
}
