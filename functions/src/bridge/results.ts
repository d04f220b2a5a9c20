/** Answers to the sender: what became of each image goes to `{topic}.results`, at least once. */
import { EXPORT_SHARDS } from '../contract/limits.ts'
import type { ImageRecord } from '../contract/record.ts'
import { readPage, type Changes, type Cursor } from '../export/cursor.ts'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { bytesOf, type KafkaClient, type KafkaRecordToSend, type Producer } from './kafka.ts'
import { bridgePath } from './status.ts'

export const resultsTopic = (topic: string) => `${topic}.results`
/** Where answers have got to. */
export const resultsStatePath = (topic: string) => `${bridgePath(topic)}/state/results`

/** Records read at a time. */
const PAGE = 500
/** Answers sent at a time: far below the 1 MiB that a topic takes where nobody says otherwise. */
const SEND_BYTES = 256 * 1024
/** How long a publisher may be silent before another takes over. Seconds. */
const LEASE_SECONDS = 60
/** Between two thorough passes. Seconds. */
const THOROUGH_EVERY = 300
/** Answers remembered so that they are not given again, by this process. */
const REMEMBERED = 200_000

const images = { collection: 'images', group: true, where: [['source', '==', 'kafka']] } as const
const shards = Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard)
/** Prompt, but what Firestore commits late can be missed. */
const QUICK: Changes = { ...images, shards, overlapSeconds: 10 }
/** Misses nothing (docs/decisions/export.md says why ten minutes), and would be dear every few seconds. */
const THOROUGH: Changes = { ...images, shards }

interface State {
  readonly quick: Cursor
  readonly thorough: Cursor
  readonly thoroughAt: Instant | null
  readonly holder: string | null
  readonly until: Instant | null
}

const NOTHING: Cursor = { shards: {}, watermark: null }
const NEW: State = { quick: NOTHING, thorough: NOTHING, thoroughAt: null, holder: null, until: null }

export interface ResultsDeps {
  readonly store: DocumentStore
  readonly kafka: Pick<KafkaClient, 'produce'>
  readonly topic: string
  readonly processedBucket: string
  /** Unlike that of any other publisher at the same time. */
  readonly holder: string
}

/** One for a process: it remembers what it has answered. */
export class Results {
  readonly #deps: ResultsDeps
  readonly #answered = new Set<string>()
  #producer: Producer | null = null

  constructor(deps: ResultsDeps) {
    this.#deps = deps
  }

  /**
   * Answers what has ended since the last call, by whoever it was. Returns how many answers it gave; none where another publisher is at work.
   * Throws what Firestore or Kafka throw; what it had answered stays so.
   */
  async publish(signal: AbortSignal): Promise<number> {
    const state = await this.#take()
    if (state === null) return 0
    const now = state.until?.plusSeconds(-LEASE_SECONDS)
    const due = state.thoroughAt === null || now?.isAfter(state.thoroughAt.plusSeconds(THOROUGH_EVERY))
    let given = 0
    try {
      given += await this.#pass(QUICK, state.quick, (quick) => ({ quick }), signal)
      if (due)
        given += await this.#pass(
          THOROUGH,
          state.thorough,
          (thorough) => ({ thorough, thoroughAt: now ?? null }),
          signal,
        )
    } finally {
      await this.#write({ holder: null, until: null })
    }
    return given
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = null
    await producer?.close()
  }

  async #pass(
    changes: Changes,
    from: Cursor,
    saved: (cursor: Cursor) => Partial<State>,
    signal: AbortSignal,
  ): Promise<number> {
    const unread = new Set<number | null>(changes.shards)
    let cursor = from
    let given = 0
    while (unread.size > 0 && !signal.aborted) {
      const records: ImageRecord<Instant>[] = []
      cursor = await readPage(
        this.#deps.store,
        changes,
        cursor,
        unread,
        { add: ({ data }) => records.push(asRecord(data)) },
        PAGE,
      )
      given += await this.#answer(records)
      await this.#write(saved(cursor))
    }
    return given
  }

  async #answer(records: readonly ImageRecord<Instant>[]): Promise<number> {
    const fresh = records.filter((record) => isDue(record) && !this.#answered.has(keyOf(record)))
    if (fresh.length === 0) return 0
    try {
      this.#producer ??= await this.#deps.kafka.produce()
      for (const portion of portions(fresh.map((record) => resultOf(record, this.#deps.processedBucket))))
        await this.#producer.send(resultsTopic(this.#deps.topic), portion)
    } catch (error) {
      await this.close()
      throw error
    }
    for (const record of fresh) this.#answered.add(keyOf(record))
    // A Set keeps the order in which its values came.
    for (const oldest of this.#answered) {
      if (this.#answered.size <= REMEMBERED) break
      this.#answered.delete(oldest)
    }
    return fresh.length
  }

  /** Null where another publisher is at work. */
  #take(): Promise<State | null> {
    const { store, topic, holder } = this.#deps
    return store.transact(async (transaction) => {
      const found = await transaction.get(resultsStatePath(topic))
      const state = { ...NEW, ...(found as unknown as Partial<State> | null) }
      const now = transaction.readTime()
      if (state.until?.isAfter(now) && state.holder !== holder) return null
      const taken: State = { ...state, holder, until: now.plusSeconds(LEASE_SECONDS) }
      transaction.set(resultsStatePath(topic), { ...(taken as unknown as WriteData), updatedAt: SERVER_TIME })
      return taken
    })
  }

  /** Keeps the lease. Whoever has lost it only gives answers twice, so nothing more is asked of it than to leave the other's state alone. */
  async #write(change: Partial<State>): Promise<void> {
    const { store, topic, holder } = this.#deps
    await store.transact(async (transaction) => {
      const state = (await transaction.get(resultsStatePath(topic))) as unknown as State | null
      if (state?.holder !== holder) return
      const until = transaction.readTime().plusSeconds(LEASE_SECONDS)
      transaction.set(resultsStatePath(topic), {
        ...({ ...state, until, ...change } as unknown as WriteData),
        updatedAt: SERVER_TIME,
      })
    })
  }
}

/** Together at most {@link SEND_BYTES}, or a single one. */
function portions(answers: readonly KafkaRecordToSend[]): readonly (readonly KafkaRecordToSend[])[] {
  const all: KafkaRecordToSend[][] = []
  let room = 0
  for (const answer of answers) {
    const bytes = bytesOf(answer)
    if (bytes > room || all.length === 0) {
      all.push([])
      room = SEND_BYTES
    }
    all.at(-1)?.push(answer)
    room -= bytes
  }
  return all
}

const isDue = ({ state, job, event }: ImageRecord<Instant>) =>
  state !== 'received' && job === null && event?.answer === true
/** An image that is processed anew is answered anew; one that its owner deletes or restores is not. */
const keyOf = ({ imageId, revision, ownerWrites = 0 }: ImageRecord<Instant>) => `${imageId}.${revision - ownerWrites}`

/** The answer, by CloudEvents' Kafka binding in binary mode. docs/kafka.md describes it for those who read it. */
export function resultOf(record: ImageRecord<Instant>, processedBucket: string): KafkaRecordToSend {
  const { imageId, customerId, event, state, error, outputs, input } = record
  const text = (value: string): readonly Uint8Array[] => [Buffer.from(value)]
  const body = {
    id: event?.id ?? null,
    source: event?.source ?? null,
    subject: event?.subject ?? null,
    topic: event?.topic ?? null,
    partition: event?.partition ?? null,
    offset: event?.offset ?? null,
    customerId,
    imageId,
    outcome: error?.code ?? 'processed',
    reason: error?.message ?? null,
    format: record.counted?.format ?? null,
    width: input?.width ?? null,
    height: input?.height ?? null,
    outputs: outputs.map(({ name, object, contentType, bytes, width, height }) => ({
      name,
      uri: `gs://${processedBucket}/${object}`,
      contentType,
      bytes,
      width,
      height,
    })),
    receivedAt: record.receivedAt,
    processedAt: record.processedAt,
    availableUntil: record.availableUntil,
  }
  return {
    key: Buffer.from(event?.id ?? imageId),
    value: Buffer.from(JSON.stringify(body)),
    headers: {
      ce_specversion: text('1.0'),
      ce_id: text(keyOf(record)),
      ce_source: text('darkroom'),
      ce_type: text(`darkroom.image.${state}`),
      ce_time: text((record.processedAt ?? record.updatedAt).toString()),
      ce_subject: text(imageId),
      'content-type': text('application/json'),
    },
  }
}
