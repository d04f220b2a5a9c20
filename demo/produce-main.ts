/** `npm run produce`: sends a folder's images to Kafka. */
import { parseArgs } from 'node:util'
import { isUsageError, UsageError } from '../admin/command.ts'
import { KafkaFault } from '../functions/src/bridge/kafka.ts'
import type { KafkaSettings } from '../functions/src/config/kafka-settings.ts'
import { SettingsError } from '../functions/src/config/reader.ts'
import { CUSTOMER_ID } from '../functions/src/contract/names.ts'
import { connectionOf } from '../stack/kafka-topics.ts'
import { runningStack } from '../stack/running.ts'
import { candidatesBelow, printable, type Candidate } from './files.ts'
import { COMPRESSIONS, imagesOf, openSender, produceImages, type Compression, type Produced } from './produce.ts'

/** Images a second where nobody says otherwise and the local stack has to process them. */
const LOCAL_RATE = 5

const HELP = `Sends images to Kafka as another team's system would, by the contract of docs/kafka.md.

npm run produce -- --customer C --images DIR    sends every file below DIR as an image of customer C
  --count N          N images in all, from the first file again where there are fewer
  --rate N           N a second at the most; 0.5 is one in two seconds (else, with the local stack, ${LOCAL_RATE}: its functions
                     emulator starts a process for each image that is under way)
  --topic T          to this topic (else that of the running local stack, or KAFKA_TOPIC)
  --brokers B        by these brokers: host:port, separated by commas (else those of the running local stack, or
                     KAFKA_BROKERS); with KAFKA_SECURITY, KAFKA_USERNAME and so on, as for the bridge
  --compression K    ${COMPRESSIONS.join(', ')}
  --no-id            without ce_id: a record that has to be sent twice is then two images
  --help             this

Files that a customer's page would refuse are named and left out. Exits with 0 once all the others are sent.
`

interface Options {
  readonly customerId: string
  readonly folder: string
  readonly count: number | null
  readonly rate: number | null
  readonly compression: Compression
  readonly withId: boolean
  readonly settings: KafkaSettings
}

/** Throws a UsageError or a SettingsError. */
function parse(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      customer: { type: 'string' },
      images: { type: 'string' },
      count: { type: 'string' },
      rate: { type: 'string' },
      topic: { type: 'string' },
      brokers: { type: 'string' },
      compression: { type: 'string', default: 'none' },
      'no-id': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const { customer, images, count, rate, compression } = values
  if (customer === undefined || images === undefined) throw new UsageError('--customer and --images are needed')
  if (!CUSTOMER_ID.test(customer)) {
    throw new UsageError(`--customer is ${JSON.stringify(customer)}: expected what matches ${CUSTOMER_ID.source}`)
  }
  if (count !== undefined && !/^[1-9]\d{0,8}$/.test(count)) {
    throw new UsageError(`--count is ${JSON.stringify(count)}: expected a whole number from 1`)
  }
  if (rate !== undefined && !(/^\d{1,6}(\.\d{1,3})?$/.test(rate) && Number(rate) > 0)) {
    throw new UsageError(`--rate is ${JSON.stringify(rate)}: expected a number of images a second`)
  }
  const known = COMPRESSIONS.find((each) => each === compression)
  if (known === undefined) {
    throw new UsageError(`--compression is ${JSON.stringify(compression)}: expected ${COMPRESSIONS.join(', ')}`)
  }
  return {
    customerId: customer,
    folder: images,
    count: count === undefined ? null : Number(count),
    rate: rate === undefined ? (isLocal(values) ? LOCAL_RATE : null) : Number(rate),
    compression: known,
    withId: !values['no-id'],
    settings: settingsOf(values),
  }
}

const isLocal = ({ brokers }: { readonly brokers?: string }) =>
  brokers === undefined && Boolean(runningStack()?.env['KAFKA_BROKERS'])

/** By the same settings as the bridge. */
function settingsOf({ topic, brokers }: { readonly topic?: string; readonly brokers?: string }): KafkaSettings {
  const running = brokers === undefined ? runningStack() : null
  const env = {
    ...process.env,
    // One that runs without Kafka says nothing of it.
    ...(running?.env['KAFKA_BROKERS'] ? running.env : {}),
    ...(topic !== undefined && { KAFKA_TOPIC: topic }),
    ...(brokers !== undefined && { KAFKA_BROKERS: brokers }),
  }
  if (!env.KAFKA_BROKERS) {
    const why = running === null ? 'no local stack is running' : 'the local stack runs without Kafka'
    throw new UsageError(`${why}: npm start in another terminal, or name brokers by --brokers or KAFKA_BROKERS`)
  }
  return connectionOf(env)
}

async function candidatesIn(folder: string): Promise<readonly Candidate[]> {
  let found: readonly Candidate[]
  try {
    found = await candidatesBelow(folder)
  } catch (error) {
    throw new UsageError(`--images is ${JSON.stringify(folder)}, which can't be read: ${(error as Error).message}`)
  }
  if (found.length === 0) throw new UsageError(`--images is ${JSON.stringify(folder)}, and there is no file below it`)
  return found
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const warn = (line: string) => void process.stderr.write(`${line}\n`)
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const files = (count: number) => `${count} ${count === 1 ? 'file' : 'files'}`

/** One line of a terminal that is written anew every second; nothing where there is no terminal. */
function progressLine(now: () => string) {
  const { isTTY } = process.stderr
  const clear = () => void (isTTY && process.stderr.write('\r\u001b[K'))
  const timer = isTTY ? setInterval(() => process.stderr.write(`\r\u001b[K${now()}`), 1000) : undefined
  return {
    clear,
    stop: () => {
      clearInterval(timer)
      clear()
    },
  }
}

async function run({ customerId, folder, count, rate, compression, withId, settings }: Options): Promise<number> {
  const candidates = await candidatesIn(folder)
  const { topic } = settings
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort())

  await using sender = await openSender({ connection: settings, topic, compression })
  const sent = { images: 0, bytes: 0, deadLetters: 0, refused: 0 }
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const wanted = () => count ?? candidates.length - sent.refused
  let last = { images: 0, seconds: 0 }
  const line = progressLine(() => {
    const at = seconds()
    const perSecond = (sent.images - last.images) / (at - last.seconds)
    last = { images: sent.images, seconds: at }
    return `${sent.images} of ${wanted()} sent, ${megabytes(sent.bytes)}; ${perSecond.toFixed(0)} a second`
  })

  const refuse = (label: string, reason: string) => {
    sent.refused++
    line.clear()
    warn(`refused: ${printable(label)}: ${reason}`)
  }
  const images = imagesOf(candidates, { customerId, count, withId, refuse })
  const onProduced = ({ bytes, becomes }: Produced) => {
    sent.images++
    sent.bytes += bytes
    if ('refused' in becomes) sent.deadLetters++
  }
  try {
    await produceImages(sender, images, { rate, signal: interrupted.signal, onProduced })
  } finally {
    line.stop()
    const perSecond = (sent.images / seconds()).toFixed(1)
    const { brokers } = settings
    print(
      `sent ${sent.images} images (${megabytes(sent.bytes)}) of ${customerId} to ${topic} at ${brokers.join(',')} in ${seconds().toFixed(1)} s, ${perSecond} a second`,
    )
    if (sent.refused > 0) print(`left out ${files(sent.refused)} that a customer's page would refuse`)
    if (sent.deadLetters > 0) print(`${sent.deadLetters} of them will be dead letters in ${topic}.dlq`)
  }
  if (interrupted.signal.aborted) return 130
  return sent.images > 0 ? 0 : 1
}

async function main(): Promise<number> {
  try {
    const options = parse(process.argv.slice(2))
    if (options !== 'help') return await run(options)
    process.stdout.write(HELP)
    return 0
  } catch (error) {
    const isUsage = isUsageError(error)
    const isTold = isUsage || error instanceof KafkaFault || error instanceof SettingsError
    warn(isTold ? (error as Error).message : ((error as Error).stack ?? String(error)))
    if (isUsage) warn('npm run produce -- --help lists the options.')
    return isUsage ? 2 : 1
  }
}

process.exitCode = await main()
// Clients that keep a connection open must not keep the process.
process.exit()
