import { formatBytes, formatTime } from '../ui/format.ts'
import { type Card, STATUS_NAMES } from './cards.ts'
import { type Images, SHOWN } from './images.ts'
import { Picture } from './picture.tsx'
import type { Feed } from './use-records.ts'

interface Props {
  /** Null until they are known. */
  readonly cards: readonly Card[] | null
  readonly feed: Feed
  readonly images: Images
}

export function Gallery({ cards, feed, images }: Props) {
  return (
    <section className="gallery" aria-labelledby="gallery" aria-busy={cards === null && feed.problem === null}>
      <h2 id="gallery">Your images</h2>
      <Notice cards={cards} feed={feed} />
      {cards !== null && cards.length > 0 && (
        <ul className="grid">
          {cards.map((card) => (
            <Item key={card.key} card={card} images={images} />
          ))}
        </ul>
      )}
      {feed.records?.length === SHOWN && <p className="quiet">These are your newest {SHOWN} images.</p>}
    </section>
  )
}

function Notice({ cards, feed }: Omit<Props, 'images'>) {
  if (feed.problem !== null) {
    return (
      <p role="alert" className="problem">
        Your images can’t be shown ({feed.problem}).{' '}
        <button type="button" onClick={feed.restart}>
          Try again
        </button>
      </p>
    )
  }
  if (!feed.current) return <p className="quiet">No connection: this may be out of date.</p>
  if (cards === null) return <p className="quiet">Loading…</p>
  return cards.length === 0 ? <p className="quiet">None yet. What you send shows up here.</p> : null
}

function Item({ card, images }: { readonly card: Card; readonly images: Images }) {
  const { fileName, status, reason, format, bytes, dimensions, receivedAt } = card
  const facts = [format, dimensions && `${dimensions.width} × ${dimensions.height}`, formatBytes(bytes)]
  return (
    <li className="card" data-status={status}>
      <Picture card={card} images={images} />
      <div className="about">
        <h3 className="name">{fileName}</h3>
        <p className="status">{STATUS_NAMES[status]}</p>
        {reason !== null && <p className="problem">{reason}</p>}
        <p className="quiet">{facts.filter((fact) => fact !== null).join(' · ')}</p>
        <p className="quiet">
          <time dateTime={receivedAt.toISOString()}>{formatTime(receivedAt)}</time>
        </p>
      </div>
    </li>
  )
}
