import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'

/** Nobody listens there: neither Kafka nor Google's emulators. */
const NOBODY = 'localhost:1'
const ENV = {
  RAW_BUCKET: 'p-raw',
  PROCESSED_BUCKET: 'p-processed',
  KAFKA_BROKERS: NOBODY,
  FIRESTORE_EMULATOR_HOST: NOBODY,
  STORAGE_EMULATOR_HOST: `http://${NOBODY}`,
  GCLOUD_PROJECT: 'demo-none',
}

let processes: ChildProcess[]
beforeEach(() => {
  processes = []
})
afterEach(() => {
  for (const process of processes) process.kill('SIGKILL')
})

function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(__dirname, 'worker.ts')], { env: { PATH: process.env['PATH'], ...env } })
  processes.push(child)
  let text = ''
  let changed = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more
      changed.resolve()
      changed = Promise.withResolvers()
    })
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    said: () => text,
    until: async (words: string) => {
      while (!text.includes(words)) await changed.promise
    },
    stop: () => child.kill('SIGTERM'),
    ended,
  }
}

/** A port that is taken until the server is closed. */
async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

it('does not start with wrong settings, and says which they are without a stack', async () => {
  const worker = start({ ...ENV, RAW_BUCKET: '', KAFKA_RUN: 'both', KAFKA_UPLOADS: 'many' })
  expect(await worker.ended).toBe(1)
  expect(worker.said()).toMatch(/^3 settings are wrong:\n- RAW_BUCKET .*\n- KAFKA_RUN .*\n- KAFKA_UPLOADS .*\n$/)
})

it('without Kafka says so at GET /health, tries again, and ends in good order when it is told to', async () => {
  const { server, port } = await listening()
  server.close()
  await once(server, 'close')
  const worker = start({ ...ENV, KAFKA_HEALTH_PORT: String(port) })
  await worker.until('it is tried again')
  const health = await fetch(`http://localhost:${port}/health`)
  expect(health.status).toBe(503)
  expect(health.headers.get('content-type')).toBe('application/json')
  expect(await health.json()).toMatchObject({
    ok: false,
    state: 'failing',
    problem: expect.stringContaining(`no broker answers at ${NOBODY}`) as string,
    counts: { landed: 0 },
  })
  for (const [path, method] of [
    ['/', 'GET'],
    ['/health', 'POST'],
  ] as const)
    expect((await fetch(`http://localhost:${port}${path}`, { method })).status).toBe(404)
  worker.stop()
  expect(await worker.ended).toBe(0)
  expect(worker.said()).toContain('bridge has stopped')
})

it('does not run where its health could not be asked for', async () => {
  const { server, port } = await listening()
  const worker = start({ ...ENV, KAFKA_HEALTH_PORT: String(port) })
  expect(await worker.ended).toBe(1)
  expect(worker.said()).toContain('set KAFKA_HEALTH_PORT to another, or to 0 for none')
  server.close()
})
