/** One image: what became of it, its results, and what its owner may do with it. */
import { useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { MAX_OPEN_LINKS } from '../../../functions/src/contract/customer.ts'
import type { Output } from '../../../functions/src/contract/record.ts'
import { type Card, cardOf } from '../gallery/cards.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import type { PageProps } from '../ui/routes.tsx'
import { BackLink } from './back-link.tsx'
import { downloadResult } from './download.tsx'
import { Facts, State } from './facts.tsx'
import { Links } from './links.tsx'
import { Preview } from './preview.tsx'
import { isReady } from './results.ts'
import { ResultTable } from './result-table.tsx'
import { ShareDialog } from './share-dialog.tsx'
import { linkStateOf, shareChoices } from './sharing.ts'
import { type ImageActions, useActions } from './use-actions.tsx'
import { useFocusKept } from './use-focus-kept.ts'
import { useNow } from './use-now.ts'
import type { Watched } from '../pieces/watch.ts'
import { type Found, useLinks, useRecord } from './use-watched.ts'
import './image.css'

type Props = PageProps & { readonly imageId: string }

/** What the address may name: anything else would be another place in Firestore. */
const IMAGE_ID = /^[0-9a-f]{40}$/

export function ImagePage(props: Props) {
  const { image } = useTexts()
  return (
    <div className="one-image">
      <BackLink />
      {IMAGE_ID.test(props.imageId) ? (
        <Known key={props.imageId} {...props} />
      ) : (
        <>
          <h1>{image.notFound}</h1>
          <p>{image.notFoundHint}</p>
        </>
      )}
    </div>
  )
}

function Known({ backend, session, imageId }: Props) {
  const watched = useRecord(backend, session.customerId, imageId)
  const actions = useActions({ backend, session })
  const record = watched.problem === null ? (watched.value?.record ?? null) : null
  const card = record === null ? null : cardOf(record)
  const heading = useFocusKept<HTMLHeadingElement>((card?.deletedAt ?? null) !== null)
  useStatusHeard(card)
  return (
    <>
      <h1 ref={heading} tabIndex={-1} className="name">
        <Title watched={watched} fileName={card?.fileName ?? null} />
      </h1>
      {card === null && <Absent watched={watched} />}
      {card !== null && card.deletedAt !== null && <Deleted card={card} deletedAt={card.deletedAt} actions={actions} />}
      {card !== null && card.deletedAt === null && (
        <Shown card={card} backend={backend} session={session} actions={actions} />
      )}
      {actions.parts}
    </>
  )
}

function Title({ watched, fileName }: { readonly watched: Watched<Found>; readonly fileName: string | null }) {
  const { image } = useTexts()
  if (fileName !== null) return <bdi>{fileName}</bdi>
  return isMissing(watched) ? image.notFound : image.title
}

/** Without a connection, what is not known may be there all the same. */
const isMissing = ({ value, current, problem }: Watched<Found>) => problem === null && value?.record === null && current

function Absent({ watched }: { readonly watched: Watched<Found> }) {
  const { image, common } = useTexts()
  const { value, problem, restart } = watched
  if (problem !== null) {
    return (
      <>
        <p role="alert" className="problem">
          {problem === 'permission-denied' ? common.denied : common.cantShow(problem)}
        </p>
        <div className="buttons start">
          <Button onPress={restart}>{common.tryAgain}</Button>
        </div>
      </>
    )
  }
  if (isMissing(watched)) return <p>{image.notFoundHint}</p>
  return <p className="quiet">{value === null ? common.loading : image.whenConnected}</p>
}

interface DeletedProps {
  readonly card: Card
  readonly deletedAt: Date
  readonly actions: ImageActions
}

function Deleted({ card, deletedAt, actions }: DeletedProps) {
  const { image } = useTexts()
  const format = useFormat()
  const now = useNow()
  const { availableUntil } = card
  const gone = availableUntil !== null && availableUntil <= now
  return (
    <section className="card-section" aria-label={image.state}>
      <p>{image.deletedAt(format.time(deletedAt))}</p>
      {availableUntil !== null && <p>{image.deletedUntil[gone ? 'gone' : 'kept'](format.time(availableUntil))}</p>}
      {!gone && (
        <div className="buttons start">
          <Button className="react-aria-Button primary" onPress={() => void actions.restore([card])}>
            {image.restore}
          </Button>
        </div>
      )}
    </section>
  )
}

interface ShownProps extends Pick<Props, 'backend' | 'session'> {
  readonly card: Card
  readonly actions: ImageActions
}

function Shown({ card, backend, session, actions }: ShownProps) {
  const texts = useTexts()
  const { image } = texts
  const { tell, announce } = useNotices()
  const now = useNow()
  const links = useLinks(backend, session.customerId, card.imageId)
  const [sharing, setSharing] = useState(false)
  const ready = isReady(card)
  const open = links.value?.filter((link) => linkStateOf(link, now) === 'open').length ?? 0
  const shareable = ready && shareChoices(card.availableUntil, now).length > 0

  function share() {
    if (open >= MAX_OPEN_LINKS) tell({ text: image.tooManyLinks(open), problem: true })
    else setSharing(true)
  }
  const downloadOne = (output: Output) => {
    const tools = { texts, tell, announce, images: backend.images, customerId: session.customerId }
    void downloadResult(card, output, tools)
  }
  return (
    <>
      <div className="buttons start">
        {ready && (
          <Button className="react-aria-Button primary" onPress={() => void actions.download([card])}>
            {image.download}
          </Button>
        )}
        {shareable && <Button onPress={share}>{image.share}</Button>}
        <Button className="react-aria-Button danger" onPress={() => void actions.remove([card])}>
          {image.remove}
        </Button>
      </div>
      <div className="image-and-facts">
        <Preview card={card} images={backend.images} />
        <div className="beside">
          <State card={card} now={now} onRetry={() => actions.retry([card])} />
          <Facts card={card} />
        </div>
      </div>
      {ready && <ResultTable card={card} onDownload={downloadOne} />}
      <Links watched={links} backend={backend} now={now} />
      {sharing && <ShareDialog card={card} backend={backend} onClose={() => setSharing(false)} />}
    </>
  )
}

/** Others see it change. */
function useStatusHeard(card: Card | null) {
  const { image, common } = useTexts()
  const { announce } = useNotices()
  const status = card?.status ?? null
  const before = useRef(status)
  useEffect(() => {
    if (before.current !== null && status !== null && before.current !== status) {
      announce(image.nowIs(common.statuses[status]))
    }
    before.current = status
  }, [status, announce, image, common])
}
