/** What the fault tests of the bridge need: a stack with a real broker, workers as processes, and what was sent against what arrived. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import { reportOn, type Report } from '../../demo/report.ts'
import { sourcesOf } from '../../demo/sources.ts'
import { openStore } from '../../demo/store.ts'
import type { Uploaded } from '../../demo/seed.ts'
import type * as KafkaJs from '../../functions/node_modules/kafkajs/types/index.d.ts'
import { deadLetterTopic } from '../../functions/src/bridge/land.ts'
import type { KafkaRecord, PartitionOffsets } from '../../functions/src/bridge/kafka.ts'
import { parseRecord } from '../../functions/src/bridge/parse.ts'
import { resultsTopic } from '../../functions/src/bridge/results.ts'
import { bridgePath, lagOf, type BridgeStatus } from '../../functions/src/bridge/status.ts'
import { parseSettings } from '../../functions/src/config/settings.ts'
import { imageIdOf } from '../../functions/src/contract/names.ts'
import type { Instant } from '../../functions/src/ledger/instant.ts'
import { crc32c } from '../../functions/src/intake/testing/memory-objects.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { KafkajsClient } from '../../functions/src/platform/kafka.ts'
import { compileFunctions } from '../../stack/build.ts'
import { createTopics, plain } from '../../stack/kafka-topics.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

export const kafkajs = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs
const { Kafka, logLevel, Partitioners } = kafkajs

let over = false
/** Ends with the stack: what a test that has failed still waits for keeps nothing alive. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) {
    if (over) throw new Error('the tests are over')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** A PNG of 8 x 8 pixels, unlike that of any other `seed`, with a private chunk that makes it as large as asked for. */
export function png(seed: number, bytes = 0): Buffer {
  const head = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0])
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(24, seed % 251)])
  const padding = Buffer.alloc(Math.max(8, bytes - 120), seed % 256)
  padding.writeDoubleBE(seed)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('paDd', padding),
    chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: 8 }, () => row)))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

export interface ToSend {
  readonly value: Buffer | null
  readonly key?: string
  /** Text; `ce_specversion` is there already, and can be taken away by null. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly partition?: number
}

export interface WorkerProcess {
  readonly process: ChildProcess
  readonly lines: string[]
  kill(): Promise<void>
  /** Resolves with the exit code. */
  stop(): Promise<number | null>
}

/** One topic of its own, with its own group, and what was sent to it. */
export class Stream {
  readonly topic: string
  readonly group: string
  /** Raw objects that have to be there in the end, by name, with their checksum: of each event the first. */
  readonly expected = new Map<string, string>()
  readonly #bench: KafkaBench
  readonly workers: WorkerProcess[] = []

  constructor(bench: KafkaBench, topic: string, group: string) {
    this.#bench = bench
    this.topic = topic
    this.group = group
  }

  /** Resolves once all are acknowledged. Those that the contract takes are expected to arrive. */
  async send(records: readonly ToSend[], compression?: KafkaJs.CompressionTypes): Promise<void> {
    const messages = records.map(({ value, key = this.topic, headers = {}, partition }) => {
      const all = Object.entries({ ce_specversion: '1.0', ...headers }).filter(([, text]) => text !== null)
      const named = Object.fromEntries(all.map(([name, text]) => [name, Buffer.from(text ?? '')]))
      return { key, value, headers: named, ...(partition !== undefined && { partition }) }
    })
    for (const [index, message] of messages.entries()) {
      let sent: KafkaJs.RecordMetadata | undefined
      // For a partition that it does not know yet kafkajs sends nothing, and says nothing.
      await until(async () => {
        const record = { topic: this.topic, messages: [message], ...(compression !== undefined && { compression }) }
        try {
          ;[sent] = await this.#bench.producer.send(record)
        } catch (error) {
          // A broker that has just started answers before it leads its partitions.
          if (!/not the leader/.test((error as Error).message)) throw error
        }
        return sent !== undefined
      })
      await this.#expect(records[index] as ToSend, message, sent?.partition ?? -1, Number(sent?.baseOffset))
    }
  }

  async #expect(
    { value }: ToSend,
    { key, headers }: { readonly key: string; readonly headers: Record<string, Buffer> },
    partition: number,
    offset: number,
  ): Promise<void> {
    // Only what has no id is named by its time, which the broker knows: those are read back.
    const timestamp = 'ce_id' in headers ? 0 : await this.#bench.timestampOf(this.topic, partition, offset)
    const record: KafkaRecord = {
      topic: this.topic,
      partition,
      offset,
      timestamp,
      key: Buffer.from(key),
      value,
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, [text]])),
    }
    const parsed = parseRecord(record, { maxInputBytes: 50 * 2 ** 20, datarefBuckets: [] })
    if ('refused' in parsed || !('bytes' in parsed.data)) return
    if (!this.expected.has(parsed.rawName)) this.expected.set(parsed.rawName, crc32c(parsed.data.bytes))
  }

  worker(env: Readonly<Record<string, string>> = {}, script = 'functions/src/worker.ts'): WorkerProcess {
    const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', join(ROOT, script)], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ...this.#bench.stack.env,
        KAFKA_TOPIC: this.topic,
        KAFKA_GROUP: this.group,
        // Whoever gets no time from a busy machine must not be taken for dead: what it works on would come twice.
        KAFKA_SESSION_SECONDS: '10',
        KAFKA_HEALTH_PORT: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lines: string[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)))
    const ended = once(child, 'exit')
    const worker: WorkerProcess = {
      process: child,
      lines,
      kill: async () => {
        child.kill('SIGKILL')
        await ended
      },
      stop: async () => {
        child.kill('SIGTERM')
        const [code] = (await ended) as [number | null]
        return code
      },
    }
    this.workers.push(worker)
    return worker
  }

  async landed(): Promise<ReadonlyMap<string, string>> {
    const objects = await this.#bench.raw.list({ startAfter: `kafka/${this.topic}/`, limit: 10_000 })
    return new Map(
      objects.filter(({ name }) => name.startsWith(`kafka/${this.topic}/`)).map(({ name, crc32c: sum }) => [name, sum]),
    )
  }

  offsets(): Promise<readonly PartitionOffsets[]> {
    return this.#bench.client.offsets(this.topic, this.group)
  }

  /** Waits until everything is committed. */
  async settled(): Promise<void> {
    await until(async () => (await this.offsets()).every((one) => lagOf(one) === 0))
  }

  deadLetters(): Promise<readonly KafkaRecord[]> {
    return this.#bench.everything(deadLetterTopic(this.topic))
  }

  results(): Promise<readonly KafkaRecord[]> {
    return this.#bench.everything(resultsTopic(this.topic))
  }

  async status(): Promise<BridgeStatus<Instant> | null> {
    return (await this.#bench.store.get(bridgePath(this.topic))) as unknown as BridgeStatus<Instant> | null
  }

  /** Everything that was sent is there, byte for byte and nothing else, and all workers have ended. */
  async end(): Promise<void> {
    await this.settled()
    expect(await this.landed()).toEqual(this.expected)
    for (const worker of this.workers)
      if (worker.process.exitCode === null && worker.process.signalCode === null) await worker.stop()
  }
}

/** The stack, and clients of its broker. */
export class KafkaBench {
  readonly stack: Stack
  readonly raw: CloudObjects
  readonly store: FirestoreStore
  readonly client: KafkajsClient
  readonly admin: KafkaJs.Admin
  readonly producer: KafkaJs.Producer
  readonly streams: Stream[] = []

  private constructor(stack: Stack, admin: KafkaJs.Admin, producer: KafkaJs.Producer) {
    this.stack = stack
    this.raw = new CloudObjects(stack.rawBucket, { apiEndpoint: stack.storageUrl, projectId: stack.projectId })
    this.store = openStore(stack)
    const { kafka } = parseSettings({ ...stack.env, KAFKA_SESSION_SECONDS: '6' })
    this.client = new KafkajsClient(kafka)
    this.admin = admin
    this.producer = producer
  }

  static async start(): Promise<KafkaBench> {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    const log = (line: string) => process.env['DARKROOM_VERBOSE'] && process.stderr.write(`${line}\n`)
    const parts = ['auth', 'firestore', 'storage', 'bigquery', 'kafka'] as const
    // What the container starts is the compiled worker.
    const [stack] = await Promise.all([startStack({ parts, log }), compileFunctions()])
    if (stack.kafka === null) throw new Error('there is no broker')
    const kafka = new Kafka({ brokers: [stack.kafka.brokers], logLevel: logLevel.NOTHING, retry: { retries: 20 } })
    const admin = kafka.admin()
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      // Partitions that were added are to be seen at once.
      metadataMaxAge: 100,
    })
    await Promise.all([admin.connect(), producer.connect()])
    return new KafkaBench(stack, admin, producer)
  }

  get broker() {
    if (this.stack.kafka === null) throw new Error('there is no broker')
    return this.stack.kafka
  }

  async stream(name: string, partitions = 2): Promise<Stream> {
    const connection = plain(this.broker.brokers)
    await createTopics(connection, [name], partitions)
    await createTopics(connection, [deadLetterTopic(name), resultsTopic(name)], 1)
    return this.adopt(name, `${name}-group`)
  }

  /** A topic that is there already. */
  adopt(topic: string, group: string): Stream {
    const stream = new Stream(this, topic, group)
    this.streams.push(stream)
    return stream
  }

  async everything(topic: string): Promise<readonly KafkaRecord[]> {
    const records: KafkaRecord[] = []
    await this.client.readAll(topic, `${topic}-reader`, async (record) => void records.push(record))
    return records
  }

  async timestampOf(topic: string, partition: number, offset: number): Promise<number> {
    const found = (await this.everything(topic)).find((one) => one.partition === partition && one.offset === offset)
    if (found === undefined) throw new Error(`${topic} has no record ${partition}:${offset}`)
    return found.timestamp
  }

  /** What the bucket's events would start, for these objects. */
  async process(names: readonly string[]): Promise<void> {
    await this.run('tests/faults/kafka-process.ts', names)
  }

  /** A script of this project, as a process of its own. Rejects where it fails. */
  async run(script: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<void> {
    await promisify(execFile)(process.execPath, [join(ROOT, script), ...args], {
      env: {
        ...process.env,
        NODE_OPTIONS: '--disable-warning=TimeoutNegativeWarning',
        ...this.stack.env,
        // As the functions emulator gives it.
        FIREBASE_CONFIG: JSON.stringify({ projectId: this.stack.projectId }),
        BIGQUERY_API_ENDPOINT: this.stack.bigQueryUrl ?? '',
        ...env,
      },
      maxBuffer: 1 << 26,
    })
  }

  /** Waits until every image of every stream has ended and is exported, and says whether all figures agree. */
  async report(): Promise<Report> {
    const uploaded: Uploaded[] = []
    for (const { expected, topic } of this.streams) {
      for (const name of expected.keys()) {
        const customerId = name.split('/')[1] ?? ''
        uploaded.push({ label: topic, customerId, rawName: name, imageId: await imageIdOf(name) })
      }
    }
    // By their hashes, so that images of one customer, which wait for each other's counters, don't come all at once.
    const mixed = uploaded.toSorted((a, b) => (a.imageId < b.imageId ? -1 : 1))
    await this.process(mixed.map(({ rawName }) => rawName))
    await using sources = sourcesOf(this.stack)
    const exporting = { ...sources, runExport: () => this.process(['export']), rollups: async () => null }
    const patience = { stalledSeconds: 5, exportSeconds: 60, pollMilliseconds: 200 }
    // Awaited here: the sources are closed on the way out.
    return await reportOn(exporting, { uploaded, refused: [] }, { log: () => {}, patience, seconds: () => 0 })
  }

  async end(): Promise<void> {
    over = true
    for (const { workers } of this.streams) for (const { process: child } of workers) child.kill('SIGKILL')
    await Promise.allSettled([this.admin.disconnect(), this.producer.disconnect()])
    await this.store[Symbol.asyncDispose]()
    await this.stack.stop()
  }
}

/** Stands before the storage emulator, and refuses or swallows what it is told to. */
export class StorageProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #held = new Set<() => void>()
  /** `pass`; `refuse` with a 503; or `hang`: take the request and never answer. */
  mode: 'pass' | 'refuse' | 'hang' = 'pass'
  refused = 0

  private constructor(target: URL) {
    this.#server = createServer((incoming, outgoing) => {
      if (this.mode === 'refuse') {
        this.refused++
        incoming.resume()
        outgoing.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"code":503,"message":"busy"}}')
        return
      }
      if (this.mode === 'hang') {
        this.refused++
        incoming.resume()
        this.#held.add(() => outgoing.destroy())
        return
      }
      const { method, url, headers } = incoming
      const onward = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      incoming.pipe(onward)
    })
  }

  static async before(url: string): Promise<StorageProxy> {
    const proxy = new StorageProxy(new URL(url))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#held) release()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
