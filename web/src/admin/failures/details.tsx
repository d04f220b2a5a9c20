import { useEffect, useId, useRef, useState } from 'react'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { factsOf, logQueryOf } from './facts.ts'
import { Outside } from './outside.tsx'

interface Props {
  readonly record: ImageRecord<Date>
  readonly zone: string
  readonly onClose: () => void
}

/** The facts of a failed image. What closes it is the browser's own, which gives the focus back to where it was. */
export function Details({ record, zone, onClose }: Props) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="facts" aria-labelledby={id} onClose={onClose}>
      <div className="heading">
        <h2 id={id}>
          <Outside text={record.fileName} />
        </h2>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </div>
      {factsOf(record, zone).map(({ title, facts }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {facts.map(([label, value]) => (
              <div key={label}>
                <dt>
                  <Outside text={label} />
                </dt>
                <dd>
                  <Outside text={value ?? ''} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <LogQuery query={logQueryOf(record.imageId)} />
    </dialog>
  )
}

function LogQuery({ query }: { readonly query: string }) {
  const [copied, setCopied] = useState<string | null>(null)
  const copy = () =>
    navigator.clipboard.writeText(query).then(
      () => setCopied('Copied.'),
      () => setCopied('The browser does not let it be copied: select it.'),
    )
  return (
    <p>
      For Cloud Logging: <code>{query}</code>{' '}
      <button type="button" className="small" onClick={() => void copy()}>
        Copy
      </button>{' '}
      <span role="status" className="quiet">
        {copied}
      </span>
    </p>
  )
}
