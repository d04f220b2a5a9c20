import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { type FocusEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import type { Images } from '../gallery/images.ts'
import { useTexts } from '../ui/locale.tsx'
import { type Doing, Row } from './row.tsx'
import type { Cards } from './rows.ts'
import type { UploadItem } from './uploads.ts'
import './row.css'

interface Props {
  readonly items: readonly UploadItem[]
  readonly cards: Cards
  readonly images: Images
  readonly doing: Doing
}

/** Pixels, until a row is measured. */
const ROW = 84

/** Only the rows near the window are on the page, and the one with the focus, which must not be lost by scrolling. */
export function List({ items, cards, images, doing }: Props) {
  const { list: label } = useTexts().upload
  const list = useRef<HTMLUListElement>(null)
  const [focused, setFocused] = useState<number | null>(null)
  const above = useSpaceAbove(list)
  const rows = useWindowVirtualizer<HTMLLIElement>({
    count: items.length,
    estimateSize: () => ROW,
    getItemKey: (index) => items[index]?.uploadId ?? index,
    overscan: 6,
    scrollMargin: above,
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range)
      return focused === null || focused >= items.length || shown.includes(focused)
        ? shown
        : [...shown, focused].toSorted((a, b) => a - b)
    },
  })
  const onFocus = ({ target }: FocusEvent) => {
    const index = target.closest<HTMLElement>('li')?.dataset['index']
    setFocused(index === undefined ? null : Number(index))
  }
  return (
    <ul
      ref={list}
      className="uploads"
      // oxlint-disable-next-line jsx-a11y/no-redundant-roles -- without bullets Safari takes it for no list
      role="list"
      aria-label={label}
      style={{ height: rows.getTotalSize() }}
      onFocus={onFocus}
      onBlur={() => setFocused(null)}
    >
      {rows.getVirtualItems().map(({ key, index, start }) => {
        const item = items[index]
        return item === undefined ? null : (
          <Row
            key={key}
            item={item}
            card={cards.get(item.uploadId)}
            images={images}
            doing={doing}
            index={index}
            count={items.length}
            top={start - above}
            measure={rows.measureElement}
          />
        )
      })}
    </ul>
  )
}

/** Pixels from the top of the page, as they are now: what is above may grow. */
function useSpaceAbove(list: RefObject<HTMLElement | null>): number {
  const [above, setAbove] = useState(0)
  useLayoutEffect(() => {
    const element = list.current
    if (element === null) return undefined
    const measure = () => setAbove(Math.round(element.getBoundingClientRect().top + scrollY))
    measure()
    const observer = new ResizeObserver(measure)
    if (element.parentElement !== null) observer.observe(element.parentElement)
    return () => observer.disconnect()
  }, [list])
  return above
}
