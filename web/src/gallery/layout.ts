import { type RefObject, useLayoutEffect, useState } from 'react'
import { columnsIn } from './moves.ts'

export interface Layout {
  readonly columns: number
  /** Pixels, as all that follow. */
  readonly gap: number
  readonly picture: number
  readonly card: number
  /** Of the list, in the document. */
  readonly top: number
}

/** Every card is as high as every other, so that nothing moves when something is known of it. In rem: who has larger letters has larger cards. */
const NARROW = { below: 40, column: 10, picture: 8, card: 20, gap: 0.75 }
const WIDE = { column: 14, picture: 11, card: 21.5, gap: 1 }

function layoutOf(width: number, top: number, rem: number): Layout {
  const { column, picture, card, gap } = width < NARROW.below * rem ? NARROW : WIDE
  return {
    columns: columnsIn(width, column * rem, gap * rem),
    gap: gap * rem,
    picture: picture * rem,
    card: card * rem,
    top,
  }
}

/** Before the first painting from the list's own place and size, then with each change of them. */
export function useLayout(list: RefObject<HTMLElement | null>): Layout | null {
  const [layout, setLayout] = useState<Layout | null>(null)
  useLayoutEffect(() => {
    const element = list.current
    if (element === null) return undefined
    const measure = () => {
      const { top, width } = element.getBoundingClientRect()
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      const next = layoutOf(width, Math.round(top + scrollY), rem)
      setLayout((before) =>
        before !== null && (Object.keys(next) as (keyof Layout)[]).every((name) => next[name] === before[name])
          ? before
          : next,
      )
    }
    measure()
    // What is above the list may grow or shrink: then so does what holds both.
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    if (element.parentElement !== null) observer.observe(element.parentElement)
    return () => observer.disconnect()
  }, [list])
  return layout
}
