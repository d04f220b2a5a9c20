/** What becomes of one record: an object in the raw bucket, or a dead letter. */
import { metadataOf } from '../contract/event.ts'
import { ObjectConflict, ObjectGone, type ObjectStore } from '../intake/object-store.ts'
import type { Log } from '../intake/log.ts'
import { bytesOf, KafkaFault, type Headers, type KafkaRecord, type KafkaRecordToSend, type Producer } from './kafka.ts'
import {
  customerNamed,
  ORIGIN_HEADER,
  originOf,
  parseRecord,
  problemOf,
  tooLarge,
  type DataRef,
  type ParsedRecord,
  type ParseOptions,
} from './parse.ts'
import { refuse, type Refused } from './refusals.ts'

export interface Landing {
  readonly raw: ObjectStore
  /** Another bucket, for claim checks. */
  readonly bucket: (name: string) => ObjectStore
  readonly producer: Pick<Producer, 'send'>
  readonly limits: ParseOptions
  /** Whether a customer's data was deleted: what still comes of it is dropped. */
  readonly erased: (customerId: string) => Promise<boolean>
  /** Does `work` once there is memory for so many more bytes. */
  readonly reserve: <T>(bytes: number, work: () => Promise<T>) => Promise<T>
  readonly log: Log
}

/**
 * `landed`: the object is there, by this record or an earlier one of the same event. `dropped`: its customer's data was deleted, and a dead letter
 * would keep it.
 */
export type Landed = { readonly outcome: 'landed' | 'dead-letter' | 'dropped'; readonly bytes: number }

/** The topic of what can never be taken. */
export const deadLetterTopic = (topic: string) => `${topic}.dlq`

/**
 * Resolves once the record is durable in one of the two places, or is nobody's any more. Throws where Storage, Firestore, Kafka or the network
 * fail: try again later.
 */
export async function land(
  landing: Landing,
  record: KafkaRecord,
  parsed: ParsedRecord | Refused = parseRecord(record, landing.limits),
): Promise<Landed> {
  const customerId = 'refused' in parsed ? customerNamed(record) : parsed.customerId
  if (customerId !== null && (await landing.erased(customerId))) {
    const { topic, partition, offset } = record
    landing.log.info('record dropped', { topic, partition, offset, reason: 'customer-erased' })
    return { outcome: 'dropped', bytes: 0 }
  }
  if ('refused' in parsed) return letDie(landing, record, parsed)
  const { data, rawName, contentType, event } = parsed
  const create = async ({ bytes }: { readonly bytes: Uint8Array }): Promise<Landed> => {
    await landing.raw.create(rawName, bytes, contentType, metadataOf(event))
    return { outcome: 'landed', bytes: bytes.byteLength }
  }
  try {
    const landed = 'bytes' in data ? await create(data) : await fetched(landing, data.dataref, create)
    return 'refused' in landed ? await letDie(landing, record, landed) : landed
  } catch (error) {
    if (!(error instanceof ObjectConflict)) throw error
    const earlier = event.id === null ? rawName : `ce_source ${event.source ?? ''} and ce_id ${event.id}`
    const detail = `An earlier record of ${earlier} had other bytes. Each event has an id of its own.`
    return letDie(landing, record, refuse('id-conflict', detail))
  }
}

/** The size is asked for before the bytes: what is too large never gets into memory. */
async function fetched(
  landing: Landing,
  { bucket: name, object, generation }: DataRef,
  create: (content: { readonly bytes: Uint8Array }) => Promise<Landed>,
): Promise<Landed | Refused> {
  const missing = refuse('dataref-not-found', `There is no gs://${name}/${object} in generation ${generation}.`)
  const { limits } = landing
  const objects = landing.bucket(name)
  const stat = await objects.stat(object)
  if (stat === null || stat.generation !== generation) return missing
  if (stat.bytes > limits.maxInputBytes) return tooLarge(stat.bytes, limits.maxInputBytes)
  if (stat.bytes === 0) return refuse('empty', `gs://${name}/${object} has no bytes.`)
  return landing.reserve(stat.bytes, async () => {
    let bytes: Uint8Array
    try {
      bytes = await objects.read(object, generation)
    } catch (error) {
      if (error instanceof ObjectGone) return missing
      throw error
    }
    return problemOf(bytes, limits) ?? create({ bytes })
  })
}

const text = (value: string | number): readonly Uint8Array[] => [Buffer.from(String(value))]

/** The record as it came, with what was wrong and where it stood. */
export const deadLetterHeaders = (record: KafkaRecord, refused: Refused): Headers => ({
  ...record.headers,
  ...ownHeaders(record, refused),
})

const ownHeaders = (record: KafkaRecord, { refused, detail }: Refused): Headers => ({
  darkroom_reason: text(refused),
  darkroom_detail: text(detail),
  darkroom_topic: text(record.topic),
  darkroom_partition: text(record.partition),
  darkroom_offset: text(record.offset),
  darkroom_timestamp: text(record.timestamp),
  // One that was replayed before keeps its first place.
  [ORIGIN_HEADER]: text(originOf(record)),
})

/**
 * A broker ends the connection over a request of more than socket.request.max.bytes, 100 MiB by default, which then looks like a broken network
 * for ever. https://kafka.apache.org/documentation/#brokerconfigs_socket.request.max.bytes
 */
const LARGEST_VALUE = 90 * 1024 * 1024

/** The whole record; without its value, which stays where it was until the topic's retention; only what we say of it. */
function* shorterAndShorter(record: KafkaRecord, refused: Refused): Generator<KafkaRecordToSend, void> {
  const { key, value } = record
  const bytes = bytesOf(record)
  const headers = deadLetterHeaders(record, refused)
  if (bytes <= LARGEST_VALUE) yield { key, value, headers }
  const without = { darkroom_value_bytes: text(bytes) }
  yield { key, value: null, headers: { ...headers, ...without } }
  yield { key: null, value: null, headers: { ...ownHeaders(record, refused), ...without } }
}

async function letDie({ producer, log }: Landing, record: KafkaRecord, refused: Refused): Promise<Landed> {
  const { topic, partition, offset } = record
  let tooLargeFor: KafkaFault | null = null
  for (const letter of shorterAndShorter(record, refused)) {
    try {
      await producer.send(deadLetterTopic(topic), [letter])
      log.warn('dead letter', { topic, partition, offset, reason: refused.refused, detail: refused.detail })
      return { outcome: 'dead-letter', bytes: 0 }
    } catch (error) {
      // The broker takes none of that size there.
      if (!(error instanceof KafkaFault && error.code === 'too-large')) throw error
      tooLargeFor = error
    }
  }
  throw tooLargeFor ?? new Error('no dead letter was tried')
}
