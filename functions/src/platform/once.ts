/** Makes a value on first use and keeps it. A failure is not kept: the next use tries again. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => {
    if (made === null) {
      const value = make()
      made = { value }
      if (value instanceof Promise) value.catch(() => (made = null))
    }
    return made.value
  }
}
