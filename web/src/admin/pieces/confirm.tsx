import { createContext, type ReactNode, useCallback, useContext, useId, useLayoutEffect, useRef, useState } from 'react'

export interface Question {
  readonly title: string
  readonly text: ReactNode
  /** What the button says that does it, such as "Replay 12 images". */
  readonly action: string
}

type Ask = (question: Question) => Promise<boolean>

const Asking = createContext<Ask | null>(null)

/** Asks before something is done: true where it shall be. */
export function useConfirm(): Ask {
  const ask = useContext(Asking)
  if (ask === null) throw new Error('useConfirm is used outside of Confirming')
  return ask
}

/** Has the place for the questions of what is in it: one at a time, since nothing else can be reached while one is open. */
export function Confirming({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<{ readonly question: Question; readonly answer: (yes: boolean) => void } | null>(
    null,
  )
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((resolve) => {
        const answer = (yes: boolean) => {
          setAsked(null)
          resolve(yes)
        }
        setAsked({ question, answer })
      }),
    [],
  )
  return (
    <Asking value={ask}>
      {children}
      {asked !== null && <Dialog {...asked.question} onAnswer={asked.answer} />}
    </Asking>
  )
}

/** Escape means no. The browser keeps the focus in it, and gives it back to where it was. */
function Dialog({ title, text, action, onAnswer }: Question & { readonly onAnswer: (yes: boolean) => void }) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  // Closed before it is taken out of the page: only then is the focus given back.
  useLayoutEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    return () => shown?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={() => onAnswer(false)}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <div id={`${id}-text`}>{text}</div>
      <div className="buttons">
        <button type="button" onClick={() => onAnswer(false)}>
          Cancel
        </button>
        <button type="button" className="primary" onClick={() => onAnswer(true)}>
          {action}
        </button>
      </div>
    </dialog>
  )
}
