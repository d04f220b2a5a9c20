import { useEffect, useRef } from 'react'
import { Button } from 'react-aria-components'
import { useTexts } from '../ui/locale.tsx'

interface Props {
  readonly count: number
  readonly onYes: () => void
  readonly onClose: () => void
}

/** The browser's own dialog keeps the focus in it, gives it back, and closes with Escape. */
export function Ask({ count, onYes, onClose }: Props) {
  const { ask } = useTexts().upload
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const close = () => dialog.current?.close()
  return (
    <dialog ref={dialog} className="ask" aria-labelledby="ask-title" aria-describedby="ask-text" onClose={onClose}>
      <h2 id="ask-title">{ask.title(count)}</h2>
      <p id="ask-text">{ask.text}</p>
      <div className="buttons">
        <Button autoFocus onPress={close}>
          {ask.no}
        </Button>
        <Button
          className="react-aria-Button danger"
          onPress={() => {
            close()
            onYes()
          }}
        >
          {ask.yes}
        </Button>
      </div>
    </dialog>
  )
}
