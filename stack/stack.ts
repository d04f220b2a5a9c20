/** Brings up the whole system on this machine, or parts of it, and takes it down again. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { startBigQuery } from './bigquery.ts'
import { buildWeb, compileFunctions } from './build.ts'
import { startClock, type Clock } from './clock.ts'
import { emulatorFiles, prepareCache } from './emulator-files.ts'
import { configFile, EMULATORS, removeConfig, startEmulators, type Emulator } from './emulators.ts'
import { MissingPart } from './found.ts'
import { findJava } from './java.ts'
import { findKafka } from './kafka-files.ts'
import type { SecuredOptions } from './kafka-launch.ts'
import { KAFKA_SERVICE, kafkaEnv, leaveBroker, planKafka, startKafka, type KafkaBroker } from './kafka.ts'
import { STATE } from './paths.ts'
import { takePorts, type Ports } from './ports.ts'
import { accident, endAll, markedProcesses, signal, startWatchdog, type Service } from './processes.ts'
import { invoker, schedules, type ScheduledFunction } from './schedules.ts'

export type Part = Emulator | 'bigquery' | 'kafka' | 'clock'
export const ALL_PARTS: readonly Part[] = [...EMULATORS, 'bigquery', 'kafka', 'clock']

/** Projects of the emulators alone begin with `demo-`: nothing in them can reach a real one. */
const PROJECT = 'demo-darkroom'
const REGION = 'europe-west1'
const RAW_BUCKET = `${PROJECT}-raw`
const PROCESSED_BUCKET = `${PROJECT}-processed`
const DATASET = 'darkroom'
/** Settings that hold for whoever works on the same data. */
const TOLD = [
  'RAW_BUCKET',
  'PROCESSED_BUCKET',
  'LEASE_SECONDS',
  'WORK_SECONDS',
  'KAFKA_UPLOADS',
  'BIGQUERY_DATASET',
  'BIGQUERY_API_ENDPOINT',
] as const
/** Runs whose logs are kept. */
const KEPT_LOGS = 20

export interface StackOptions {
  readonly parts?: readonly Part[]
  /** The first of a block of ports; null finds a free block. */
  readonly portBase?: number | null
  /** More environment for the functions: settings. */
  readonly env?: Readonly<Record<string, string>>
  /** For tests: a second listener of our own broker. */
  readonly kafka?: { readonly secured?: SecuredOptions }
  readonly log: (line: string) => void
  /** Calls a start off: what was started is stopped, and startStack rejects. */
  readonly signal?: AbortSignal
}

export interface Stack {
  readonly projectId: string
  readonly region: string
  readonly ports: Ports
  readonly authUrl: string
  /** Host and port. */
  readonly firestoreHost: string
  readonly storageUrl: string
  readonly hostingUrl: string
  /** Null where the stand-in is not part of it, or could not be had. */
  readonly bigQueryUrl: string | null
  /** Null where it is not part of it, or could not be had. */
  readonly kafka: KafkaBroker | null
  /** The topic of the images. Beside it are `.dlq` and `.results`. */
  readonly kafkaTopic: string
  readonly rawBucket: string
  readonly processedBucket: string
  readonly dataset: string
  /** The environment by which the functions' own code, run outside of them, finds these emulators. */
  readonly env: Readonly<Record<string, string>>
  readonly logFolder: string
  /** Resolves with what happened when a part ends that nobody asked to end. By then everything else has been stopped too. */
  readonly died: Promise<Error>
  /** Runs a scheduled function once. Rejects with its answer where it fails. */
  invoke(name: ScheduledFunction): Promise<void>
  /** The processes in which functions run at the moment. */
  functionWorkerPids(): number[]
  /** Ends everything that was started and removes everything that was made, but for the logs. */
  stop(): Promise<void>
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const { log, parts = ALL_PARTS, env: more = {} } = options
  const has = (part: Part) => parts.includes(part)
  const only = EMULATORS.filter(has)
  prepareCache()
  const javaBin = only.length > 0 || has('kafka') ? findJava() : ''
  const held = await takePorts(options.portBase ?? null)
  const { ports } = held
  const runId = `${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)}-${randomBytes(3).toString('hex')}`
  const runFolder = join(STATE, 'runs', runId)
  const logFolder = join(STATE, 'logs', runId)
  const publicFolder = join(runFolder, 'public')
  const temporary = join(runFolder, 'tmp')
  for (const folder of [logFolder, publicFolder, temporary]) mkdirSync(folder, { recursive: true })
  const watchdog = startWatchdog(runId, [runFolder, configFile(runId)])
  const services: Service[] = []
  let clock: Clock | null = null
  let leaveKafka: (() => Promise<void>) | null = null
  let stopped: Promise<void> | null = null

  const stop = () => (stopped ??= stopAll())
  async function stopAll() {
    await clock?.stop()
    // The emulators wait for what is under way, and some of it takes a minute.
    for (const pid of functionWorkerPids()) signal(pid, 'SIGKILL')
    await endAll(runId, services, 20)
    await leaveKafka?.()
    removeConfig(runId)
    rmSync(runFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    await held.release()
    watchdog.kill()
  }

  const functionWorkerPids = () =>
    markedProcesses(runId).flatMap(({ pid, command }) => (command.includes('functionsEmulatorRuntime') ? [pid] : []))

  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...more,
    // The mark by which every process of this run is known: processes.ts.
    PATH: `${process.env['PATH'] ?? ''}${delimiter}${runFolder}`,
    // The storage emulator keeps its objects there.
    TMPDIR: temporary,
    RAW_BUCKET,
    PROCESSED_BUCKET,
    BIGQUERY_DATASET: DATASET,
    BIGQUERY_API_ENDPOINT: `http://127.0.0.1:${ports.bigQuery}`,
    // A killed worker's image is taken up again within seconds.
    LEASE_SECONDS: more['LEASE_SECONDS'] ?? '20',
    WORK_SECONDS: more['WORK_SECONDS'] ?? '15',
    // The functions emulator starts a process for each image that is under way.
    KAFKA_UPLOADS: more['KAFKA_UPLOADS'] ?? '2',
    // There is none on this machine, and looking for it takes seconds.
    METADATA_SERVER_DETECTION: 'none',
  }

  options.signal?.addEventListener('abort', () => void stop().catch(() => {}), { once: true })
  options.signal?.throwIfAborted()
  const step = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const started = performance.now()
    const result = await work
    log(`${name} ready after ${((performance.now() - started) / 1000).toFixed(1)} s`)
    return result
  }
  const started = (service: Service) => {
    services.push(service)
    // What comes after the end would never be ended.
    if (stopped !== null) {
      signal(service.pid, 'SIGKILL')
      throw new Error(`the ${service.name} was started while the stack stopped`)
    }
    return service
  }
  const orWithout = (error: unknown) => {
    if (!(error instanceof MissingPart)) throw error
    log(error.message)
    return null
  }

  try {
    const serveWeb = has('hosting')
      ? step('web page', buildWeb({ publicFolder, ports, rawBucket: RAW_BUCKET, processedBucket: PROCESSED_BUCKET }))
      : null
    const build = has('functions') ? step('functions', compileFunctions()) : null
    const standIn = has('bigquery')
      ? step(
          'BigQuery stand-in',
          startBigQuery(
            { projectId: PROJECT, ports, env, logFolder, dataFolder: join(runFolder, 'bigquery'), log },
            started,
          ),
        ).catch(orWithout)
      : null
    const kafkaPlan = has('kafka')
      ? findKafka({ env, log, signal: options.signal })
          .then((files) => planKafka(files, runId, ports))
          .catch(orWithout)
      : Promise.resolve(null)
    const broker = kafkaPlan.then((plan) => {
      if (plan === null) return null
      const dataFolder = join(runFolder, 'kafka')
      const kafkaOptions = { runId, plan, javaBin, ports, env, logFolder, dataFolder, secured: options.kafka?.secured }
      leaveKafka = () => leaveBroker(kafkaOptions, log)
      return step('Kafka', startKafka(kafkaOptions, started)).catch(orWithout)
    })
    const emulators =
      only.length > 0
        ? (async () => {
            const [files, plan] = await Promise.all([emulatorFiles(javaBin, log), kafkaPlan, serveWeb, build])
            const emulatorEnv = { ...env, ...kafkaEnv(plan), ...files }
            const folders = { logFolder, publicFolder, settingsFolder: join(runFolder, 'settings') }
            const starting = startEmulators(
              { runId, projectId: PROJECT, only, ports, javaBin, env: emulatorEnv, ...folders },
              started,
            )
            return step(`emulators (${only.join(', ')})`, starting)
          })()
        : null
    const [bigQuery, kafka, plan] = await whole([standIn, broker, kafkaPlan, emulators])
    options.signal?.throwIfAborted()

    const invoke = invoker(`http://127.0.0.1:${ports.functions}/${PROJECT}/${REGION}`)
    if (has('clock')) {
      const clockLog = join(logFolder, 'clock.log')
      const without: ScheduledFunction[] = [
        ...(bigQuery === null ? (['exportToBigQuery'] as const) : []),
        ...(kafka === null ? (['bridgeKafka'] as const) : []),
      ]
      clock = startClock(schedules(invoke, without), (line) =>
        writeFileSync(clockLog, `${new Date().toISOString()} ${line}\n`, { flag: 'a' }),
      )
    }
    removeOldLogs()
    // The broker may be ended and started on purpose: it knows what was none.
    const deaths = services.filter(({ name }) => name !== KAFKA_SERVICE).map(accident)
    const died = Promise.race(
      [...deaths, ...(kafka === null ? [] : [kafka.died])].map(async (death) => {
        const error = await death
        if (stopped !== null) return await new Promise<Error>(() => {})
        await stop()
        return error
      }),
    )
    return {
      projectId: PROJECT,
      region: REGION,
      ports,
      authUrl: `http://127.0.0.1:${ports.auth}`,
      firestoreHost: `127.0.0.1:${ports.firestore}`,
      storageUrl: `http://127.0.0.1:${ports.storage}`,
      hostingUrl: `http://127.0.0.1:${ports.hosting}`,
      bigQueryUrl: bigQuery === null ? null : `http://127.0.0.1:${ports.bigQuery}`,
      kafka,
      kafkaTopic: kafkaEnv(plan).KAFKA_TOPIC,
      rawBucket: RAW_BUCKET,
      processedBucket: PROCESSED_BUCKET,
      dataset: DATASET,
      env: {
        GCLOUD_PROJECT: PROJECT,
        FUNCTIONS_EMULATOR: 'true',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${ports.firestore}`,
        FIREBASE_AUTH_EMULATOR_HOST: `127.0.0.1:${ports.auth}`,
        STORAGE_EMULATOR_HOST: `http://127.0.0.1:${ports.storage}`,
        CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${ports.tasks}`,
        METADATA_SERVER_DETECTION: 'none',
        ...kafkaEnv(plan),
        ...Object.fromEntries(TOLD.map((name) => [name, env[name] ?? ''])),
      },
      logFolder,
      died,
      invoke: (name) => invoke(name),
      functionWorkerPids,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits for all, also where one fails, so that nothing starts behind the back of the stop that follows. */
async function whole<T extends readonly unknown[]>(promises: [...T]): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(promises)
  for (const result of settled) if (result.status === 'rejected') throw result.reason
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as { [K in keyof T]: Awaited<T[K]> }
}

function removeOldLogs(): void {
  const folder = join(STATE, 'logs')
  if (!existsSync(folder)) return
  for (const old of readdirSync(folder).sort().slice(0, -KEPT_LOGS))
    rmSync(join(folder, old), { recursive: true, force: true })
}
