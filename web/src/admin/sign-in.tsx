import { type SubmitEvent, useState } from 'react'
import type { SignIn } from '../firebase/config.ts'
import type { Accounts } from '../firebase/accounts.ts'
import { problemOf, sentenceOf } from '../account/problems.ts'
import { account } from '../texts/en/account.ts'

interface Props {
  readonly accounts: Accounts
  readonly signIns: readonly SignIn[]
  /** What one signs in for. */
  readonly purpose: string
}

/** E-mail and password; in the local stack also a button for each of the demo's accounts. */
export function SignInPage({ accounts, signIns, purpose }: Props) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const signIn = async (email: string, password: string) => {
    setBusy(true)
    setProblem(null)
    try {
      await accounts.signIn(email, password)
    } catch (error) {
      const found = problemOf(error)
      setProblem(found === null ? null : sentenceOf(found, account.problems))
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    void signIn(fields.get('email') as string, fields.get('password') as string)
  }

  return (
    <main className="centred">
      <h1>Darkroom</h1>
      <p className="quiet">{purpose}</p>
      <form className="sign-in" onSubmit={submit} aria-busy={busy}>
        <label>
          E-mail
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {problem !== null && (
          <p role="alert" className="problem">
            {problem}
          </p>
        )}
        <button type="submit" className="primary" disabled={busy}>
          Sign in
        </button>
      </form>
      {signIns.length > 0 && (
        <section className="demo-sign-ins" aria-labelledby="demo-sign-ins">
          <h2 id="demo-sign-ins">Demo accounts</h2>
          <ul>
            {signIns.map(({ email, password, label }) => (
              <li key={email}>
                <button type="button" disabled={busy} onClick={() => void signIn(email, password)}>
                  <span>{label}</span> <span className="quiet">{email}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  )
}
