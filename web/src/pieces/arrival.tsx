import { useEffect } from 'react'
import { useLocation } from 'wouter'

/** The path that was arrived at last: null before the first, at which the focus belongs where the browser has it. */
let arrivedAt: string | null = null

interface Props {
  /** Of the tab. */
  readonly title: string
  /** Whether the page itself knows how far down it is to be seen. Default: no, it is seen from its top. */
  readonly keepsPlace?: boolean
}

/** Comes after a page, and so into being once that is shown: then the page has its title, and the focus is where it begins. */
export function Arrival({ title, keepsPlace = false }: Props) {
  const [path] = useLocation()
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    if (arrivedAt !== null && arrivedAt !== path) {
      const heading = document.querySelector<HTMLElement>('main h1')
      heading?.setAttribute('tabindex', '-1')
      heading?.focus({ preventScroll: true })
      if (!keepsPlace) scrollTo(0, 0)
    }
    arrivedAt = path
  }, [path, keepsPlace])
  return null
}
