/** What the page tells: sentences for everyone, with a way back where there is one, and the same and more for screen readers. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTexts } from './locale.tsx'

interface Notice {
  readonly text: string
  /** Such as "Undo". */
  readonly action?: { readonly label: string; readonly act: () => void }
  readonly problem?: boolean
}

interface Telling {
  /** To everyone, until it is closed or some seconds have passed; a problem stays. */
  readonly tell: (notice: Notice) => void
  /** To screen readers alone: what others see happen. */
  readonly announce: (text: string) => void
}

interface Kept extends Notice {
  readonly id: number
}

/** How many announcements stay in the page for a screen reader to go back to, and how many notices are shown. */
const KEPT = 20
const SHOWN = 3
const SHOWN_MS = 10_000

const Context = createContext<Telling>({ tell: () => {}, announce: () => {} })
export const useNotices = () => useContext(Context)

export function Notices({ children }: { readonly children: ReactNode }) {
  const { common } = useTexts()
  const [shown, setShown] = useState<readonly Kept[]>([])
  const [told, setTold] = useState<readonly Kept[]>([])
  const last = useRef(0)
  const close = useCallback((id: number) => setShown((all) => all.filter((one) => one.id !== id)), [])
  const telling = useMemo<Telling>(() => {
    const announce = (text: string) => {
      const id = ++last.current
      setTold((all) => [...all, { id, text }].slice(-KEPT))
    }
    return {
      announce,
      tell(notice) {
        announce(notice.text)
        const id = ++last.current
        setShown((all) => [...all, { ...notice, id }].slice(-SHOWN))
        if (notice.problem !== true) setTimeout(() => close(id), SHOWN_MS)
      },
    }
  }, [close])
  return (
    <Context value={telling}>
      {children}
      <ul className="notices">
        {shown.map(({ id, text, action, problem }) => (
          <li key={id} data-problem={problem}>
            <p>{text}</p>
            {action !== undefined && (
              <Button
                onPress={() => {
                  close(id)
                  action.act()
                }}
              >
                {action.label}
              </Button>
            )}
            <Button className="react-aria-Button icon" aria-label={common.close} onPress={() => close(id)}>
              ×
            </Button>
          </li>
        ))}
      </ul>
      <div role="log" aria-live="polite" aria-label={common.happened} className="visually-hidden">
        {told.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
    </Context>
  )
}
