/** What is around every page of the admin's: where one is, who one is, what holds everywhere. */
import { Suspense, useEffect, useRef, useState } from 'react'
import { Link, Route, Router, Switch, useLocation } from 'wouter'
import type { Accounts } from '../firebase/accounts.ts'
import type { Session } from '../firebase/session.ts'
import type { AdminBackend, AdminData, Pause } from './backend.ts'
import { Arrival } from './arrival.tsx'
import { RetryButtons } from './gate.tsx'
import { Boundary } from '../pieces/boundary.tsx'
import { Words } from '../pieces/words.ts'
import { WORDS } from './pieces/words.ts'
import { Confirming } from './pieces/confirm.tsx'
import { dateTime } from './pieces/format.ts'
import { number } from '../pieces/format.ts'
import { useLoad } from '../pieces/load.ts'
import { Notice } from './pieces/notice.tsx'
import { useWatch } from '../pieces/watch.ts'
import { CONTENT, SkipLink } from '../pieces/skip-link.tsx'
import { ROUTES, SECTIONS } from './routes.tsx'

interface Props {
  readonly accounts: Accounts
  readonly backend: AdminBackend
  readonly session: Session
}

export function Shell({ accounts, backend, session }: Props) {
  const [refused, setRefused] = useState(false)
  const [leaving, setLeaving] = useState(false)
  useEffect(() => backend.onRefused(session.uid, () => setRefused(true)), [backend, session.uid])
  // Whoever is leaving is refused, too, and need not be told.
  if (leaving) return <main className="centred" aria-busy="true" />
  if (refused) return <Refused accounts={accounts} session={session} />
  const leave = () => {
    setLeaving(true)
    void accounts.signOut().finally(() => setLeaving(false))
  }
  return (
    <Router base="/admin">
      <SkipLink>Skip to the content</SkipLink>
      <header className="bar top">
        <p className="brand">Darkroom</p>
        <Navigation />
        <p className="name">{session.label}</p>
        <button type="button" onClick={leave}>
          Sign out
        </button>
      </header>
      <Confirming>
        <Words value={WORDS}>
          <Pages data={backend.data} session={session} />
        </Words>
      </Confirming>
    </Router>
  )
}

function Navigation() {
  const [path] = useLocation()
  const currentOf = (section: string) => {
    if (path === section) return 'page'
    return section !== '/' && path.startsWith(`${section}/`) ? 'true' : undefined
  }
  return (
    <nav aria-label="Pages">
      <ul>
        {SECTIONS.map((section) => (
          <li key={section.path}>
            <Link href={section.path} aria-current={currentOf(section.path)}>
              {section.title('')}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Nothing is processed while somebody has switched it off: that explains what else is to be seen. */
function Paused({ data, zone }: { readonly data: AdminData; readonly zone: string }) {
  const { value } = useWatch<Pause | null>((listener, onProblem) => data.watchPause(listener, onProblem), [data])
  return (
    <div role="status">
      {value !== null && (
        <p className="banner">
          <strong>Processing is paused</strong>
          {value.since !== null && ` since ${dateTime(value.since, zone)}`}
          {value.by !== '' && ` by ${value.by}`}
          {value.reason === '' ? '.' : `: ${value.reason}`} <Link href="/health">Health</Link>
        </p>
      )}
    </div>
  )
}

/** How often it is asked whether there is a time zone, where nothing has been processed yet. Milliseconds. */
const ZONE_RETRY_MS = 15_000

function Pages({ data, session }: { readonly data: AdminData; readonly session: Session }) {
  const loaded = useLoad(async () => ({ zone: await data.timeZone() }), [data])
  const unknown = loaded.value?.zone === null
  useEffect(() => {
    if (!unknown) return
    const timer = setInterval(loaded.again, ZONE_RETRY_MS)
    return () => clearInterval(timer)
  }, [unknown, loaded.again])

  if (loaded.value === null) {
    return (
      <main id={CONTENT} tabIndex={-1}>
        <h1>Darkroom</h1>
        <Notice watched={loaded} />
      </main>
    )
  }
  // The first image fixes the time zone; till then there is no figure that could be of another day.
  const zone = loaded.value.zone ?? 'UTC'
  return (
    <>
      <Paused data={data} zone={zone} />
      <main id={CONTENT} tabIndex={-1}>
        {unknown && <p className="quiet">Nothing has been processed yet.</p>}
        <Switch>
          {ROUTES.map(({ path, title, Page }) => (
            <Route key={path} path={path}>
              {({ id = '' }: { readonly id?: string }) => (
                <Boundary key={`${path} ${id}`} instead={(error) => <Failed error={error} />}>
                  <Suspense fallback={<Waiting />}>
                    <Page data={data} zone={zone} session={session} customerId={id} />
                    <Arrival title={title(id)} />
                  </Suspense>
                </Boundary>
              )}
            </Route>
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </main>
      <footer className="quiet">
        <p>Days and times are those of {zone}.</p>
        <Reads data={data} />
      </footer>
    </>
  )
}

function Failed({ error }: { readonly error: Error }) {
  return (
    <>
      <h1>This page can’t be shown</h1>
      <p role="alert" className="problem">
        {error.message}
      </p>
      <p>
        Perhaps Darkroom has been updated since the page was opened.{' '}
        <button type="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </p>
      <Arrival title="This page can’t be shown" />
    </>
  )
}

const Waiting = () => <p className="quiet notice">Loading…</p>

function NotFound() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>These are the pages:</p>
      <ul className="links">
        {SECTIONS.map(({ path, title }) => (
          <li key={path}>
            <Link href={path}>{title('')}</Link>
          </li>
        ))}
      </ul>
      <Arrival title="No such page" />
    </>
  )
}

/** What looking has cost so far. */
function Reads({ data }: { readonly data: AdminData }) {
  const [reads, setReads] = useState(() => data.documentsRead())
  const shown = useRef(reads)
  useEffect(() => {
    const timer = setInterval(() => {
      if (shown.current === data.documentsRead()) return
      shown.current = data.documentsRead()
      setReads(shown.current)
    }, 1000)
    return () => clearInterval(timer)
  }, [data])
  return (
    <p>
      Documents read since this page was opened: <span data-reads={reads}>{number(reads)}</span>
    </p>
  )
}

function Refused({ accounts, session }: Pick<Props, 'accounts' | 'session'>) {
  useEffect(() => {
    document.title = 'Not an admin any more – Darkroom'
  }, [])
  return (
    <main className="centred">
      <h1>You are not an admin any more</h1>
      <p role="alert">
        Darkroom has refused to show <strong className="name">{session.label}</strong> anything more: the account’s
        rights have been taken away, or its sign-in has been ended.
      </p>
      <RetryButtons accounts={accounts} />
    </main>
  )
}
