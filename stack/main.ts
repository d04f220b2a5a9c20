/** `npm start`. */
import { parseArgs } from 'node:util'
import { DEMO_ADMIN, DEMO_CUSTOMERS, DEMO_PASSWORD } from '../demo/customers.ts'
import { printReport, report } from '../demo/report.ts'
import { seedKafka } from '../demo/seed-kafka.ts'
import { seed } from '../demo/seed.ts'
import { MissingPart } from './found.ts'
import { DEFAULT_PORT_BASE } from './ports.ts'
import { announce } from './running.ts'
import { startStack, type Stack } from './stack.ts'

const HELP = `Brings the whole system up on this machine, uploads images as its customers, and exports the figures.

npm start                     runs until Ctrl-C
npm start -- --once           waits until everything is processed and exported, prints a report and ends;
                              exit 0 only if every number agrees
npm start -- --once --json    the report as one line of JSON, the last of standard output
npm start -- --images DIR     uploads every file below DIR as a customer would, instead of the project's own images
npm start -- --empty          uploads nothing
npm start -- --port-base N    uses the ports from N on (else: the first free block from ${DEFAULT_PORT_BASE})
npm start -- --help           this

Logs are kept in .darkroom/logs; everything else that a run makes is removed at its end.
JAVA_HOME, DARKROOM_PYTHON, KAFKA_HOME, FIRESTORE_EMULATOR_BINARY_PATH and STORAGE_EMULATOR_BINARY_PATH override what is found by itself.
With KAFKA_BROKERS (and KAFKA_SECURITY and so on) the bridge uses your broker, with topics of its own that are deleted at the end.
`

interface Options {
  readonly once: boolean
  readonly json: boolean
  readonly imagesDir: string | null
  readonly empty: boolean
  readonly portBase: number | null
}

/** Throws an Error whose message says what was wrong with the arguments. */
function parse(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      images: { type: 'string' },
      empty: { type: 'boolean', default: false },
      'port-base': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const base = values['port-base']
  if (base !== undefined && !(/^\d+$/.test(base) && Number(base) >= 1024 && Number(base) <= 65_000)) {
    throw new Error(`--port-base is ${JSON.stringify(base)}: expected a number from 1024 to 65000`)
  }
  if (values.json && !values.once) throw new Error('--json is of use with --once only: it prints the report as JSON')
  if (values.empty && values.images !== undefined) throw new Error('--empty and --images exclude each other')
  return {
    once: values.once,
    json: values.json,
    imagesDir: values.images ?? null,
    empty: values.empty,
    portBase: base === undefined ? null : Number(base),
  }
}

const seconds = () => performance.now() / 1000

async function main(): Promise<number> {
  let options: Options | 'help'
  try {
    options = parse(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nnpm start -- --help lists the options.\n`)
    return 2
  }
  if (options === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const { once, json, imagesDir, empty, portBase } = options
  const out = json ? process.stderr : process.stdout
  const print = (line: string) => void out.write(`${line}\n`)
  const log = (line: string) => print(`${seconds().toFixed(1).padStart(6)} s  ${line}`)

  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!interrupted.signal.aborted) print('\nstopping')
      interrupted.abort(new Error(`${signal} came`))
    })
  }
  // Whoever started us was killed without a chance to tell.
  const parent = process.ppid
  const watch = () => process.ppid !== parent && interrupted.abort(new Error('the parent process has ended'))
  setInterval(watch, 500).unref()
  const interruption = new Promise<'interrupted'>((resolve) => {
    interrupted.signal.addEventListener('abort', () => resolve('interrupted'), { once: true })
  })

  let stack: Stack | null = null
  let unannounce = () => {}
  try {
    stack = await startStack({ log, portBase, signal: interrupted.signal })
    const running = stack
    unannounce = announce(stack.env)
    const work = (async () => {
      const seeded = empty
        ? { uploaded: [], refused: [] }
        : { ...(await seed(running, { imagesDir, log })), produced: await seedKafka(running, { log }) }
      return once || (!empty && running.bigQueryUrl !== null) ? await report(running, seeded, { log }) : null
    })()
    const first = await Promise.race([work, interruption, running.died])
    // What is still under way fails once the stack is gone, and nobody waits for it any more.
    work.catch(() => {})
    if (first === 'interrupted') return once ? 130 : 0
    if (first instanceof Error) throw first
    if (first !== null) printReport(first, print)
    if (once) {
      print(`logs: ${running.logFolder}`)
      if (json) process.stdout.write(`${JSON.stringify(first)}\n`)
      return first?.ok === true ? 0 : 1
    }
    printAddresses(running, print)
    const end = await Promise.race([interruption, running.died])
    if (end instanceof Error) throw end
    return 0
  } catch (error) {
    if (interrupted.signal.aborted) return once ? 130 : 0
    process.stderr.write(`${error instanceof MissingPart ? error.message : describe(error)}\n`)
    if (stack !== null) process.stderr.write(`logs: ${stack.logFolder}\n`)
    return 1
  } finally {
    unannounce()
    await stack?.stop()
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const because = error.cause === undefined ? '' : `\nbecause: ${describe(error.cause)}`
  return `${error.stack ?? error.message}${because}`
}

function printAddresses(stack: Stack, print: (line: string) => void): void {
  print('')
  print(`The web page:        ${stack.hostingUrl}`)
  print(`Firestore emulator:  ${stack.firestoreHost}`)
  print(`Storage emulator:    ${stack.storageUrl}`)
  print(`BigQuery stand-in:   ${stack.bigQueryUrl ?? 'not running'}`)
  print(
    `Kafka broker:        ${stack.kafka === null ? 'not running' : `${stack.kafka.brokers} topic ${stack.kafkaTopic}`}`,
  )
  print(`Logs:                ${stack.logFolder}`)
  print('')
  print(`Sign in with the password "${DEMO_PASSWORD}" as`)
  for (const { name, users } of DEMO_CUSTOMERS) for (const { email } of users) print(`  ${email.padEnd(28)} ${name}`)
  print(`  ${DEMO_ADMIN.email.padEnd(28)} the admin`)
  print('')
  print('Ctrl-C stops everything.')
}

process.exitCode = await main()
// Clients that keep a connection open must not keep the process.
process.exit()
