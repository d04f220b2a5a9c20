/** kafkajs, against a real broker, passes the suite that its twin in memory passes. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ConsumerEvents, KafkaFault, KafkaRecord } from '../../functions/src/bridge/kafka.ts'
import { kafkaConformance } from '../../functions/src/bridge/testing/kafka-conformance.ts'
import type { KafkaRecordToAppend } from '../../functions/src/bridge/testing/memory-kafka.ts'
import type { KafkaSettings } from '../../functions/src/config/kafka-settings.ts'
import { KafkajsClient } from '../../functions/src/platform/kafka.ts'
import type * as KafkaJs from '../../functions/node_modules/kafkajs/types/index.d.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

const { Kafka, CompressionTypes, logLevel } = createRequire(join(ROOT, 'functions', 'package.json'))(
  'kafkajs',
) as typeof KafkaJs

const MB = 1000 * 1000
const LARGE = 25 * MB
const MAX_RECORD = 26 * MB
const MEMORY = 64 * 1024 * 1024

let stack: Stack
let admin: KafkaJs.Admin
let producer: KafkaJs.Producer
beforeAll(async () => {
  stack = await startStack({ parts: ['kafka'], log: () => {} })
  const kafka = new Kafka({ brokers: [stack.kafka?.brokers ?? ''], logLevel: logLevel.NOTHING })
  admin = kafka.admin()
  producer = kafka.producer({ allowAutoTopicCreation: false })
  await Promise.all([admin.connect(), producer.connect()])
}, 120_000)
afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()])
  await stack?.stop()
}, 60_000)

const settings = (brokers = stack.kafka?.brokers ?? ''): Omit<KafkaSettings, 'topic' | 'group'> => ({
  brokers: [brokers],
  security: 'PLAINTEXT',
  mechanism: 'PLAIN',
  username: '',
  password: '',
  ca: null,
  run: 'worker',
  memoryBytes: MEMORY,
  uploads: 8,
  sessionSeconds: 6,
  datarefBuckets: [],
  results: false,
  healthPort: 0,
})

async function freshTopic(): Promise<string> {
  const topic = `test-${randomBytes(6).toString('hex')}`
  const configEntries = [{ name: 'max.message.bytes', value: String(MAX_RECORD) }]
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 2, configEntries }] })
  await known(topic, 2)
  return topic
}

/** The controller has it before the broker knows of it, which kafkajs takes for an error. */
async function known(topic: string, partitions: number): Promise<void> {
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const leaders = topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? []
      if (leaders.length === partitions) return
    } catch (error) {
      const { type } = error as KafkaJs.KafkaJSProtocolError
      if (!['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'].includes(type)) throw error
    }
  }
}

async function append(
  topic: string,
  partition: number,
  records: readonly KafkaRecordToAppend[],
  compression: KafkaJs.CompressionTypes = CompressionTypes.None,
): Promise<KafkaJs.RecordMetadata | undefined> {
  const messages = records.map(({ key, value, headers, timestamp }) => ({
    partition,
    key: asBuffer(key),
    value: asBuffer(value),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, values]) => [name, values.map((each) => Buffer.from(each))]),
    ),
    ...(timestamp !== undefined && { timestamp: String(timestamp) }),
  }))
  const [written] = await producer.send({ topic, messages, compression, acks: -1 })
  return written
}

const asBuffer = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes))

describe('KafkajsClient', () => {
  kafkaConformance(async () => {
    const topic = await freshTopic()
    return {
      client: new KafkajsClient(settings()),
      topic,
      group: `${topic}-group`,
      largeBytes: LARGE,
      tooLargeBytes: MAX_RECORD,
      append: async (partition, records) => {
        await append(topic, partition, records)
      },
      async appendUndecodable(partition) {
        // What it expands to is more than the client takes. Two of them, since a batch is stopped at as a whole.
        const zeros = { key: null, value: new Uint8Array(MEMORY / 4), headers: {} }
        const written = await append(topic, partition, [zeros, zeros], CompressionTypes.GZIP)
        return Number(written?.baseOffset) + 2
      },
      async addPartition() {
        await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
        await known(topic, 3)
      },
      async truncate(partition, start) {
        // Or else the client knows of no leader.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(start) }] })
      },
    }
  })

  it.each(['GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const)('reads what was compressed by %s', async (name) => {
    const topic = await freshTopic()
    const texts = Array.from({ length: 100 }, (_, i) => `${'often the same '.repeat(20)}${i}`)
    const values = [...texts.map((text) => Buffer.from(text)), randomBytes(100_000)]
    const records = values.map((value, i) => ({ key: Buffer.from(`key ${i}`), value, headers: { ce_id: [value] } }))
    await append(topic, 0, records, CompressionTypes[name])
    await append(topic, 0, [{ key: null, value: Buffer.from('plain'), headers: {} }])
    const found = await readAll(topic)
    expect(found.map(({ offset }) => offset)).toEqual(Array.from({ length: records.length + 1 }, (_, i) => i))
    records.forEach(({ key, value }, i) => {
      expect(Buffer.compare(found[i]?.key ?? Buffer.of(), key)).toBe(0)
      expect(Buffer.compare(found[i]?.value ?? Buffer.of(), value)).toBe(0)
      expect(Buffer.compare(found[i]?.headers['ce_id']?.[0] ?? Buffer.of(), value)).toBe(0)
    })
  })

  it('leaves out what a transaction took back, and ends behind the marks of transactions', async () => {
    const topic = await freshTopic()
    const transactional = new Kafka({ brokers: [...settings().brokers], logLevel: logLevel.NOTHING }).producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await transactional.connect()
    const send = async (partition: number, value: string, end: 'commit' | 'abort') => {
      const transaction = await transactional.transaction()
      await transaction.send({ topic, messages: [{ partition, value }] })
      await transaction[end]()
    }
    await send(0, 'first', 'commit')
    for (const partition of [0, 1]) await send(partition, 'taken back', 'abort')
    expect((await readAll(topic)).map(textOf)).toEqual(['first'])
    await send(0, 'second', 'commit')
    await transactional.disconnect()
    const listener = new Told(2)
    const consumer = await new KafkajsClient(settings()).consume(topic, `${topic}-group`, listener)
    await listener.all
    await consumer.leave()
    expect(listener.found.map(textOf)).toEqual(['first', 'second'])
  })

  it('says that no broker answers where none is', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    server.close()
    await once(server, 'close')
    const nobody = new KafkajsClient(settings(address))
    const fault = async (answer: Promise<unknown>) =>
      await answer.then(
        () => null,
        (error: unknown) => error,
      )
    const faults = await Promise.all([
      fault(nobody.consume('images', 'group', new Told(1))),
      fault(nobody.produce()),
      fault(nobody.offsets('images', 'group')),
      fault(nobody.readAll('images', 'group', async () => {})),
    ])
    for (const one of faults)
      expect(one).toMatchObject({
        name: 'KafkaFault',
        code: 'unreachable',
        lasting: false,
        message: expect.stringContaining(address) as string,
      })
  })

  // Stands last: the others need the broker.
  it('fails once the broker is gone, and can be left then', async () => {
    const topic = await freshTopic()
    const listener = new Told(1)
    const client = new KafkajsClient(settings())
    const consumer = await client.consume(topic, `${topic}-group`, listener)
    const sender = await client.produce()
    await append(topic, 0, [{ key: null, value: Buffer.from('a'), headers: {} }])
    await listener.all
    await stack.kafka?.kill()
    const sent = sender.send(topic, [{ key: null, value: Buffer.from('b'), headers: {} }])
    await expect(sent).rejects.toMatchObject({ code: 'unreachable' })
    await expect(consumer.commit(new Map([[0, 1]]))).rejects.toMatchObject({ name: 'KafkaFault', lasting: false })
    expect(await listener.fault).toMatchObject({ code: 'unreachable' })
    consumer.pause([0])
    consumer.resume([0])
    await Promise.all([consumer.leave(), sender.close()])
  })
})

const textOf = ({ value }: KafkaRecord) => Buffer.from(value ?? []).toString()

async function readAll(topic: string): Promise<readonly KafkaRecord[]> {
  const found: KafkaRecord[] = []
  await new KafkajsClient(settings()).readAll(topic, `${topic}-reader`, async (record) => {
    found.push(record)
  })
  return found
}

class Told implements ConsumerEvents {
  readonly found: KafkaRecord[] = []
  readonly #count: number
  readonly #all = Promise.withResolvers<void>()
  readonly #fault = Promise.withResolvers<KafkaFault>()

  /** Resolves `all` with so many records. */
  constructor(count: number) {
    this.#count = count
  }

  get all(): Promise<void> {
    return this.#all.promise
  }

  get fault(): Promise<KafkaFault> {
    return this.#fault.promise
  }

  assigned(): void {}

  records(_partition: number, records: readonly KafkaRecord[]): void {
    this.found.push(...records)
    if (this.found.length >= this.#count) this.#all.resolve()
  }

  undecodable(): void {}

  failed(fault: KafkaFault): void {
    this.#fault.resolve(fault)
  }
}
