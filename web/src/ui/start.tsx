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

const CANT_START = (detail: string) => `Darkroom can’t start: ${detail}`

/** Null while it is starting; a sentence where it can't: what is wrong with the configuration is one already. */
export function useStarted<T extends object>(starting: Promise<T>, cantStart = CANT_START): T | string | null {
  const [started, setStarted] = useState<T | { readonly failed: unknown } | null>(null)
  useEffect(() => {
    starting.then(setStarted, (failed: unknown) => setStarted({ failed }))
  }, [starting])
  if (started === null || !('failed' in started)) return started
  const { failed } = started
  return failed instanceof ConfigError ? failed.message : cantStart(String(failed))
}

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

export const Loading = ({ children = 'Loading…' }: { readonly children?: string }) => (
  <main className="centred" aria-busy="true">
    <p className="quiet">{children}</p>
  </main>
)

interface ProblemProps {
  readonly children: ReactNode
  /** On the button. */
  readonly again?: string
}

export const Problem = ({ children, again = 'Try again' }: ProblemProps) => (
  <main className="centred">
    <h1>Darkroom</h1>
    <p role="alert" className="problem">
      {children}
    </p>
    <button type="button" onClick={() => location.reload()}>
      {again}
    </button>
  </main>
)

export const Unreachable = () => <Problem>The server can’t be reached. Is there a connection?</Problem>
