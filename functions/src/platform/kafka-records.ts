/** Records as kafkajs has them, and as the port does. */
import type { Batch, IHeaders, KafkaMessage } from 'kafkajs'
import { KafkaFault, type ConsumerEvents, type Headers, type KafkaRecord } from '../bridge/kafka.ts'
import { undecodableOf } from './kafka-undecodable.ts'

/** Hands over what can be read, and says where the rest begins. */
export function deliver(batch: Batch, events: ConsumerEvents, stop: (partition: number) => void): void {
  const { partition, messages } = batch
  const bad = messages.findIndex((message) => undecodableOf(message) !== null)
  const good = bad === -1 ? messages : messages.slice(0, bad)
  if (good.length > 0)
    events.records(
      partition,
      good.map((message) => asRecord(batch, message)),
    )
  const first = messages[bad]
  if (first === undefined) return
  stop(partition)
  events.undecodable(partition, Number(first.offset), undecodableOf(first) ?? '')
}

/** Throws a {@link KafkaFault} where it can't be read. */
export function readableRecord(batch: Batch, message: KafkaMessage): KafkaRecord {
  const reason = undecodableOf(message)
  if (reason === null) return asRecord(batch, message)
  const where = `${batch.topic}, partition ${batch.partition}, offset ${message.offset}`
  throw new KafkaFault('other', `Kafka, reading ${where}: ${reason}`)
}

function asRecord({ topic, partition }: Pick<Batch, 'topic' | 'partition'>, message: KafkaMessage): KafkaRecord {
  const { offset, timestamp, key, value, headers } = message
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: copied(key),
    value: copied(value),
    headers: headersOf(headers),
  }
}

/** kafkajs gives views of the whole answer, which would keep all of it in memory for as long as any record of it. */
const copied = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : new Uint8Array(bytes))

function headersOf(headers: IHeaders | undefined): Headers {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, values]) => [
      name,
      (Array.isArray(values) ? values : [values]).flatMap((each: unknown) => {
        if (each === null) return [new Uint8Array()]
        // A name that every object has, such as `constructor`: kafkajs takes what stands there for a first value.
        return Buffer.isBuffer(each) ? [new Uint8Array(each)] : []
      }),
    ]),
  )
}

export const asBuffer = (bytes: Uint8Array | null) =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
