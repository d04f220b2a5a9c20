import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTexts } from '../ui/locale.tsx'
import type { Card } from './cards.ts'
import type { Images } from './images.ts'
import { Item } from './item.tsx'
import type { Kept } from './kept.ts'
import { type Layout, useLayout } from './layout.ts'
import { moved, rowsMoved } from './moves.ts'
import type { ListState } from './paging.ts'
import type { Selection } from './selection.ts'

const OVERSCAN_ROWS = 2
/** The page's header stays in the window, and so does the bar of the selection, in pixels: what gets the focus is not under them. */
const COVERED = 128

interface Props {
  readonly kept: Kept
  readonly state: ListState
  readonly images: Images
  readonly now: Date
  readonly selection: Selection
  /** `extend`: with all from the last one that was selected. */
  readonly onSelect: (imageId: string, extend: boolean) => void
  readonly onSelectAll: () => void
  readonly onSelectNone: () => void
}

/**
 * A list (for screen readers, each image with its place in it), drawn as far as the window shows it.
 *
 * With the keyboard it is one place: Tab comes to one image's link and to its checkbox, and goes on behind the list; arrow keys go from image to
 * image. Not role=grid: its cells would have to be rows and columns of the data, which change with the window's width; and not React Aria's
 * GridList, whose collections hold every item in React's tree, ten thousand of them.
 */
export function Grid(props: Props) {
  const place = useRef<HTMLDivElement>(null)
  const layout = useLayout(place)
  const { gallery } = useTexts()
  return (
    <>
      <div ref={place}>{layout !== null && <Rows {...props} layout={layout} />}</div>
      <p id="gallery-keys" className="visually-hidden">
        {gallery.keys}
      </p>
    </>
  )
}

interface RowsProps extends Props {
  readonly layout: Layout
}

function Rows(props: RowsProps) {
  const { kept, state, images, now, selection, onSelect, onSelectAll, onSelectNone, layout } = props
  const { cards, ended } = state
  const { columns, gap, picture, card: height, top } = layout
  const { gallery } = useTexts()
  const list = useRef<HTMLUListElement>(null)
  const rowHeight = height + gap
  const rows = Math.ceil(cards.length / columns)
  const [activeId, setActiveId] = useState(kept.active)
  const found = cards.findIndex(({ imageId }) => imageId === activeId)
  const lastActive = useRef(0)
  // In place of one that has gone, the one that has come to where it was.
  const active = found === -1 ? Math.min(lastActive.current, cards.length - 1) : found
  const focused = useRef<'a' | 'input' | null>(null)
  const wanted = useRef<'a' | 'input' | null>(null)

  const virtualizer = useWindowVirtualizer({
    count: rows,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
    scrollPaddingStart: COVERED,
    scrollPaddingEnd: COVERED,
    initialOffset: kept.scroll,
    // The row that has the focus stays in the document: the focus would be lost with it.
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const first = Math.max(0, startIndex - overscan)
      const last = Math.min(count - 1, endIndex + overscan)
      const shown = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
      const own = Math.floor(active / columns)
      return focused.current === null || own < 0 || own >= count || (own >= first && own <= last)
        ? shown
        : [...shown, own].toSorted((a, b) => a - b)
    },
  })
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight])

  const range = virtualizer.range
  const [firstRow, lastRow] = [range?.startIndex ?? 0, range?.endIndex ?? 0]
  useEffect(() => {
    kept.list.look(firstRow * columns, (lastRow + 1) * columns - 1, virtualizer.isScrolling)
  }, [kept, firstRow, lastRow, columns, virtualizer.isScrolling])
  useEffect(() => {
    kept.scroll = virtualizer.scrollOffset ?? 0
    kept.active = activeId
  })

  // As it was when somebody comes back to it.
  useLayoutEffect(() => {
    scrollTo(0, kept.scroll)
    if (kept.opened === null) return undefined
    const opened = kept.opened
    kept.opened = null
    // Whoever arrives at a page is taken to its heading, and from there to where it was left.
    const frame = requestAnimationFrame(() => elementOf(list.current, opened, 'a')?.focus({ preventScroll: true }))
    return () => cancelAnimationFrame(frame)
  }, [kept, list])

  useAnchor(cards, columns, rowHeight, top)

  useLayoutEffect(() => {
    lastActive.current = Math.max(0, active)
    const own = cards[active]
    if (own === undefined) return
    if (own.imageId !== activeId) setActiveId(own.imageId)
    const lost = focused.current !== null && document.activeElement === document.body ? focused.current : null
    const control = wanted.current ?? lost
    if (control === null) return
    wanted.current = null
    elementOf(list.current, own.imageId, control)?.focus({ preventScroll: true })
  })

  const goTo = (index: number, control: 'a' | 'input') => {
    wanted.current = control
    setActiveId(cards[index]?.imageId ?? null)
    virtualizer.scrollToIndex(Math.floor(index / columns))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    const control = target.tagName === 'INPUT' ? 'input' : 'a'
    const at = cards.findIndex(({ imageId }) => imageId === idOf(target))
    const own = cards[at]
    if (own === undefined || event.altKey) return
    const command = event.ctrlKey || event.metaKey
    const next = command
      ? null
      : moved(event.key, at, { columns, rows: Math.floor((innerHeight - COVERED) / rowHeight), count: cards.length })
    if (next !== null) {
      if (event.shiftKey) {
        if (!selection.has(own.imageId)) onSelect(own.imageId, false)
        onSelect(cards[next]?.imageId ?? own.imageId, true)
      }
      goTo(next, control)
    } else if (command && event.key === 'a') onSelectAll()
    else if (event.key === 'Escape' && selection.size > 0) onSelectNone()
    else if (event.key === ' ' && control === 'a') onSelect(own.imageId, event.shiftKey)
    else return
    event.preventDefault()
  }
  const onOpen = useCallback(
    (imageId: string) => {
      kept.opened = imageId
      kept.active = imageId
    },
    [kept],
  )

  const style = {
    height: Math.max(0, rows * rowHeight - gap),
    '--columns': columns,
    '--gap': `${gap}px`,
    '--card': `${height}px`,
    '--picture': `${picture}px`,
  }
  return (
    // The keys are those of the links and checkboxes in it.
    <ul
      ref={list}
      className="image-grid"
      aria-label={gallery.list}
      style={style}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        focused.current = event.target.tagName === 'INPUT' ? 'input' : 'a'
        const id = idOf(event.target)
        if (id !== null) setActiveId(id)
      }}
      onBlur={(event) => {
        if (event.relatedTarget === null || !event.currentTarget.contains(event.relatedTarget)) focused.current = null
      }}
    >
      {virtualizer
        .getVirtualItems()
        .flatMap(({ index: row }) =>
          cards
            .slice(row * columns, (row + 1) * columns)
            .map((card, column) => (
              <Item
                key={card.imageId}
                card={card}
                images={images}
                index={row * columns + column}
                setSize={ended ? cards.length : -1}
                column={column}
                top={row * rowHeight}
                selected={selection.has(card.imageId)}
                active={row * columns + column === active}
                now={now}
                onSelect={onSelect}
                onOpen={onOpen}
              />
            )),
        )}
    </ul>
  )
}

const idOf = (element: Element) => element.closest<HTMLElement>('[data-id]')?.dataset['id'] ?? null
const elementOf = (list: HTMLElement | null, imageId: string, control: 'a' | 'input') =>
  list?.querySelector<HTMLElement>(`[data-id="${CSS.escape(imageId)}"] ${control}`) ?? null

/** What somebody looks at stays where it is when something comes above it or goes; at the top of the list, what comes is seen. */
function useAnchor(cards: readonly Card[], columns: number, rowHeight: number, top: number): void {
  const before = useRef({ cards, columns })
  useLayoutEffect(() => {
    const last = before.current
    before.current = { cards, columns }
    const row = Math.floor((scrollY + COVERED / 2 - top) / rowHeight)
    if (last.cards === cards || last.columns !== columns || row < 1) return
    // What came below, as a page does that is scrolled to, has moved nothing.
    const seen = last.cards[row * columns]
    if (seen !== undefined && seen.imageId === cards[row * columns]?.imageId) return
    const ids = (of: readonly Card[]) => of.map(({ imageId }) => imageId)
    const rows = rowsMoved(ids(last.cards), ids(cards), row * columns, columns)
    if (rows !== 0) scrollBy(0, rows * rowHeight)
  }, [cards, columns, rowHeight, top])
}
