/** What an operator sees of the bridge: `bridges/{topic}`, for the admin's page, and log lines for metrics. */
import type { Log } from '../intake/log.ts'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Undecodable } from './bridge.ts'
import type { FaultCode, PartitionOffsets } from './kafka.ts'

export const bridgePath = (topic: string) => `bridges/${topic}`

/** One running bridge, a function's run or a worker, as it last told. */
export interface MemberStatus {
  readonly kind: 'function' | 'worker'
  readonly state: 'starting' | 'running' | 'ended' | 'failing'
  readonly partitions: readonly number[]
  /** Since it began. */
  readonly landed: number
  readonly deadLetters: number
  /** Of customers whose data was deleted. */
  readonly dropped: number
  readonly faults: number
  /** Since it last told. */
  readonly imagesPerSecond: number
  readonly bytesPerSecond: number
  /** Records and bytes on their way. */
  readonly open: number
  readonly heldBytes: number
  readonly secondsSinceCommit: number | null
  /** What keeps it from Kafka; null where nothing does. */
  readonly problem: { readonly code: FaultCode; readonly message: string } | null
}

export interface PartitionStatus {
  readonly committed: number | null
  readonly start: number
  readonly end: number
  readonly lag: number
  /** What stands at the next offset and can't be read. */
  readonly undecodable: Undecodable | null
  /** Offsets that the topic's retention removed before they were read: those images are lost. */
  readonly expired: { readonly from: number; readonly to: number } | null
}

/** `bridges/{topic}`. */
export interface BridgeStatus<Time> {
  readonly topic: string
  readonly group: string
  readonly lag: number
  readonly partitions: Readonly<Record<string, PartitionStatus>>
  readonly members: Readonly<Record<string, MemberStatus & { readonly at: Time }>>
  /** Of all members that ever told: what a restart forgets, and no figure of the business. */
  readonly landed: number
  readonly deadLetters: number
  readonly dropped: number
  readonly updatedAt: Time
}

/** Members that have not told for so long are forgotten. */
const FORGET_AFTER_SECONDS = 600

export const lagOf = ({ committed, start, end }: PartitionOffsets) =>
  Math.max(0, end - Math.max(committed ?? start, start))

/** Offsets that went missing between what was committed and what is still there. */
export function expiredOf(known: number | null, { start }: PartitionOffsets): PartitionStatus['expired'] {
  return known !== null && known < start ? { from: known, to: start } : null
}

export interface Told {
  readonly topic: string
  readonly group: string
  readonly member: string
  readonly status: MemberStatus
  /** Null where Kafka could not be asked. */
  readonly offsets: readonly PartitionOffsets[] | null
  readonly undecodable: ReadonlyMap<number, Undecodable>
  /** Since it last told. */
  readonly more: { readonly landed: number; readonly deadLetters: number; readonly dropped: number }
}

/** Writes down what one member has to tell, beside what the others told; and logs it. */
export async function tell(store: DocumentStore, log: Log, told: Told): Promise<void> {
  const { topic, group, member, status, more } = told
  const path = bridgePath(topic)
  const { before, partitions, lag } = await store.transact(async (transaction) => {
    const found = (await transaction.get(path)) as unknown as BridgeStatus<Instant> | null
    const next = statusAfter(found, transaction.readTime(), told)
    transaction.set(path, { ...(next as unknown as WriteData), updatedAt: SERVER_TIME })
    return { before: found, ...next }
  })
  for (const [partition, { expired }] of Object.entries(partitions)) {
    if (expired === null || expired.to === before?.partitions[partition]?.expired?.to) continue
    log.error('images are lost: the topic removed records before they were read', { topic, partition, ...expired })
  }
  log.info('bridge status', {
    topic,
    group,
    member,
    ...status,
    landedMore: more.landed,
    deadLettersMore: more.deadLetters,
    droppedMore: more.dropped,
    lag,
    lagByPartition: Object.fromEntries(Object.entries(partitions).map(([partition, one]) => [partition, one.lag])),
  })
}

function partitionsOf(before: BridgeStatus<Instant> | null, { offsets, status, undecodable }: Told) {
  if (offsets === null) return before?.partitions ?? {}
  return Object.fromEntries(
    offsets.map((one): [string, PartitionStatus] => {
      const { partition, committed, start, end } = one
      const earlier = before?.partitions[partition]
      // Only who has a partition knows whether it can go on.
      const own = status.partitions.includes(partition) || undecodable.has(partition)
      return [
        String(partition),
        {
          committed,
          start,
          end,
          lag: lagOf(one),
          undecodable: own ? (undecodable.get(partition) ?? null) : (earlier?.undecodable ?? null),
          expired: expiredOf(committed ?? earlier?.committed ?? null, one) ?? earlier?.expired ?? null,
        },
      ]
    }),
  )
}

function statusAfter(
  before: BridgeStatus<Instant> | null,
  now: Instant,
  told: Told,
): Omit<BridgeStatus<Instant>, 'updatedAt'> {
  const { topic, group, member, status, more } = told
  const members = Object.entries(before?.members ?? {}).filter(
    ([, { at }]) => !now.isAfter(at.plusSeconds(FORGET_AFTER_SECONDS)),
  )
  const partitions = partitionsOf(before, told)
  return {
    topic,
    group,
    lag: Object.values(partitions).reduce((sum, { lag }) => sum + lag, 0),
    partitions,
    members: { ...Object.fromEntries(members), [member]: { ...status, at: now } },
    landed: (before?.landed ?? 0) + more.landed,
    deadLetters: (before?.deadLetters ?? 0) + more.deadLetters,
    // Written before there was any of it, it is not there.
    dropped: ((before as Partial<BridgeStatus<Instant>> | null)?.dropped ?? 0) + more.dropped,
  }
}
