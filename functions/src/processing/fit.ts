/** The size that fits inside a square of `maxEdge` pixels without enlargement, aspect kept, at least 1 x 1. */
export function fitInside(
  size: { readonly width: number; readonly height: number },
  maxEdge: number,
): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, maxEdge / Math.max(size.width, size.height))
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  }
}
