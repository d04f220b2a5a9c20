/** What stands between the bridge and a secured broker: passwords, certificates and rights. Real brokers, our client, the real worker. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { KafkaFault, type ConsumerEvents, type KafkaRecord } from '../../functions/src/bridge/kafka.ts'
import type { KafkaSettings } from '../../functions/src/config/kafka-settings.ts'
import { KafkajsClient } from '../../functions/src/platform/kafka.ts'
import type * as KafkaJs from '../../functions/node_modules/kafkajs/types/index.d.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

const {
  Kafka,
  logLevel,
  AclResourceTypes: Resource,
  AclOperationTypes: Operation,
  AclPermissionTypes,
  ResourcePatternTypes: Pattern,
} = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs

const TOPIC = 'images'
const DLQ = 'images.dlq'
const GROUP = 'darkroom-bridge'
/** Nobody has made it. */
const MISSPELT = 'imagse'

const PASSWORDS = {
  bridge: 'correctHorse1',
  admin: 'correctHorse2',
  misspelling: 'correctHorse3',
  noRead: 'correctHorse4',
  noGroup: 'correctHorse5',
  noWrite: 'correctHorse6',
} as const
type User = keyof typeof PASSWORDS
const WRONG = 'wrongBattery7'

interface Right {
  readonly resourceType: KafkaJs.AclResourceTypes
  readonly resourceName: string
  readonly resourcePatternType: KafkaJs.ResourcePatternTypes
  readonly operations: readonly KafkaJs.AclOperationTypes[]
}
const topic = (resourceName: string, ...operations: readonly KafkaJs.AclOperationTypes[]): Right => ({
  resourceType: Resource.TOPIC,
  resourceName,
  resourcePatternType: Pattern.LITERAL,
  operations,
})
const READS = topic(TOPIC, Operation.READ, Operation.DESCRIBE)
const WRITES = [DLQ, 'images.results'].map((name) => topic(name, Operation.WRITE, Operation.DESCRIBE))
const JOINS: Right = {
  resourceType: Resource.GROUP,
  resourceName: GROUP,
  resourcePatternType: Pattern.LITERAL,
  operations: [Operation.READ],
}
/** The first two as docs/kafka.md lists them. */
const RIGHTS: Readonly<Record<User, readonly Right[]>> = {
  bridge: [READS, ...WRITES, JOINS],
  admin: [
    topic(DLQ, Operation.READ, Operation.DESCRIBE),
    topic(TOPIC, Operation.WRITE, Operation.DESCRIBE),
    { ...JOINS, resourcePatternType: Pattern.PREFIXED },
  ],
  misspelling: [topic(MISSPELT, Operation.READ, Operation.DESCRIBE), JOINS],
  noRead: [topic(TOPIC, Operation.DESCRIBE), ...WRITES, JOINS],
  noGroup: [READS, ...WRITES],
  noWrite: [READS, topic(DLQ, Operation.DESCRIBE), JOINS],
}
const ACLS = Object.entries(RIGHTS).flatMap(([user, rights]) =>
  rights.flatMap(({ operations, ...resource }) =>
    operations.map((operation) => ({
      ...resource,
      operation,
      principal: `User:${user}`,
      host: '*',
      permissionType: AclPermissionTypes.ALLOW,
    })),
  ),
)

/** Everything that faults and workers have said. */
const said: string[] = []
let stack: Stack
/** Shows a certificate that is out of date. */
let expired: Stack
let admin: KafkaJs.Admin
let producer: KafkaJs.Producer
beforeAll(async () => {
  const log = () => {}
  ;[stack, expired] = await Promise.all([
    startStack({ parts: ['firestore', 'kafka'], log, kafka: { secured: { users: PASSWORDS } } }),
    startStack({ parts: ['kafka'], log, kafka: { secured: { users: PASSWORDS, expired: true } } }),
  ])
  const kafka = new Kafka({ brokers: [stack.kafka?.brokers ?? ''], logLevel: logLevel.NOTHING })
  admin = kafka.admin()
  producer = kafka.producer({ allowAutoTopicCreation: false })
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createAcls({ acl: ACLS })
  // The controller has them before the broker goes by them.
  await until(async () => (await acls()) === ACLS.length)
}, 120_000)
afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()])
  await Promise.all([stack?.stop(), expired?.stop()])
}, 60_000)

async function acls(): Promise<number> {
  const { resources } = await admin.describeAcls({
    resourceType: Resource.ANY,
    resourcePatternType: Pattern.ANY,
    operation: Operation.ANY,
    permissionType: AclPermissionTypes.ANY,
  })
  return resources.reduce((sum, resource) => sum + resource.acls.length, 0)
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

const plainBroker = () => stack.kafka?.brokers ?? ''
const securedBroker = () => stack.kafka?.securedBrokers ?? ''

const clientOf = (user: User, more: Partial<KafkaSettings> = {}) =>
  new KafkajsClient({
    brokers: [securedBroker()],
    security: 'SASL_SSL',
    mechanism: 'PLAIN',
    username: user,
    password: PASSWORDS[user],
    ca: stack.kafka?.ca ?? null,
    run: 'worker',
    memoryBytes: 64 * 1024 * 1024,
    uploads: 8,
    sessionSeconds: 6,
    datarefBuckets: [],
    results: false,
    healthPort: 0,
    ...more,
  })

class Told implements ConsumerEvents {
  readonly found: KafkaRecord[] = []
  readonly #fault = Promise.withResolvers<KafkaFault>()

  get fault(): Promise<KafkaFault> {
    return this.#fault.promise
  }

  assigned(): void {}

  records(_partition: number, records: readonly KafkaRecord[]): void {
    this.found.push(...records)
  }

  undecodable(): void {}

  failed(fault: KafkaFault): void {
    this.#fault.resolve(fault)
  }
}

/** Throws where there is none. */
async function faultOf(answer: Promise<unknown>): Promise<KafkaFault> {
  const error = await answer.then(
    () => new Error('there was no fault'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof KafkaFault)) throw error
  said.push(inspect(error, { depth: null }))
  // One sentence.
  expect(error.message).toMatch(/^Kafka, (?:(?!\. )[^\n])+[^.]\.$/)
  return error
}

/** Each by itself: whatever is asked for first. */
const WAYS = {
  offsets: (client: KafkajsClient, name = TOPIC) => client.offsets(name, GROUP),
  consume: (client: KafkajsClient, name = TOPIC) => client.consume(name, GROUP, new Told()),
  readAll: (client: KafkajsClient, name = TOPIC) => client.readAll(name, GROUP, async () => {}),
  produce: (client: KafkajsClient) => client.produce(),
} as const

const faultsOf = (client: KafkajsClient) => Promise.all(Object.values(WAYS).map((way) => faultOf(way(client))))

/** Stands before a broker and counts. The broker gives its own address, so that a client comes here until it has had an answer. */
class Counter implements AsyncDisposable {
  connections = 0
  /** The first request of each piece that came: what it asks for. Of use without TLS alone. https://kafka.apache.org/protocol#protocol_api_keys */
  readonly requests: number[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(broker: string) {
    const [host = '', port] = broker.split(':')
    this.#server = createServer((from) => {
      this.connections++
      const to = connect(Number(port), host)
      for (const socket of [from, to]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => [from, to].forEach((each) => each.destroy()))
      }
      // Behind its length, of four bytes.
      from.on('data', (piece) => piece.length >= 6 && this.requests.push(piece.readInt16BE(4)))
      from.pipe(to).pipe(from)
    })
  }

  static async before(broker: string): Promise<Counter> {
    const counter = new Counter(broker)
    counter.#server.listen(0, 'localhost')
    await once(counter.#server, 'listening')
    return counter
  }

  get address(): string {
    return `localhost:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** What each way to begin says, and how often it has connected before it said so. */
const counted = (broker: string, more: Partial<KafkaSettings>) =>
  Promise.all(
    Object.values(WAYS).map(async (way) => {
      await using counter = await Counter.before(broker)
      const fault = await faultOf(way(clientOf('bridge', { brokers: [counter.address], ...more })))
      return { fault, connections: counter.connections }
    }),
  )

describe.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('by %s, the client', (mechanism) => {
  it('reads, commits and writes with the right password and the rights that docs/kafka.md lists', async () => {
    const client = clientOf('bridge', { mechanism })
    const value = Buffer.from(mechanism)
    await producer.send({ topic: TOPIC, messages: [{ value }] })
    const told = new Told()
    const consumer = await client.consume(TOPIC, GROUP, told)
    await until(() => told.found.length > 0)
    // Those before it are committed.
    expect(told.found.map((record) => Buffer.from(record.value ?? []))).toEqual([value])
    const { partition, offset } = told.found[0] as KafkaRecord
    await consumer.commit(new Map([[partition, offset + 1]]))
    await consumer.leave()
    expect((await client.offsets(TOPIC, GROUP))[partition]).toMatchObject({ committed: offset + 1, end: offset + 1 })
    const sender = await client.produce()
    for (const name of [DLQ, 'images.results']) await sender.send(name, [{ key: null, value, headers: {} }])
    await sender.close()
  })

  it('says that a wrong password is wrong, and has tried it once', async () => {
    const more = { mechanism, password: WRONG }
    for (const { fault, connections } of await counted(securedBroker(), more)) {
      expect(fault).toMatchObject({
        code: 'authentication',
        lasting: true,
        message: expect.stringMatching(
          /the broker refuses the user or the password .*: check KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM\.$/,
        ) as string,
      })
      expect(connections).toBe(1)
    }
  })
})

describe('the client', () => {
  it('says that the certificate has expired and has to be renewed, after a handful of tries', async () => {
    const broker = expired.kafka?.securedBrokers ?? ''
    for (const { fault, connections } of await counted(broker, { ca: expired.kafka?.ca ?? null })) {
      expect(fault).toMatchObject({ code: 'tls', lasting: true })
      expect(fault.message).toMatch(/the broker's certificate has expired: have it renewed \(.* at localhost:\d+\)\.$/)
      expect(connections).toBeLessThanOrEqual(5)
    }
  })

  it('says to set KAFKA_CA where the authority that has signed is none of the public ones', async () => {
    for (const fault of await faultsOf(clientOf('bridge', { ca: null }))) {
      expect(fault).toMatchObject({ code: 'tls', lasting: true })
      expect(fault.message).toContain("the broker's certificate is signed by nobody we trust: set KAFKA_CA")
    }
  })

  it('says within seconds that the broker speaks something else on its port', async () => {
    const clients = [
      clientOf('bridge', { brokers: [plainBroker()] }),
      clientOf('bridge', { brokers: [plainBroker()], security: 'SSL' }),
      clientOf('bridge', { security: 'PLAINTEXT' }),
      clientOf('bridge', { security: 'SSL' }),
    ]
    const faults = await Promise.all(clients.map((client) => faultOf(WAYS.offsets(client))))
    for (const [i, fault] of faults.entries()) {
      // It may be a broker that is about to end, too.
      expect(fault).toMatchObject({ code: 'unreachable', lasting: false })
      expect(fault.message).toContain(`the broker at ${i < 2 ? plainBroker() : securedBroker()} closes the connection`)
      expect(fault.message).toContain('KAFKA_SECURITY')
    }
  }, 15_000)

  it('asks once for a topic, and says that there is none', async () => {
    for (const way of [WAYS.offsets, WAYS.consume, WAYS.readAll]) {
      await using counter = await Counter.before(plainBroker())
      const more = { brokers: [counter.address], security: 'PLAINTEXT' } as const
      const faults = [
        await faultOf(way(clientOf('misspelling', more), MISSPELT)),
        await faultOf(way(clientOf('misspelling'), MISSPELT)),
      ]
      for (const { code, message } of faults) {
        expect(code).toBe('unknown-topic')
        expect(message).toContain(`topic ${MISSPELT}`)
      }
      const METADATA = 3
      expect(counter.requests.filter((request) => request === METADATA)).toEqual([METADATA])
    }
  })

  it('says that there may be no such topic where it may not know', async () => {
    const { code, message } = await faultOf(WAYS.offsets(clientOf('bridge'), MISSPELT))
    expect(code).toBe('authorization')
    expect(message).toContain(`topic ${MISSPELT}, group ${GROUP}: the user may not use the topic, or there is none`)
  })
})

describe('where a right is missing, the client says which', () => {
  it('reading the topic', async () => {
    const told = new Told()
    const consumer = await clientOf('noRead').consume(TOPIC, GROUP, told)
    const fault = await told.fault
    await consumer.leave()
    await expect(faultOf(Promise.reject(fault))).resolves.toMatchObject({ code: 'authorization', lasting: true })
    expect(fault.message).toContain(`topic ${TOPIC}, group ${GROUP}: the user may not use the topic`)
  })

  it('the group', async () => {
    const client = clientOf('noGroup')
    for (const way of [WAYS.offsets, WAYS.consume, WAYS.readAll]) {
      const fault = await faultOf(way(client))
      expect(fault).toMatchObject({ code: 'authorization', lasting: true })
      expect(fault.message).toMatch(/group darkroom-bridge.*: the user may not use the consumer group/)
    }
  })

  it('writing dead letters', async () => {
    const sender = await clientOf('noWrite').produce()
    const fault = await faultOf(sender.send(DLQ, [{ key: null, value: null, headers: {} }]))
    await sender.close()
    expect(fault).toMatchObject({ code: 'authorization', lasting: true })
    expect(fault.message).toContain(`writing to ${DLQ}: the user may not use the topic`)
  })
})

it('lets two read the same dead letters at the same time, with the rights of an admin', async () => {
  const texts = [0, 1, 2].flatMap((partition) => Array.from({ length: 20 }, (_, i) => `${partition}/${i}`))
  await producer.send({
    topic: DLQ,
    messages: texts.map((text) => ({ partition: Number(text[0]), value: text })),
  })
  const began = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const both = Promise.all(began.map(({ promise }) => promise))
  const reads = began.map(async ({ resolve }) => {
    const found: string[] = []
    await clientOf('admin').readAll(DLQ, `${GROUP}-dlq`, async ({ value }) => {
      found.push(Buffer.from(value ?? []).toString())
      resolve()
      // Neither has ended when the other begins.
      await both
    })
    return found
  })
  for (const found of await Promise.all(reads))
    expect(found.filter((text) => /^\d\/\d+$/.test(text)).toSorted()).toEqual(texts.toSorted())
})

describe('the worker', () => {
  const running = new Set<() => void>()
  afterEach(() => {
    for (const kill of running) kill()
  })

  function startWorker(env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [join(ROOT, 'functions/src/worker.ts')], {
      env: {
        ...process.env,
        NODE_OPTIONS: '--disable-warning=TimeoutNegativeWarning',
        ...stack.env,
        KAFKA_SECURITY: 'SASL_SSL',
        KAFKA_USERNAME: 'bridge',
        KAFKA_PASSWORD: WRONG,
        KAFKA_CA: stack.kafka?.ca ?? '',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const kill = () => child.kill('SIGKILL')
    running.add(kill)
    const lines: string[] = []
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => {
        lines.push(line)
        said.push(line)
      })
    const ended = once(child, 'close').then(([code]) => {
      running.delete(kill)
      return code as number | null
    })
    return { child, lines, ended }
  }

  interface LogLine {
    readonly severity: string
    readonly message: string
    readonly retryInMilliseconds?: number
    readonly error?: string
    readonly problem?: { readonly code: string; readonly message: string } | null
  }
  const logOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as LogLine)

  it('says once that the password is wrong, answers so on GET /health, waits, and ends when it is told to', async () => {
    await using counter = await Counter.before(securedBroker())
    const port = await freePort()
    const { child, lines, ended } = startWorker({
      KAFKA_BROKERS: counter.address,
      KAFKA_HEALTH_PORT: String(port),
    })
    // The last that it does before it waits.
    await until(() => lines.some((line) => line.includes('"bridge status"')) || child.exitCode !== null)
    const health = await fetch(`http://127.0.0.1:${port}/health`)
    const state = (await health.json()) as { readonly problem: string }
    expect(health.status).toBe(503)
    expect(state).toMatchObject({ ok: false, state: 'failing', partitions: [] })
    expect(state.problem).toMatch(/^Kafka, topic images, group darkroom-bridge: the broker refuses .*MECHANISM\.$/)
    expect(child.exitCode).toBeNull()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    const log = logOf(lines)
    expect(log.filter(({ severity }) => ['WARNING', 'ERROR', 'CRITICAL'].includes(severity))).toEqual([
      expect.objectContaining({
        // With where it was logged: the logger adds that to errors.
        message: expect.stringContaining('the bridge has no connection: it is tried again') as string,
        retryInMilliseconds: 60_000,
        error: expect.stringContaining(`KafkaFault: ${state.problem}\n`) as string,
      }),
    ])
    expect(log.find(({ message }) => message === 'bridge status')?.problem).toEqual({
      code: 'authentication',
      message: state.problem,
    })
    expect(counter.connections).toBe(1)
  })

  it('ends with a list of the mistakes in its settings, and no stack', async () => {
    const { lines, ended } = startWorker({ KAFKA_SECURITY: 'SSLX', KAFKA_UPLOADS: 'many' })
    expect(await ended).toBe(1)
    expect(lines).toEqual([
      '2 settings are wrong:',
      '- KAFKA_SECURITY is "SSLX": expected PLAINTEXT or SSL or SASL_SSL',
      expect.stringMatching(/^- KAFKA_UPLOADS is "many": expected a whole number/) as string,
    ])
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

// Stands last: the others fill it.
it('no password is in any fault or line of a log', () => {
  expect(said.length).toBeGreaterThan(20)
  for (const password of [...Object.values(PASSWORDS), WRONG]) {
    const shapes = [password, encodeURIComponent(password), Buffer.from(password).toString('base64')]
    expect(said.filter((text) => shapes.some((shape) => text.includes(shape)))).toEqual([])
  }
})
