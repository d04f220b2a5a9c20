import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-produce-'))
  writeFileSync(join(folder, 'a.jpg'), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))
})
afterAll(() => rmSync(folder, { recursive: true }))

const { KAFKA_BROKERS: _, ...env } = process.env
const produce = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [join(__dirname, 'produce-main.ts'), ...args], {
    encoding: 'utf8',
    env: { ...env, ...more },
  })
/** Nothing is ever asked of this broker. */
const NEEDED = ['--customer', 'acme', '--images', __dirname, '--brokers', 'localhost:1']

it.each([
  [[], '--customer and --images are needed'],
  [[...NEEDED, '--customer', '../acme'], '--customer is "../acme": expected what matches'],
  [[...NEEDED, '--count', '0'], '--count is "0": expected a whole number from 1'],
  [[...NEEDED, '--rate', '0'], '--rate is "0": expected a number'],
  [[...NEEDED, '--rate', '-1'], "'--rate' argument is ambiguous"],
  [[...NEEDED, '--compression', 'brotli'], '--compression is "brotli": expected none, gzip, snappy, lz4, zstd'],
  [[...NEEDED, '--images', join(__dirname, 'nowhere')], "which can't be read: ENOENT"],
  [[...NEEDED, '--image', '.'], "Unknown option '--image'"],
])('%j is refused before anything is sent, and the help is named', (args, message) => {
  const { status, stdout, stderr } = produce(args)
  expect(stderr).toContain(message)
  expect(stderr).toContain('npm run produce -- --help')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})

it.each([
  [[...NEEDED, '--brokers', 'localhost'], {}, 'KAFKA_BROKERS has "localhost"'],
  [[...NEEDED, '--topic', 'my topic'], {}, 'KAFKA_TOPIC is "my topic"'],
  [NEEDED, { KAFKA_SECURITY: 'SASL_SSL', KAFKA_USERNAME: 'key' }, 'KAFKA_PASSWORD is not set'],
])('%j with %j: the settings of the connection are checked as the bridge does', (args, more, message) => {
  const { status, stderr } = produce(args, more)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('    at ')
  expect(status).toBe(1)
})

it('a broker that does not answer is named, in one sentence', () => {
  const { status, stdout, stderr } = produce([...NEEDED, '--images', folder, '--brokers', '127.0.0.1:1'])
  expect(stderr).toMatch(/^Kafka, topic images: no broker answers at 127\.0\.0\.1:1 .*\n$/)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
}, 60_000)

it('--help lists every option', () => {
  const { status, stdout } = produce(['--help'])
  expect(status).toBe(0)
  for (const option of ['customer', 'images', 'count', 'rate', 'topic', 'brokers', 'compression', 'no-id'])
    expect(stdout).toContain(`--${option} `)
})
