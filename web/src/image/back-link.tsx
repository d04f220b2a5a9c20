import type { MouseEvent } from 'react'
import { Link } from 'wouter'
import { useTexts } from '../ui/locale.tsx'

const LIST = '/images'

/** To the list as it was left, filters included, where that is where it came from; otherwise to the whole list. */
export function BackLink() {
  const { image } = useTexts()
  function back(event: MouseEvent) {
    // A new tab or window has no way back.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0 || !cameFromList()) return
    event.preventDefault()
    history.back()
  }
  return (
    <p>
      <Link href={LIST} onClick={back}>
        <span aria-hidden="true">← </span>
        {image.back}
      </Link>
    </p>
  )
}

/** Where the browser does not tell, it did not. https://developer.mozilla.org/docs/Web/API/Navigation_API */
function cameFromList(): boolean {
  const { navigation } = window as { readonly navigation?: Navigation }
  const index = navigation?.currentEntry?.index ?? 0
  const before = navigation?.entries()[index - 1]?.url ?? null
  return before !== null && new URL(before).pathname === LIST
}
