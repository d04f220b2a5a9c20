/** Which records to watch for the files that have arrived, and what is known of them so far. Times are the server's throughout. */
import { type Card, cardOf } from '../gallery/cards.ts'
import type { GalleryRecord } from '../gallery/images.ts'
import type { Cards } from './rows.ts'
import type { UploadItem } from './uploads.ts'

/** So many that have ended are watched on: to begin later costs reading all that is watched anew. */
const WATCHED_ON = 100

interface Arrived {
  readonly uploadId: string
  readonly at: number
}

const arrivedOf = (items: readonly UploadItem[]): readonly Arrived[] =>
  items.flatMap(({ uploadId, state }) =>
    state.kind === 'uploaded' ? [{ uploadId, at: state.arrivedAt.getTime() }] : [],
  )

/**
 * From which arrival on to watch, in milliseconds since 1970; null: nothing has arrived. At first the oldest of those listed; it moves on as images
 * end, so that one change among thousands does not have all of them read again. `reopened`: those that are tried again.
 */
export function watchFrom(
  items: readonly UploadItem[],
  cards: Cards,
  reopened: ReadonlySet<string>,
  from: number | null,
): number | null {
  const arrived = arrivedOf(items)
  if (arrived.length === 0) return null
  const ended = ({ uploadId }: Arrived) => {
    const status = cards.get(uploadId)?.status
    return (status === 'done' || status === 'failed') && !reopened.has(uploadId)
  }
  const open = arrived.filter((one) => !ended(one))
  const oldest = open.reduce((least, { at }) => Math.min(least, at), Infinity)
  if (from === null) return arrived.reduce((least, { at }) => Math.min(least, at), Infinity)
  if (oldest < from) return oldest
  const behind = arrived.filter(({ at }) => at >= from && at < oldest).length
  return behind >= WATCHED_ON && oldest !== Infinity ? oldest : from
}

const sameCard = (a: Card, b: Card) =>
  a.status === b.status &&
  a.attempt === b.attempt &&
  a.error?.code === b.error?.code &&
  a.thumbnail === b.thumbnail &&
  a.deletedAt?.getTime() === b.deletedAt?.getTime()

/** What is known now, by upload; the same map, and the same card for each image, where nothing that is shown has changed. */
export function withRecords(cards: Cards, records: readonly GalleryRecord[]): Cards {
  let next: Map<string, Card> | null = null
  for (const record of records) {
    const card = cardOf(record)
    if (card.uploadId === null) continue
    const known = cards.get(card.uploadId)
    if (known !== undefined && sameCard(known, card)) continue
    next ??= new Map(cards)
    next.set(card.uploadId, card)
  }
  return next ?? cards
}
