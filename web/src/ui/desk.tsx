/** What a signed-in customer sees: sending images above, the images below. */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { Backend } from '../firebase/connect.ts'
import type { Session } from '../firebase/session.ts'
import { cardsOf, settledUploads } from '../gallery/cards.ts'
import { Gallery } from '../gallery/gallery.tsx'
import { SHOWN } from '../gallery/images.ts'
import { useRecords } from '../gallery/use-records.ts'
import { DropZone } from '../upload/drop-zone.tsx'
import { UploadList } from '../upload/upload-list.tsx'
import { Uploader } from '../upload/uploader.ts'
import { Announcer } from './announcer.tsx'

interface Props {
  readonly session: Session
  readonly backend: Backend
}

export function Desk({ session, backend }: Props) {
  return (
    <>
      <header className="bar">
        <h1>Darkroom</h1>
        <p>
          {session.label}
          {session.label !== session.customerId && <span className="quiet"> {session.customerId}</span>}
        </p>
        <button type="button" onClick={() => void backend.accounts.signOut()}>
          Sign out
        </button>
      </header>
      <main>
        {session.barred === null ? (
          <Images customerId={session.customerId} backend={backend} />
        ) : (
          <p role="alert" className="problem">
            {session.barred}
            {session.admin && (
              <>
                {' '}
                <a href="/admin/">To the admin’s page</a>
              </>
            )}
          </p>
        )}
      </main>
    </>
  )
}

interface ImagesProps {
  readonly customerId: string
  readonly backend: Backend
}

function Images({ customerId, backend }: ImagesProps) {
  const uploader = useUploader(customerId, backend)
  return uploader === null ? null : <Workbench customerId={customerId} backend={backend} uploader={uploader} />
}

function Workbench({ customerId, backend, uploader }: ImagesProps & { readonly uploader: Uploader }) {
  const queue = useSyncExternalStore(uploader.subscribe, uploader.queue)
  const feed = useRecords(backend.images, customerId)
  const cards = useMemo(() => (feed.records === null ? null : cardsOf(feed.records, queue)), [feed.records, queue])
  const picker = useRef<HTMLInputElement>(null)

  useEffect(() => {
    if (feed.records === null) return
    for (const uploadId of settledUploads(feed.records, queue, SHOWN)) uploader.remove(uploadId)
  }, [feed.records, queue, uploader])

  /** The button that had the focus goes, at once or with its row; the focus goes to where the next thing begins. */
  const refocusing = (act: (uploadId: string) => void) => (uploadId: string) => {
    act(uploadId)
    picker.current?.focus()
  }

  return (
    <>
      <DropZone onFiles={(files) => void uploader.add(files)} picker={picker} />
      <UploadList queue={queue} onRetry={refocusing(uploader.retry)} onRemove={refocusing(uploader.remove)} />
      <Gallery cards={cards} feed={feed} images={backend.images} />
      <Announcer cards={cards} queue={queue} />
    </>
  )
}

/** One uploader for as long as the customer is signed in; a page that is left while it is busy asks first. */
function useUploader(customerId: string, backend: Backend): Uploader | null {
  const [uploader, setUploader] = useState<Uploader | null>(null)
  useEffect(() => {
    const made = new Uploader(backend, customerId)
    const leaving = (event: BeforeUnloadEvent) => {
      if (made.isBusy()) event.preventDefault()
    }
    addEventListener('beforeunload', leaving)
    setUploader(made)
    return () => {
      removeEventListener('beforeunload', leaving)
      made.close()
    }
  }, [backend, customerId])
  return uploader
}
