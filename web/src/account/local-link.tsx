/** In the local stack, where no mail is sent: the link that it would have held. Nothing elsewhere. */
import { useEffect, useState } from 'react'
import type { Accounts } from '../firebase/accounts.ts'
import { useOuterTexts } from '../ui/locale.tsx'

interface Props {
  readonly accounts: Accounts
  readonly kind: 'VERIFY_EMAIL' | 'VERIFY_AND_CHANGE_EMAIL'
  /** The account's address, as it is until the link is opened. */
  readonly email: string
  /** How many mails were sent: with another one the link is another. */
  readonly sent: number
}

export function LocalLink({ accounts: { local }, kind, email, sent }: Props) {
  const { account } = useOuterTexts()
  /** Undefined: it is being looked for. */
  const [link, setLink] = useState<string | null | undefined>(undefined)
  useEffect(() => {
    let over = false
    local?.mailedLink(kind, email).then(
      (found) => over || setLink(found),
      () => over || setLink(null),
    )
    return () => {
      over = true
    }
  }, [local, kind, email, sent])
  if (local === null || link === undefined) return null
  if (link === null) return <p className="hint">{account.localNone}</p>
  return (
    <p className="hint">
      {account.localMail}{' '}
      <a href={link} target="_blank" rel="noopener">
        {account.localLink}
      </a>
    </p>
  )
}
