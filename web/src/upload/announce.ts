/** What a screen reader is told: what a sighted user would see happen, summed up where it is much. */
import type { Texts } from '../texts/texts.ts'
import { type Cards, countsOf, percentOf, rowStateOf } from './rows.ts'
import type { UploadItem, UploadsState } from './uploads.ts'

/** More of a kind at once than this are summed up instead of named one by one; and where so many are sent, progress is told in steps. */
const NAMED = 3
const STEP_PERCENT = 25

type Words = Texts['upload']['news']
type Reason = (item: UploadItem) => string
type Seen = Pick<UploadsState, 'items' | 'sentBytes' | 'totalBytes'>

const isIn = ({ state: { kind } }: UploadItem, ...kinds: readonly string[]) => kinds.includes(kind)
const kindsOf = (items: readonly UploadItem[]) => new Map(items.map(({ uploadId, state }) => [uploadId, state.kind]))

function named(
  items: readonly UploadItem[],
  one: (name: string, item: UploadItem) => string,
  many: (count: number) => string,
): readonly string[] {
  if (items.length === 0) return []
  return items.length <= NAMED ? items.map((item) => one(item.fileName, item)) : [many(items.length)]
}

/** What happened to uploads from `before` to `after`. `reasonOf` says why one was refused or failed. */
export function uploadNews(before: Seen, after: Seen, words: Words, reasonOf: Reason): readonly string[] {
  const known = kindsOf(before.items)
  const changed = after.items.filter(({ uploadId, state }) => known.get(uploadId) !== state.kind)
  const added = changed.filter((item) => !known.has(item.uploadId) && !isIn(item, 'refused'))
  // What has become of one of few says that it was added.
  const underWayYet = added.filter((item) => !isIn(item, 'failed', 'uploaded'))
  const arrived = changed.filter((item) => isIn(item, 'uploaded'))
  const { toSend, underWay, notSent, arrived: allArrived } = countsOf(after.items, new Map())
  const told = [
    ...named(added.length <= NAMED ? underWayYet : added, words.added, words.manyAdded),
    ...named(
      changed.filter((item) => isIn(item, 'refused')),
      (name, item) => words.refused(name, reasonOf(item)),
      words.manyRefused,
    ),
    ...named(
      changed.filter((item) => isIn(item, 'failed')),
      (name, item) => words.notSent(name, reasonOf(item)),
      words.manyNotSent,
    ),
  ]
  if (toSend <= NAMED) return [...told, ...named(arrived, words.uploaded, words.allUploaded)]
  const [from, to] = [before, after].map((seen) =>
    Math.floor(percentOf(seen.sentBytes, seen.totalBytes) / STEP_PERCENT),
  )
  const ended = changed.some((item) => isIn(item, 'uploaded', 'failed'))
  if (ended && allArrived > 0 && underWay === 0)
    told.push(notSent === 0 ? words.allUploaded(allArrived) : words.someUploaded(allArrived, toSend))
  else if (underWay > 0 && (to ?? 0) > (from ?? 0))
    told.push(words.progress((to ?? 0) * STEP_PERCENT, allArrived, toSend))
  return told
}

/** What became of images that arrived. `old`: had arrived before anybody looked, so that how they are found is no news. */
export function imageNews(
  items: readonly UploadItem[],
  before: Cards,
  after: Cards,
  old: ReadonlySet<string>,
  words: Words,
  reasonOf: (item: UploadItem) => string,
): readonly string[] {
  const now = items.filter((item) => {
    const [was, is] = [before, after].map((cards) => cards.get(item.uploadId))
    return is !== undefined && (was === undefined ? !old.has(item.uploadId) : was.status !== is.status)
  })
  const state = (item: UploadItem) => rowStateOf(item, after.get(item.uploadId))
  const told = [
    ...named(
      now.filter((item) => state(item) === 'failed'),
      (name, item) => words.failed(name, reasonOf(item)),
      words.manyFailed,
    ),
  ]
  const done = now.filter((item) => state(item) === 'done')
  const all = countsOf(items, after)
  if (all.arrived <= NAMED) return [...told, ...named(done, words.done, words.allDone)]
  const earlier = countsOf(items, before)
  const [from, to] = [earlier, all].map(({ done: ready, arrived }) =>
    Math.floor(percentOf(ready, arrived) / STEP_PERCENT),
  )
  if (done.length === 0) return told
  if (all.inWork === 0 && all.underWay === 0) told.push(words.allDone(all.done))
  else if ((to ?? 0) > (from ?? 0)) told.push(words.someDone(all.done, all.arrived))
  return told
}
