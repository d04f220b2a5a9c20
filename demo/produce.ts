/** Sends images to the bridge's topic as another team's system would: by the contract of docs/kafka.md. */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type * as KafkaJs from '../functions/node_modules/kafkajs/types/index.d.ts'
import type { KafkaRecord, KafkaRecordToSend } from '../functions/src/bridge/kafka.ts'
import { parseRecord } from '../functions/src/bridge/parse.ts'
import type { Refused } from '../functions/src/bridge/refusals.ts'
import type { KafkaSettings } from '../functions/src/config/kafka-settings.ts'
import { MAX_UPLOAD_BYTES } from '../functions/src/contract/limits.ts'
import { ROOT } from '../stack/paths.ts'
import type { Candidate } from './files.ts'

/** CloudEvents' `source` of all that is sent from here. */
export const PRODUCE_SOURCE = 'darkroom/produce'

export interface ImageToProduce {
  /** How it is called in messages. */
  readonly label: string
  readonly customerId: string
  readonly fileName: string
  readonly bytes: Uint8Array
  readonly contentType: string
  /** CloudEvents' `id`: a new one unless it is given. Null sends none, so that the record's place is its identity. */
  readonly id?: string | null
}

/** One record that all brokers in sync have. */
export interface Produced {
  readonly label: string
  readonly customerId: string
  /** How many. */
  readonly bytes: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** CloudEvents' `id` and `source`. */
  readonly id: string | null
  readonly source: string
  /** By the bridge's own parser: the raw object's name, or why it will be a dead letter. */
  readonly becomes: { readonly rawName: string } | Refused
}

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof COMPRESSIONS)[number]

/** A connection to one topic. */
export interface Sender {
  readonly topic: string
  /** Resolves once all brokers in sync have it. Throws a KafkaFault. */
  send(record: KafkaRecordToSend): Promise<Pick<KafkaRecord, 'partition' | 'offset' | 'timestamp'>>
  [Symbol.asyncDispose](): Promise<void>
}

export interface SenderOptions {
  readonly connection: Pick<KafkaSettings, 'brokers' | 'security' | 'mechanism' | 'username' | 'password' | 'ca'>
  readonly topic: string
  readonly compression?: Compression
}

/** Throws a KafkaFault, for a topic that is not there too: none is made. */
export async function openSender({ connection, topic, compression = 'none' }: SenderOptions): Promise<Sender> {
  // Loaded only here: most of what imports the demo does without.
  const [{ faultOf }, { registerCodecs }] = await Promise.all([
    import('../functions/src/platform/kafka-faults.ts'),
    import('../functions/src/platform/kafka-codecs.ts'),
  ])
  const kafkajs = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs
  const client = clientOf(kafkajs, connection)
  const type = codecOf(kafkajs, compression, registerCodecs)
  const admin = client.admin()
  const producer = client.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  try {
    await admin.connect()
    // A producer would try for long whether the topic is there after all.
    await admin.fetchTopicMetadata({ topics: [topic] })
    await producer.connect()
  } catch (error) {
    throw faultOf(error, `topic ${topic}`)
  } finally {
    await admin.disconnect().catch(() => {})
  }
  return {
    topic,
    async send({ key, value, headers }) {
      const timestamp = Date.now()
      const message: KafkaJs.Message = {
        key: asBuffer(key),
        value: asBuffer(value),
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, values]) => [name, values.map((each) => Buffer.from(each))]),
        ),
        timestamp: String(timestamp),
      }
      try {
        const [written] = await producer.send({ topic, messages: [message], acks: -1, compression: type })
        const appended = Number(written?.logAppendTime ?? -1)
        return {
          partition: written?.partition ?? -1,
          offset: Number(written?.baseOffset ?? -1),
          // The topic may say that the broker's time counts.
          timestamp: appended < 0 ? timestamp : appended,
        }
      } catch (error) {
        throw faultOf(error, `writing to ${topic}`)
      }
    },
    [Symbol.asyncDispose]: () => producer.disconnect().catch(() => {}),
  }
}

function clientOf(kafkajs: typeof KafkaJs, connection: SenderOptions['connection']): KafkaJs.Kafka {
  const { brokers, security, mechanism, username, password, ca } = connection
  const sasl = { mechanism: mechanism.toLowerCase(), username, password } as KafkaJs.SASLOptions
  return new kafkajs.Kafka({
    clientId: 'darkroom-produce',
    brokers: [...brokers],
    ssl: security === 'PLAINTEXT' ? false : ca === null ? true : { ca },
    ...(security === 'SASL_SSL' && { sasl }),
    // What matters reaches us as an error, and is told once.
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 5000,
    retry: { initialRetryTime: 200, retries: 5 },
  })
}

function codecOf(kafkajs: typeof KafkaJs, compression: Compression, register: () => void): KafkaJs.CompressionTypes {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const types = {
    none: CompressionTypes.None,
    gzip: CompressionTypes.GZIP,
    snappy: CompressionTypes.Snappy,
    lz4: CompressionTypes.LZ4,
    zstd: CompressionTypes.ZSTD,
  } as const satisfies Record<Compression, KafkaJs.CompressionTypes>
  const type = types[compression]
  if (type === CompressionTypes.None) return type
  try {
    // They hold for the whole process, and a bridge in it has better ones.
    CompressionCodecs[type]()
  } catch {
    register()
  }
  return type
}

const asBuffer = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes))

/** Of a name may be shown what a header may have. */
// eslint-disable-next-line no-control-regex -- they are what is meant
const asHeader = (text: string) => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ').toWellFormed()

/** A CloudEvent in binary mode. Without a key, so that records spread over all partitions: the customer is in its header. */
export function recordOf(image: ImageToProduce, id: string | null, now: Date): KafkaRecordToSend {
  const headers = {
    ce_specversion: '1.0',
    ...(id !== null && { ce_id: id }),
    ce_source: PRODUCE_SOURCE,
    ce_type: 'darkroom.image.sent',
    ce_time: now.toISOString(),
    ce_subject: asHeader(image.fileName),
    ce_customerid: image.customerId,
    'content-type': image.contentType,
  }
  return {
    key: null,
    value: image.bytes,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, [Buffer.from(text)]])),
  }
}

export interface ProduceOptions {
  /** Records a second at the most; null, or none: as fast as it goes. */
  readonly rate?: number | null
  /** By which the bridge goes. */
  readonly maxInputBytes?: number
  /** Ends it after what is under way. */
  readonly signal?: AbortSignal
  /** Called for each as soon as the brokers have it. */
  readonly onProduced?: (produced: Produced) => void
}

/** Records on their way at a time, and bytes of them: one more is begun where there are none. */
const IN_FLIGHT = 32
const IN_FLIGHT_BYTES = 64 * 1024 * 1024

/** Sends them all, in the order in which they were acknowledged. After a failure none is begun any more, and it throws the KafkaFault. */
export async function produceImages(
  sender: Sender,
  images: Iterable<ImageToProduce> | AsyncIterable<ImageToProduce>,
  options: ProduceOptions = {},
): Promise<readonly Produced[]> {
  const { rate = null, signal, onProduced, maxInputBytes = MAX_UPLOAD_BYTES } = options
  const produced: Produced[] = []
  const atWork = new Set<Promise<void>>()
  const failed = new AbortController()
  const ended = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal])
  const turn = rate === null ? null : turns(rate, () => performance.now(), wait)
  let bytesAtWork = 0

  const send = async (image: ImageToProduce) => {
    const id = image.id === undefined ? randomUUID() : image.id
    const record = recordOf(image, id, new Date())
    const place = await sender.send(record)
    const { topic } = sender
    const { label, customerId, bytes } = image
    const parsed = parseRecord({ ...record, ...place, topic }, { maxInputBytes, datarefBuckets: [] })
    const becomes = 'refused' in parsed ? parsed : { rawName: parsed.rawName }
    const { partition, offset } = place
    const one: Produced = {
      label,
      customerId,
      bytes: bytes.byteLength,
      topic,
      partition,
      offset,
      id,
      source: PRODUCE_SOURCE,
      becomes,
    }
    produced.push(one)
    onProduced?.(one)
  }
  const begin = (image: ImageToProduce, size: number) => {
    bytesAtWork += size
    const work = send(image)
      .catch((error: unknown) => failed.abort(error))
      .finally(() => {
        bytesAtWork -= size
        atWork.delete(work)
      })
    atWork.add(work)
  }
  try {
    for await (const image of images) {
      const size = image.bytes.byteLength
      const isFull = () => atWork.size >= IN_FLIGHT || (atWork.size > 0 && bytesAtWork + size > IN_FLIGHT_BYTES)
      while (isFull()) await Promise.race(atWork)
      await turn?.(ended)
      if (ended.aborted) break
      begin(image, size)
    }
  } finally {
    await Promise.all(atWork)
  }
  failed.signal.throwIfAborted()
  return produced
}

/** What it returns resolves at the next of `rate` turns a second. What came late is made up for, as far as a second of it. */
export function turns(
  rate: number,
  clock: () => number,
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>,
): (signal: AbortSignal) => Promise<void> {
  let due = clock() - 1000 / rate
  return async (signal) => {
    due = Math.max(due + 1000 / rate, clock() - 1000)
    const early = due - clock()
    if (early > 0) await wait(early, signal)
  }
}

/** Called off it resolves too: the caller sees to that. */
const wait = (milliseconds: number, signal: AbortSignal) =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => {})

export interface FolderOptions {
  readonly customerId: string
  /** How many images in all; null: each file once. */
  readonly count: number | null
  /** False: they are sent without CloudEvents' `id`. */
  readonly withId: boolean
  /** Called for each file that a customer's client would not send. */
  readonly refuse: (label: string, reason: string) => void
}

/** The files that can be sent, from the first again where more are asked for. Only what is on its way is in memory. */
export async function* imagesOf(
  candidates: readonly Candidate[],
  { customerId, count, withId, refuse }: FolderOptions,
): AsyncGenerator<ImageToProduce, void> {
  let given = 0
  let round = candidates
  do {
    const good: Candidate[] = []
    for (const candidate of round) {
      if (given === count) return
      const { label, fileName } = candidate
      const loaded = await candidate.load()
      if ('reason' in loaded) {
        refuse(label, loaded.reason)
        continue
      }
      good.push(candidate)
      given++
      yield { label, customerId, fileName, ...loaded, ...(!withId && { id: null }) }
    }
    round = good
  } while (count !== null && round.length > 0)
}
