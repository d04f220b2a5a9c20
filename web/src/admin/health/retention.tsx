import type { BucketRetention, RetentionAnswer } from '../../../../functions/src/contract/admin.ts'
import { dateTime, duration } from '../pieces/format.ts'
import { number } from '../../pieces/format.ts'
import { type Column, Table } from '../../pieces/table.tsx'
import { Mark } from './mark.tsx'

interface Props {
  readonly answer: RetentionAnswer
  readonly zone: string
  readonly busy: boolean
  readonly onAgain: () => void
}

/** How long both buckets keep things: as configured, and as Cloud Storage itself says. */
export function Retention({ answer, zone, busy, onAgain }: Props) {
  const { configured, raw, processed, problems, emulated, verifiedAt } = answer
  const rows: readonly Row[] = [
    { ...processed, what: 'Results', setting: 'RETENTION_DAYS', days: configured.retentionDays },
    { ...raw, what: 'Raw images', setting: 'RAW_DAYS', days: configured.rawDays },
  ]
  return (
    <>
      {emulated ? (
        <p>
          <Mark state="open" /> This is Storage’s emulator, whose buckets have neither policies nor lifecycles: there is
          nothing to verify.
        </p>
      ) : problems.length === 0 ? (
        <p>
          <Mark state="agree" /> Verified: nobody can delete or overwrite a result before{' '}
          {days(configured.retentionDays)}, and then it goes by itself.
        </p>
      ) : (
        <ul>
          {problems.map((problem) => (
            <li key={problem} className="ill name">
              <Mark state="differ" /> {problem}
            </li>
          ))}
        </ul>
      )}
      <Table
        caption="Retention as configured and as verified"
        columns={emulated ? COLUMNS.slice(0, CONFIGURED) : COLUMNS}
        rows={rows}
        rowKey={({ bucket }) => bucket}
      />
      <div className="asking">
        <button type="button" disabled={busy} onClick={onAgain}>
          Verify again
        </button>
        <p className="quiet" role="status">
          {busy ? 'Asking Cloud Storage…' : `As of ${dateTime(new Date(verifiedAt), zone)}.`}
        </p>
      </div>
    </>
  )
}

interface Row extends BucketRetention {
  readonly what: string
  readonly setting: string
  readonly days: number
}

const days = (count: number) => `${number(count)} ${count === 1 ? 'day' : 'days'}`

/** Columns that are known without asking Cloud Storage. */
const CONFIGURED = 2
const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'what',
    title: 'Kept',
    cell: ({ what, bucket }) => (
      <>
        <strong>{what}</strong>
        <span className="below name">{bucket}</span>
      </>
    ),
  },
  {
    key: 'configured',
    title: 'Configured',
    cell: ({ setting, days: count }) => (
      <>
        {days(count)}
        <span className="below">{setting}</span>
      </>
    ),
  },
  {
    key: 'policy',
    title: 'Can be deleted',
    cell: ({ policySeconds, locked }) => {
      if (policySeconds === null) return 'at any time, by whoever may'
      return (
        <>
          after {duration(policySeconds * 1000)}
          <span className="below">{locked ? 'locked for ever' : 'the policy is not locked'}</span>
        </>
      )
    },
  },
  {
    key: 'lifecycle',
    title: 'Goes by itself',
    cell: ({ deletedAtDays }) => (deletedAtDays === null ? 'never' : `after ${days(deletedAtDays)}`),
  },
  {
    key: 'soft',
    title: 'Soft delete',
    cell: ({ softDeleteSeconds }) =>
      softDeleteSeconds === null ? 'off' : `${duration(softDeleteSeconds * 1000)} longer`,
  },
]
