import { memo, type MouseEvent } from 'react'
import { Link } from 'wouter'
import { expiryOf } from '../image/expiry.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import type { Card } from './cards.ts'
import type { Images } from './images.ts'
import { Picture } from './picture.tsx'

interface Props {
  readonly card: Card
  readonly images: Images
  readonly index: number
  /** Of the whole list; -1: not known yet. */
  readonly setSize: number
  readonly column: number
  /** Pixels from the list's beginning. */
  readonly top: number
  readonly selected: boolean
  /** It is where the list's one tab stop is. */
  readonly active: boolean
  readonly now: Date
  readonly onSelect: (imageId: string, extend: boolean) => void
  readonly onOpen: (imageId: string) => void
}

/** Drawn anew only when something of it has changed: the grid is, at each row that is scrolled by. */
export const Item = memo(function Item(props: Props) {
  const { card, images, index, setSize, column, top, selected, active, now, onSelect, onOpen } = props
  const { common, gallery } = useTexts()
  const { imageId, fileName, status } = card
  const tabIndex = active ? 0 : -1
  const select = (event: MouseEvent<HTMLInputElement>) => onSelect(imageId, event.shiftKey)
  return (
    <li
      className="image-card"
      data-id={imageId}
      data-status={status}
      data-selected={selected || undefined}
      aria-setsize={setSize}
      aria-posinset={index + 1}
      style={{ top, '--column': column } as React.CSSProperties}
    >
      <Picture card={card} images={images} />
      <div className="about">
        <Link
          className="name"
          href={`/images/${imageId}`}
          title={fileName}
          tabIndex={tabIndex}
          aria-describedby={active ? 'gallery-keys' : undefined}
          onClick={() => onOpen(imageId)}
        >
          <bdi>{fileName}</bdi>
        </Link>
        <p className="status">{common.statuses[status]}</p>
        <Facts card={card} now={now} />
      </div>
      <Badges card={card} />
      <label className="pick">
        <input type="checkbox" checked={selected} tabIndex={tabIndex} onClick={select} onChange={() => {}} />
        <span className="visually-hidden">
          {gallery.select} <bdi>{fileName}</bdi>
        </span>
      </label>
    </li>
  )
})

function Facts({ card, now }: { readonly card: Card; readonly now: Date }) {
  const { common, gallery } = useTexts()
  const format = useFormat()
  const { error, bytes, dimensions, receivedAt, availableUntil, deletedAt } = card
  const facts = [
    card.format === null ? null : common.formats[card.format],
    dimensions === null ? null : `${format.number(dimensions.width)} × ${format.number(dimensions.height)}`,
    format.bytes(bytes),
  ]
  const expiry = expiryOf(availableUntil, now)
  const reason = error === null ? null : common.errors[error.code]
  return (
    <>
      {reason !== null && (
        <p className="reason" title={reason}>
          {reason}
        </p>
      )}
      {reason === null && <p className="quiet">{facts.filter((fact) => fact !== null).join(' · ')}</p>}
      <p className="quiet">
        {deletedAt === null ? (
          <time dateTime={receivedAt.toISOString()}>{format.time(receivedAt)}</time>
        ) : (
          gallery.deletedOn(format.day(deletedAt))
        )}
      </p>
      {availableUntil !== null && (
        <p className="quiet until" data-expiry={expiry}>
          {expiry === 'gone'
            ? gallery.gone
            : expiry === 'soon'
              ? gallery.soonGone(format.time(availableUntil))
              : gallery.availableUntil(format.day(availableUntil))}
        </p>
      )}
    </>
  )
}

function Badges({ card }: { readonly card: Card }) {
  const { gallery } = useTexts()
  const { pages, format, source } = card
  if (pages < 2 && source === 'web') return null
  const animated = format === 'gif' || format === 'webp' || format === 'avif'
  return (
    <p className="badges">
      {pages > 1 && <span>{animated ? gallery.frames(pages) : gallery.pagesOf(pages)}</span>}
      {source === 'kafka' && <span>{gallery.fromElsewhere}</span>}
    </p>
  )
}
