import { type FocusEvent, useLayoutEffect, useRef } from 'react'

/**
 * A button may go while it has the focus: with its row, or as an upload goes on. Then the focus goes to what is in its place: a button of the row that
 * is now where its row was, or else the first of `fallbacks` that is there. Spread what it returns on the element around all of it.
 */
export function useKeptFocus(fallbacks: () => readonly (HTMLElement | null)[]) {
  const last = useRef<{ readonly element: HTMLElement; readonly index: number | null } | null>(null)
  useLayoutEffect(() => {
    const lost = last.current
    if (lost === null || lost.element.isConnected || document.activeElement !== document.body) return
    last.current = null
    const row = (index: number) => document.querySelector<HTMLElement>(`.upload[data-index="${index}"] .acts button`)
    const beside = lost.index === null ? [] : [row(lost.index), row(lost.index - 1)]
    const next = [...beside, ...fallbacks()].find((element) => element !== null)
    next?.focus({ preventScroll: true })
  })
  return {
    onFocus({ target }: FocusEvent<HTMLElement>) {
      const index = target.closest<HTMLElement>('.upload')?.dataset['index']
      last.current = { element: target, index: index === undefined ? null : Number(index) }
    },
    /** Left by the user, not taken from the page. */
    onBlur({ target }: FocusEvent<HTMLElement>) {
      if (document.hasFocus())
        queueMicrotask(() => target.isConnected && last.current?.element === target && (last.current = null))
    },
  }
}
