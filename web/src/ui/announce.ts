/** What a screen reader is told: one short sentence for each change that a sighted user would see. */
import { type Card, STATUS_NAMES } from '../gallery/cards.ts'
import type { Queue } from '../upload/queue.ts'
import { counted } from './format.ts'

/** More changes at once than this are summed up instead of named one by one. */
const NAMED = 3

interface Change {
  readonly fileName: string
  /** Such as "processed"; changes of the same kind are counted together. */
  readonly what: string
  readonly reason: string | null
}

/** What happened to images between two views of the gallery. */
export function galleryChanges(before: readonly Card[], after: readonly Card[]): readonly string[] {
  const known = new Map(before.map((card) => [card.key, card.status]))
  const ended = after.filter(({ key, status }) => known.get(key) !== status && status !== 'waiting')
  return sentences(
    ended.map(({ fileName, status, reason }) => ({ fileName, what: STATUS_NAMES[status].toLowerCase(), reason })),
  )
}

/** What happened to uploads between two states of the queue. */
export function uploadChanges(before: Queue, after: Queue): readonly string[] {
  const known = new Map(before.map(({ uploadId, state }) => [uploadId, state.kind]))
  return sentences(
    after.flatMap(({ uploadId, fileName, state }): readonly Change[] => {
      if (known.get(uploadId) === state.kind) return []
      if (state.kind === 'uploaded') return [{ fileName, what: 'uploaded', reason: null }]
      if (state.kind === 'refused') return [{ fileName, what: 'refused', reason: state.reason }]
      return state.kind === 'failed' ? [{ fileName, what: 'not uploaded', reason: state.reason }] : []
    }),
  )
}

function sentences(changes: readonly Change[]): readonly string[] {
  if (changes.length <= NAMED) {
    return changes.map(({ fileName, what, reason }) => `${fileName}: ${what}.${reason === null ? '' : ` ${reason}`}`)
  }
  const counts = Map.groupBy(changes, ({ what }) => what)
  return [...counts].map(([what, same]) => `${counted(same.length, 'file')} ${what}.`)
}
