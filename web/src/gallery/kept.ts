/** The list that was shown last, so that whoever comes back from an image finds it as it was left. */
import type { Images } from './images.ts'
import type { View } from './filters.ts'
import { addressOf, filterOf } from './filters.ts'
import { ImageList } from './paging.ts'

export interface Kept {
  /** What it was asked for by. */
  readonly query: string
  readonly list: ImageList
  /** How far down, in pixels. */
  scroll: number
  /** Where the list's tab stop is. */
  active: string | null
  /** The image whose page was gone to from here. */
  opened: string | null
}

/** By what lives for as long as somebody is signed in: nothing of one customer's comes to another. */
const lists = new WeakMap<object, Kept>()

export function keptList(signedIn: object, images: Images, customerId: string, view: View): Kept {
  const query = addressOf(view).toString()
  const last = lists.get(signedIn)
  if (last?.query === query) return last
  const filter = filterOf(view)
  const list = new ImageList((range, listener, onProblem) =>
    images.watchRange(customerId, filter, range, listener, onProblem),
  )
  const kept: Kept = { query, list, scroll: 0, active: null, opened: null }
  lists.set(signedIn, kept)
  return kept
}
