/** The Kafka broker: Apache Kafka itself, one node; or one that the user has. */
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { KafkaFiles } from './kafka-files.ts'
import { prepareDocker, prepareJava, type Launch, type LaunchOptions } from './kafka-launch.ts'
import { connectionOf, createTopics, deleteTopics, plain } from './kafka-topics.ts'
import type { Ports } from './ports.ts'
import { accident, signal, startService, type Service } from './processes.ts'

export interface KafkaBroker {
  /** host:port of the plain listener, as KAFKA_BROKERS takes it. */
  readonly brokers: string
  /** host:port of the SASL_SSL listener; null where none was asked for. */
  readonly securedBrokers: string | null
  /** PEM text of the authority that signed that listener's certificate; null without one. */
  readonly ca: string | null
  /** Ends it as a power cut would (SIGKILL). Not an accident: the stack goes on. */
  kill(): Promise<void>
  /** Ends it in good order. The stack goes on. */
  stop(): Promise<void>
  /** Starts it again on the same data and ports; resolves once it answers. */
  start(): Promise<void>
  /** Resolves when it ended and nobody had asked it to. */
  readonly died: Promise<Error>
}

/** Where the broker is, and what the bridge uses there. */
export interface KafkaPlan {
  readonly files: KafkaFiles
  readonly brokers: string
  /** The topic of the images. */
  readonly topic: string
  /** That one, and those of refused records and of results. */
  readonly topics: readonly string[]
  readonly group: string
}

const OUR_TOPIC = 'images'
const OUR_GROUP = 'darkroom-bridge'

/** With a broker of somebody else's, names that nobody else can have. */
export function planKafka(files: KafkaFiles, runId: string, ports: Ports): KafkaPlan {
  const ours = files.from !== 'user'
  const topic = ours ? OUR_TOPIC : `darkroom-${runId}`
  return {
    files,
    brokers: ours ? `127.0.0.1:${ports.kafka}` : files.brokers,
    topic,
    topics: [topic, `${topic}.dlq`, `${topic}.results`],
    group: ours ? OUR_GROUP : `darkroom-bridge-${runId}`,
  }
}

/** For the functions' environment. Without brokers there is no bridge. */
export const kafkaEnv = (plan: KafkaPlan | null) => ({
  KAFKA_BROKERS: plan?.brokers ?? '',
  KAFKA_TOPIC: plan?.topic ?? OUR_TOPIC,
  KAFKA_GROUP: plan?.group ?? OUR_GROUP,
  // What the user has set for another broker does not hold for ours.
  ...(plan?.files.from === 'user' ? {} : { KAFKA_SECURITY: 'PLAINTEXT' }),
})

export interface KafkaOptions extends LaunchOptions {
  readonly plan: KafkaPlan
  readonly logFolder: string
}

export const KAFKA_SERVICE = 'Kafka broker'
/** Far longer than it takes. */
const START_SECONDS = 60

/** Resolves once it answers and has its topics. */
export async function startKafka(options: KafkaOptions, started: (service: Service) => Service): Promise<KafkaBroker> {
  const { files, brokers } = options.plan
  if (files.from === 'user') return await useBroker(options)
  mkdirSync(options.dataFolder, { recursive: true })
  const launch = await (files.from === 'jars' ? prepareJava(files.folder, options) : prepareDocker(options))
  const process = await startProcess(launch, options, started)
  await createTopics(plain(brokers), options.plan.topics)
  return {
    ...process,
    brokers,
    securedBrokers: options.secured === undefined ? null : `localhost:${options.ports.kafkaSecured}`,
    ca: launch.ca,
  }
}

/** Topics of our own with a broker of somebody else's: nothing else of it is touched. */
async function useBroker({ plan: { brokers, topics }, env }: KafkaOptions): Promise<KafkaBroker> {
  try {
    await createTopics(connectionOf(env), topics)
  } catch (cause) {
    throw new Error(`KAFKA_BROKERS is ${brokers}, and topics can't be made there: set it anew, or unset it`, { cause })
  }
  const notOurs = () => Promise.reject(new Error(`the Kafka broker at ${brokers} is not ours to start or end`))
  const died = new Promise<Error>(() => {})
  return { brokers, securedBrokers: null, ca: null, kill: notOurs, stop: notOurs, start: notOurs, died }
}

/** For the end: takes our topics from a broker of somebody else's. What can't be done then is logged. */
export async function leaveBroker({ plan, env }: Pick<KafkaOptions, 'plan' | 'env'>, log: (line: string) => void) {
  if (plan.files.from !== 'user') return
  try {
    await deleteTopics(connectionOf(env), plan.topics)
  } catch (error) {
    log(`Kafka: ${plan.topics.join(', ')} may be left at ${plan.brokers}: ${(error as Error).message}`)
  }
}

async function startProcess(
  { command, args, kill }: Launch,
  { ports, env, logFolder }: KafkaOptions,
  started: (service: Service) => Service,
): Promise<Pick<KafkaBroker, 'kill' | 'stop' | 'start' | 'died'>> {
  const died = Promise.withResolvers<Error>()
  const logFile = join(logFolder, 'kafka.log')
  const expected = new WeakSet<Service>()
  const launch = async () => {
    const service = started(startService({ name: KAFKA_SERVICE, command, args, cwd: logFolder, env, logFile }))
    void accident(service).then((error) => expected.has(service) || died.resolve(error))
    await answered(service, ports.kafka)
    return service
  }
  let service = await launch()
  const end = async (by: (running: Service) => unknown) => {
    expected.add(service)
    if (!service.hasEnded()) await by(service)
    await service.ended
  }
  return {
    kill: () => end(kill),
    stop: () => end(({ pid }) => signal(pid, 'SIGTERM')),
    start: async () => {
      if (service.hasEnded()) service = await launch()
    },
    died: died.promise,
  }
}

/** Waits until it answers. Rejects where it ends before. */
async function answered(service: Service, port: number): Promise<void> {
  const deadline = performance.now() + START_SECONDS * 1000
  for (;;) {
    if (service.hasEnded()) throw new Error(`the Kafka broker ended while starting: ${service.logFile} says why`)
    if (await answersApiVersions(port)) return
    if (performance.now() > deadline)
      throw new Error(`the Kafka broker does not answer after ${START_SECONDS} s: see ${service.logFile}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * Sends what every client begins with, an ApiVersions request of version 0 (https://kafka.apache.org/protocol): the port is open long
 * before the broker answers.
 */
function answersApiVersions(port: number): Promise<boolean> {
  const request = Buffer.alloc(15)
  request.writeInt32BE(request.length - 4, 0)
  request.writeInt16BE(18, 4)
  // The client's name, one letter; the version, 0, and the correlation id, 0, lie between.
  request.writeInt16BE(1, 12)
  request.write('d', 14)
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let answer = Buffer.alloc(0)
    const end = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(1000, () => end(false))
    socket.once('error', () => end(false))
    socket.once('close', () => resolve(false))
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data])
      // Its length, our correlation id, then the error code.
      if (answer.length >= 10) end(answer.readInt16BE(8) === 0)
    })
  })
}
