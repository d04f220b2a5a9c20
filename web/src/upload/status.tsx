import { useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { useTexts } from '../ui/locale.tsx'
import { DropAnywhere } from './drop.tsx'
import { countsOf, percentOf } from './rows.ts'
import type { Uploads, UploadsState } from './uploads.ts'
import { useUploadNews } from './use-news.ts'
import './status.css'

/** In the header of every page: how far what is being sent has come. What holds for every page as well: files dropped, and what is announced. */
export function UploadStatus({ uploads }: { readonly uploads: Uploads }) {
  const state = useSyncExternalStore(uploads.subscribe, uploads.state)
  useUploadNews(state)
  return (
    <div className="upload-status">
      <Progress state={state} />
      <DropAnywhere uploads={uploads} />
    </div>
  )
}

/** Its place is kept free while there is nothing to show: nothing beside it moves. */
function Progress({ state }: { readonly state: UploadsState }) {
  const { status } = useTexts().upload
  const { underWay, notSent, arrived, toSend } = countsOf(state.items, NO_CARDS)
  if (underWay === 0 && notSent === 0) return null
  const percent = percentOf(state.sentBytes, state.totalBytes)
  return (
    <Link href="/" data-failed={notSent > 0}>
      <span className="visually-hidden">{status.uploads} </span>
      {underWay > 0 && (
        <>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <circle className="ring" cx="10" cy="10" r="8" />
            <circle className="ring done" cx="10" cy="10" r="8" pathLength="100" strokeDasharray={`${percent} 100`} />
          </svg>
          <span className="long">{status.of(arrived, toSend, percent)}</span>
          <span className="short">{status.percent(percent)}</span>
        </>
      )}
      {notSent > 0 && <span className={underWay > 0 ? 'failed long' : 'failed'}>{status.failed(notSent)}</span>}
    </Link>
  )
}

const NO_CARDS = new Map<string, never>()
