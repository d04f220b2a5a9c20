/**
 * Kafka by kafkajs, which is no longer maintained: what it does wrong is mended here and nowhere else (docs/decisions/kafka-client.md).
 * It ends where it should try again and tries again where it should end, so it never restarts by itself here: it fails, and the bridge makes
 * a new one.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import kafkajs, { type Admin, type Consumer as KafkajsConsumer } from 'kafkajs'
import {
  KafkaFault,
  type Consumer,
  type ConsumerEvents,
  type KafkaClient,
  type KafkaRecord,
  type PartitionOffsets,
  type Producer,
} from '../bridge/kafka.ts'
import type { KafkaSettings } from '../config/kafka-settings.ts'
import { faultOf } from './kafka-faults.ts'
import { asBuffer, deliver, readableRecord } from './kafka-records.ts'
import { readableCodecs } from './kafka-undecodable.ts'

// By default: Node finds none of this CommonJS module's names.
const { Kafka, KafkaJSNonRetriableError, Partitioners, logLevel } = kafkajs

/** Of the memory: what one fetch brings. While it is read it is there twice, and the bridge holds half. A single record may be larger. */
const FETCH = 1 / 16
/** No broker sends more of one partition than the fetch has room for; but this must not keep a large record back. */
const MAX_PARTITION_BYTES = 1024 * 1024 * 1024
/** How long a fetch waits where there is nothing; also how long a resumed partition may wait. Milliseconds. */
const MAX_WAIT = 200
/** How soon partitions that were added are seen. Milliseconds. */
const METADATA_AGE = 10_000
const LEAVE_WITHIN = 2000
/** kafkajs' own tries, some two seconds of them; after that the bridge's begin. */
const RETRY = { retries: 3, initialRetryTime: 200, maxRetryTime: 2000 } as const
/** What kafkajs logs with the reason why a broker did not say who coordinates a group. What it throws then has none. */
const NO_COORDINATOR = 'Tried to find group coordinator'

interface Connection {
  readonly kafka: kafkajs.Kafka
  /** Knows what this client kept to itself. */
  readonly fault: (error: unknown, what: string) => KafkaFault
}

export class KafkajsClient implements KafkaClient {
  readonly #settings: Omit<KafkaSettings, 'topic' | 'group'>

  constructor(settings: Omit<KafkaSettings, 'topic' | 'group'>) {
    this.#settings = settings
    readableCodecs({ maxBytes: settings.memoryBytes / 4 })
  }

  consume(topic: string, group: string, events: ConsumerEvents): Promise<Consumer> {
    return patiently(() => this.#join(topic, group, events))
  }

  async #join(topic: string, group: string, events: ConsumerEvents): Promise<Consumer> {
    const { sessionSeconds, memoryBytes } = this.#settings
    const sessionTimeout = sessionSeconds * 1000
    const { kafka, fault } = this.#connection()
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout,
      rebalanceTimeout: sessionTimeout,
      heartbeatInterval: Math.min(3000, sessionTimeout / 5),
      maxBytes: Math.ceil(memoryBytes * FETCH),
      maxBytesPerPartition: MAX_PARTITION_BYTES,
      maxWaitTimeInMs: MAX_WAIT,
      metadataMaxAge: METADATA_AGE,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => false },
    })
    /** Partitions at whose next offset stands what can't be read. */
    const stopped = new Set<number>()
    const joined = Promise.withResolvers<void>()
    /** Brokers that have been asked for records since all of them were waited for. */
    const asked = new Set<number>()
    let commits = 0
    let left = false
    let member = false
    const fail = (reason: KafkaFault) => {
      if (left) return
      left = true
      joined.reject(reason)
      if (member) events.failed(reason)
    }
    consumer.on(consumer.events.FETCH_START, ({ payload }) => asked.add(payload.nodeId))
    consumer.on(consumer.events.REBALANCING, () => asked.clear())
    consumer.on(consumer.events.COMMIT_OFFSETS, () => commits++)
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (left) return
      if (asked.size > 1) {
        // Where what one broker says makes it join again, kafkajs waits for no other: what that one brings of before would count as brought
        // since, and whatever came between the committed offset and that would be skipped.
        fail(
          new KafkaFault(
            'rebalancing',
            `Kafka, topic ${topic}, group ${group}: the brokers have shared out its partitions anew.`,
          ),
        )
        void ended(consumer)
        return
      }
      asked.clear()
      member = true
      const partitions = payload.memberAssignment[topic] ?? []
      stopped.clear()
      // kafkajs keeps what was paused through a rebalance.
      consumer.resume([{ topic, partitions: [...partitions] }])
      events.assigned(partitions)
      joined.resolve()
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => fail(fault(payload.error, `topic ${topic}, group ${group}`)))
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          if (!left)
            deliver(batch, events, (partition) => {
              stopped.add(partition)
              consumer.pause([{ topic, partitions: [partition] }])
            })
        },
      })
      await joined.promise
    } catch (error) {
      left = true
      await ended(consumer)
      throw fault(error, `topic ${topic}, group ${group}`)
    }
    const readable = (partitions: readonly number[]) => partitions.filter((partition) => !stopped.has(partition))
    return {
      pause: (partitions) => unlessEnded(() => consumer.pause([{ topic, partitions: [...partitions] }])),
      resume: (partitions) => unlessEnded(() => consumer.resume([{ topic, partitions: readable(partitions) }])),
      async commit(next) {
        const before = commits
        const gone = () => new KafkaFault('rebalancing', `Kafka, committing to ${topic}, group ${group}: it has ended.`)
        if (left) throw gone()
        try {
          // Not within eachBatch: there a rebalance during a commit ends the consumer for good.
          await consumer.commitOffsets(
            [...next].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
          )
          // While it ends, kafkajs commits nothing without a word.
          if (next.size > 0 && commits === before) throw gone()
        } catch (error) {
          throw fault(error, `committing to ${topic}, group ${group}`)
        }
      },
      async leave() {
        left = true
        await ended(consumer)
      },
    }
  }

  async produce(): Promise<Producer> {
    const { kafka, fault } = this.#connection()
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    })
    try {
      await producer.connect()
    } catch (error) {
      throw fault(error, 'connecting')
    }
    return {
      async send(topic, records) {
        const messages = records.map(({ key, value, headers }) => ({
          key: asBuffer(key),
          value: asBuffer(value),
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, values]) => [name, values.map((each) => asBuffer(each) as Buffer)]),
          ),
        }))
        try {
          await producer.send({ topic, messages, acks: -1 })
        } catch (error) {
          throw fault(error, `writing to ${topic}`)
        }
      },
      close: () => quietly(producer.disconnect()),
    }
  }

  offsets(topic: string, group: string): Promise<readonly PartitionOffsets[]> {
    return patiently(() => this.#offsets(topic, group))
  }

  #offsets(topic: string, group: string): Promise<readonly PartitionOffsets[]> {
    return this.#asAdmin(`topic ${topic}, group ${group}`, async (admin) => {
      // By its own first, since it is the one that says at once that there is no such topic.
      await admin.fetchTopicMetadata({ topics: [topic] })
      const [ends, [committed]] = await Promise.all([
        admin.fetchTopicOffsets(topic),
        admin.fetchOffsets({ groupId: group, topics: [topic] }),
      ])
      return ends
        .map(({ partition, low, high }) => {
          const offset = Number(committed?.partitions.find((one) => one.partition === partition)?.offset ?? -1)
          return { partition, committed: offset < 0 ? null : offset, start: Number(low), end: Number(high) }
        })
        .sort((a, b) => a.partition - b.partition)
    })
  }

  async readAll(topic: string, group: string, visit: (record: KafkaRecord) => Promise<void>): Promise<void> {
    // Members of one group share the partitions: two that read at the same time would each wait for what the other has.
    const reader = `${group}-${randomBytes(4).toString('hex')}`
    const left = new Map<number, { next: number; readonly end: number }>()
    for (const { partition, start, end } of await this.offsets(topic, reader))
      if (start < end) left.set(partition, { next: start, end })
    if (left.size === 0) return
    const { kafka, fault } = this.#connection()
    const consumer = kafka.consumer({
      groupId: reader,
      maxWaitTimeInMs: MAX_WAIT,
      maxBytesPerPartition: MAX_PARTITION_BYTES,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => false },
    })
    const done = Promise.withResolvers<void>()
    /** Why nothing more is visited, where Kafka is not to blame. */
    let stopped: { readonly error: unknown } | null = null
    const stop = (error: unknown) => {
      stopped = { error }
      done.reject(error)
    }
    consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error))
    // Not by the last record: behind it there may be what is none, such as the mark that ends a transaction.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const range = left.get(payload.partition)
      if (range === undefined || stopped !== null || Number(payload.lastOffset) + 1 < range.end) return
      left.delete(payload.partition)
      if (left.size === 0) done.resolve()
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatch: async (payload) => {
          const { batch } = payload
          const range = left.get(batch.partition)
          for (const message of batch.messages) {
            const offset = Number(message.offset)
            if (range === undefined || stopped !== null || offset >= range.end) return
            // It comes again where the group was shared out anew.
            if (offset < range.next) continue
            range.next = offset + 1
            try {
              await visit(readableRecord(batch, message))
            } catch (error) {
              // To kafkajs it would be a reason to try again.
              stop(error)
              return
            }
            await payload.heartbeat()
          }
        },
      })
      for (const [partition, { next }] of left)
        unlessEnded(() => consumer.seek({ topic, partition, offset: String(next) }))
      await done.promise
    } catch (error) {
      throw stopped === null ? fault(error, `reading ${topic}`) : error
    } finally {
      await ended(consumer)
    }
  }

  async #asAdmin<T>(what: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    const { kafka, fault } = this.#connection()
    const admin = kafka.admin({ retry: RETRY })
    try {
      await admin.connect()
      return await ask(admin)
    } catch (error) {
      throw fault(error, what)
    } finally {
      await quietly(admin.disconnect())
    }
  }

  /** A new one for each client: kafkajs writes into the credentials that it is given. */
  #connection(): Connection {
    let reason: unknown = null
    const { brokers, security, mechanism, username, password, ca } = this.#settings
    const name = mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512'
    const kafka = new Kafka({
      clientId: 'darkroom',
      brokers: [...brokers],
      connectionTimeout: 5000,
      requestTimeout: 30_000,
      retry: RETRY,
      // For that one line: whatever else matters reaches us as an error, and is told once.
      logLevel: logLevel.DEBUG,
      logCreator:
        () =>
        ({ log }) => {
          if (log.message === NO_COORDINATOR) reason = log['error']
        },
      ...(security !== 'PLAINTEXT' && { ssl: ca === null ? true : { ca } }),
      ...(security === 'SASL_SSL' && { sasl: { mechanism: name, username, password } as kafkajs.SASLOptions }),
    })
    return { kafka, fault: (error, what) => faultOf(error, what, reason) }
  }
}

/** Whether it could still be told makes no difference: the group finds out by the session's end. */
async function quietly(ending: Promise<unknown>): Promise<void> {
  const late = setTimeout(LEAVE_WITHIN, undefined, { ref: false })
  await Promise.race([ending.catch(() => {}), late])
}

/** A broker that has just started, or taken over, knows no group for a moment. kafkajs gives up where it should ask again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof KafkaFault) || error.code !== 'rebalancing' || tries > RETRY.retries) throw error
      await setTimeout(RETRY.initialRetryTime * tries)
    }
  }
}

/** kafkajs throws where it has ended already, and then there is nothing to do any more. */
function unlessEnded(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof KafkaJSNonRetriableError)) throw error
  }
}

const ended = (consumer: KafkajsConsumer) => quietly(consumer.disconnect())
