/** What is changed of an account that signs in by a password. */
import { type ReactNode, useRef, useState } from 'react'
import type { Accounts } from '../firebase/accounts.ts'
import { useOuterTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import { EmailField, NameField, PasswordField } from './fields.tsx'
import { AccountForm } from './form.tsx'
import { LocalLink } from './local-link.tsx'
import type { Problem } from './problems.ts'

interface FoldedProps {
  readonly id: string
  readonly title: string
  readonly children: (close: () => void) => ReactNode
}

/** Closed again, the focus is on what opens it. */
function Folded({ id, title, children }: FoldedProps) {
  const details = useRef<HTMLDetailsElement>(null)
  const close = () => {
    if (details.current === null) return
    details.current.open = false
    details.current.querySelector('summary')?.focus()
  }
  return (
    <details ref={details}>
      <summary id={id}>{title}</summary>
      {children(close)}
    </details>
  )
}

interface Props {
  readonly accounts: Accounts
}

export function ChangeName({ accounts, name }: Props & { readonly name: string }) {
  const { account } = useOuterTexts()
  const { tell } = useNotices()
  return (
    <Folded id="change-name" title={account.changeName}>
      {(close) => (
        <AccountForm
          key={name}
          labelledBy="change-name"
          submit={account.save}
          act={async (value) => {
            await accounts.changeName(value('name').trim())
            tell({ text: account.nameChanged })
            close()
          }}
        >
          <NameField value={name} />
        </AccountForm>
      )}
    </Folded>
  )
}

/** Whoever is signed in has got the address right. */
const useWrongCurrent = () => {
  const { account } = useOuterTexts()
  return ({ kind }: Problem) => (kind === 'wrong' ? account.wrongCurrent : null)
}

/** For the browser's keeper of passwords, which has to know whose it is. */
const Owner = ({ email }: { readonly email: string }) => (
  <input hidden name="username" autoComplete="username" value={email} readOnly />
)

export function ChangePassword({ accounts, email }: Props & { readonly email: string }) {
  const { account } = useOuterTexts()
  const { tell } = useNotices()
  const wrongCurrent = useWrongCurrent()
  return (
    <Folded id="change-password" title={account.changePassword}>
      {(close) => (
        <AccountForm
          labelledBy="change-password"
          submit={account.changePassword}
          clears
          sentence={wrongCurrent}
          act={async (value) => {
            await accounts.changePassword(value('current'), value('password'))
            tell({ text: account.passwordChanged })
            close()
          }}
        >
          <p className="quiet">{account.passwordHint}</p>
          <Owner email={email} />
          <PasswordField name="current" label={account.currentPassword} />
          <PasswordField isNew label={account.newPassword} />
        </AccountForm>
      )}
    </Folded>
  )
}

export function ChangeEmail({ accounts, email }: Props & { readonly email: string }) {
  const { account } = useOuterTexts()
  const { tell } = useNotices()
  const wrongCurrent = useWrongCurrent()
  const [sent, setSent] = useState(0)
  return (
    <Folded id="change-email" title={account.changeEmail}>
      {() => (
        <>
          <AccountForm
            labelledBy="change-email"
            submit={account.sendLink}
            clears
            sentence={wrongCurrent}
            act={async (value) => {
              await accounts.changeEmail(value('current'), value('email').trim())
              setSent((count) => count + 1)
              tell({ text: account.emailSent })
            }}
          >
            <p className="quiet">{account.emailHint}</p>
            <EmailField label={account.newEmail} autoComplete="email" />
            <PasswordField name="current" label={account.currentPassword} />
          </AccountForm>
          {sent > 0 && <LocalLink accounts={accounts} kind="VERIFY_AND_CHANGE_EMAIL" email={email} sent={sent} />}
        </>
      )}
    </Folded>
  )
}
