import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LinkAnswer, LinkOpening } from './open-link.ts'
import { sendLink } from './send-link.ts'

const CHUNK = Buffer.alloc(100_000, 1)

/** What a client on the other end of a real connection gets. */
async function served(
  answer: (opening: LinkOpening) => Promise<LinkAnswer>,
  client: (url: string) => Promise<void>,
  seconds = 60,
): Promise<void> {
  const sending = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    sendLink(request, response, seconds, answer).then(sending.resolve, sending.reject)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await client(`http://127.0.0.1:${(server.address() as AddressInfo).port}/s/x?download`)
    await sending.promise
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
const shown = (body: LinkAnswer['body'], bytes: number): LinkAnswer => ({
  status: 200,
  headers: { 'Content-Length': String(bytes) },
  body,
})

it('sends a stream whole, having asked by method, path and query', async () => {
  const openings: LinkOpening[] = []
  async function* body() {
    yield CHUNK
    yield CHUNK
  }
  await served(
    async (opening) => {
      openings.push(opening)
      return shown(body(), 200_000)
    },
    async (url) => {
      const response = await fetch(url)
      expect(response.status).toBe(200)
      expect((await response.arrayBuffer()).byteLength).toBe(200_000)
    },
  )
  expect(openings).toMatchObject([{ method: 'GET', url: '/s/x?download' }])
})

it('sends what is no stream, and no body to a HEAD', async () => {
  const text = { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'nothing' }
  await served(
    async () => text,
    async (url) => expect(await (await fetch(url)).text()).toBe('nothing'),
  )
  await served(
    async () => shown(null, 200_000),
    async (url) => {
      const response = await fetch(url, { method: 'HEAD' })
      expect([response.headers.get('content-length'), await response.text()]).toEqual(['200000', ''])
    },
  )
})

it('cuts the connection where a stream breaks off: nobody takes a part for the whole', async () => {
  async function* body() {
    yield CHUNK
    throw new Error('storage is down')
  }
  await served(
    async () => shown(body(), 200_000),
    async (url) => {
      const response = await fetch(url)
      await expect(response.arrayBuffer()).rejects.toThrow('terminated')
    },
  )
})

it('ends the stream once the client has gone', async () => {
  const ended = Promise.withResolvers<AbortSignal>()
  await served(
    async ({ signal }) => {
      async function* body() {
        try {
          // More than any buffer on the way holds.
          for (;;) yield CHUNK
        } finally {
          ended.resolve(signal)
        }
      }
      return shown(body(), 1e12)
    },
    async (url) => {
      const [response] = (await once(get(url), 'response')) as [IncomingMessage]
      response.destroy()
    },
  )
  expect((await ended.promise).aborted).toBe(true)
})

it('breaks off what takes too long', async () => {
  await served(
    async ({ signal }) => {
      async function* body() {
        yield CHUNK
        await once(signal, 'abort')
        signal.throwIfAborted()
      }
      return shown(body(), 200_000)
    },
    async (url) => {
      const response = await fetch(url)
      await expect(response.arrayBuffer()).rejects.toThrow('terminated')
    },
    0.05,
  )
})
