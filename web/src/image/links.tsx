import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { ShareLink } from '../../../functions/src/contract/customer.ts'
import type { Backend } from '../backend.ts'
import { useFormat, useTexts } from '../ui/locale.tsx'
import { useNotices } from '../ui/notices.tsx'
import { callProblemOf } from './calls.ts'
import { copyText } from './copy.ts'
import { AskDialog } from './dialog.tsx'
import { callProblemSentence } from './sentences.ts'
import { linkAddress, linkStateOf } from './sharing.ts'
import { useFocusKept } from './use-focus-kept.ts'
import type { Watched } from '../pieces/watch.ts'

interface Props {
  readonly watched: Watched<readonly ShareLink<Date>[]>
  readonly backend: Pick<Backend, 'call'>
  readonly now: Date
}

/** Nothing where no link was ever made. */
export function Links({ watched, backend, now }: Props) {
  const { image, common } = useTexts()
  const { value, problem } = watched
  if (problem === null && (value === null || value.length === 0)) return null
  return (
    <section className="card-section" aria-labelledby="links">
      <h2 id="links">{image.links}</h2>
      {problem !== null ? (
        <p className="problem">{common.cantShow(problem)}</p>
      ) : (
        <>
          <p className="quiet">{image.linksMean}</p>
          <ul className="links">
            {value?.map((link) => (
              <LinkItem key={link.linkId} link={link} backend={backend} now={now} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

interface ItemProps {
  readonly link: ShareLink<Date>
  readonly backend: Pick<Backend, 'call'>
  readonly now: Date
}

function LinkItem({ link, backend, now }: ItemProps) {
  const texts = useTexts()
  const { image } = texts
  const format = useFormat()
  const { tell } = useNotices()
  const [asking, setAsking] = useState(false)
  const state = linkStateOf(link, now)
  const address = linkAddress(location.origin, link.token)
  const item = useFocusKept<HTMLLIElement>(state)

  async function copy() {
    const done = await copyText(address)
    tell(done ? { text: image.copied } : { text: image.cantCopy(address), problem: true })
  }

  async function revoke() {
    setAsking(false)
    try {
      await backend.call('customerLinks', { action: 'revoke', linkId: link.linkId })
      tell({ text: image.revoked })
    } catch (error) {
      tell({ text: callProblemSentence(texts, callProblemOf(error)), problem: true })
    }
  }

  return (
    <li ref={item} data-link={state} tabIndex={-1}>
      <p>
        <bdi className="name">{link.output}</bdi> <span className="link-state">{image.linkStates[state]}</span>
      </p>
      <p className="quiet">
        {image.linkTimes(format.time(link.createdAt), format.time(link.expiresAt))}
        {link.revokedAt !== null && ` ${image.linkRevokedAt(format.time(link.revokedAt))}`}
      </p>
      {state === 'open' && (
        <div className="buttons start">
          <Button aria-label={image.copyOf(link.output)} onPress={() => void copy()}>
            {image.copy}
          </Button>
          <Button
            className="react-aria-Button danger"
            aria-label={image.revokeOf(link.output)}
            onPress={() => setAsking(true)}
          >
            {image.revoke}
          </Button>
        </div>
      )}
      {asking && <AskRevoke onClose={() => setAsking(false)} onRevoke={() => void revoke()} />}
    </li>
  )
}

function AskRevoke({ onClose, onRevoke }: { readonly onClose: () => void; readonly onRevoke: () => void }) {
  const { image, common } = useTexts()
  return (
    <AskDialog alert title={image.revokeTitle} onClose={onClose}>
      <p>{image.revokeMeans}</p>
      <div className="buttons">
        <Button autoFocus onPress={onClose}>
          {common.cancel}
        </Button>
        <Button className="react-aria-Button primary" onPress={onRevoke}>
          {image.revoke}
        </Button>
      </div>
    </AskDialog>
  )
}
