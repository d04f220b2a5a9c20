export interface Debounced<Value> {
  /** Acts once nothing more has come for that long. */
  (value: Value): void
  /** Acts now on what is still to be acted on. */
  flush(): void
  cancel(): void
}

export function debounced<Value>(act: (value: Value) => void, milliseconds: number): Debounced<Value> {
  let waiting: { readonly value: Value; readonly timer: ReturnType<typeof setTimeout> } | null = null
  const cancel = () => {
    if (waiting !== null) clearTimeout(waiting.timer)
    waiting = null
  }
  const flush = () => {
    const last = waiting
    cancel()
    if (last !== null) act(last.value)
  }
  return Object.assign(
    (value: Value) => {
      cancel()
      waiting = { value, timer: setTimeout(flush, milliseconds) }
    },
    { flush, cancel },
  )
}
