import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findKafka, KAFKA_VERSION } from './kafka-files.ts'

let folder: string
let lines: string[]
let asked: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kafka-files-'))
  for (const name of ['bin', 'cache']) mkdirSync(join(folder, name))
  lines = []
  asked = []
  answerWith(() => Promise.reject(new Error('no network')))
})
afterEach(() => {
  jest.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

function answerWith(answer: (url: string) => Promise<Response>): void {
  jest.spyOn(globalThis, 'fetch').mockImplementation((url) => {
    asked.push(url as string)
    return answer(url as string)
  })
}

/** A machine that has nothing but the shell's own commands and what is put into its `bin`. */
const find = (env: NodeJS.ProcessEnv = {}) =>
  findKafka({
    env: { PATH: `${join(folder, 'bin')}:/nowhere`, ...env },
    log: (line) => lines.push(line),
    cache: join(folder, 'cache'),
  })

function program(name: string, script: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'bin', name), 0o755)
}

const fetched = () => join(folder, 'cache', `kafka-${KAFKA_VERSION}`)
const FETCHING = 'Kafka: fetching it (once)'

it('takes the broker that the user names before everything else', async () => {
  const files = await find({ KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092', KAFKA_HOME: '/nowhere' })
  expect(files).toEqual({ from: 'user', brokers: 'kafka-1:9092,kafka-2:9092' })
})

it('takes the Kafka of KAFKA_HOME, and says so where there is none', async () => {
  mkdirSync(join(folder, 'libs'))
  await expect(find({ KAFKA_HOME: folder })).rejects.toThrow(`KAFKA_HOME is ${folder}, and there are no jars`)
  writeFileSync(join(folder, 'libs', 'kafka.jar'), '')
  expect(await find({ KAFKA_HOME: folder })).toEqual({ from: 'jars', folder: join(folder, 'libs') })
  expect(lines).toEqual([])
})

it('has Maven fetch it once, whole or not at all', async () => {
  program('mvn', 'echo half > libs')
  await expect(find()).rejects.toThrow('neither by Maven nor from apache.org')
  expect(readdirSync(join(folder, 'cache'))).toEqual([])

  program('mvn', 'while read -r line; do :; done < pom.xml && /bin/mkdir libs && echo jar > libs/kafka.jar')
  expect(await find()).toEqual({ from: 'jars', folder: fetched() })
  expect(readdirSync(join(folder, 'cache'))).toEqual([`kafka-${KAFKA_VERSION}`])
  expect(readdirSync(fetched()).toSorted()).toEqual(['.complete', 'kafka.jar'])

  rmSync(join(folder, 'bin', 'mvn'))
  expect(await find()).toEqual({ from: 'jars', folder: fetched() })
  expect(lines).toEqual([FETCHING, FETCHING])
})

it("fetches Apache's archive where there is no Maven, the older releases' where the first has it no more", async () => {
  const name = `kafka_2.13-${KAFKA_VERSION}`
  for (const part of ['libs', 'bin']) mkdirSync(join(folder, name, part), { recursive: true })
  writeFileSync(join(folder, name, 'libs', 'kafka.jar'), 'jar')
  execFileSync('tar', ['czf', 'archive.tgz', name], { cwd: folder })
  const archive = readFileSync(join(folder, 'archive.tgz'))
  answerWith((url) =>
    Promise.resolve(url.includes('archive.') ? new Response(archive) : new Response('', { status: 404 })),
  )
  program('tar', `PATH='${process.env['PATH']}' exec tar "$@"`)
  expect(await find()).toEqual({ from: 'jars', folder: fetched() })
  expect(asked).toEqual([
    `https://dlcdn.apache.org/kafka/${KAFKA_VERSION}/${name}.tgz`,
    `https://archive.apache.org/dist/kafka/${KAFKA_VERSION}/${name}.tgz`,
  ])
  expect(readdirSync(fetched()).toSorted()).toEqual(['.complete', 'kafka.jar'])
})

it('leaves it to Docker where nothing else works and Docker runs', async () => {
  program('docker', '[ "$1" = info ]')
  expect(await find()).toEqual({ from: 'docker' })
})

it('says in one line what to do where no way works', async () => {
  program('docker', 'exit 1')
  const missing = find()
  await expect(missing).rejects.toMatchObject({ name: 'MissingPart' })
  await expect(missing).rejects.toThrow(/install Maven.*KAFKA_HOME.*KAFKA_BROKERS.*everything runs but the Kafka path/)
})

it('is called off by its signal, and tries no other way then', async () => {
  program('docker', 'exit 0')
  const off = AbortSignal.abort(new Error('called off'))
  const search = { env: { PATH: join(folder, 'bin') }, log: () => {}, cache: join(folder, 'cache'), signal: off }
  await expect(findKafka(search)).rejects.toThrow('called off')
  expect(asked).toEqual([])
})
