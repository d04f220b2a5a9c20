import { useId, useState } from 'react'
import type { AuditEntry } from '../../../../functions/src/contract/admin.ts'
import type { AdminData } from '../backend.ts'
import { CsvButton } from '../../pieces/csv-button.tsx'
import { dateTime, duration } from '../pieces/format.ts'
import { Notice } from '../pieces/notice.tsx'
import { type Column, Table } from '../../pieces/table.tsx'
import { useWatch } from '../../pieces/watch.ts'
import { Mark } from './mark.tsx'
import { matching, progressOf, resultOf } from './words.ts'

/** Entries that are shown, the newest. */
const SHOWN = 50

type Entry = AuditEntry<Date> & { readonly id: string }

/** Who has changed what by hand, on this page or by a command. */
export function AuditLog({ data, zone }: { readonly data: AdminData; readonly zone: string }) {
  const id = useId()
  const [text, setText] = useState('')
  const entries = useWatch<readonly Entry[]>((...then) => data.watchAudit(SHOWN, ...then), [data])
  const rows = matching(entries.value ?? [], text)
  const columns = columnsOf(zone)
  return (
    <section className="card-section health-panel" id="audit" aria-labelledby={id}>
      <div className="heading">
        <h2 id={id}>What admins did</h2>
        <CsvButton name="audit" columns={columns} rows={rows} />
      </div>
      <p className="quiet">
        The newest {SHOWN} changes made here or by npm run admin; they are kept for 400 days. Who called a command is
        what they said: Google’s own audit logs have the proof.
      </p>
      <Notice watched={entries} />
      {entries.value !== null && (
        <>
          <label className="search">
            Find
            <input type="search" value={text} onChange={({ target }) => setText(target.value)} />
          </label>
          <p className="visually-hidden" role="status">
            {text === '' ? '' : `${rows.length} of ${entries.value.length} match.`}
          </p>
          <Table
            caption="Changes by admins, the newest first"
            columns={columns}
            rows={rows}
            rowKey={(entry) => entry.id}
            empty={text === '' ? 'Nothing yet.' : 'Nothing among these matches.'}
          />
        </>
      )}
    </section>
  )
}

const MARKS = { started: 'open', done: 'agree', failed: 'differ' } as const
const byOf = ({ by, uid }: Entry) => (uid == null ? `${by}, by a command` : by)
const tookOf = ({ at, endedAt }: Entry) =>
  endedAt === null ? '' : duration(Math.max(0, endedAt.getTime() - at.getTime()))

const columnsOf = (zone: string): readonly Column<Entry>[] => [
  { key: 'at', title: 'When', cell: ({ at }) => dateTime(at, zone), text: ({ at }) => at.toISOString() },
  { key: 'by', title: 'Who', cell: (entry) => <span className="name">{byOf(entry)}</span>, text: byOf },
  { key: 'command', title: 'What', cell: ({ command }) => command },
  {
    key: 'arguments',
    title: 'With',
    cell: (entry) => <span className="name">{entry.arguments.join(' ')}</span>,
    text: (entry) => entry.arguments.join(' '),
  },
  {
    key: 'result',
    title: 'Result',
    cell: (entry) => (
      <>
        <span className={entry.state === 'failed' ? 'ill name' : undefined}>
          <Mark state={MARKS[entry.state]} /> {resultOf(entry)}
        </span>
        <span className="below">{progressOf(entry)}</span>
      </>
    ),
    text: (entry) => [resultOf(entry), progressOf(entry)].filter(Boolean).join('; '),
  },
  { key: 'took', title: 'Took', numeric: true, cell: tookOf },
]
