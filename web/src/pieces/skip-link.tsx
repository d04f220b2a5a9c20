import type { MouseEvent } from 'react'

/** To what a page is about, past what is around every page. The address stays as it is. */
export const SkipLink = ({ children }: { readonly children: string }) => (
  <a className="skip" href={`#${CONTENT}`} onClick={skip}>
    {children}
  </a>
)

/** The id of the page's `<main>`, which can have the focus. */
export const CONTENT = 'content'

function skip(event: MouseEvent) {
  event.preventDefault()
  document.getElementById(CONTENT)?.focus()
}
