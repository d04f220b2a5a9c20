/** Brings up the whole system on this machine, or parts of it, and takes it down again. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { DEMO_ADMIN, DEMO_CUSTOMERS, DEMO_PASSWORD } from '../demo/customers.ts'
import { startBigQuery } from './bigquery.ts'
import { startClock, type Clock } from './clock.ts'
import { emulatorFiles, prepareCache } from './emulator-files.ts'
import { configFile, EMULATORS, removeConfig, startEmulators, type Emulator } from './emulators.ts'
import { MissingPart } from './found.ts'
import { findJava } from './java.ts'
import { ROOT, STATE } from './paths.ts'
import { takePorts, type Ports } from './ports.ts'
import { endAll, markedProcesses, startWatchdog, type Service } from './processes.ts'

export type Part = Emulator | 'bigquery' | 'clock'
export const ALL_PARTS: readonly Part[] = [...EMULATORS, 'bigquery', 'clock']

/** The local clock's seconds between two runs: short, so that nobody has to wait. */
const SCHEDULES = { reconcile: 5, exportToBigQuery: 15 } as const
export type ScheduledFunction = keyof typeof SCHEDULES

/** Projects of the emulators alone begin with `demo-`: nothing in them can reach a real one. */
const PROJECT = 'demo-darkroom'
const REGION = 'europe-west1'
const RAW_BUCKET = `${PROJECT}-raw`
const PROCESSED_BUCKET = `${PROJECT}-processed`
const DATASET = 'darkroom'
/** How long one run of a scheduled function is waited for. */
const INVOKE_SECONDS = 15
/** Settings that hold for whoever works on the same data. */
const TOLD = ['RAW_BUCKET', 'PROCESSED_BUCKET', 'LEASE_SECONDS', 'WORK_SECONDS'] as const
/** Runs whose logs are kept. */
const KEPT_LOGS = 20

export interface StackOptions {
  readonly parts?: readonly Part[]
  /** The first of a block of ports; null finds a free block. */
  readonly portBase?: number | null
  /** More environment for the functions: settings. */
  readonly env?: Readonly<Record<string, string>>
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
  const javaBin = only.length > 0 ? findJava() : ''
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
  let stopped: Promise<void> | null = null

  const stop = () => (stopped ??= stopAll())
  async function stopAll() {
    await clock?.stop()
    await endAll(runId, services, 20)
    removeConfig(runId)
    rmSync(runFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    await held.release()
    watchdog.kill()
  }

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
    return service
  }

  try {
    const serveWeb = has('hosting') ? step('web page', buildWeb(publicFolder, ports)) : null
    const build = has('functions') ? step('functions', compileFunctions()) : null
    const standIn = has('bigquery')
      ? step(
          'BigQuery stand-in',
          startBigQuery(
            { projectId: PROJECT, ports, env, logFolder, dataFolder: join(runFolder, 'bigquery'), log },
            started,
          ),
        ).catch((error: unknown) => {
          if (!(error instanceof MissingPart)) throw error
          log(error.message)
          return null
        })
      : null
    const emulators =
      only.length > 0
        ? (async () => {
            const [files] = await Promise.all([emulatorFiles(javaBin, log), serveWeb, build])
            const emulatorEnv = { ...env, ...files }
            const starting = startEmulators(
              { runId, projectId: PROJECT, only, ports, javaBin, env: emulatorEnv, logFolder, publicFolder },
              started,
            )
            return step(`emulators (${only.join(', ')})`, starting)
          })()
        : null
    const [bigQuery] = await whole([standIn, emulators])
    options.signal?.throwIfAborted()

    // The emulator calls what an event starts by its name and generation.
    const invoke = (name: ScheduledFunction) =>
      invokeFunction(`http://127.0.0.1:${ports.functions}/${PROJECT}/${REGION}/${name}-0`)
    if (has('clock')) {
      const clockLog = join(logFolder, 'clock.log')
      const schedules = Object.entries(SCHEDULES).map(([name, everySeconds]) => ({
        name,
        everySeconds,
        run: () => invoke(name as ScheduledFunction),
      }))
      clock = startClock(
        schedules.filter(({ name }) => name !== 'exportToBigQuery' || bigQuery !== null),
        (line) => writeFileSync(clockLog, `${new Date().toISOString()} ${line}\n`, { flag: 'a' }),
      )
    }
    removeOldLogs()
    const died = Promise.race(
      services.map(async (service): Promise<Error> => {
        const { code, signal } = await service.ended
        if (stopped !== null) return new Promise(() => {})
        await stop()
        return new Error(`the ${service.name} ended (${signal ?? `exit ${code}`}): ${service.logFile} says why`)
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
      rawBucket: RAW_BUCKET,
      processedBucket: PROCESSED_BUCKET,
      dataset: DATASET,
      env: {
        GCLOUD_PROJECT: PROJECT,
        FUNCTIONS_EMULATOR: 'true',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${ports.firestore}`,
        STORAGE_EMULATOR_HOST: `http://127.0.0.1:${ports.storage}`,
        CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${ports.tasks}`,
        METADATA_SERVER_DETECTION: 'none',
        ...Object.fromEntries(TOLD.map((name) => [name, env[name] ?? ''])),
      },
      logFolder,
      died,
      invoke,
      functionWorkerPids: () =>
        markedProcesses(runId).flatMap(({ pid, command }) =>
          command.includes('functionsEmulatorRuntime') ? [pid] : [],
        ),
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

async function invokeFunction(url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    // The emulator never answers where a process was killed while it started.
    signal: AbortSignal.timeout(INVOKE_SECONDS * 1000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`)
}

const compileFunctions = () => tool('typescript/bin/tsc', ['-p', join(ROOT, 'functions')])

/** The page as it is deployed, and beside it what it can't know by itself: where this run's emulators are. */
async function buildWeb(publicFolder: string, ports: Ports): Promise<void> {
  const into = ['--outDir', publicFolder, '--emptyOutDir']
  await tool('vite/bin/vite.js', ['build', join(ROOT, 'web'), '--logLevel', 'warn', ...into])
  const signIns = [
    ...DEMO_CUSTOMERS.flatMap(({ users, name }) => users.map((user) => ({ ...user, of: name }))),
    { ...DEMO_ADMIN, of: DEMO_ADMIN.displayName },
  ]
  const config = {
    rawBucket: RAW_BUCKET,
    processedBucket: PROCESSED_BUCKET,
    emulators: {
      auth: `http://127.0.0.1:${ports.auth}`,
      firestore: `127.0.0.1:${ports.firestore}`,
      storage: `http://127.0.0.1:${ports.storage}`,
    },
    signIns: signIns.map(({ email, displayName, of }) => ({
      email,
      password: DEMO_PASSWORD,
      label: of === displayName ? of : `${displayName} (${of})`,
    })),
  }
  writeFileSync(join(publicFolder, 'config.json'), JSON.stringify(config))
}

async function tool(script: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT })
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${script} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
  }
}

function removeOldLogs(): void {
  const folder = join(STATE, 'logs')
  if (!existsSync(folder)) return
  for (const old of readdirSync(folder).sort().slice(0, -KEPT_LOGS))
    rmSync(join(folder, old), { recursive: true, force: true })
}
