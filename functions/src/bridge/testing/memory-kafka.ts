import { setImmediate } from 'node:timers/promises'
import {
  KafkaFault,
  type Consumer,
  type ConsumerEvents,
  type KafkaClient,
  type KafkaRecord,
  type KafkaRecordToSend,
  type PartitionOffsets,
  type Producer,
} from '../kafka.ts'

export interface KafkaOperation {
  readonly kind: 'join' | 'fetch' | 'commit' | 'send' | 'offsets' | 'read'
  readonly topic: string
  /** Null where no group takes part, as in `send`. */
  readonly group: string | null
  /** Of `fetch` and `read`; null where it is of the whole topic. */
  readonly partition: number | null
}

/**
 * Awaited before and after each operation: may delay it, throw (before: it does not happen; after: its answer is lost) or never return. What it
 * throws is thrown to the caller, as the fault that it is or within one of `other`; of a fetch there is no caller, so the consumer fails with it.
 */
export type KafkaGate = (operation: KafkaOperation, phase: 'before' | 'after') => Promise<void> | void

export interface MemoryKafkaOptions {
  readonly gate?: KafkaGate
  /** Most records of one fetch, which is of one partition. */
  readonly fetchRecords?: number
  /** Key, value and headers of one record; above it the broker refuses. */
  readonly maxRecordBytes?: number
  /** The broker's clock, in milliseconds since 1970. */
  readonly now?: () => number
}

/** What somebody else writes to a topic. */
export interface KafkaRecordToAppend extends KafkaRecordToSend {
  /** {@link MemoryKafkaOptions.now} unless given. */
  readonly timestamp?: number
}

interface Partition {
  /** By offset: cut off by `start`, never removed. */
  readonly records: KafkaRecord[]
  start: number
  /** Offsets at which stands what can't be read, and why. */
  readonly corrupt: Map<number, string>
}

interface Group {
  /** By topic, then by partition. */
  readonly committed: Map<string, Map<number, number>>
  members: Member[]
  generation: number
}

/**
 * Kafka in memory: one broker. A consumer's records come by a loop of its own, of one partition and at most {@link MemoryKafkaOptions.fetchRecords}
 * at a time; between two fetches is the gate, or a turn of the event loop where there is none. A consumer to which nothing can come asks for
 * nothing.
 */
export class MemoryKafka {
  readonly #topics = new Map<string, Partition[]>()
  readonly #groups = new Map<string, Group>()
  readonly #options: MemoryKafkaOptions
  /** Of records without a key. */
  #sent = 0

  constructor(options: MemoryKafkaOptions = {}) {
    this.#options = options
  }

  /** As another process has it: all see the same broker. */
  client(): KafkaClient {
    const client: KafkaClient = {
      consume: (topic, group, events) => this.#consume(client, topic, group, events),
      produce: async () => this.#produce(),
      offsets: (topic, group) =>
        this.#operate({ kind: 'offsets', topic, group, partition: null }, () => this.#offsets(topic, group)),
      readAll: (topic, group, visit) => this.#readAll(topic, group, visit),
    }
    return client
  }

  createTopic(topic: string, partitions: number): void {
    if (this.#topics.has(topic)) throw new Error(`topic ${topic} exists already`)
    this.#topics.set(topic, Array.from({ length: partitions }, emptyPartition))
  }

  /** Groups that read the topic share it out anew. */
  addPartitions(topic: string, count: number): void {
    this.#topic(topic).push(...Array.from({ length: count }, emptyPartition))
    for (const group of this.#groups.values())
      if (group.members.some((member) => member.topic === topic)) this.#shareOut(group)
  }

  /** What another producer does. Gives the record's offset. */
  append(topic: string, partition: number, record: KafkaRecordToAppend): number {
    const { records } = this.#partition(topic, partition)
    const { key, value, headers, timestamp = this.#now() } = record
    const offset = records.length
    records.push({
      topic,
      partition,
      offset,
      timestamp,
      key: copied(key),
      value: copied(value),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, values]) => [name, values.map((each) => Uint8Array.from(each))]),
      ),
    })
    this.#wakeAll()
    return offset
  }

  /** Every record that ever came, partition by partition: those too that were cut off. */
  records(topic: string): readonly KafkaRecord[] {
    return this.#topic(topic).flatMap(({ records }) => records)
  }

  /** By partition; without those of which nothing was committed. */
  committed(group: string, topic: string): ReadonlyMap<number, number> {
    return new Map(this.#groups.get(group)?.committed.get(topic))
  }

  /** Those that are alive, in the order in which they joined. */
  members(group: string): readonly Consumer[] {
    return [...(this.#groups.get(group)?.members ?? [])]
  }

  /** What retention does: records before `start` are there no more. */
  truncate(topic: string, partition: number, start: number): void {
    const { records, ...log } = this.#partition(topic, partition)
    if (start < log.start || start > records.length)
      throw new Error(`${topic}/${partition} has offsets ${log.start} to ${records.length}: it can't begin at ${start}`)
    this.#partition(topic, partition).start = start
    this.#wakeAll()
  }

  /** What stands at this offset can't be read: a consumer gets past it only where it is cut off, or another commits an offset behind it. */
  corrupt(topic: string, partition: number, offset: number, reason: string): void {
    this.#partition(topic, partition).corrupt.set(offset, reason)
  }

  /** All members are assigned their partitions again. */
  rebalance(group: string): void {
    this.#shareOut(this.#group(group))
  }

  /** All its consumers fail. */
  fail(group: string, fault: KafkaFault): void {
    const { members } = this.#group(group)
    this.#group(group).members = []
    for (const member of members) member.end((events) => events.failed(fault))
  }

  /**
   * A process that is gone without a word: one consumer, or all that a client has. It hears nothing more, and the rest of the group gets its
   * partitions, as after the session's time.
   */
  kill(gone: Consumer | KafkaClient): void {
    for (const group of this.#groups.values())
      for (const member of group.members) if (member === gone || member.client === gone) this.#leave(group, member)
  }

  async #consume(client: KafkaClient, topic: string, group: string, events: ConsumerEvents): Promise<Consumer> {
    const at = this.#group(group)
    const member = new Member(client, topic, events, {
      commit: (next, generation) =>
        this.#operate({ kind: 'commit', topic, group, partition: null }, () => {
          if (!at.members.includes(member) || at.generation !== generation)
            throw new KafkaFault('rebalancing', `group ${group} is being shared out anew`)
          let committed = at.committed.get(topic)
          if (committed === undefined) at.committed.set(topic, (committed = new Map()))
          for (const [partition, offset] of next) committed.set(partition, offset)
        }),
      leave: () => this.#leave(at, member),
    })
    try {
      await this.#operate({ kind: 'join', topic, group, partition: null }, () => {
        this.#topic(topic)
        at.members.push(member)
        this.#shareOut(at)
        void this.#deliver(at, member, group)
      })
    } catch (error) {
      this.#leave(at, member)
      throw error
    }
    return member
  }

  /** Without end, but for the member's. Never rejects. */
  async #deliver(group: Group, member: Member, name: string): Promise<void> {
    const { topic } = member
    while (member.alive) {
      const partition = member.next((candidate, position) => this.#nextOffset(topic, candidate, position) !== null)
      if (partition === null) {
        await member.woken()
        continue
      }
      const { generation } = member
      const stale = () => !member.alive || member.generation !== generation
      const operation: KafkaOperation = { kind: 'fetch', topic, group: name, partition }
      try {
        await (this.#options.gate === undefined ? setImmediate() : this.#options.gate(operation, 'before'))
        const fetched = stale() ? null : this.#fetch(member, partition)
        await this.#options.gate?.(operation, 'after')
        // Paused meanwhile or not: it has been fetched.
        if (fetched !== null && !stale()) member.deliver(partition, fetched)
      } catch (error) {
        if (!member.alive) return
        group.members = group.members.filter((other) => other !== member)
        member.end((events) => events.failed(asFault(error)))
        this.#shareOut(group)
      }
    }
  }

  /** Null where nothing is to come, or nothing may. */
  #fetch(member: Member, partition: number): Fetched | null {
    const position = member.readable(partition)
    const from = position === null ? null : this.#nextOffset(member.topic, partition, position)
    if (from === null) return null
    return this.#read(member.topic, partition, from)
  }

  #read(topic: string, partition: number, from: number): Fetched {
    const { records, corrupt } = this.#partition(topic, partition)
    const reason = corrupt.get(from)
    if (reason !== undefined) return { records: [], undecodable: { offset: from, reason } }
    const found = records.slice(from, from + (this.#options.fetchRecords ?? 5))
    const bad = found.findIndex(({ offset }) => corrupt.has(offset))
    return { records: bad === -1 ? found : found.slice(0, bad), undecodable: null }
  }

  /** Null where the log has nothing more. A position that the log has not begins at its start. */
  #nextOffset(topic: string, partition: number, position: number): number | null {
    const { records, start } = this.#partition(topic, partition)
    const from = position < start || position > records.length ? start : position
    return from < records.length ? from : null
  }

  #leave(group: Group, member: Member): void {
    const there = group.members.includes(member)
    group.members = group.members.filter((other) => other !== member)
    member.end()
    if (there) this.#shareOut(group)
  }

  /** Round robin, by topic. All positions begin again at what is committed. */
  #shareOut(group: Group): void {
    group.generation++
    const { generation, members } = group
    for (const member of members) {
      // One of them has left, or another joined, while it was told.
      if (group.generation !== generation) return
      const { topic } = member
      const readers = members.filter((other) => other.topic === topic)
      const positions = new Map<number, number>()
      for (const [partition, { start }] of this.#topic(topic).entries()) {
        if (readers[partition % readers.length] !== member) continue
        positions.set(partition, Math.max(start, group.committed.get(topic)?.get(partition) ?? start))
      }
      member.assign(positions, generation)
    }
  }

  #produce(): Producer {
    let closed = false
    return {
      send: (topic, records) =>
        this.#operate({ kind: 'send', topic, group: null, partition: null }, () => {
          if (closed) throw new KafkaFault('other', 'the producer is closed')
          const partitions = this.#topic(topic).length
          const most = this.#options.maxRecordBytes ?? Infinity
          if (records.some((record) => sizeOf(record) > most))
            throw new KafkaFault('too-large', `the broker takes records of ${most} bytes at most`)
          for (const record of records) {
            const spread = record.key === null ? this.#sent++ : hashOf(record.key)
            this.append(topic, spread % partitions, record)
          }
        }),
      async close() {
        closed = true
      },
    }
  }

  #offsets(topic: string, group: string): readonly PartitionOffsets[] {
    const committed = this.#groups.get(group)?.committed.get(topic)
    return this.#topic(topic).map(({ records, start }, partition) => ({
      partition,
      committed: committed?.get(partition) ?? null,
      start,
      end: records.length,
    }))
  }

  async #readAll(topic: string, group: string, visit: (record: KafkaRecord) => Promise<void>): Promise<void> {
    const read = { kind: 'read', topic, group } as const
    const ranges = await this.#operate({ ...read, partition: null }, () => this.#offsets(topic, group))
    for (const { partition, start, end } of ranges) {
      for (let next = start; next < end;) {
        const { records, undecodable } = await this.#operate({ ...read, partition }, () =>
          this.#read(topic, partition, Math.max(next, this.#partition(topic, partition).start)),
        )
        if (undecodable !== null) {
          const { offset, reason } = undecodable
          throw new KafkaFault('other', `${topic}/${partition} can't be read at offset ${offset}: ${reason}`)
        }
        for (const record of records) if (record.offset < end) await visit(record)
        next = (records.at(-1)?.offset ?? end) + 1
      }
    }
  }

  async #operate<R>(operation: KafkaOperation, result: () => R): Promise<R> {
    try {
      await this.#options.gate?.(operation, 'before')
      const value = result()
      await this.#options.gate?.(operation, 'after')
      return value
    } catch (error) {
      throw asFault(error)
    }
  }

  #topic(topic: string): Partition[] {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) throw new KafkaFault('unknown-topic', `there is no topic ${topic}`)
    return partitions
  }

  #partition(topic: string, partition: number): Partition {
    const found = this.#topic(topic)[partition]
    if (found === undefined) throw new Error(`topic ${topic} has no partition ${partition}`)
    return found
  }

  #group(name: string): Group {
    let group = this.#groups.get(name)
    if (group === undefined) this.#groups.set(name, (group = { committed: new Map(), members: [], generation: 0 }))
    return group
  }

  #wakeAll(): void {
    for (const { members } of this.#groups.values()) for (const member of members) member.wake()
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now()
  }
}

interface Fetched {
  readonly records: readonly KafkaRecord[]
  readonly undecodable: { readonly offset: number; readonly reason: string } | null
}

/** What a member asks of its group. */
interface Membership {
  commit(next: ReadonlyMap<number, number>, generation: number): Promise<void>
  leave(): void
}

class Member implements Consumer {
  readonly client: KafkaClient
  readonly topic: string
  readonly #events: ConsumerEvents
  readonly #membership: Membership
  /** Where each partition goes on. In the order in which they have their turn. */
  #positions = new Map<number, number>()
  readonly #paused = new Set<number>()
  /** Partitions at whose position stands what can't be read. */
  readonly #stopped = new Set<number>()
  readonly #untold: ((events: ConsumerEvents) => void)[] = []
  #telling = false
  #woken = Promise.withResolvers<void>()
  alive = true
  generation = 0

  constructor(client: KafkaClient, topic: string, events: ConsumerEvents, membership: Membership) {
    this.client = client
    this.topic = topic
    this.#events = events
    this.#membership = membership
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition)
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition)
    this.wake()
  }

  async commit(next: ReadonlyMap<number, number>): Promise<void> {
    await this.#membership.commit(new Map(next), this.generation)
  }

  async leave(): Promise<void> {
    this.#membership.leave()
  }

  assign(positions: Map<number, number>, generation: number): void {
    if (!this.alive) return
    this.#tell((events) => {
      this.generation = generation
      this.#positions = positions
      this.#paused.clear()
      this.#stopped.clear()
      events.assigned([...positions.keys()])
      this.wake()
    })
  }

  /** The next partition whose turn it is, of those that `has` something. */
  next(has: (partition: number, position: number) => boolean): number | null {
    for (const partition of this.#positions.keys()) {
      const position = this.readable(partition)
      if (position !== null && has(partition, position)) return partition
    }
    return null
  }

  /** Where a partition goes on; null where it may not. */
  readable(partition: number): number | null {
    if (this.#paused.has(partition) || this.#stopped.has(partition)) return null
    return this.#positions.get(partition) ?? null
  }

  deliver(partition: number, { records, undecodable }: Fetched): void {
    const last = records.at(-1)
    if (last !== undefined) {
      // Set anew, it is the last to have its turn again.
      this.#positions.delete(partition)
      this.#positions.set(partition, last.offset + 1)
      this.#tell((events) => events.records(partition, records))
    }
    if (undecodable !== null) {
      this.#stopped.add(partition)
      this.#tell((events) => events.undecodable(partition, undecodable.offset, undecodable.reason))
    }
  }

  /** Nothing more is told but `last`. */
  end(last: (events: ConsumerEvents) => void = () => {}): void {
    if (!this.alive) return
    this.alive = false
    this.#untold.splice(0)
    this.#tell(last)
    this.wake()
  }

  wake(): void {
    this.#woken.resolve()
    this.#woken = Promise.withResolvers()
  }

  woken(): Promise<void> {
    return this.#woken.promise
  }

  /** One event at a time: what comes while another is told of comes after it. */
  #tell(event: (events: ConsumerEvents) => void): void {
    this.#untold.push(event)
    if (this.#telling) return
    this.#telling = true
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) next(this.#events)
    } finally {
      this.#telling = false
    }
  }
}

const emptyPartition = (): Partition => ({ records: [], start: 0, corrupt: new Map() })

const copied = (bytes: Uint8Array | null) => (bytes === null ? null : Uint8Array.from(bytes))

function sizeOf({ key, value, headers }: KafkaRecordToSend): number {
  const parts = [key, value, ...Object.entries(headers).flatMap(([name, values]) => [Buffer.from(name), ...values])]
  return parts.reduce((sum, part) => sum + (part?.byteLength ?? 0), 0)
}

/** Not Kafka's own, but as that one the same for the same key. */
const hashOf = (key: Uint8Array) => key.reduce((hash, byte) => (hash * 31 + byte) % 65_521, 7)

const asFault = (error: unknown) =>
  error instanceof KafkaFault ? error : new KafkaFault('other', String(error), { cause: error })
