import { useEffect } from 'react'
import { useLocation } from 'wouter'

/** The path that was arrived at last: null before the first, at which the focus belongs where the browser has it. */
let arrivedAt: string | null = null

/** Comes after a page, and so into being once that is shown: then the page has its title, and the focus is where it begins. */
export function Arrival({ title }: { readonly title: string }) {
  const [path] = useLocation()
  useEffect(() => {
    document.title = `${title} – Darkroom admin`
  }, [title])
  useEffect(() => {
    if (arrivedAt !== null && arrivedAt !== path) {
      const heading = document.querySelector<HTMLElement>('main h1')
      heading?.setAttribute('tabindex', '-1')
      heading?.focus({ preventScroll: true })
      scrollTo(0, 0)
    }
    arrivedAt = path
  }, [path])
  return null
}
