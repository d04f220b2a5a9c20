import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import { httpProcessor, type HttpService, type HttpTools } from './http-processor.ts'
import { processImage } from './process-image.ts'
import { defineProfile, step } from './profile.ts'
import { LIMITS, smallImages } from './testing/images.ts'

const never = new AbortController().signal

let now = 0
const pauses: number[] = []
const tools: HttpTools = {
  fetch: (...args) => globalThis.fetch(...args),
  identityToken: async () => 'a-token',
  sleep: async (milliseconds) => void pauses.push(milliseconds),
  clock: () => now,
}

/** A service that answers as `answer` says, one call after the other. */
async function serving(answer: (request: IncomingMessage, response: ServerResponse, call: number) => void) {
  const calls: { readonly headers: IncomingMessage['headers']; readonly body: Buffer }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      calls.push({ headers: request.headers, body: Buffer.concat(chunks) })
      answer(request, response, calls.length)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    calls,
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const service = (url: string, more: Partial<HttpService> = {}): HttpService => ({
  name: 'bytes',
  version: 3,
  url,
  deadlineMs: 5000,
  ...more,
})
const run = async (processor: ReturnType<typeof httpProcessor>, signal = never, settings = {}) =>
  processImage((await smallImages()).jpeg, defineProfile('test', [step(processor, settings)]), LIMITS, signal)

beforeEach(() => {
  now = 0
  pauses.length = 0
})

it('sends the file with what is known of it, and takes JSON as findings', async () => {
  await using there = await serving((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"x":1}'),
  )
  const settings = v.strictObject({ level: v.number() })
  const result = await run(httpProcessor(service(there.url, { settings }), tools), never, { level: 2 })
  expect(result).toMatchObject({ outcome: 'processed', findings: { bytes: { x: 1 } }, outputs: [] })
  const { jpeg } = await smallImages()
  expect(there.calls).toHaveLength(1)
  expect(there.calls[0]?.body.equals(jpeg)).toBe(true)
  expect(there.calls[0]?.headers).toMatchObject({
    'content-type': 'image/jpeg',
    'darkroom-processor': 'bytes@3',
    'darkroom-settings': '{"level":2}',
    authorization: 'Bearer a-token',
  })
  expect(JSON.parse(String(there.calls[0]?.headers['darkroom-facts']))).toEqual(result.input)
})

it('yields nothing where there is nothing to tell', async () => {
  await using there = await serving((_, response) => response.writeHead(204).end())
  expect(await run(httpProcessor(service(there.url), tools))).toMatchObject({ outcome: 'processed', findings: {} })
})

it.each([429, 500, 503])('tries again after %i, with longer and longer pauses', async (status) => {
  await using there = await serving((_, response, call) => response.writeHead(call < 3 ? status : 204).end())
  expect(await run(httpProcessor(service(there.url), tools))).toMatchObject({ outcome: 'processed' })
  expect(there.calls).toHaveLength(3)
  expect(pauses).toEqual([200, 400])
})

it.each([401, 403, 404, 502])(
  '%i for good is no fault of the image: it is thrown, to be tried later',
  async (status) => {
    await using there = await serving((_, response) => response.writeHead(status).end())
    await expect(run(httpProcessor(service(there.url), tools))).rejects.toThrow("bytes can't be reached")
    expect(there.calls).toHaveLength(3)
  },
)

it('a service that is not there is no fault of the image either', async () => {
  const { url } = await (async () => {
    await using there = await serving(() => {})
    return there
  })()
  await expect(run(httpProcessor(service(url), tools))).rejects.toThrow("bytes can't be reached")
})

const refusals: readonly (readonly [string, (response: ServerResponse) => void, string])[] = [
  ['refuses the image', (r) => r.writeHead(422).end('too dark to see'), 'bytes answered 422: too dark to see'],
  [
    'answers more than the limit',
    (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('"'.repeat(2000)),
    'more than 1000 bytes came back',
  ],
  ['answers no JSON', (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{'), 'what is no answer'],
  ['answers another type', (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), 'what is no answer'],
  [
    'yields a file without an extension',
    (r) =>
      r
        .writeHead(200, { 'content-type': 'multipart/form-data; boundary=b' })
        .end(
          '--b\r\nContent-Disposition: form-data; name="o"; filename="x"\r\nContent-Type: image/png\r\n\r\n1\r\n--b--\r\n',
        ),
    'does not match',
  ],
]
it.each(refusals)('fails the image, after one call, where the service %s', async (_, answer, problem) => {
  await using there = await serving((_request, response) => answer(response))
  const result = await run(httpProcessor(service(there.url, { maxAnswerBytes: 1000 }), tools))
  expect(result).toMatchObject({ outcome: 'processor-failed', error: { processor: 'bytes' } })
  expect(String('internal' in result && result.internal)).toContain(problem)
  expect(there.calls).toHaveLength(1)
})

it('ends with processor-timeout where the service does not answer in time', async () => {
  await using there = await serving(() => {})
  const result = await run(httpProcessor(service(there.url, { deadlineMs: 50 }), tools))
  expect(result).toMatchObject({ outcome: 'processor-timeout', error: { processor: 'bytes' } })
})

it('leaves a service alone that failed five times in a row, and tries it again half a minute later', async () => {
  let healthy = false
  await using there = await serving((_, response) => response.writeHead(healthy ? 204 : 500).end())
  const processor = httpProcessor(service(there.url), tools)
  for (let i = 0; i < 5; i++) await expect(run(processor)).rejects.toThrow("can't be reached")
  expect(there.calls).toHaveLength(15)
  healthy = true
  now += 29_999
  await expect(run(processor)).rejects.toThrow('bytes failed 5 times in a row')
  expect(there.calls).toHaveLength(15)
  now += 1
  expect(await run(processor)).toMatchObject({ outcome: 'processed' })
  expect(there.calls).toHaveLength(16)
})

describe('examples/http-processor, for real', () => {
  let server: ChildProcess
  let url: string
  beforeAll(async () => {
    const script = join(__dirname, '../../../examples/http-processor/server.py')
    const child = spawn('python3', [script, '0'], { stdio: ['ignore', 'pipe', 'ignore'] })
    server = child
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    url = `http://127.0.0.1:${/\d+/.exec(line.toString())?.[0]}/`
  })
  afterAll(async () => {
    server.kill()
    await once(server, 'exit')
  })

  it('gives findings', async () => {
    const result = await run(httpProcessor(service(url)))
    expect(result).toMatchObject({
      outcome: 'processed',
      findings: { bytes: { bitsPerByte: expect.any(Number) as number } },
    })
  })

  it('gives findings and an output', async () => {
    const result = await run(httpProcessor(service(url, { settings: v.strictObject({ chart: v.boolean() }) })), never, {
      chart: true,
    })
    expect(result).toMatchObject({
      outcome: 'processed',
      findings: { bytes: { bitsPerByte: expect.any(Number) as number } },
      outputs: [{ name: 'bytes', extension: 'svg', contentType: 'image/svg+xml' }],
    })
  })
})
