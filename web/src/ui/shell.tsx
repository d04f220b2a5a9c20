/** What is around every page of a signed-in customer. */
import { Component, type ReactNode, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components'
import { Link, Route, Switch, useLocation } from 'wouter'
import type { Backend } from '../backend.ts'
import type { Accounts } from '../firebase/accounts.ts'
import type { Session } from '../firebase/session.ts'
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
      <a className="skip" href="#content" onClick={skip}>
        {common.skip}
      </a>
      <header className="bar top">
        <p className="brand">{common.appName}</p>
        <Navigation />
        {uploads !== null && <UploadStatus uploads={uploads} />}
        <p className="name who">{session.label}</p>
        <Button onPress={() => void accounts.signOut()}>{common.signOut}</Button>
      </header>
      <Offline />
      <main id="content" tabIndex={-1}>
        {uploads !== null && (
          <Broken>
            <Suspense fallback={<p className="quiet">{common.loading}</p>}>
              <Switch>
                {ROUTES.map(({ path, section, Page }) => (
                  <Route key={path} path={path}>
                    {({ id }: { readonly id?: string }) => (
                      <>
                        <Page
                          session={session}
                          accounts={accounts}
                          backend={backend}
                          uploads={uploads}
                          imageId={id ?? ''}
                        />
                        <Arrival title={common.pages[section]} />
                      </>
                    )}
                  </Route>
                ))}
                <Route>
                  <NotFound />
                </Route>
              </Switch>
            </Suspense>
          </Broken>
        )}
      </main>
    </Notices>
  )
}

/** The address stays as it is. */
function skip(event: { preventDefault(): void }) {
  event.preventDefault()
  document.getElementById('content')?.focus()
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

/** The path that was arrived at last: null before the first, at which the focus belongs where the browser has it. */
let arrivedAt: string | null = null

/** Comes after a page, and so into being once that is shown: then the page has its title, and the focus is where it begins. */
function Arrival({ title }: { readonly title: string }) {
  const { common } = useTexts()
  const [path] = useLocation()
  useEffect(() => {
    document.title = `${title} – ${common.appName}`
  }, [title, common])
  useEffect(() => {
    if (arrivedAt !== null && arrivedAt !== path) {
      const heading = document.querySelector<HTMLElement>('main h1')
      heading?.setAttribute('tabindex', '-1')
      heading?.focus({ preventScroll: true })
    }
    arrivedAt = path
  }, [path])
  return null
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

/** In place of a page that failed, so that the others can still be reached. React knows no other way than a class. */
class Broken extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    return this.state.broken ? <BrokenPage onLeave={() => this.setState({ broken: false })} /> : this.props.children
  }
}

/** Another address is another try. */
function BrokenPage({ onLeave }: { readonly onLeave: () => void }) {
  const { common } = useTexts()
  const [path] = useLocation()
  const brokenAt = useRef(path)
  useEffect(() => {
    if (path !== brokenAt.current) onLeave()
  }, [path, onLeave])
  return (
    <>
      <h1>{common.broken}</h1>
      <Button onPress={() => location.reload()}>{common.reload}</Button>
    </>
  )
}
