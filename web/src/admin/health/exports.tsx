import type { AdminData, ExportRun } from '../backend.ts'
import { dateTime, duration } from '../pieces/format.ts'
import { number } from '../../pieces/format.ts'
import { Figure } from '../../pieces/figure.tsx'
import { type Column, Table } from '../../pieces/table.tsx'
import { Outcome, useCall } from './call.tsx'
import { Mark } from './mark.tsx'
import { behind } from './verdict.ts'
import { ago, roughly } from './words.ts'

interface Props {
  readonly data: AdminData
  /** The newest first; null: not known yet. */
  readonly exports: readonly ExportRun[] | null
  /** Undefined: not known yet; null: there are none. */
  readonly newestChange: Date | null | undefined
  readonly now: Date
  readonly zone: string
}

/** How far BigQuery is, by what the export's last runs have told; and the export now. */
export function Exports({ data, exports, newestChange, now, zone }: Props) {
  const call = useCall(data, 'adminExport', ({ rows, busy }) =>
    busy
      ? 'Another export is at work: it moves what there is.'
      : rows === 0
        ? 'Exported: there was nothing to move.'
        : `Exported: ${number(rows)} rows were moved.`,
  )
  const late = exports === null || newestChange === undefined ? undefined : behind(exports, newestChange, now)
  const watermark = exports?.find((each) => each.watermark !== null)?.watermark
  return (
    <>
      <dl className="figures">
        <Figure
          label="BigQuery is behind by"
          value={late === undefined ? null : late === null ? 'not known' : late === 0 ? 'nothing' : roughly(late)}
          note={late ? 'at most' : 'of all that has changed'}
        />
        <Figure
          label="Watermark"
          value={exports === null ? null : watermark == null ? 'none yet' : ago(watermark, now)}
          note={watermark == null ? 'the newest change in BigQuery' : `${dateTime(watermark, zone)}, in BigQuery`}
        />
        <Figure
          label="Newest change"
          value={newestChange === undefined ? null : newestChange === null ? 'none yet' : ago(newestChange, now)}
          note={newestChange == null ? 'in Firestore' : `${dateTime(newestChange, zone)}, in Firestore`}
        />
      </dl>
      <div className="asking">
        <button type="button" disabled={call.busy} onClick={() => void call.start((operation) => ({ operation }))}>
          Export now
        </button>
        <Outcome data={data} call={call} />
      </div>
      {exports !== null && (
        <Table
          caption="The last runs of the export, those that were asked for included"
          columns={columnsOf(zone)}
          rows={exports}
          rowKey={({ runId }) => runId}
          empty="Nothing has been exported yet."
        />
      )}
    </>
  )
}

const OUTCOMES: Readonly<Record<string, string>> = {
  complete: 'Complete',
  'out-of-time': 'Goes on with the next run',
  failed: 'Failed',
}

const rowsOf = ({ rows }: ExportRun) =>
  Object.entries(rows)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${table} ${number(count)}`)
    .join(', ')

const columnsOf = (zone: string): readonly Column<ExportRun>[] => [
  { key: 'started', title: 'Started', cell: ({ startedAt }) => dateTime(startedAt, zone) },
  {
    key: 'took',
    title: 'Took',
    numeric: true,
    cell: ({ startedAt, finishedAt }) => duration(Math.max(0, finishedAt.getTime() - startedAt.getTime())),
  },
  {
    key: 'outcome',
    title: 'Ended',
    cell: ({ outcome, error }) => (
      <>
        <span className={error === null ? undefined : 'ill'}>
          <Mark state={error !== null ? 'differ' : outcome === 'complete' ? 'agree' : 'open'} />{' '}
          {OUTCOMES[outcome] ?? outcome}
        </span>
        {error !== null && <span className="below problem name">{error}</span>}
      </>
    ),
  },
  { key: 'rows', title: 'Rows', cell: (run) => rowsOf(run) || 'none' },
  {
    key: 'lag',
    title: 'Behind at its end',
    numeric: true,
    cell: ({ lagSeconds }) => (lagSeconds === null ? 'not known' : duration(lagSeconds * 1000)),
  },
]
