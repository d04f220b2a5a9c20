import { Link } from 'wouter'
import type { BridgeStatus } from '../backend.ts'
import { Figure } from '../../pieces/figure.tsx'
import { dateTime } from '../pieces/format.ts'
import { number } from '../../pieces/format.ts'
import { type Column, Table } from '../../pieces/table.tsx'
import { Mark } from './mark.tsx'

/** How far the bridge is in each topic. */
export function Bridges({ all, zone }: { readonly all: readonly BridgeStatus[]; readonly zone: string }) {
  if (all.length === 0) return <p className="quiet">No images come by Kafka here, or no bridge has run yet.</p>
  return (
    <>
      {all.map((bridge) => (
        <Bridge key={bridge.topic} bridge={bridge} zone={zone} />
      ))}
      <p>
        <Link href="/letters">Dead letters</Link>: what could not be taken, and why.
      </p>
    </>
  )
}

type Partition = BridgeStatus['partitions'][string] & { readonly partition: string }

function Bridge({ bridge, zone }: { readonly bridge: BridgeStatus; readonly zone: string }) {
  const { topic, group, lag, partitions, landed, deadLetters, dropped, updatedAt } = bridge
  const rows = Object.entries(partitions)
    .map(([partition, one]): Partition => ({ ...one, partition }))
    .sort((a, b) => Number(a.partition) - Number(b.partition))
  return (
    <>
      <h3 className="name">
        Topic {topic}, group {group}
      </h3>
      <dl className="figures">
        <Figure label="Lag" value={number(lag)} note="records that wait" />
        <Figure label="Landed" value={number(landed)} note="in the raw bucket, ever" />
        <Figure label="Dead letters" value={number(deadLetters)} note="ever" />
        <Figure label="Dropped" value={number(dropped)} note="of erased customers" />
      </dl>
      <Table caption={`Partitions of ${topic}`} columns={COLUMNS} rows={rows} rowKey={({ partition }) => partition} />
      <p className="quiet">As told on {dateTime(updatedAt, zone)}.</p>
    </>
  )
}

const COLUMNS: readonly Column<Partition>[] = [
  { key: 'partition', title: 'Partition', cell: ({ partition }) => partition },
  {
    key: 'committed',
    title: 'Committed',
    numeric: true,
    cell: ({ committed }) => (committed === null ? 'none' : number(committed)),
  },
  { key: 'start', title: 'First kept', numeric: true, cell: ({ start }) => number(start) },
  { key: 'end', title: 'End', numeric: true, cell: ({ end }) => number(end) },
  { key: 'lag', title: 'Lag', numeric: true, cell: ({ lag }) => number(lag) },
  { key: 'state', title: 'State', cell: (one) => <PartitionState partition={one} /> },
]

function PartitionState({ partition: { undecodable, expired } }: { readonly partition: Partition }) {
  if (undecodable === null && expired === null) {
    return (
      <>
        <Mark state="agree" /> Goes on
      </>
    )
  }
  return (
    <>
      {undecodable !== null && (
        <span className="ill name">
          <Mark state="differ" /> Has stopped at offset {number(undecodable.offset)}: {undecodable.reason}
        </span>
      )}
      {expired !== null && (
        <span className="ill name below">
          <Mark state="differ" /> Offsets {number(expired.from)} to {number(expired.to - 1)} were removed before they
          were read: those images are lost
        </span>
      )}
    </>
  )
}
