/**
 * An Apache Kafka to run, found in layers: the broker or the Kafka that the user set, what an earlier start fetched, Maven, Apache's own
 * archive, Docker.
 */
import { execFile } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { promisify } from 'node:util'
import { MissingPart } from './found.ts'
import { CACHE } from './paths.ts'

export const KAFKA_VERSION = '4.4.0'
const LOG4J_VERSION = '2.25.5'
const NAME = `kafka_2.13-${KAFKA_VERSION}`
/** The first keeps the newest releases alone, the second all of them. */
const ARCHIVES = ['https://dlcdn.apache.org/kafka', 'https://archive.apache.org/dist/kafka']
/** Far longer than it takes. */
const FETCH_SECONDS = 300
const run = promisify(execFile)
const WINDOWS = process.platform === 'win32'

/** A broker that runs already, Kafka's jars in a folder, or Docker, which fetches an image by itself. */
export type KafkaFiles =
  | { readonly from: 'user'; readonly brokers: string }
  | { readonly from: 'jars'; readonly folder: string }
  | { readonly from: 'docker' }

export interface Search {
  /** KAFKA_BROKERS and KAFKA_HOME are taken from it, and programs are looked for in its PATH. */
  readonly env: NodeJS.ProcessEnv
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
  readonly cache?: string
}

/** Throws a {@link MissingPart} where no way works, and an Error where what the user set is no Kafka. */
export async function findKafka(search: Search): Promise<KafkaFiles> {
  const { env, log, cache = CACHE } = search
  if (env['KAFKA_BROKERS']) return { from: 'user', brokers: env['KAFKA_BROKERS'] }
  if (env['KAFKA_HOME']) {
    const folder = join(env['KAFKA_HOME'], 'libs')
    if (existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.jar'))) return { from: 'jars', folder }
    throw new Error(`KAFKA_HOME is ${env['KAFKA_HOME']}, and there are no jars in its libs folder: set it, or unset it`)
  }
  const folder = join(cache, `kafka-${KAFKA_VERSION}`)
  if (existsSync(join(folder, '.complete'))) return { from: 'jars', folder }
  log('Kafka: fetching it (once)')
  for (const way of [byMaven, byArchive]) if (await fetched(way, folder, search)) return { from: 'jars', folder }
  if (await dockerRuns(search)) return { from: 'docker' }
  throw new MissingPart(
    'Kafka can be fetched neither by Maven nor from apache.org, and Docker is not running.',
    'connect to the internet once, install Maven, or set KAFKA_HOME to a Kafka or KAFKA_BROKERS to a running one.',
    'everything runs but the Kafka path.',
  )
}

type Way = (temporary: string, search: Search) => Promise<unknown>

/** Has `way` put the jars into a temporary folder's `libs`, and gives them their place whole or not at all. */
async function fetched(way: Way, folder: string, search: Search): Promise<boolean> {
  mkdirSync(join(folder, '..'), { recursive: true })
  const temporary = mkdtempSync(`${folder}-`)
  const libs = join(temporary, 'libs')
  try {
    await way(temporary, search)
    writeFileSync(join(libs, '.complete'), '')
    // Should two stacks fetch it at the same time, the first one's is as good as ours.
    if (!existsSync(folder)) renameSync(libs, folder)
    return true
  } catch {
    // Why is of no use to the user where another way works; where none does, MissingPart says what to do.
    search.signal?.throwIfAborted()
    return existsSync(join(folder, '.complete'))
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

const POM = `<project><modelVersion>4.0.0</modelVersion>
<groupId>darkroom</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version></dependency>
</dependencies></project>
`

async function byMaven(temporary: string, { env, signal }: Search): Promise<void> {
  writeFileSync(join(temporary, 'pom.xml'), POM)
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
  await run('mvn', ['-B', '-q', copy, '-DincludeScope=runtime', '-DoutputDirectory=libs'], {
    cwd: temporary,
    env,
    timeout: FETCH_SECONDS * 1000,
    signal,
    // There it is a batch file.
    shell: WINDOWS,
  })
}

async function byArchive(temporary: string, { env, signal }: Search): Promise<void> {
  const limit = AbortSignal.timeout(FETCH_SECONDS * 1000)
  const either = signal === undefined ? limit : AbortSignal.any([limit, signal])
  const file = join(temporary, 'kafka.tgz')
  const body = await first(
    ARCHIVES.map((archive) => `${archive}/${KAFKA_VERSION}/${NAME}.tgz`),
    either,
  )
  await pipeline(body, createWriteStream(file), { signal: either })
  await run('tar', ['xzf', 'kafka.tgz', '--strip-components=1', `${NAME}/libs`], { cwd: temporary, env, signal })
}

async function first(urls: readonly string[], signal: AbortSignal): Promise<Readable> {
  for (const url of urls) {
    const response = await fetch(url, { signal }).catch(() => null)
    if (response?.ok === true && response.body !== null) return Readable.fromWeb(response.body as ReadableStream)
    await response?.body?.cancel()
  }
  throw new Error(`none of ${urls.join(', ')} could be fetched`)
}

/** Docker may be installed without running. */
async function dockerRuns({ env, signal }: Search): Promise<boolean> {
  try {
    await run('docker', ['info'], { env, timeout: 20_000, signal })
    return true
  } catch {
    return false
  }
}
