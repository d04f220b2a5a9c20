/** What a page shows until it knows its project and who is signed in. */
import { type ReactNode, StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import type { Accounts } from '../firebase/accounts.ts'
import { ConfigError } from '../firebase/config.ts'
import type { Session } from '../firebase/session.ts'

/** Puts the page into index.html. */
export function mount(page: ReactNode): void {
  const root = document.getElementById('app')
  if (root === null) throw new Error('the page has no element #app')
  createRoot(root).render(<StrictMode>{page}</StrictMode>)
}

/** Null while it is starting; a sentence where it can't. */
export function useStarted<T extends object>(starting: Promise<T>): T | string | null {
  const [started, setStarted] = useState<T | string | null>(null)
  useEffect(() => {
    starting.then(setStarted, (error: unknown) => setStarted(problemOf(error)))
  }, [starting])
  return started
}

const problemOf = (error: unknown) =>
  error instanceof ConfigError ? error.message : `Darkroom can’t start: ${String(error)}`

/** Whoever signs in after another goes by what is loaded already. */
export function once<T>(act: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | null = null
  return () => (promise ??= act())
}

export function useSession(accounts: Accounts): Session | null | 'unknown' | 'unreachable' {
  const [session, setSession] = useState<Session | null | 'unknown' | 'unreachable'>('unknown')
  useEffect(() => accounts.watch(setSession, () => setSession('unreachable')), [accounts])
  return session
}

export const Loading = () => (
  <main className="centred" aria-busy="true">
    <p className="quiet">Loading…</p>
  </main>
)

export const Problem = ({ children }: { readonly children: ReactNode }) => (
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

export const Unreachable = () => <Problem>The server can’t be reached. Is there a connection?</Problem>
