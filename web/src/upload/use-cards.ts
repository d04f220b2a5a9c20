import { useCallback, useEffect, useState } from 'react'
import { MAX_WAITING_UPLOADS } from '../../../functions/src/contract/limits.ts'
import type { Images } from '../gallery/images.ts'
import { watchFrom, withRecords } from './live.ts'
import { type Cards, rowStateOf } from './rows.ts'
import type { UploadItem } from './uploads.ts'

/** The newest in the range: room for as many that came another way. */
const WATCHED = 2 * MAX_WAITING_UPLOADS

export interface Live {
  readonly cards: Cards
  /** The error's code that ended the watching, or null. */
  readonly problem: string | null
  /** Begins anew after a problem. */
  readonly restart: () => void
  /** An image is tried again: it is watched once more. */
  readonly reopen: (uploadId: string) => void
}

/** What became of the files that have arrived, live. */
export function useCards(images: Images, customerId: string, items: readonly UploadItem[]): Live {
  const [cards, setCards] = useState<Cards>(new Map())
  const [problem, setProblem] = useState<string | null>(null)
  const [round, setRound] = useState(0)
  const [reopened, setReopened] = useState<ReadonlySet<string>>(new Set())
  const [from, setFrom] = useState<number | null>(null)
  const wanted = watchFrom(items, cards, reopened, from)
  if (wanted !== from) setFrom(wanted)

  useEffect(() => {
    setProblem(null)
    if (from === null) return undefined
    return images.watchRange(
      customerId,
      { from: new Date(from) },
      { after: null, until: null, limit: WATCHED },
      ({ records }) => setCards((known) => withRecords(known, records)),
      setProblem,
    )
  }, [images, customerId, from, round])

  useDeleted(images, customerId, items, cards, setCards)
  return {
    cards,
    problem,
    restart: useCallback(() => setRound((last) => last + 1), []),
    reopen: useCallback((uploadId: string) => setReopened((before) => new Set(before).add(uploadId)), []),
  }
}

const arrivedIds = (items: readonly UploadItem[]) =>
  new Set(items.flatMap(({ uploadId, state }) => (state.kind === 'uploaded' ? [uploadId] : [])))

/** Deleted images are in no list but their own: those that were deleted on another page would seem to wait for ever. */
function useDeleted(
  images: Images,
  customerId: string,
  items: readonly UploadItem[],
  cards: Cards,
  setCards: (change: (known: Cards) => Cards) => void,
) {
  const [earlier] = useState(() => arrivedIds(items))
  const missing = items.some(
    (item) => earlier.has(item.uploadId) && rowStateOf(item, cards.get(item.uploadId)) === 'waiting',
  )
  useEffect(() => {
    if (!missing) return undefined
    return images.watchRange(
      customerId,
      { state: 'deleted' },
      { after: null, until: null, limit: WATCHED },
      ({ records }) => setCards((known) => withRecords(known, records)),
      () => {},
    )
  }, [images, customerId, missing, setCards])
}
