/** Which images are selected, by their ids. Pure functions. */
export type Selection = ReadonlySet<string>

export const NOTHING: Selection = new Set()

export function toggled(selection: Selection, imageId: string): Selection {
  const next = new Set(selection)
  if (!next.delete(imageId)) next.add(imageId)
  return next
}

/** With all from `anchor` to `imageId` of the list, both included; where the anchor is gone, with that one alone. */
export function extended(
  selection: Selection,
  ids: readonly string[],
  anchor: string | null,
  imageId: string,
): Selection {
  const to = ids.indexOf(imageId)
  const from = anchor === null ? -1 : ids.indexOf(anchor)
  if (to === -1) return selection
  const [begin, end] = from === -1 ? [to, to] : [Math.min(from, to), Math.max(from, to)]
  return new Set([...selection, ...ids.slice(begin, end + 1)])
}

/** Without those that are in the list no more; the same set where none is gone. */
export function remaining(selection: Selection, ids: readonly string[]): Selection {
  if (selection.size === 0) return selection
  const there = new Set(ids)
  const kept = [...selection].filter((id) => there.has(id))
  return kept.length === selection.size ? selection : new Set(kept)
}
