/** What is under way, in a corner of the page. It comes with every page that acts on images: no components from elsewhere. */
import { useSyncExternalStore } from 'react'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { type Running, running } from './running.ts'
import './running.css'

/** What is done in one call is done before anybody could read of it. */
const WORTH_TELLING = 100

export function RunningList({ customerId }: { readonly customerId: string }) {
  const all = useSyncExternalStore(running.subscribe, running.all)
  const shown = all.filter((one) => one.customerId === customerId && isWorthTelling(one))
  if (shown.length === 0) return null
  return (
    <ul className="running">
      {shown.map((one) => (
        <RunningItem key={one.id} one={one} />
      ))}
    </ul>
  )
}

const isWorthTelling = ({ kind, total }: Running) => kind === 'download' || total > WORTH_TELLING

function RunningItem({ one }: { readonly one: Running }) {
  const { image, common } = useTexts()
  const format = useFormat()
  const { kind, done, total, doneBytes, totalBytes, cancel } = one
  const progress = image.progress(done, total)
  return (
    <li>
      <p>{image.under[kind]}</p>
      <progress aria-label={image.under[kind]} aria-valuetext={progress} max={total} value={done} />
      <p className="quiet">
        {progress}
        {totalBytes !== null && ` · ${image.ofBytes(format.bytes(doneBytes), format.bytes(totalBytes))}`}
      </p>
      <button type="button" onClick={cancel}>
        {common.cancel}
      </button>
    </li>
  )
}
