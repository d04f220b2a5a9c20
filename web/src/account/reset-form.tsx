/** A new password, by a mail; in the local stack, which sends none, right here. */
import { useState } from 'react'
import type { Accounts } from '../firebase/accounts.ts'
import { useOuterTexts } from '../ui/locale.tsx'
import { EmailField, PasswordField } from './fields.tsx'
import { AccountForm } from './form.tsx'

interface Props {
  readonly accounts: Accounts
  readonly email: string
  readonly onEmail: (email: string) => void
  readonly labelledBy: string
}

export function ResetForm({ accounts, email, onEmail, labelledBy }: Props) {
  const { account } = useOuterTexts()
  const [sentTo, setSentTo] = useState<string | null>(null)
  const send = async (address: string) => {
    await accounts.sendPasswordReset(address)
    setSentTo(address)
  }
  return (
    <>
      <p className="quiet">{account.resetHint}</p>
      <AccountForm labelledBy={labelledBy} submit={account.sendLink} act={(value) => send(value('email'))}>
        <EmailField value={email} onChange={onEmail} />
      </AccountForm>
      <div role="status" className="status-line">
        {sentTo !== null && <p>{account.resetSent}</p>}
      </div>
      {sentTo !== null && accounts.local !== null && (
        <LocalReset
          key={sentTo}
          setPassword={(password) => accounts.local?.resetPassword(sentTo, password) ?? Promise.resolve(false)}
        />
      )}
    </>
  )
}

/** `setPassword` resolves with whether there is such an account. */
function LocalReset({ setPassword }: { readonly setPassword: (password: string) => Promise<boolean> }) {
  const { account } = useOuterTexts()
  const [done, setDone] = useState<boolean | null>(null)
  return (
    <section className="hint">
      <p>{account.localReset}</p>
      <AccountForm
        submit={account.setPassword}
        clears
        act={async (value) => setDone(await setPassword(value('password')))}
      >
        <PasswordField isNew label={account.newPassword} />
      </AccountForm>
      <div role="status" className="status-line">
        {done !== null && <p>{done ? account.passwordSet : account.localResetNone}</p>}
      </div>
    </section>
  )
}
