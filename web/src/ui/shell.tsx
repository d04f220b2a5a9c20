/** What is around every page of a signed-in customer. */
import { Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components'
import { Link, Route, Switch, useLocation } from 'wouter'
import type { Backend } from '../backend.ts'
import type { Accounts } from '../firebase/accounts.ts'
import type { Session } from '../firebase/session.ts'
import { Arrival } from '../pieces/arrival.tsx'
import { Boundary } from '../pieces/boundary.tsx'
import { CONTENT, SkipLink } from '../pieces/skip-link.tsx'
import { makeUploads } from '../upload/make-uploads.ts'
import { UploadStatus } from '../upload/status.tsx'
import type { Uploads } from '../upload/uploads.ts'
import { useTexts } from './locale.tsx'
import { Notices } from './notices.tsx'
import { ROUTES } from './routes.tsx'
import './shell.css'

interface Props {
  readonly session: Session
  readonly accounts: Accounts
  readonly backend: Backend
}

export function Shell({ session, accounts, backend }: Props) {
  const { common } = useTexts()
  const uploads = useUploads(backend, session.customerId)
  return (
    <Notices>
      <SkipLink>{common.skip}</SkipLink>
      <header className="bar top">
        <p className="brand">{common.appName}</p>
        <Navigation />
        {uploads !== null && <UploadStatus uploads={uploads} />}
        <p className="name who">{session.label}</p>
        <Button onPress={() => void accounts.signOut()}>{common.signOut}</Button>
      </header>
      <Offline />
      <main id={CONTENT} tabIndex={-1}>
        {uploads !== null && (
          <Switch>
            {ROUTES.map(({ path, section, Page }) => (
              <Route key={path} path={path}>
                {({ id = '' }: { readonly id?: string }) => (
                  <Boundary key={`${path} ${id}`} instead={() => <Failed />}>
                    <Suspense fallback={<p className="quiet">{common.loading}</p>}>
                      <Page session={session} accounts={accounts} backend={backend} uploads={uploads} imageId={id} />
                      {/* A list that one comes back to is where it was left. */}
                      <Arrival title={`${common.pages[section]} – ${common.appName}`} keepsPlace />
                    </Suspense>
                  </Boundary>
                )}
              </Route>
            ))}
            <Route>
              <NotFound />
            </Route>
          </Switch>
        )}
      </main>
    </Notices>
  )
}

function Navigation() {
  const { common } = useTexts()
  const [location] = useLocation()
  const sections = ROUTES.filter(({ path }) => !path.includes(':'))
  const isHere = (path: string) => (path === '/' ? location === '/' : location.startsWith(path))
  return (
    <nav aria-label={common.menu}>
      <ul>
        {sections.map(({ path, section }) => (
          <li key={path}>
            <Link href={path} aria-current={isHere(path) ? 'page' : undefined}>
              {common.pages[section]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const watchConnection = (listener: () => void) => {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

function Offline() {
  const { common } = useTexts()
  const online = useSyncExternalStore(watchConnection, () => navigator.onLine)
  return (
    <div role="status" className="offline">
      {!online && <p>{common.offline}</p>}
    </div>
  )
}

function NotFound() {
  const { common } = useTexts()
  return (
    <>
      <h1>{common.notFound}</h1>
      <p>
        <Link href="/">{common.toUpload}</Link>
      </p>
    </>
  )
}

/** One for as long as the customer is signed in; a page that is left while it is busy asks first. */
function useUploads(backend: Backend, customerId: string): Uploads | null {
  const [uploads, setUploads] = useState<Uploads | null>(null)
  useEffect(() => {
    const made = makeUploads(backend.raw, customerId)
    const leaving = (event: BeforeUnloadEvent) => {
      if (made.isBusy()) event.preventDefault()
    }
    addEventListener('beforeunload', leaving)
    setUploads(made)
    return () => {
      removeEventListener('beforeunload', leaving)
      made.close()
    }
  }, [backend, customerId])
  return uploads
}

function Failed() {
  const { common } = useTexts()
  return (
    <>
      <h1>{common.broken}</h1>
      <Button onPress={() => location.reload()}>{common.reload}</Button>
    </>
  )
}
