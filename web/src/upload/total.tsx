import { type RefObject, useState } from 'react'
import { Button } from 'react-aria-components'
import type { Texts } from '../texts/texts.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { Ask } from './ask.tsx'
import { ToImages } from './guide.tsx'
import { type Cards, type Counts, countsOf, leftOf, percentOf } from './rows.ts'
import type { Uploads, UploadsState } from './uploads.ts'
import './total.css'

interface Props {
  readonly state: UploadsState
  readonly cards: Cards
  readonly uploads: Uploads
  readonly heading: RefObject<HTMLHeadingElement | null>
}

/** How far all of it has come, and what can be done with all of it. */
export function Total({ state, cards, uploads, heading }: Props) {
  const { total, status } = useTexts().upload
  const counts = countsOf(state.items, cards)
  const busy = counts.underWay > 0
  const percent = percentOf(state.sentBytes, state.totalBytes)
  return (
    <section className="total card-section" aria-labelledby="total" data-busy={busy}>
      <div className="heading">
        <h2 id="total" ref={heading} tabIndex={-1}>
          {titleOf(state, counts, total)}
        </h2>
        {counts.toSend > 0 && <p className="percent">{status.percent(percent)}</p>}
      </div>
      <progress aria-label={total.progress} max={100} value={busy ? percent : 100} data-ended={!busy} />
      <p className="quiet pace">
        <Speed state={state} counts={counts} />
      </p>
      <Outcomes counts={counts} />
      <Buttons state={state} counts={counts} uploads={uploads} />
    </section>
  )
}

type Words = Texts['upload']['total']

function titleOf({ online, paused }: UploadsState, counts: Counts, total: Words): string {
  const { underWay, going, paused: held, arrived, toSend } = counts
  if (underWay > 0) {
    if (paused || (going === 0 && held > 0)) return total.paused
    return online ? total.sending(underWay) : total.offline
  }
  if (arrived === 0) return total.nothingSent
  return arrived === toSend ? total.ended(arrived) : total.endedOf(arrived, toSend)
}

/** One line, whatever it says: nothing below it moves. */
function Speed({ state, counts }: { readonly state: UploadsState; readonly counts: Counts }) {
  const { total } = useTexts().upload
  const { bytes } = useFormat()
  const { sentBytes, totalBytes, bytesPerSecond, secondsLeft, online, paused } = state
  const parts = [total.of(counts.arrived, counts.toSend), total.bytesOf(bytes(sentBytes), bytes(totalBytes))]
  if (counts.underWay > 0) {
    if (paused) parts.push(total.pausedAll)
    else if (!online) parts.push(total.goesOn)
    else if (counts.going > 0) {
      if (bytesPerSecond !== null) parts.push(total.speed(bytes(bytesPerSecond)))
      parts.push(secondsLeft === null ? total.measuring : timeLeft(secondsLeft, total))
    }
  }
  return parts.join(' · ')
}

function timeLeft(seconds: number, { left }: Words): string {
  const rough = leftOf(seconds)
  return rough === null ? left.moment : left[rough.unit](rough.count)
}

function Outcomes({ counts }: { readonly counts: Counts }) {
  const { total } = useTexts().upload
  const all = [
    { state: 'processing', count: counts.inWork, text: total.inWork },
    { state: 'done', count: counts.done, text: total.done },
    { state: 'failed', count: counts.failed, text: total.failed },
    { state: 'failed', count: counts.notSent, text: total.notSent },
    { state: 'failed', count: counts.refused, text: total.refused },
  ] as const
  return (
    <ul className="outcomes">
      {all
        .filter(({ count }) => count > 0)
        .map(({ state, count, text }) => (
          <li key={text(0)} data-status={state}>
            <span className="status">{text(count)}</span>
          </li>
        ))}
    </ul>
  )
}

/** Pausing and going on are one button: it stays where it is, with the focus. */
function Buttons({ state, counts, uploads }: Pick<Props, 'state' | 'uploads'> & { readonly counts: Counts }) {
  const { total } = useTexts().upload
  const [asking, setAsking] = useState(false)
  const { underWay, going, paused, again, ended } = counts
  const goesOn = going > 0 && !state.paused
  const cancel = () => (underWay > 1 ? setAsking(true) : uploads.cancelAll())
  return (
    <div className="buttons start">
      {(going > 0 || paused > 0 || state.paused) && (
        <Button onPress={goesOn ? uploads.pauseAll : uploads.resumeAll}>
          {goesOn ? total.pauseAll : total.resumeAll}
        </Button>
      )}
      {underWay > 0 && <Button onPress={cancel}>{total.cancelAll}</Button>}
      {ended > 0 && (
        <Button onPress={uploads.clearEnded}>{underWay === 0 ? total.clear : total.clearEnded(ended)}</Button>
      )}
      {again > 0 && <Button onPress={uploads.retryAll}>{total.retryAll(again)}</Button>}
      <ToImages />
      {asking && <Ask count={underWay} onYes={uploads.cancelAll} onClose={() => setAsking(false)} />}
    </div>
  )
}
