/** Which page to show: a problem, the sign-in, or the customer's desk. */
import type { SignIn } from '../firebase/config.ts'
import type { Backend } from '../firebase/connect.ts'
import { Desk } from './desk.tsx'
import { SignInPage } from './sign-in.tsx'
import { Loading, Problem, Unreachable, useSession, useStarted } from './start.tsx'

interface Started {
  readonly backend: Backend
  readonly signIns: readonly SignIn[]
}

export function App({ starting }: { readonly starting: Promise<Started> }) {
  const started = useStarted(starting)
  if (started === null) return <Loading />
  return typeof started === 'string' ? <Problem>{started}</Problem> : <Connected {...started} />
}

function Connected({ backend, signIns }: Started) {
  const session = useSession(backend.accounts)
  if (session === 'unknown') return <Loading />
  if (session === 'unreachable') return <Unreachable />
  if (session === null) return <SignInPage accounts={backend.accounts} signIns={signIns} />
  // A key of its own for each customer: nothing of the last one's stays on the page.
  return <Desk key={`${session.uid} ${session.customerId}`} session={session} backend={backend} />
}
