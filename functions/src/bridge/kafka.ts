/**
 * The port to Kafka. `platform/kafka.ts` is kafkajs; `bridge/testing/memory-kafka.ts` is its twin in memory. Both pass
 * `bridge/testing/kafka-conformance.ts`, and so must any client that takes kafkajs' place (docs/decisions/kafka-client.md).
 */

/** Every value of one header name, in order. Names are text, values bytes. */
export type Headers = Readonly<Record<string, readonly Uint8Array[]>>

export interface KafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970, UTC: set by the sender or the broker, as the topic says. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  /** Belongs to the record alone: nothing else is kept in memory with it. */
  readonly value: Uint8Array | null
  readonly headers: Headers
}

/** What can be said of every record: `value` is what counts. */
export const bytesOf = ({ value }: Pick<KafkaRecord, 'value'>) => value?.byteLength ?? 0

export type KafkaRecordToSend = Pick<KafkaRecord, 'key' | 'value' | 'headers'>

/** How far a group has got in one partition. */
export interface PartitionOffsets {
  readonly partition: number
  /** Where the group goes on; null where it never was. */
  readonly committed: number | null
  /** The first offset that is still there. */
  readonly start: number
  /** One past the last. */
  readonly end: number
}

/** Called one after the other, never at the same time. None of them may throw. */
export interface ConsumerEvents {
  /**
   * The group has shared out its partitions anew. Every partition begins again at its committed offset, those too that stayed, and all
   * are unpaused; what was delivered before may come again, here or to another member.
   */
  assigned(partitions: readonly number[]): void
  /** In the order of offsets. Nothing is held back for the answer: use {@link Consumer.pause}. */
  records(partition: number, records: readonly KafkaRecord[]): void
  /** What stands at this offset can't be read. Nothing further is delivered of this partition. */
  undecodable(partition: number, offset: number, reason: string): void
  /** The consumer has ended by itself: the last call. */
  failed(fault: KafkaFault): void
}

export interface Consumer {
  /** Of these partitions nothing more is fetched. What was fetched already may still come, one fetch of it. */
  pause(partitions: readonly number[]): void
  resume(partitions: readonly number[]): void
  /**
   * The next offset to read, by partition. Throws a {@link KafkaFault}; `rebalancing` where the group is being shared out anew: harmless, since
   * what is not committed comes again.
   */
  commit(next: ReadonlyMap<number, number>): Promise<void>
  /** Tells the group, so that others take over at once. Never rejects, and takes a few seconds at the most. */
  leave(): Promise<void>
}

export interface Producer {
  /** Resolves once all replicas in sync have the records. Throws a {@link KafkaFault}, `too-large` where the broker takes none of that size. */
  send(topic: string, records: readonly KafkaRecordToSend[]): Promise<void>
  close(): Promise<void>
}

export interface KafkaClient {
  /** Resolves once it has joined the group. A group that is new to the topic begins at the first record. Throws a {@link KafkaFault}. */
  consume(topic: string, group: string, events: ConsumerEvents): Promise<Consumer>
  /** Throws a {@link KafkaFault}. */
  produce(): Promise<Producer>
  /** Throws a {@link KafkaFault}, `unknown-topic` among them. */
  offsets(topic: string, group: string): Promise<readonly PartitionOffsets[]>
  /**
   * Every record that is in the topic now, each partition in order; nothing is committed. Readers don't share: each gets everything, under a name that
   * begins with `group`. `visit` is awaited, and what it throws is thrown. Throws a {@link KafkaFault}.
   */
  readAll(topic: string, group: string, visit: (record: KafkaRecord) => Promise<void>): Promise<void>
}

export type FaultCode =
  | 'unreachable'
  | 'tls'
  | 'authentication'
  | 'authorization'
  | 'unknown-topic'
  | 'too-large'
  | 'rebalancing'
  | 'other'

/**
 * What is wrong with Kafka, or with the way to it: never with a record. `code` says who has to do something: of `unreachable`, `rebalancing` and
 * `other` nobody may have to, since they can pass; the others last until somebody changes a setting or a right.
 */
export class KafkaFault extends Error {
  override readonly name = 'KafkaFault'
  readonly code: FaultCode
  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
  /** It will not pass by itself. */
  get lasting(): boolean {
    return ['tls', 'authentication', 'authorization', 'unknown-topic', 'too-large'].includes(this.code)
  }
}
