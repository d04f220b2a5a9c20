import { type RefObject, useEffect, useRef } from 'react'

/** When what had the focus goes with a change of `what`, the focus belongs to the element that stays. */
export function useFocusKept<E extends HTMLElement>(what: unknown): RefObject<E | null> {
  const element = useRef<E>(null)
  const before = useRef(what)
  useEffect(() => {
    if (before.current === what) return
    before.current = what
    // A dialog that closes gives the focus back one frame later.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) element.current?.focus()
      }),
    )
  }, [what])
  return element
}
