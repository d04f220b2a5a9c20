/** The account: who one is, how one signs in, and what is chosen for this browser. */
import { useState, useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components'
import type { Uploads } from '../upload/uploads.ts'
import { useOuterTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import type { PageProps } from '../ui/routes.tsx'
import { ChangeEmail, ChangeName, ChangePassword } from './changes.tsx'
import { LanguageChoice, ThemeChoice } from './choices.tsx'
import './account.css'

export function AccountPage({ accounts, backend, session, uploads }: PageProps) {
  const { common, account } = useOuterTexts()
  const profile = accounts.profile()
  return (
    <div className="account">
      <h1>{common.pages.account}</h1>
      <section className="card-section" aria-labelledby="account-you">
        <h2 id="account-you">{account.you}</h2>
        {profile !== null && (
          <>
            <dl>
              <div>
                <dt>{account.name}</dt>
                <dd className="name">{profile.name === null ? '–' : <bdi>{profile.name}</bdi>}</dd>
              </div>
              <div>
                <dt>{account.email}</dt>
                <dd className="name">
                  <bdi>{profile.email}</bdi>{' '}
                  <span className="quiet">({profile.confirmed ? account.isConfirmed : account.isNotConfirmed})</span>
                </dd>
              </div>
              <div>
                <dt>{account.signInWays}</dt>
                <dd>
                  {[profile.password && account.withPassword, profile.google && account.withGoogle]
                    .filter((way) => way !== false)
                    .join(', ')}
                </dd>
              </div>
              {session.customerId !== session.uid && (
                <div>
                  <dt>{account.customer}</dt>
                  <dd className="name">{session.customerId}</dd>
                </div>
              )}
            </dl>
            {profile.password ? (
              <>
                <ChangeName accounts={accounts} name={profile.name ?? ''} />
                <ChangeEmail accounts={accounts} email={profile.email ?? ''} />
                <ChangePassword accounts={accounts} email={profile.email ?? ''} />
              </>
            ) : (
              <p className="quiet">{account.byGoogle}</p>
            )}
          </>
        )}
      </section>
      <section className="card-section" aria-labelledby="account-device">
        <h2 id="account-device">{account.thisDevice}</h2>
        <div className="choices">
          <LanguageChoice />
          <ThemeChoice />
        </div>
        <Kept uploads={uploads} />
      </section>
      <SigningOut accounts={accounts} backend={backend} />
      <section className="card-section" aria-labelledby="account-data">
        <h2 id="account-data">{account.yourData}</h2>
        <p>{account.erase}</p>
      </section>
    </div>
  )
}

function Kept({ uploads }: { readonly uploads: Uploads }) {
  const { account } = useOuterTexts()
  const { items, kept } = useSyncExternalStore(uploads.subscribe, uploads.state)
  const unsent = items.filter(({ state }) => state.kind !== 'uploaded' && state.kind !== 'refused').length
  if (!kept) return <p>{account.notKept}</p>
  return <p>{unsent === 0 ? account.nothingUnsent : account.unsent(unsent)}</p>
}

function SigningOut({ accounts, backend }: Pick<PageProps, 'accounts' | 'backend'>) {
  const { account } = useOuterTexts()
  const { tell } = useNotices()
  const [busy, setBusy] = useState(false)
  const everywhere = async () => {
    if (busy) return
    setBusy(true)
    try {
      await backend.call('customerAccount', { action: 'sign-out-everywhere' })
    } catch {
      tell({ text: account.everywhereFailed, problem: true })
      return setBusy(false)
    }
    await accounts.signOut()
  }
  return (
    <section className="card-section" aria-labelledby="account-out">
      <h2 id="account-out">{account.signingOut}</h2>
      <p className="quiet">{account.everywhereHint}</p>
      <div className="buttons start">
        <Button onPress={() => void accounts.signOut()}>{account.signOutHere}</Button>
        <Button className="react-aria-Button danger" onPress={() => void everywhere()}>
          {busy ? account.busy : account.everywhere}
        </Button>
      </div>
    </section>
  )
}
