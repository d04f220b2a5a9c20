export interface Size {
  readonly width: number
  readonly height: number
}

/** The size that fits inside a box (a number: a square of so many pixels) without enlargement, aspect kept, at least 1 x 1. */
export function fitInside(size: Size, box: Size | number): Size {
  const { width, height } = typeof box === 'number' ? { width: box, height: box } : box
  const scale = Math.min(1, width / size.width, height / size.height)
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  }
}
