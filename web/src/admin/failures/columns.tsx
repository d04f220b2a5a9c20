import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { ReplayFate } from '../../../../functions/src/contract/admin.ts'
import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { formatName } from '../../ui/format.ts'
import { dateTime } from '../pieces/format.ts'
import { bytes, number } from '../../pieces/format.ts'
import type { Column } from '../../pieces/table.tsx'
import { Outside } from './outside.tsx'
import { visible } from './visible.ts'

export interface Failure {
  readonly record: ImageRecord<Date>
  /** What a replay would do; undefined: not known yet; null: it is not failed any more. */
  readonly fate: ReplayFate | null | undefined
}

const FATES: Readonly<Record<ReplayFate, string>> = {
  replayable: 'can be replayed',
  rawExpired: 'has expired',
  busy: 'is being tried again',
  deleted: 'was deleted by its owner',
}

/** Of its original. */
export function fateText({ record, fate }: Failure): string {
  if (record.job !== null) return FATES.busy
  if (fate === null) return 'is not failed any more'
  return fate === undefined ? '…' : FATES[fate]
}

const formatText = ({ input, counted }: ImageRecord<Date>) => {
  const format = input?.format ?? counted?.format ?? 'unknown'
  return format === 'unknown' ? 'unknown' : formatName(format)
}

interface Options {
  readonly zone: string
  readonly onDetails: (record: ImageRecord<Date>) => void
  /** Null while one goes on. */
  readonly onReplay: ((record: ImageRecord<Date>) => void) | null
}

export const tableColumns = ({ zone, onDetails, onReplay }: Options): readonly Column<Failure>[] => [
  of('arrived', 'Arrived', ({ receivedAt }) => <span className="time">{dateTime(receivedAt, zone)}</span>),
  of('customer', 'Customer', ({ customerId }) => (
    <Link href={`/customers/${customerId}`} className="name">
      {customerId}
    </Link>
  )),
  of('file', 'File', (record) => (
    <button type="button" className="link" onClick={() => onDetails(record)}>
      <Outside text={record.fileName} />
    </button>
  )),
  of('reason', 'Reason', ({ error }) => (
    <>
      <code>{error?.code}</code>
      <p className="quiet reason">{error?.message}</p>
    </>
  )),
  {
    ...of('attempts', 'Attempts', ({ attempt, lost }) => (
      <>
        {number(attempt)}
        {lost > 0 && <span className="quiet"> ({number(lost)} lost)</span>}
      </>
    )),
    numeric: true,
  },
  of('source', 'Source', ({ source }) => source),
  of('format', 'Type', formatText),
  { ...of('bytes', 'Size', ({ raw }) => bytes(raw.bytes)), numeric: true },
  { key: 'original', title: 'Original', cell: (failure) => <span className="original">{fateText(failure)}</span> },
  of('replay', 'Replay', (record) => (
    <button
      type="button"
      className="small"
      aria-label={`Replay ${visible(record.fileName)} of ${record.customerId}`}
      aria-disabled={onReplay === null}
      onClick={() => onReplay?.(record)}
    >
      Replay
    </button>
  )),
]

const of = (key: string, title: string, cell: (record: ImageRecord<Date>) => ReactNode): Column<Failure> => ({
  key,
  title,
  cell: ({ record }) => cell(record),
})

const text = (key: string, title: string, value: (record: ImageRecord<Date>) => string | number): Column<Failure> => ({
  key,
  title,
  cell: ({ record }) => value(record),
})

/** Of the file: no units, moments as ISO 8601. */
export const fileColumns: readonly Column<Failure>[] = [
  text('arrived', 'Arrived', ({ receivedAt }) => receivedAt.toISOString()),
  text('customer', 'Customer', ({ customerId }) => customerId),
  text('file', 'File', ({ fileName }) => visible(fileName)),
  text('image', 'Image', ({ imageId }) => imageId),
  text('reason', 'Reason', ({ error }) => error?.code ?? ''),
  text('message', 'Message', ({ error }) => error?.message ?? ''),
  text('attempts', 'Attempts', ({ attempt }) => attempt),
  text('lost', 'Lost', ({ lost }) => lost),
  text('source', 'Source', ({ source }) => source),
  text('format', 'Type', ({ input, counted }) => input?.format ?? counted?.format ?? 'unknown'),
  text('bytes', 'Bytes', ({ raw }) => raw.bytes),
  {
    key: 'original',
    title: 'Original',
    cell: (failure) => (failure.fate === undefined && failure.record.job === null ? '' : fateText(failure)),
  },
]
