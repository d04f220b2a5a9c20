/** Who is let in: nobody but an admin, whose page is not even loaded for others. That is for their sake; it is the rules that keep them out. */
import { useEffect, useMemo } from 'react'
import type { Accounts } from '../firebase/accounts.ts'
import type { SignIn } from '../firebase/config.ts'
import type { Session } from '../firebase/session.ts'
import { Loading, once, Problem, Unreachable, useSession, useStarted } from '../ui/start.tsx'
import type { AdminBackend } from './backend.ts'
import type { Shell } from './shell.tsx'
import { SignInPage } from './sign-in.tsx'

interface Entered {
  readonly Shell: typeof Shell
  readonly backend: AdminBackend
}

interface Started {
  readonly accounts: Accounts
  readonly signIns: readonly SignIn[]
  /** Call it once. */
  readonly enter: () => Promise<Entered>
}

export function Gate({ starting }: { readonly starting: Promise<Started> }) {
  const started = useStarted(starting)
  if (started === null) return <Loading />
  return typeof started === 'string' ? <Problem>{started}</Problem> : <Connected {...started} />
}

const PURPOSE = 'Sign in as an admin to see what was processed, for whom, and whether anything is wrong.'

function Connected({ accounts, signIns, enter }: Started) {
  const session = useSession(accounts)
  const entering = useMemo(() => once(enter), [enter])
  if (session === 'unknown') return <Loading />
  if (session === 'unreachable') return <Unreachable />
  if (session === null) return <SignInPage accounts={accounts} signIns={signIns} purpose={PURPOSE} />
  if (!session.admin) return <NotAdmin accounts={accounts} session={session} />
  return <Inside key={session.uid} entering={entering()} accounts={accounts} session={session} />
}

interface InsideProps {
  readonly entering: Promise<Entered>
  readonly accounts: Accounts
  readonly session: Session
}

function Inside({ entering, accounts, session }: InsideProps) {
  const entered = useStarted(entering)
  if (entered === null) return <Loading />
  if (typeof entered === 'string') return <Problem>{entered}</Problem>
  const { Shell: Page, backend } = entered
  return <Page accounts={accounts} backend={backend} session={session} />
}

function NotAdmin({ accounts, session }: { readonly accounts: Accounts; readonly session: Session }) {
  useEffect(() => {
    document.title = 'For admins – Darkroom'
  }, [])
  return (
    <main className="centred">
      <h1>This page is for admins</h1>
      <p>
        You are signed in as <strong className="name">{session.label}</strong>, which is not an admin’s account. Your
        own images are on <a href="/">the customers’ page</a>.
      </p>
      <p className="quiet">
        Whoever runs Darkroom makes somebody an admin with <code>npm run admin -- grant EMAIL</code>.
      </p>
      <RetryButtons accounts={accounts} />
    </main>
  )
}

const reload = () => location.reload()

/** Ways on for an account that is not, or no longer, let in. Without a connection it is the loaded page that says so. */
export const RetryButtons = ({ accounts }: { readonly accounts: Accounts }) => (
  <div className="buttons start">
    <button type="button" className="primary" onClick={() => void accounts.signOut()}>
      Sign in as somebody else
    </button>
    <button type="button" onClick={() => void accounts.refresh().then(reload, reload)}>
      Check again
    </button>
  </div>
)
