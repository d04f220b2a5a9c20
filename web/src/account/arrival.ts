import { useEffect, useRef } from 'react'
import { useOuterTexts } from '../ui/locale.tsx'

/** Whether a heading has been arrived at since the page was loaded: at the first the focus belongs where the browser has it. */
let hasArrived = false

/** For the heading of what takes the place of another page: the tab has its title, and the focus is where it begins. */
export function useArrival(title: string) {
  const { common } = useOuterTexts()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} – ${common.appName}`
  }, [title, common])
  useEffect(() => {
    if (hasArrived) heading.current?.focus()
    hasArrived = true
  }, [])
  return heading
}
