/** Signing in, up, and a new password. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Accounts } from '../firebase/accounts.ts'
import type { SignIn } from '../firebase/config.ts'
import { useOuterTexts } from '../ui/locale.tsx'
import { useArrival } from './arrival.ts'
import { LanguageChoice } from './choices.tsx'
import { EmailField, NameField, PasswordField } from './fields.tsx'
import { AccountForm } from './form.tsx'
import { GoogleButton } from './google.tsx'
import { go, type Mode, useMode } from './modes.ts'
import { problemOf, sentenceOf } from './problems.ts'
import { ResetForm } from './reset-form.tsx'
import './account.css'

interface Props {
  readonly accounts: Accounts
  /** The demo's accounts; only the local stack names any. */
  readonly signIns: readonly SignIn[]
}

/** The account's own page belongs to whoever signs in next, a mode to nobody. */
const signedIn = () => go('sign-in', true)

export function SignedOut({ accounts, signIns }: Props) {
  const { common, account } = useOuterTexts()
  const mode = useMode()
  // Kept through the modes: who has forgotten a password need not enter the address anew.
  const [email, setEmail] = useState('')
  const [hasEnded] = useState(() => accounts.ended())
  const page = { accounts, email, onEmail: setEmail }
  return (
    <main className="centred account-page">
      <header>
        <p className="brand">{common.appName}</p>
        <p className="quiet">{account.purpose}</p>
      </header>
      {hasEnded && (
        <p role="status" className="hint">
          {account.ended}
        </p>
      )}
      {mode === 'sign-in' && <SignInMode {...page} signIns={signIns} />}
      {mode === 'sign-up' && <SignUpMode {...page} />}
      {mode === 'reset' && <ResetMode {...page} />}
      <LanguageChoice />
    </main>
  )
}

interface ModeProps {
  readonly accounts: Accounts
  readonly email: string
  readonly onEmail: (email: string) => void
}

const Title = ({ children }: { readonly children: string }) => (
  <h1 id="account-title" tabIndex={-1} ref={useArrival(children)}>
    {children}
  </h1>
)

const Other = ({ mode, children }: { readonly mode: Mode; readonly children: string }) => (
  <Button className="react-aria-Button link" onPress={() => go(mode)}>
    {children}
  </Button>
)

function SignInMode({ accounts, signIns, email, onEmail }: ModeProps & Pick<Props, 'signIns'>) {
  const { account } = useOuterTexts()
  const signIn = async (address: string, password: string) => {
    await accounts.signIn(address, password)
    signedIn()
  }
  return (
    <>
      <Title>{account.signIn}</Title>
      <AccountForm
        labelledBy="account-title"
        submit={account.signIn}
        act={(value) => signIn(value('email'), value('password'))}
      >
        <EmailField value={email} onChange={onEmail} />
        <PasswordField />
      </AccountForm>
      <p>
        <Other mode="reset">{account.forgotten}</Other>
      </p>
      <Or />
      <GoogleButton accounts={accounts} onSignedIn={signedIn} />
      <p>
        {account.noAccount} <Other mode="sign-up">{account.signUp}</Other>
      </p>
      {signIns.length > 0 && <DemoAccounts signIns={signIns} signIn={signIn} />}
    </>
  )
}

function SignUpMode({ accounts, email, onEmail }: ModeProps) {
  const { account } = useOuterTexts()
  return (
    <>
      <Title>{account.signUp}</Title>
      <AccountForm
        labelledBy="account-title"
        submit={account.signUp}
        act={async (value) => {
          await accounts.signUp(value('email'), value('password'), value('name').trim())
          signedIn()
        }}
      >
        <NameField isOptional />
        <EmailField value={email} onChange={onEmail} />
        <PasswordField isNew />
      </AccountForm>
      <Or />
      <GoogleButton accounts={accounts} onSignedIn={signedIn} />
      <p>
        {account.haveAccount} <Other mode="sign-in">{account.signIn}</Other>
      </p>
    </>
  )
}

function ResetMode({ accounts, email, onEmail }: ModeProps) {
  const { account } = useOuterTexts()
  return (
    <>
      <Title>{account.reset}</Title>
      <ResetForm accounts={accounts} email={email} onEmail={onEmail} labelledBy="account-title" />
      <p>
        <Other mode="sign-in">{account.backToSignIn}</Other>
      </p>
    </>
  )
}

function Or() {
  const { account } = useOuterTexts()
  return <p className="or quiet">{account.or}</p>
}

interface DemoProps {
  readonly signIns: readonly SignIn[]
  readonly signIn: (email: string, password: string) => Promise<void>
}

function DemoAccounts({ signIns, signIn }: DemoProps) {
  const { account } = useOuterTexts()
  const [problem, setProblem] = useState<string | null>(null)
  const press = (email: string, password: string) => {
    setProblem(null)
    signIn(email, password).catch((error: unknown) => {
      const found = problemOf(error)
      setProblem(found === null ? null : sentenceOf(found, account.problems))
    })
  }
  return (
    <section className="demo-sign-ins" aria-labelledby="demo-sign-ins">
      <h2 id="demo-sign-ins">{account.demo}</h2>
      {problem !== null && (
        <p role="alert" className="problem">
          {problem}
        </p>
      )}
      <ul>
        {signIns.map(({ email, password, label }) => (
          <li key={email}>
            <Button onPress={() => press(email, password)}>
              <span>{label}</span> <span className="quiet">{email}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
