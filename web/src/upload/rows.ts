/** What the list shows of each file, from the file's way here and the record of what became of it there. */
import type { Format } from '../../../functions/src/contract/formats.ts'
import type { Card, Status } from '../gallery/cards.ts'
import { mayRetry } from '../image/results.ts'
import type { UploadItem, UploadState } from './uploads.ts'

export type RowState = Exclude<UploadState['kind'], 'uploaded'> | Status | 'deleted'

export type Cards = ReadonlyMap<string, Card>

/** Once it has arrived the record says how it is; without one it waits to be taken up. */
export function rowStateOf({ state }: UploadItem, card: Card | undefined): RowState {
  if (state.kind !== 'uploaded') return state.kind
  if (card === undefined) return 'waiting'
  return card.deletedAt === null ? card.status : 'deleted'
}

export type Act = 'pause' | 'resume' | 'retry' | 'reprocess' | 'cancel' | 'dismiss'

/** What makes sense with a file, in the order of its buttons. */
export function actsOf(item: UploadItem, card: Card | undefined): readonly Act[] {
  const { state } = item
  switch (state.kind) {
    case 'queued':
    case 'sending':
    case 'offline':
      return ['pause', 'cancel']
    case 'paused':
      return ['resume', 'cancel']
    case 'checking':
    case 'elsewhere':
      return ['cancel']
    case 'failed':
      return state.again ? ['retry', 'dismiss'] : ['dismiss']
    case 'refused':
      return ['dismiss']
    case 'uploaded':
      return card?.deletedAt === null && mayRetry(card) ? ['reprocess', 'dismiss'] : ['dismiss']
  }
}

/** What every browser shows. Of these a preview is left out only to save its memory. */
const SHOWN_EVERYWHERE: readonly Format[] = ['jpeg', 'png', 'gif', 'webp']

/** Whether it is for the browser that nothing of a file is shown. */
export const cantPreview = ({ preview, format, state }: UploadItem) =>
  preview === 'none' && state.kind !== 'refused' && !SHOWN_EVERYWHERE.includes(format)

export interface Counts {
  /** All but those that were refused. */
  readonly toSend: number
  readonly arrived: number
  /** On their way, waiting or paused. */
  readonly underWay: number
  /** Of those: the ones that could be paused, and the ones that are. */
  readonly going: number
  readonly paused: number
  readonly refused: number
  /** Could not be sent; `again`: of those, another try may help. */
  readonly notSent: number
  readonly again: number
  /** Of those that arrived. */
  readonly inWork: number
  readonly done: number
  readonly failed: number
  /** What {@link Uploads.clearEnded} takes off the list. */
  readonly ended: number
}

export function countsOf(items: readonly UploadItem[], cards: Cards): Counts {
  const all: Partial<Record<UploadState['kind'], number>> = {}
  let [again, done, failed, deleted] = [0, 0, 0, 0]
  for (const item of items) {
    const { state } = item
    all[state.kind] = (all[state.kind] ?? 0) + 1
    if (state.kind === 'failed' && state.again) again += 1
    if (state.kind !== 'uploaded') continue
    const shown = rowStateOf(item, cards.get(item.uploadId))
    if (shown === 'done') done += 1
    if (shown === 'failed') failed += 1
    if (shown === 'deleted') deleted += 1
  }
  const { refused = 0, uploaded = 0, paused = 0, checking = 0, elsewhere = 0 } = all
  const notSent = all.failed ?? 0
  const going = (all.queued ?? 0) + (all.sending ?? 0) + (all.offline ?? 0)
  return {
    toSend: items.length - refused,
    arrived: uploaded,
    underWay: going + paused + checking + elsewhere,
    going,
    paused,
    refused,
    notSent,
    again,
    inWork: uploaded - done - failed - deleted,
    done,
    failed,
    ended: refused + notSent + uploaded,
  }
}

/** Whole percent, rounded down: 100 is only what has arrived. */
export function percentOf(sentBytes: number, totalBytes: number): number {
  if (totalBytes <= 0) return 0
  return Math.max(0, Math.min(100, Math.floor((sentBytes / totalBytes) * 100)))
}

/** How a time that is only estimated is said; null: by no figure, it is over in a moment. */
export function leftOf(
  seconds: number,
): { readonly unit: 'seconds' | 'minutes' | 'hours'; readonly count: number } | null {
  if (seconds < 10) return null
  if (seconds < 55) return { unit: 'seconds', count: Math.ceil(seconds / 10) * 10 }
  if (seconds < 55 * 60) return { unit: 'minutes', count: Math.ceil(seconds / 60) }
  return { unit: 'hours', count: Math.ceil(seconds / 3600) }
}
