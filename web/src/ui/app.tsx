/** Which page to show: a problem, the sign-in, or the customer's desk. */
import { type ReactNode, useEffect, useState } from 'react'
import { ConfigError, type SignIn } from '../firebase/config.ts'
import type { Accounts, Backend } from '../firebase/connect.ts'
import type { Session } from '../firebase/session.ts'
import { Desk } from './desk.tsx'
import { SignInPage } from './sign-in.tsx'

interface Started {
  readonly backend: Backend
  readonly signIns: readonly SignIn[]
}

export function App({ starting }: { readonly starting: Promise<Started> }) {
  const [started, setStarted] = useState<Started | string | null>(null)
  useEffect(() => {
    starting.then(setStarted, (error: unknown) => setStarted(problemOf(error)))
  }, [starting])
  if (started === null) return <Loading />
  return typeof started === 'string' ? <Problem>{started}</Problem> : <Connected {...started} />
}

const problemOf = (error: unknown) =>
  error instanceof ConfigError ? error.message : `Darkroom can’t start: ${String(error)}`

function Connected({ backend, signIns }: Started) {
  const session = useSession(backend.accounts)
  if (session === 'unknown') return <Loading />
  if (session === 'unreachable') return <Problem>The server can’t be reached. Is there a connection?</Problem>
  if (session === null) return <SignInPage accounts={backend.accounts} signIns={signIns} />
  // A key of its own for each customer: nothing of the last one's stays on the page.
  return <Desk key={`${session.uid} ${session.customerId}`} session={session} backend={backend} />
}

function useSession(accounts: Accounts): Session | null | 'unknown' | 'unreachable' {
  const [session, setSession] = useState<Session | null | 'unknown' | 'unreachable'>('unknown')
  useEffect(() => accounts.watch(setSession, () => setSession('unreachable')), [accounts])
  return session
}

const Loading = () => (
  <main className="centred" aria-busy="true">
    <p className="quiet">Loading…</p>
  </main>
)

const Problem = ({ children }: { readonly children: ReactNode }) => (
  <main className="centred">
    <h1>Darkroom</h1>
    <p role="alert" className="problem">
      {children}
    </p>
    <button type="button" onClick={() => location.reload()}>
      Try again
    </button>
  </main>
)
