/** Signing in with Google: by its own window, or in the local stack by a dialog of this page's. */
import { lazy, Suspense, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import type { Accounts } from '../firebase/accounts.ts'
import { useOuterTexts } from '../ui/locale.tsx'
import { type Problem, problemOf, sentenceOf } from './problems.ts'

/** Loaded by nobody but the local stack. */
const LocalGoogle = lazy(async () => ({ default: (await import('./local-google.tsx')).LocalGoogle }))

interface Props {
  readonly accounts: Accounts
  readonly onSignedIn: () => void
}

export function GoogleButton({ accounts, onSignedIn }: Props) {
  const { account } = useOuterTexts()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [asking, setAsking] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const { local } = accounts

  const press = () => {
    if (busy) return undefined
    if (local !== null) return setAsking(true)
    setBusy(true)
    setProblem(null)
    accounts.signInWithGoogle().then(onSignedIn, (error: unknown) => {
      setBusy(false)
      setProblem(problemOf(error))
      button.current?.focus()
    })
  }
  return (
    <>
      {problem !== null && (
        <p role="alert" className="problem">
          {sentenceOf(problem, account.problems)}
        </p>
      )}
      <Button ref={button} onPress={press}>
        {busy ? account.busy : account.google}
      </Button>
      {local !== null && asking && (
        <Suspense fallback={null}>
          <LocalGoogle
            signIn={async (email, name) => {
              await local.signInWithGoogle(email, name)
              onSignedIn()
            }}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  )
}
