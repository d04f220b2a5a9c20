/**
 * The bridge: takes records from the topic, puts their images into the raw bucket, and commits an offset only when everything before it is
 * durable. The function and the worker run this same code.
 */
import type { Log } from '../intake/log.ts'
import {
  KafkaFault,
  type Consumer,
  type ConsumerEvents,
  type KafkaClient,
  type KafkaRecord,
  type Producer,
} from './kafka.ts'
import { land, type Landed, type Landing } from './land.ts'
import { memoryOf, parseRecord, placeOf } from './parse.ts'
import { Progress } from './progress.ts'

export interface BridgeSettings {
  readonly topic: string
  readonly group: string
  /** Most memory for records that are on their way, in bytes. */
  readonly memoryBytes: number
  /** Records that are put into the bucket at the same time. */
  readonly uploads: number
}

export interface BridgeDeps extends Omit<Landing, 'producer' | 'reserve'> {
  readonly kafka: KafkaClient
  readonly settings: BridgeSettings
  /** Milliseconds from a fixed point, never going back. */
  readonly clock: () => number
  /** Resolves after so many milliseconds, or as soon as it is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  readonly log: Log
}

/** What one bridge has done since it began. */
export interface BridgeCounts {
  readonly landed: number
  readonly deadLetters: number
  /** Of customers whose data was deleted. */
  readonly dropped: number
  readonly bytes: number
  /** Tries that Storage or Kafka failed. */
  readonly faults: number
}

export const NOTHING: BridgeCounts = { landed: 0, deadLetters: 0, dropped: 0, bytes: 0, faults: 0 }

export interface Undecodable {
  readonly offset: number
  readonly reason: string
}

const COUNTED = { landed: 'landed', 'dead-letter': 'deadLetters', dropped: 'dropped' } as const

/** Of the memory: what may wait before fetching is paused, and below which it goes on. The rest is for what a fetch brings meanwhile. */
const PAUSE_AT = 1 / 2
const RESUME_AT = 1 / 4
/** Of the memory: what claim checks may bring in at a time. */
const DATAREFS = 1 / 4
/** Milliseconds. */
const COMMIT_EVERY = 500
const FIRST_RETRY = 200
const LONGEST_RETRY = 30_000
/** What has not been answered by then never will be. Should it take effect all the same, the next try finds its object there. */
const ANSWER_WITHIN = 120_000
/** How long a stop waits for what is under way, and then for the commit: with leaving the group it stays below ten seconds. */
const STOP_GRACE = 4000
const STOP_COMMIT = 2000

/** A record on its way. */
interface Item {
  readonly record: KafkaRecord
  readonly progress: Progress
  readonly bytes: number
}

interface Partition {
  readonly progress: Progress
  committed: number | null
}

export class Bridge {
  readonly #deps: BridgeDeps
  readonly #landing: Landing
  readonly #producer: Producer
  readonly #partitions = new Map<number, Partition>()
  readonly #undecodable = new Map<number, Undecodable>()
  readonly #queue: Item[] = []
  readonly #atWork = new Set<Promise<void>>()
  /** The same event twice is worked on one after the other. */
  readonly #names = new Map<string, Promise<unknown>>()
  readonly #stopping = new AbortController()
  readonly #failure = Promise.withResolvers<KafkaFault>()
  readonly #counts = { ...NOTHING }
  #consumer: Consumer | null = null
  #held = 0
  #paused = false
  #ended = false
  #datarefs = 0
  #arrived = 0
  #lastCommitAt: number | null = null
  #committing: Promise<void> = Promise.resolve()

  private constructor(deps: BridgeDeps, producer: Producer) {
    this.#deps = deps
    this.#landing = { ...deps, producer, reserve: (bytes, work) => this.#reserve(bytes, work) }
    this.#producer = producer
  }

  /** Resolves once it has joined the group. Throws a {@link KafkaFault}. */
  static async start(deps: BridgeDeps): Promise<Bridge> {
    const { kafka, settings } = deps
    const producer = await kafka.produce()
    const bridge = new Bridge(deps, producer)
    try {
      bridge.#consumer = await kafka.consume(settings.topic, settings.group, bridge.#events())
    } catch (error) {
      // Records may have come already.
      await bridge.stop()
      throw error
    }
    bridge.#flow()
    bridge.#committing = bridge.#commitUntilStopped()
    return bridge
  }

  get counts(): BridgeCounts {
    return { ...this.#counts }
  }

  /** Partitions that can't go on, by what stands there. */
  get undecodable(): ReadonlyMap<number, Undecodable> {
    return this.#undecodable
  }

  get partitions(): readonly number[] {
    return [...this.#partitions.keys()]
  }

  /** What this bridge has committed; null where it has not yet. */
  committed(partition: number): number | null {
    return this.#partitions.get(partition)?.committed ?? null
  }

  /** Records that have come, ever: it stands still while none come. */
  get arrived(): number {
    return this.#arrived
  }

  /** Records that are waiting or at work. */
  get open(): number {
    return this.#queue.length + this.#atWork.size
  }

  /** Bytes that they take. */
  get held(): number {
    return this.#held
  }

  /** By {@link BridgeDeps.clock}. */
  get lastCommitAt(): number | null {
    return this.#lastCommitAt
  }

  /** Resolves where the consumer has ended by itself; stop it then. */
  get failed(): Promise<KafkaFault> {
    return this.#failure.promise
  }

  /**
   * Takes nothing new, waits a few seconds for what is under way, commits what is durable and leaves the group. What is abandoned comes again,
   * to whoever takes the partitions. Never rejects.
   */
  async stop(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#drop()
    await this.#atMost(STOP_GRACE, Promise.all(this.#atWork))
    this.#stopping.abort()
    await this.#committing
    await this.#atMost(STOP_COMMIT, this.#commit())
    await Promise.all([this.#consumer?.leave(), this.#producer.close()])
  }

  async #atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
    const over = new AbortController()
    await Promise.race([work, this.#deps.sleep(milliseconds, over.signal)])
    over.abort()
  }

  #events(): ConsumerEvents {
    return {
      assigned: (partitions) => {
        // Whatever is not committed comes again: what only waits is dropped, and what is under way no longer decides what is committed.
        this.#drop()
        this.#partitions.clear()
        this.#undecodable.clear()
        for (const partition of partitions) this.#begin(partition)
        this.#paused = false
        this.#flow()
        this.#deps.log.info('bridge has partitions', { topic: this.#deps.settings.topic, partitions: [...partitions] })
      },
      records: (partition, records) => this.#take(partition, records),
      undecodable: (partition, offset, reason) => {
        this.#undecodable.set(partition, { offset, reason })
        const { topic } = this.#deps.settings
        this.#deps.log.error('a partition has stopped: what stands at its next offset cannot be read', {
          topic,
          partition,
          offset,
          reason,
        })
      },
      failed: (fault) => this.#failure.resolve(fault),
    }
  }

  #begin(partition: number): Partition {
    const fresh = { progress: new Progress(), committed: null }
    this.#partitions.set(partition, fresh)
    return fresh
  }

  #take(partition: number, records: readonly KafkaRecord[]): void {
    const [first] = records
    let state = this.#partitions.get(partition)
    // Of a partition that we no longer have, or after the end: it comes again to whoever has it.
    if (state === undefined || first === undefined || this.#ended) return
    // The log was cut off and began anew: what was done is no measure any more.
    if (state.progress.last !== null && first.offset <= state.progress.last) state = this.#begin(partition)
    for (const record of records) {
      const bytes = memoryOf(record)
      state.progress.begin(record.offset)
      this.#held += bytes
      this.#queue.push({ record, progress: state.progress, bytes })
    }
    this.#arrived += records.length
    this.#flow()
  }

  /** Starts what there is room for, and pauses or resumes fetching by what is held. */
  #flow(): void {
    const { uploads, memoryBytes } = this.#deps.settings
    while (this.#queue.length > 0 && this.#atWork.size < uploads) {
      const item = this.#queue.shift() as Item
      const work = this.#landItem(item).finally(() => {
        this.#atWork.delete(work)
        this.#held -= item.bytes
        this.#flow()
      })
      this.#atWork.add(work)
    }
    if (this.#consumer === null) return
    if (!this.#paused && this.#held >= memoryBytes * PAUSE_AT) {
      this.#paused = true
      this.#consumer.pause(this.partitions)
    } else if (this.#paused && this.#held < memoryBytes * RESUME_AT) {
      this.#paused = false
      this.#consumer.resume(this.partitions)
    }
  }

  #drop(): void {
    for (const { bytes } of this.#queue.splice(0)) this.#held -= bytes
  }

  /** Never rejects: a fault is tried again until it passes, or until the end, which leaves the record uncommitted. */
  async #landItem({ record, progress }: Item): Promise<void> {
    const { log, sleep } = this.#deps
    const { topic, partition, offset } = record
    const { signal } = this.#stopping
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const { outcome, bytes } = await this.#alone(record)
        this.#counts[COUNTED[outcome]]++
        this.#counts.bytes += bytes
        progress.end(offset)
        return
      } catch (error) {
        if (signal.aborted) return
        this.#counts.faults++
        const retryIn = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
        log.warn('a record could not be put into the raw bucket: it is tried again', {
          topic,
          partition,
          offset,
          tries,
          retryInMilliseconds: Math.round(retryIn),
          error,
        })
        await sleep(retryIn, signal)
      }
    }
  }

  /** One event at a time: the storage emulator keeps no precondition, and a second one would only be in the way. */
  async #alone(record: KafkaRecord): Promise<Landed> {
    const parsed = parseRecord(record, this.#deps.limits)
    const name = 'refused' in parsed ? placeOf(record) : parsed.rawName
    while (this.#names.has(name)) await this.#names.get(name)
    const work = this.#answered(land(this.#landing, record, parsed))
    const settled = work.catch(() => {}).finally(() => this.#names.delete(name))
    this.#names.set(name, settled)
    const landed = await work
    if (landed.outcome === 'landed') {
      const { topic, partition, offset } = record
      // The one line that leads from a record to its image: the object's name has the image's trace.
      this.#deps.log.info('landed', { topic, partition, offset, object: name, bytes: landed.bytes })
    }
    return landed
  }

  /** Throws where it takes too long, since one lost answer would stop its partition for ever; and at the end. */
  async #answered<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#stopping
    const over = new AbortController()
    const end = () => over.abort()
    signal.addEventListener('abort', end)
    const late = async () => {
      await this.#deps.sleep(ANSWER_WITHIN, over.signal)
      throw new Error(`there was no answer within ${ANSWER_WITHIN / 1000} s`)
    }
    try {
      return await Promise.race([work, late()])
    } finally {
      signal.removeEventListener('abort', end)
      over.abort()
    }
  }

  /** Does `work` once there is room for so many more bytes, which is always the case where no other has any. */
  async #reserve<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const { signal } = this.#stopping
    while (this.#datarefs > 0 && this.#datarefs + bytes > this.#deps.settings.memoryBytes * DATAREFS) {
      await Promise.race([...this.#atWork, this.#deps.sleep(FIRST_RETRY, signal)])
      // From then on it would wait for nothing, again and again, and let nothing else have its turn.
      signal.throwIfAborted()
    }
    this.#datarefs += bytes
    try {
      // By itself too: whoever is never answered must not keep its room.
      return await this.#answered(work())
    } finally {
      this.#datarefs -= bytes
    }
  }

  async #commitUntilStopped(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#deps.sleep(COMMIT_EVERY, signal)
      await untilAborted(this.#commit(), signal)
    }
  }

  async #commit(): Promise<void> {
    const next = new Map<number, number>()
    for (const [partition, { progress, committed }] of this.#partitions) {
      const { committable } = progress
      if (committable !== null && committable !== committed) next.set(partition, committable)
    }
    if (next.size === 0 || this.#consumer === null) return
    const states = new Map([...next.keys()].map((partition) => [partition, this.#partitions.get(partition)]))
    try {
      await this.#consumer.commit(next)
      for (const [partition, offset] of next) {
        const state = states.get(partition)
        if (state !== undefined) state.committed = offset
      }
      this.#lastCommitAt = this.#deps.clock()
    } catch (error) {
      // Whatever it was, these records are durable: the next commit takes them along, or they come again and are found.
      if (!(error instanceof KafkaFault && error.code === 'rebalancing'))
        this.#deps.log.warn('offsets could not be committed: they will be with the next', { error })
    }
  }
}

/** Leaves nothing behind at the signal, which may live for months. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const abort = () => aborted.resolve()
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  await Promise.race([work, aborted.promise])
  signal.removeEventListener('abort', abort)
}
