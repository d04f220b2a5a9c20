import { memo } from 'react'
import { Link } from 'wouter'
import type { Card } from '../gallery/cards.ts'
import type { Images } from '../gallery/images.ts'
import type { Texts } from '../texts/texts.ts'
import { Icon } from './icons.tsx'
import { RowPicture } from './row-picture.tsx'
import { type Act, actsOf, cantPreview, rowStateOf, type RowState } from './rows.ts'
import { problemOf } from './sentences.ts'
import type { UploadItem } from './uploads.ts'
import { useWriting } from './use-writing.ts'

export type Doing = (act: Act, item: UploadItem, card: Card | undefined) => void

interface Props {
  readonly item: UploadItem
  readonly card: Card | undefined
  readonly images: Images
  readonly doing: Doing
  /** Its place among all. */
  readonly index: number
  readonly count: number
  /** Pixels. */
  readonly top: number
  readonly measure: (row: HTMLLIElement | null) => void
}

/** As an image's own page shows them, these states have the marks of app.css. */
const MARKS: Partial<Record<RowState, string>> = {
  waiting: 'waiting',
  processing: 'processing',
  done: 'done',
  failed: 'failed',
  refused: 'failed',
}

/** Drawn anew only where something of this file has changed. */
export const Row = memo(function Row({ item, card, images, doing, index, count, top, measure }: Props) {
  const writing = useWriting()
  const state = rowStateOf(item, card)
  const problem = problemOf(item, card, writing)
  return (
    <li
      ref={measure}
      className="upload"
      data-index={index}
      data-state={state}
      data-status={MARKS[state]}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div className="box">
        <RowPicture item={item} card={card} images={images} />
        <div className="about">
          <p className="name" title={item.fileName}>
            {card === undefined || state === 'deleted' ? (
              <bdi>{item.fileName}</bdi>
            ) : (
              <Link href={`/images/${card.imageId}`}>
                <bdi>{item.fileName}</bdi>
              </Link>
            )}
          </p>
          <Facts item={item} shown={card?.thumbnail !== undefined && card.thumbnail !== null} />
          <p className="status">{stateText(item, state, writing.texts)}</p>
        </div>
        <div className="acts">
          {actsOf(item, card).map((act) => (
            <ActButton key={ROLES[act]} act={act} item={item} onClick={() => doing(act, item, card)} />
          ))}
        </div>
        {problem !== null && <p className="problem">{problem}</p>}
        <Bar item={item} />
      </div>
    </li>
  )
})

/** One that was sent and then failed is told apart from one that was not sent. */
function stateText(item: UploadItem, state: RowState, { common, upload }: Pick<Texts, 'common' | 'upload'>): string {
  if (item.state.kind === 'uploaded') {
    return state === 'processing' || state === 'done' || state === 'failed'
      ? common.statuses[state]
      : upload.states[state === 'deleted' ? 'deleted' : 'waiting']
  }
  return upload.states[item.state.kind]
}

function Facts({ item, shown }: { readonly item: UploadItem; readonly shown: boolean }) {
  const { texts, bytes } = useWriting()
  const { row } = texts.upload
  const { folder, format, originalBytes } = item
  const size = originalBytes === null ? bytes(item.bytes) : row.was(bytes(item.bytes), bytes(originalBytes))
  return (
    <p className="quiet size">
      {folder !== null && (
        <>
          <bdi>{folder}</bdi>
          {' · '}
        </>
      )}
      {size}
      {cantPreview(item) && !shown && ` · ${row.noPreview(texts.common.formats[format])}`}
    </p>
  )
}

/** How much of it has been sent: the room for it is there before and after. */
function Bar({ item: { fileName, bytes, state } }: { readonly item: UploadItem }) {
  const { row } = useWriting().texts.upload
  if (!('sentBytes' in state)) return null
  return <progress aria-label={row.uploading(fileName)} max={Math.max(1, bytes)} value={state.sentBytes} />
}

/** By its key a button stays the same, with the focus, where one act takes the place of another. */
const ROLES: Readonly<Record<Act, string>> = {
  pause: 'hold',
  resume: 'hold',
  retry: 'again',
  reprocess: 'again',
  cancel: 'remove',
  dismiss: 'remove',
}
const ICONS = {
  pause: 'pause',
  resume: 'resume',
  retry: 'again',
  reprocess: 'again',
  cancel: 'close',
  dismiss: 'close',
} as const
const NAMES = {
  pause: 'pause',
  resume: 'resume',
  retry: 'again',
  reprocess: 'again',
  cancel: 'cancel',
  dismiss: 'dismiss',
} as const

/** The browser's own: there are many of them, and they come and go as the list is scrolled. */
interface ActProps {
  readonly act: Act
  readonly item: UploadItem
  readonly onClick: () => void
}

function ActButton({ act, item, onClick }: ActProps) {
  const { common, upload } = useWriting().texts
  const label = upload.row[NAMES[act]](item.fileName)
  const inWords = act === 'retry' || act === 'reprocess'
  return (
    <button type="button" className={inWords ? 'again' : 'plain'} aria-label={label} onClick={onClick}>
      <Icon name={ICONS[act]} />
      {inWords && <span className="word">{common.tryAgain}</span>}
    </button>
  )
}
