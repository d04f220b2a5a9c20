/** The Firebase emulators: one process of firebase-tools with a configuration of its own ports. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { FIREBASE_TOOLS, ROOT } from './paths.ts'
import type { Ports } from './ports.ts'
import { startService, type Service } from './processes.ts'

export const EMULATORS = ['auth', 'firestore', 'storage', 'functions', 'tasks', 'hosting'] as const
export type Emulator = (typeof EMULATORS)[number]

export interface EmulatorOptions {
  readonly runId: string
  readonly projectId: string
  readonly only: readonly Emulator[]
  readonly ports: Ports
  readonly javaBin: string
  /** For the emulators and, through them, for the functions. */
  readonly env: NodeJS.ProcessEnv
  readonly logFolder: string
  /** What hosting serves. */
  readonly publicFolder: string
  /** Is made: it takes the place of functions/ as the folder of .env files. */
  readonly settingsFolder: string
}

/** Settings that decide which functions there are. While firebase-tools finds that out, it gives them what .env files say and no more. */
const DECIDING = ['KAFKA_BROKERS'] as const

/** firebase-tools takes paths below its configuration's folder only, so this lies in the repository's root while the stack runs. */
export const configFile = (runId: string) => join(ROOT, `firebase.local-${runId}.json`)

/**
 * Tells `started` at once, so that it is stopped whatever comes. Resolves once all of them answer. Rejects with the end of their log
 * where they end before.
 */
export async function startEmulators(
  options: EmulatorOptions,
  started: (service: Service) => Service,
): Promise<Service> {
  const { runId, projectId, only, javaBin, env, logFolder, settingsFolder } = options
  const config = configFile(runId)
  mkdirSync(settingsFolder, { recursive: true })
  writeFileSync(join(settingsFolder, '.env'), DECIDING.map((name) => `${name}=${env[name] ?? ''}\n`).join(''))
  writeFileSync(config, JSON.stringify(localConfig(options), null, 2))
  const tail: string[] = []
  const ready = Promise.withResolvers<void>()
  const service = started(
    startService({
      name: 'emulators',
      command: process.execPath,
      args: [FIREBASE_TOOLS, 'emulators:start', '--config', config, '--project', projectId, '--only', only.join(',')],
      // Its debug logs are written where it runs.
      cwd: logFolder,
      env: { ...env, PATH: `${javaBin}${delimiter}${env['PATH'] ?? ''}` },
      logFile: join(logFolder, 'emulators.log'),
      onLine: (line) => {
        tail.push(line)
        if (tail.length > 30) tail.shift()
        if (line.includes('All emulators ready')) ready.resolve()
      },
    }),
  )
  await Promise.race([
    ready.promise,
    service.ended.then(({ code, signal }) => {
      throw new Error(`the emulators ended while starting (${signal ?? `exit ${code}`}):\n${tail.join('\n')}`)
    }),
  ])
  return service
}

export const removeConfig = (runId: string) => rmSync(configFile(runId), { force: true })

/** The parts of firebase.json that the local stack changes. */
interface FirebaseJson {
  readonly functions: readonly { readonly source: string; readonly predeploy?: readonly string[] }[]
  readonly hosting: { readonly public: string; readonly headers: unknown }
}

/** What the page may talk to, in its Content-Security-Policy. */
const CLOUD = 'https://*.googleapis.com'

const at = (port: number) => ({ host: '127.0.0.1', port })

/** firebase.json as it is deployed, with this run's ports and public folder, and without what only a deployment needs. */
function localConfig({ ports, publicFolder, settingsFolder }: EmulatorOptions) {
  const { functions, hosting, ...rest } = JSON.parse(readFileSync(join(ROOT, 'firebase.json'), 'utf8')) as FirebaseJson
  const emulators = [ports.auth, ports.firestore, ports.storage, ports.functions]
    .map((port) => `http://127.0.0.1:${port}`)
    .join(' ')
  return {
    ...rest,
    // What is set in functions/ for a deployment, above all the address of a real broker, must not reach the local functions.
    functions: functions.map((codebase) => ({
      ...codebase,
      configDir: relative(ROOT, settingsFolder),
      predeploy: undefined,
    })),
    hosting: {
      ...hosting,
      headers: JSON.parse(JSON.stringify(hosting.headers).replaceAll(CLOUD, emulators)) as unknown,
      public: relative(ROOT, publicFolder),
      predeploy: undefined,
    },
    emulators: {
      auth: at(ports.auth),
      firestore: { ...at(ports.firestore), websocketPort: ports.firestoreWebsocket },
      storage: at(ports.storage),
      functions: at(ports.functions),
      tasks: at(ports.tasks),
      eventarc: at(ports.eventarc),
      hosting: at(ports.hosting),
      hub: at(ports.hub),
      logging: at(ports.logging),
      ui: { enabled: false },
      singleProjectMode: true,
    },
  }
}
