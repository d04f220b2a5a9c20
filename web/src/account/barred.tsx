/** Why this account can't send and see images, and what to do: an address that is not confirmed, an admin's account. */
import { useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import type { Accounts } from '../firebase/accounts.ts'
import type { Session } from '../firebase/session.ts'
import { useOuterTexts } from '../ui/locale.tsx'
import { useArrival } from './arrival.ts'
import { LanguageChoice } from './choices.tsx'
import { LocalLink } from './local-link.tsx'
import { problemOf, sentenceOf } from './problems.ts'
import './account.css'

interface Props {
  readonly accounts: Accounts
  readonly session: Session
}

export function Barred({ accounts, session }: Props) {
  const { common } = useOuterTexts()
  return (
    <main className="centred account-page">
      <p className="brand">{common.appName}</p>
      {session.barred === 'unconfirmed' && <Unconfirmed accounts={accounts} />}
      {session.barred === 'admin' && <Admin accounts={accounts} session={session} />}
      {session.barred === 'not-set-up' && <NotSetUp accounts={accounts} session={session} />}
      <LanguageChoice />
    </main>
  )
}

type Said = { readonly text: string; readonly problem: boolean } | null

function Unconfirmed({ accounts }: { readonly accounts: Accounts }) {
  const { account, common } = useOuterTexts()
  const heading = useArrival(account.confirm)
  const email = accounts.profile()?.email ?? ''
  const [sent, setSent] = useState(0)
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<Said>(null)
  const mailProblem = sent === 0 ? accounts.mailProblem() : null
  useReturn(accounts)

  const sentence = (error: unknown) => {
    const problem = problemOf(error)
    return problem === null ? '' : sentenceOf(problem, account.problems)
  }
  const run = (act: () => Promise<string>) => {
    setBusy(true)
    setSaid(null)
    act()
      .then(
        (text) => setSaid({ text, problem: false }),
        (error: unknown) => setSaid({ text: sentence(error), problem: true }),
      )
      .finally(() => setBusy(false))
  }
  const check = async () => {
    await accounts.refresh()
    // Where it is confirmed this page has gone by now.
    return account.notConfirmed
  }
  const send = async () => {
    await accounts.sendVerification()
    setSent((count) => count + 1)
    return account.sentAgain
  }
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {account.confirm}
      </h1>
      {mailProblem === null ? (
        <p>{account.confirmSent}</p>
      ) : (
        <p className="problem">
          {account.mailFailed} {sentence(mailProblem)}
        </p>
      )}
      <p className="name">
        <strong>
          <bdi>{email}</bdi>
        </strong>
      </p>
      <p className="quiet">{account.confirmHow}</p>
      <LocalLink accounts={accounts} kind="VERIFY_EMAIL" email={email} sent={sent} />
      <div role="status" className="status-line">
        {said !== null && <p className={said.problem ? 'problem' : undefined}>{said.text}</p>}
      </div>
      <div className="buttons start">
        <Button className="react-aria-Button primary" isDisabled={busy} onPress={() => run(check)}>
          {account.confirmed}
        </Button>
        <Button isDisabled={busy} onPress={() => run(send)}>
          {account.sendAgain}
        </Button>
        <Button onPress={() => void accounts.signOut()}>{common.signOut}</Button>
      </div>
    </>
  )
}

/** Whoever comes back to this tab may have confirmed the address in another. */
function useReturn(accounts: Accounts): void {
  const asking = useRef(false)
  useEffect(() => {
    const ask = async () => {
      if (document.visibilityState !== 'visible' || asking.current) return
      asking.current = true
      // Without a connection there is the button.
      await accounts.refresh().catch(() => {})
      asking.current = false
    }
    const onReturn = () => void ask()
    document.addEventListener('visibilitychange', onReturn)
    addEventListener('focus', onReturn)
    return () => {
      document.removeEventListener('visibilitychange', onReturn)
      removeEventListener('focus', onReturn)
    }
  }, [accounts])
}

const Who = ({ session }: { readonly session: Session }) => {
  const { account } = useOuterTexts()
  return (
    <p className="quiet name">
      {account.signedInAs} <bdi>{session.label}</bdi>
    </p>
  )
}

function Admin({ accounts, session }: Props) {
  const { account, common } = useOuterTexts()
  const heading = useArrival(account.barredAdmin)
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {account.barredAdmin}
      </h1>
      <p>{account.barredAdminWhy}</p>
      <Who session={session} />
      <div className="buttons start">
        <a className="button primary" href="/admin/">
          {common.toAdmin}
        </a>
        <Button onPress={() => void accounts.signOut()}>{common.signOut}</Button>
      </div>
    </>
  )
}

function NotSetUp({ accounts, session }: Props) {
  const { account, common } = useOuterTexts()
  const heading = useArrival(account.barredNotSetUp)
  const [problem, setProblem] = useState<string | null>(null)
  const check = () => {
    setProblem(null)
    accounts.refresh().catch((error: unknown) => {
      const found = problemOf(error)
      setProblem(found === null ? null : sentenceOf(found, account.problems))
    })
  }
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {account.barredNotSetUp}
      </h1>
      <p>{account.barredNotSetUpWhy}</p>
      <Who session={session} />
      <div role="status" className="status-line">
        {problem !== null && <p className="problem">{problem}</p>}
      </div>
      <div className="buttons start">
        <Button className="react-aria-Button primary" onPress={check}>
          {account.checkAgain}
        </Button>
        <Button onPress={() => void accounts.signOut()}>{common.signOut}</Button>
      </div>
    </>
  )
}
