/**
 * The export by BigQuery's own client, whose HTTP requests fail, one after the other: what the client makes of it must be what the export
 * expects. tests/faults/export-bigquery.test.ts has each call of the port in each way.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseSettings } from '../../functions/src/config/settings.ts'
import { runExport } from '../../functions/src/export/run.ts'
import { CUSTOMER_STATS, IMAGES, TABLES } from '../../functions/src/export/schema.ts'
import { ExportBench } from '../../functions/src/export/testing/export-bench.ts'
import { VIEWS } from '../../functions/src/export/views.ts'
import { BigQueryWarehouse } from '../../functions/src/platform/bigquery-warehouse.ts'
import { startStack, type Stack } from '../../stack/stack.ts'

/** What befalls one request. `lost`: it is done, and its answer does not come. */
type Fault = { readonly status: number; readonly reason: string } | 'lost' | 'cut'

const FAULTS: readonly Fault[] = [
  { status: 403, reason: 'quotaExceeded' },
  { status: 403, reason: 'accessDenied' },
  { status: 500, reason: 'backendError' },
  'lost',
  'cut',
]

/** Between the client and the stand-in. Passes everything on, but for the request of this number. */
class FaultyProxy {
  readonly #server: Server
  readonly #target: URL
  #at = Infinity
  #fault: Fault = 'cut'
  requests = 0

  constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((from, to) => void this.#handle(from, to))
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** `at`: from 1 on; Infinity is none. */
  befall(at: number, fault: Fault): void {
    this.requests = 0
    this.#at = at
    this.#fault = fault
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const fault = ++this.requests === this.#at ? this.#fault : null
    const chunks: Buffer[] = []
    for await (const chunk of from) chunks.push(chunk as Buffer)
    if (fault === 'cut') return void from.socket.destroy()
    if (fault !== null && fault !== 'lost') {
      const { status: code, reason } = fault
      const message = `made by a test: ${reason}`
      to.writeHead(code, { 'content-type': 'application/json' })
      return void to.end(JSON.stringify({ error: { code, message, errors: [{ domain: 'global', reason, message }] } }))
    }
    const { hostname, port } = this.#target
    const { method, url: path, headers } = from
    const own = this.#server.address() as AddressInfo
    const onward = request({ hostname, port, method, path, headers: { ...headers, host: `${hostname}:${own.port}` } })
    onward.end(Buffer.concat(chunks))
    const [answer] = (await once(onward, 'response')) as [IncomingMessage]
    const body: Buffer[] = []
    for await (const chunk of answer) body.push(chunk as Buffer)
    if (fault === 'lost') return void from.socket.destroy()
    to.writeHead(answer.statusCode ?? 502, answer.headers)
    to.end(Buffer.concat(body))
  }
}

let stack: Stack
let proxy: FaultyProxy
let url: string
beforeAll(async () => {
  stack = await startStack({ parts: ['bigquery'], log: () => {} })
  proxy = new FaultyProxy(stack.bigQueryUrl ?? '')
  url = await proxy.listen()
}, 300_000)
afterAll(async () => {
  await proxy?.close()
  await stack?.stop()
}, 60_000)

const soon = async () => new Promise<void>((resolve) => setTimeout(resolve, 5))

/** A dataset of its own, in which a first export has made tables and moved two images. */
async function opened() {
  const settings = parseSettings(stack.env)
  const bigqueryDataset = `faults_${randomBytes(6).toString('hex')}`
  const where = { ...settings, bigqueryApiEndpoint: url, bigqueryDataset, projectId: stack.projectId }
  const warehouse = new BigQueryWarehouse(where)
  const bench = new ExportBench()
  let runs = 0
  const run = () =>
    runExport({
      store: bench.store,
      warehouse,
      runId: `${bigqueryDataset}_r${++runs}`,
      pageRows: 100,
      sleep: soon,
      outOfTime: () => false,
    })
  for (const id of ['a', 'b']) await bench.image(id)
  await bench.stats(0, 2)
  await run()
  return { bench, warehouse, run }
}

/** Of a run, before its jobs: two datasets, then each table and view. */
const ENSURED = 2 + TABLES.length + VIEWS.length

it('moves every row once, though an HTTP request of a run is refused, fails, is cut off or loses its answer', async () => {
  const { bench, warehouse, run } = await opened()
  const ended: Record<string, string[]> = {}
  let revision = 1
  // All of them, in each way, are enumerated at the port (tests/faults/export-bigquery.test.ts): here every third stands for what the client makes of it.
  for (let at = 1; ; at = at === 1 ? ENSURED : at + 3) {
    const fault = FAULTS[revision % FAULTS.length] ?? 'cut'
    revision++
    await bench.image('a', { revision })
    await bench.image(`n${at}`)
    await bench.stats(0, 1 + revision)
    proxy.befall(at, fault)
    const outcome = await run().then(
      () => 'complete',
      (error: unknown) => (error as Error).name,
    )
    const reached = proxy.requests >= at
    const name = typeof fault === 'string' ? fault : fault.reason
    if (reached) (ended[name] ??= []).push(outcome)
    proxy.befall(Infinity, 'cut')
    expect(await run()).toMatchObject({ outcome: 'complete' })
    const images = 1 + revision
    expect(await warehouse.count(IMAGES)).toEqual({ rows: images, keys: images })
    if (!reached) break
  }
  expect(await warehouse.count(CUSTOMER_STATS)).toEqual({ rows: 1, keys: 1 })
  expect(await warehouse.imageRow('2026-11-23', 'c1', 'a')).toMatchObject({ revision })
  // What passes is tried again within the run, and what is refused ends it.
  const { accessDenied, ...passing } = ended
  expect(new Set(accessDenied)).toEqual(new Set(['WarehouseFault']))
  expect(Object.keys(passing).sort()).toEqual(['backendError', 'cut', 'lost', 'quotaExceeded'])
  expect(new Set(Object.values(passing).flat())).toEqual(new Set(['complete']))
}, 600_000)
