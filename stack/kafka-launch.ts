/** How the local broker is started: Kafka's own programs, by Java or in Docker. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificates } from './certificates.ts'
import { MissingPart } from './found.ts'
import { KAFKA_VERSION } from './kafka-files.ts'
import { LOG4J_PROPERTIES, serverProperties } from './kafka-properties.ts'
import type { Ports } from './ports.ts'
import { signal, type Service } from './processes.ts'

/** A listener with TLS and passwords, for tests. What its users may do is up to ACLs, which clients of the plain listener make. */
export interface SecuredOptions {
  /** Passwords by name, both of letters and digits: for PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly users: Readonly<Record<string, string>>
  /** It shows a certificate that is out of date. */
  readonly expired?: boolean
}

export interface LaunchOptions {
  readonly runId: string
  readonly javaBin: string
  readonly ports: Ports
  readonly env: NodeJS.ProcessEnv
  readonly dataFolder: string
  readonly secured?: SecuredOptions | undefined
}

/** Quick to start; records of tens of megabytes pass. */
const HEAP = '-Xmx512m'
const QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const run = promisify(execFile)

/** What starts the broker, again and again on the same data, and what ends it at once. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly kill: (service: Service) => unknown
  /** PEM text; null without a secured listener. */
  readonly ca: string | null
}

/** `jars` is their folder. */
export async function prepareJava(jars: string, options: LaunchOptions): Promise<Launch> {
  const { javaBin, ports, env, dataFolder, secured } = options
  const users = secured?.users ?? {}
  const properties = join(dataFolder, 'server.properties')
  const log4j = join(dataFolder, 'log4j2.properties')
  const settings = { ports, dataFolder, host: '127.0.0.1' }
  writeFileSync(properties, serverProperties({ ...settings, secured: null }))
  writeFileSync(log4j, LOG4J_PROPERTIES)
  const command = join(javaBin, 'java')
  const java = [HEAP, ...QUICK, `-Dlog4j2.configurationFile=${log4j}`, '-cp', join(jars, '*')]
  const scram = Object.entries(users).flatMap(([name, password]) =>
    [256, 512].flatMap((bits) => ['--add-scram', `SCRAM-SHA-${bits}=[name=${name},password=${password}]`]),
  )
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', properties, ...scram]
  const tls = { javaBin, folder: join(dataFolder, 'tls'), expired: secured?.expired ?? false }
  const [certificates] = await Promise.all([
    secured === undefined ? null : makeCertificates(tls),
    run(command, [...java, ...format], { env }),
  ])
  if (certificates !== null)
    writeFileSync(properties, serverProperties({ ...settings, secured: { users, certificates } }))
  // log4j would stop writing before Kafka has shut down, and hold the end up.
  const flags = ['-Dlog4j2.shutdownHookEnabled=false', '-XX:+ExitOnOutOfMemoryError']
  return {
    command,
    args: [...flags, ...java, 'kafka.Kafka', properties],
    kill: ({ pid }) => signal(pid, 'SIGKILL'),
    ca: certificates?.ca ?? null,
  }
}

/** Kafka's own image, which formats by itself. It could not be tried where this was written: there was no Docker. */
export async function prepareDocker({ runId, ports, dataFolder, secured }: LaunchOptions): Promise<Launch> {
  if (secured !== undefined) {
    throw new MissingPart('Kafka in Docker has no secured listener here.', 'install Maven.', 'tests of it do not run.')
  }
  const [config, data] = [join(dataFolder, 'config'), join(dataFolder, 'data')]
  for (const folder of [config, data]) mkdirSync(folder)
  // The container's user is another than ours.
  chmodSync(data, 0o777)
  writeFileSync(
    join(config, 'server.properties'),
    serverProperties({ ports, dataFolder: '/darkroom', host: '0.0.0.0', secured: null }),
  )
  const name = `darkroom-kafka-${runId}`
  const user = process.getuid === undefined ? [] : ['--user', `${process.getuid()}:0`]
  const folders = ['-v', `${config}:/mnt/shared/config:ro`, '-v', `${data}:/darkroom`]
  const port = ['-p', `127.0.0.1:${ports.kafka}:${ports.kafka}`]
  const heap = ['-e', `KAFKA_HEAP_OPTS=${HEAP}`]
  return {
    command: 'docker',
    args: ['run', '--rm', '--name', name, ...user, ...folders, ...port, ...heap, `apache/kafka:${KAFKA_VERSION}`],
    // A signal to the client that can't be caught would leave the container running.
    kill: () => run('docker', ['kill', name]),
    ca: null,
  }
}

/** 16 random bytes as Kafka writes them. One that began with `-` would be taken for an option. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}
