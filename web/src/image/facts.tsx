/** What is known of an image, and what became of it. */
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components'
import { Link } from 'wouter'
import { MAX_CUSTOMER_ATTEMPTS } from '../../../functions/src/contract/customer.ts'
import type { Card } from '../gallery/cards.ts'
import { useFormat, useLocale, useTexts } from '../ui/locale.tsx'
import { expiryOf } from './expiry.ts'
import { exposureParts, photoOf, takenAtText } from './findings.ts'
import { mayRetry } from './results.ts'

interface StateProps {
  readonly card: Card
  readonly now: Date
  readonly onRetry: () => Promise<void>
}

export function State({ card, now, onRetry }: StateProps) {
  const { image, common } = useTexts()
  const { status, error, attempt } = card
  return (
    <section className="card-section" data-status={status} aria-label={image.state}>
      <p className="status">{common.statuses[status]}</p>
      {status === 'done' && <Expiry card={card} now={now} />}
      {(status === 'waiting' || status === 'processing') && <p>{image.comes}</p>}
      {status === 'failed' && error !== null && (
        <>
          <p>{common.errors[error.code]}</p>
          <p className="quiet name" lang="en">
            <bdi>{error.message}</bdi>
          </p>
        </>
      )}
      {status === 'failed' && attempt >= MAX_CUSTOMER_ATTEMPTS && <p>{image.triedEnough(attempt)}</p>}
      {mayRetry(card) && (
        <div className="buttons start">
          <Button className="react-aria-Button primary" onPress={() => void onRetry()}>
            {image.retry}
          </Button>
        </div>
      )}
    </section>
  )
}

function Expiry({ card: { availableUntil }, now }: { readonly card: Card; readonly now: Date }) {
  const { image } = useTexts()
  const format = useFormat()
  const expiry = expiryOf(availableUntil, now)
  if (availableUntil === null || expiry === 'none') return null
  return (
    <p className={expiry === 'kept' ? 'quiet' : 'expiry-warning'}>
      {image.expiry[expiry]} <Time time={availableUntil}>{format.time(availableUntil)}</Time>
      {expiry === 'soon' && `. ${image.saveNow}.`}
      {expiry === 'gone' && `. ${image.mayBeGone}.`}
    </p>
  )
}

const Time = ({ time, children }: { readonly time: Date; readonly children: ReactNode }) => (
  <time dateTime={time.toISOString()}>{children}</time>
)

export function Facts({ card }: { readonly card: Card }) {
  const { image, common } = useTexts()
  const format = useFormat()
  const { dimensions, pages, processedAt, sameAs } = card
  return (
    <section className="card-section" aria-labelledby="facts">
      <h2 id="facts">{image.facts}</h2>
      <dl className="facts">
        {card.format !== null && <Fact name={image.format}>{common.formats[card.format]}</Fact>}
        {dimensions !== null && <Fact name={image.dimensions}>{`${dimensions.width} × ${dimensions.height}`}</Fact>}
        {pages > 1 && <Fact name={image.pages}>{format.number(pages)}</Fact>}
        <Fact name={image.size}>{format.bytes(card.bytes)}</Fact>
        <Fact name={image.source}>{common.sources[card.source]}</Fact>
        <Fact name={image.received}>
          <Time time={card.receivedAt}>{format.time(card.receivedAt)}</Time>
        </Fact>
        {processedAt !== null && (
          <Fact name={image.processed}>
            <Time time={processedAt}>{format.time(processedAt)}</Time>
          </Fact>
        )}
        <Fact name={image.attempts}>{format.number(card.attempt)}</Fact>
        {sameAs !== null && (
          <Fact name={image.same}>
            <Link href={`/images/${encodeURIComponent(sameAs)}`}>{image.sameLink}</Link>
          </Fact>
        )}
        <PhotoFacts findings={card.findings} />
      </dl>
    </section>
  )
}

function PhotoFacts({ findings }: Pick<Card, 'findings'>) {
  const { image } = useTexts()
  const { locale } = useLocale()
  const photo = photoOf(findings)
  if (photo === null) return null
  const exposure = exposureParts(photo.exposure, locale)
  return (
    <>
      {photo.takenAt !== null && <Fact name={image.takenAt}>{takenAtText(photo.takenAt, locale)}</Fact>}
      {photo.camera !== null && <Fact name={image.camera}>{photo.camera}</Fact>}
      {photo.lens !== null && <Fact name={image.lens}>{photo.lens}</Fact>}
      {exposure.length > 0 && <Fact name={image.exposure}>{exposure.join(' · ')}</Fact>}
    </>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd className="name">
      <bdi>{children}</bdi>
    </dd>
  </div>
)
