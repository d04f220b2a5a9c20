/** Sending images, and seeing live what becomes of each. */
import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components'
import type { Card } from '../gallery/cards.ts'
import { useActions } from '../image/use-actions.tsx'
import { useTexts } from '../ui/locale.tsx'
import type { PageProps } from '../ui/routes.tsx'
import { Choose, useFormats } from './choose.tsx'
import { Guide } from './guide.tsx'
import { List } from './list.tsx'
import type { Act } from './rows.ts'
import { Total } from './total.tsx'
import type { UploadItem } from './uploads.ts'
import { useCards } from './use-cards.ts'
import { useKeptFocus } from './use-kept-focus.ts'
import { useImageNews } from './use-news.ts'
import './upload.css'

export function UploadPage({ session, backend, uploads }: PageProps) {
  const { common, upload } = useTexts()
  const state = useSyncExternalStore(uploads.subscribe, uploads.state)
  const { items } = state
  const { cards, problem, restart, reopen } = useCards(backend.images, session.customerId, items)
  const formats = useFormats(backend.raw, session.customerId)
  const { retry, parts } = useActions({ backend, session })
  useImageNews(items, cards)

  const picker = useRef<HTMLInputElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const keptFocus = useKeptFocus(() => [heading.current, picker.current])

  const doing = useCallback(
    (act: Act, { uploadId }: UploadItem, card: Card | undefined) => {
      if (act === 'reprocess') {
        if (card === undefined) return
        reopen(uploadId)
        void retry([card])
      } else if (act === 'cancel' || act === 'dismiss') uploads.remove(uploadId)
      else uploads[act](uploadId)
    },
    [uploads, reopen, retry],
  )
  const listed = items.length > 0
  const list = useMemo(
    () => <List items={items} cards={cards} images={backend.images} doing={doing} />,
    [items, cards, backend, doing],
  )

  return (
    <div className="upload-page" data-listed={listed} {...keptFocus}>
      <h1>{common.pages.upload}</h1>
      <Choose uploads={uploads} reduce={state.reduce} formats={formats} picker={picker} />
      <div className="course">
        {!state.kept && <p className="notice">{upload.notKept}</p>}
        {problem !== null && (
          <div className="notice" role="alert">
            <p>{upload.cantWatch(problem)}</p>
            <Button onPress={restart}>{common.tryAgain}</Button>
          </div>
        )}
        {listed ? (
          <>
            <Total state={state} cards={cards} uploads={uploads} heading={heading} />
            {list}
          </>
        ) : (
          <Guide />
        )}
      </div>
      {parts}
    </div>
  )
}
