/** Which page to show: a problem, the sign-in, what keeps an account out, or the customer's own pages. */
import { useMemo } from 'react'
import { SignedOut } from '../account/signed-out.tsx'
import { Barred } from '../account/barred.tsx'
import type { Backend } from '../backend.ts'
import type { Accounts } from '../firebase/accounts.ts'
import type { SignIn } from '../firebase/config.ts'
import type { Session } from '../firebase/session.ts'
import { Inside as InsideTexts, LocaleProvider, useInside, useOuterTexts } from './locale.tsx'
import type { Shell } from './shell.tsx'
import { Loading, once, Problem, useSession, useStarted } from './start.tsx'
import './controls.css'

interface Entered {
  readonly Shell: typeof Shell
  readonly backend: Backend
}

interface Started {
  readonly accounts: Accounts
  readonly signIns: readonly SignIn[]
  /** Call it once. */
  readonly enter: () => Promise<Entered>
}

export const App = ({ starting }: { readonly starting: Promise<Started> }) => (
  <LocaleProvider>
    <Start starting={starting} />
  </LocaleProvider>
)

function Start({ starting }: { readonly starting: Promise<Started> }) {
  const { common } = useOuterTexts()
  const started = useStarted(starting, common.cantStart)
  if (started === null) return <Loading>{common.loading}</Loading>
  if (typeof started === 'string') return <Problem again={common.tryAgain}>{started}</Problem>
  return <Connected {...started} />
}

function Connected({ accounts, signIns, enter }: Started) {
  const { common } = useOuterTexts()
  const session = useSession(accounts)
  const entering = useMemo(() => once(enter), [enter])
  if (session === 'unknown') return <Loading>{common.loading}</Loading>
  if (session === 'unreachable') return <Problem again={common.tryAgain}>{common.cantReach}</Problem>
  if (session === null) return <SignedOut accounts={accounts} signIns={signIns} />
  if (session.barred !== null) return <Barred accounts={accounts} session={session} />
  // A key of its own for each customer: nothing of the last one's stays on the page.
  const key = `${session.uid} ${session.customerId}`
  return <Inside key={key} entering={entering()} accounts={accounts} session={session} />
}

interface InsideProps {
  readonly entering: Promise<Entered>
  readonly accounts: Accounts
  readonly session: Session
}

function Inside({ entering, accounts, session }: InsideProps) {
  const { common } = useOuterTexts()
  const entered = useStarted(entering, common.cantStart)
  const locale = useInside()
  if (typeof entered === 'string') return <Problem again={common.tryAgain}>{entered}</Problem>
  if (typeof locale === 'string') return <Problem again={common.tryAgain}>{common.cantStart(locale)}</Problem>
  if (entered === null || locale === null) return <Loading>{common.loading}</Loading>
  const { Shell: Page, backend } = entered
  return (
    <InsideTexts value={locale}>
      <Page accounts={accounts} backend={backend} session={session} />
    </InsideTexts>
  )
}
