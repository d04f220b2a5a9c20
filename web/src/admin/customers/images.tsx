import type { ImageRecord } from '../../../../functions/src/contract/record.ts'
import { ENGLISH } from '../../texts/texts.ts'
import type { AdminData } from '../backend.ts'
import { dateTime, duration } from '../pieces/format.ts'
import { bytes } from '../../pieces/format.ts'
import { Notice } from '../pieces/notice.tsx'
import { type Column, Table } from '../../pieces/table.tsx'
import { useWatch } from '../../pieces/watch.ts'
import { factsOf, type ImageFacts } from './image-facts.ts'

/** Each of them is a document that is read. */
const SHOWN = 20

interface Props {
  readonly data: AdminData
  readonly zone: string
  readonly customerId: string
  readonly only: 'all' | 'failed'
}

/** A customer's newest images, or failures, live: their facts, without a byte of them. */
export function RecentImages({ data, zone, customerId, only }: Props) {
  const watched = useWatch<readonly ImageRecord<Date>[]>(
    (listener, onProblem) => data.watchImages(customerId, only, SHOWN, listener, onProblem),
    [data, customerId, only],
  )
  const title = only === 'all' ? 'Recent images' : 'Recent failures'
  return (
    <section className="card-section">
      <h2>{title}</h2>
      <p className="quiet">The newest {SHOWN} by arrival.</p>
      <Notice watched={watched} />
      {watched.value !== null && (
        <Table
          caption={title}
          columns={columnsOf(zone)}
          rows={watched.value.map(factsOf)}
          rowKey={({ imageId }) => imageId}
          empty={
            only === 'all'
              ? 'No image is kept any more, or there is none yet.'
              : 'No image that is still kept has failed.'
          }
        />
      )}
    </section>
  )
}

const columnsOf = (zone: string): readonly Column<ImageFacts>[] => [
  {
    key: 'fileName',
    title: 'File',
    cell: ({ fileName, reason }) => (
      <>
        <span className="name">{fileName}</span>
        {reason !== null && <p className="quiet reason">{reason}</p>}
      </>
    ),
  },
  {
    key: 'status',
    title: 'State',
    cell: ({ status }) => (
      <span data-status={status}>
        <span className="status">{ENGLISH.common.statuses[status]}</span>
      </span>
    ),
  },
  { key: 'format', title: 'Type', cell: ({ format }) => format ?? '–' },
  { key: 'dimensions', title: 'Pixels', numeric: true, cell: ({ dimensions }) => dimensions ?? '–' },
  { key: 'bytes', title: 'Size', numeric: true, cell: (image) => bytes(image.bytes) },
  { key: 'duration', title: 'Took', numeric: true, cell: (image) => <Took {...image} /> },
  { key: 'receivedAt', title: 'Arrived', cell: ({ receivedAt }) => dateTime(receivedAt, zone) },
  {
    key: 'processedAt',
    title: 'Ended',
    cell: ({ processedAt }) => (processedAt === null ? '–' : dateTime(processedAt, zone)),
  },
  {
    key: 'availableUntil',
    title: 'Results until',
    cell: ({ availableUntil }) => (availableUntil === null ? '–' : dateTime(availableUntil, zone)),
  },
]

function Took({ fileName, milliseconds, steps }: ImageFacts) {
  if (milliseconds === null) return '–'
  if (steps.length === 0) return duration(milliseconds)
  return (
    <details className="took">
      <summary aria-label={`${duration(milliseconds)}, by step, for ${fileName}`}>{duration(milliseconds)}</summary>
      <dl>
        {steps.map(([step, took]) => (
          <div key={step}>
            <dt className="name">{step}</dt>
            <dd>{duration(took)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
