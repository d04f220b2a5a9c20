/** Where a key leads in a grid. Pure functions. */
export interface Grid {
  readonly columns: number
  /** Whole rows that the window shows. */
  readonly rows: number
  readonly count: number
}

/** The index to go to; null: it is no key of the grid's. At an edge it stays. */
export function moved(key: string, index: number, { columns, rows, count }: Grid): number | null {
  const last = count - 1
  const within = (to: number) => Math.max(0, Math.min(last, to))
  // Up and down keep to the column; a last row that is too short gives its last.
  const byRows = (step: number) => {
    const to = index + step * columns
    if (step > 0) return Math.floor(index / columns) === Math.floor(last / columns) ? index : within(to)
    return to < 0 ? index % columns : to
  }
  switch (key) {
    case 'ArrowRight':
      return within(index + 1)
    case 'ArrowLeft':
      return within(index - 1)
    case 'ArrowDown':
      return byRows(1)
    case 'ArrowUp':
      return index < columns ? index : byRows(-1)
    case 'PageDown':
      return byRows(Math.max(1, rows))
    case 'PageUp':
      return byRows(-Math.max(1, rows))
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}

/** How many columns of at least `narrowest` pixels find room. */
export const columnsIn = (width: number, narrowest: number, gap: number) =>
  Math.max(1, Math.floor((width + gap) / (narrowest + gap)))

/**
 * By how many rows what was in the first row of the viewport has moved, so that it can be kept where it is: something came above it, or
 * went. `first`: its index in `before`. Of those that have gone the next one that is left counts.
 */
export function rowsMoved(before: readonly string[], after: readonly string[], first: number, columns: number): number {
  const left = new Map(after.map((id, i) => [id, i]))
  for (let i = first; i < before.length; i++) {
    const now = left.get(before[i] ?? '')
    if (now !== undefined) return Math.floor(now / columns) - Math.floor(i / columns)
  }
  return 0
}
