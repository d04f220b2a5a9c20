import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Call } from './google-api.ts'
import { GoogleRest } from './google-rest.ts'

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
type Script = readonly (Answer | 'hang up')[]

let server: Server
let address: string
let script: (Answer | 'hang up')[]
let received: { readonly request: IncomingMessage; readonly body: string }[]
let pauses: number[]
let api: GoogleRest

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  received.push({ request, body: await text(request) })
  const next = script.shift() ?? { status: 500, body: 'the script has ended' }
  if (next === 'hang up') {
    request.socket.destroy()
    return
  }
  response.writeHead(next.status, next.headers ?? {})
  response.end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body ?? {}))
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  script = []
  received = []
  pauses = []
  api = new GoogleRest({
    quotaProject: 'my-project',
    authorize: () => Promise.resolve('Bearer token'),
    pause: (milliseconds) => Promise.resolve(pauses.push(milliseconds)),
  })
})

const call = (more: Partial<Call> = {}, answers: Script = [{ status: 200 }]): Promise<unknown> => {
  script = [...answers]
  return api.call({ method: 'GET', url: `${address}/storage/v1/b/images`, ...more })
}
const BUSY = { status: 503, body: { error: { code: 503, message: 'busy', errors: [{ reason: 'backendError' }] } } }
const OK = { status: 200, body: { name: 'images' } }

describe('a call', () => {
  it('carries who asks, whose quota it takes, its query and its body', async () => {
    const query = { names: ['a b', 'c&d'], view: 'full' }
    expect(await call({ method: 'PATCH', query, body: { cors: [] } }, [OK])).toEqual({ name: 'images' })
    const [{ request, body } = { request: null, body: '' }] = received
    expect(request).toMatchObject({
      method: 'PATCH',
      url: '/storage/v1/b/images?names=a+b&names=c%26d&view=full',
      headers: {
        authorization: 'Bearer token',
        'x-goog-user-project': 'my-project',
        'content-type': 'application/json',
      },
    })
    expect(JSON.parse(body)).toEqual({ cors: [] })
  })

  it('without a body sends none', async () => {
    await call({ method: 'POST' })
    expect(received[0]?.body).toBe('')
    expect(received[0]?.request.headers).not.toHaveProperty('content-type')
  })

  it('takes an empty answer for an empty object', async () => {
    expect(await call({}, [{ status: 204, body: '' }])).toEqual({})
  })
})

describe('what may pass', () => {
  it.each<readonly [Call['method'], string, Answer | 'hang up']>([
    ['GET', '', BUSY],
    ['GET', '', { status: 500, body: 'oops' }],
    ['GET', '', { status: 429, body: {} }],
    ['GET', '', { status: 403, body: { error: { code: 403, errors: [{ reason: 'userRateLimitExceeded' }] } } }],
    ['GET', '', 'hang up'],
    ['PATCH', '', BUSY],
    ['PUT', '', 'hang up'],
    ['POST', '', { status: 429, body: {} }],
    ['POST', ':getIamPolicy', BUSY],
    ['POST', ':testIamPermissions', 'hang up'],
  ])('is tried again: %s%s after %j', async (method, verb, fault) => {
    const url = `${address}/v1/projects/p${verb}`
    expect(await call({ method, url }, [fault, fault, OK])).toEqual({ name: 'images' })
    expect(pauses).toHaveLength(2)
    expect(pauses[0]).toBeGreaterThanOrEqual(500)
    expect(pauses[1]).toBeGreaterThanOrEqual(1000)
  })

  it.each<readonly [string, Answer | 'hang up', object]>([
    ['a fault', BUSY, { status: 503, reason: 'backendError' }],
    ['no answer', 'hang up', { status: 0, reason: 'unreachable' }],
  ])('is not tried again where it might make something twice: POST after %s', async (_what, fault, error) => {
    await expect(call({ method: 'POST' }, [fault, OK])).rejects.toMatchObject({ name: 'ApiError', ...error })
    expect(received).toHaveLength(1)
  })

  it('ends as what it was after six times', async () => {
    await expect(
      call(
        {},
        Array.from({ length: 9 }, () => BUSY),
      ),
    ).rejects.toMatchObject({ status: 503, message: 'busy' })
    expect(received).toHaveLength(6)
  })

  it('waits as long as Google asks for', async () => {
    await call({}, [{ ...BUSY, headers: { 'retry-after': '17' } }, OK])
    expect(pauses).toEqual([17_000])
  })
})

describe('a refusal', () => {
  it.each<readonly [string, unknown, number, string, string]>([
    [
      'as newer APIs say it',
      {
        error: {
          code: 403,
          message: 'Firestore API has not been used',
          status: 'PERMISSION_DENIED',
          details: [
            { '@type': 'type.googleapis.com/google.rpc.Help' },
            { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' },
          ],
        },
      },
      403,
      'SERVICE_DISABLED',
      'Firestore API has not been used',
    ],
    ['without details', { error: { message: 'gone', status: 'NOT_FOUND' } }, 404, 'NOT_FOUND', 'gone'],
    [
      'as Cloud Storage and BigQuery say it',
      { error: { code: 409, message: 'taken', errors: [{ domain: 'global', reason: 'conflict', message: 'taken' }] } },
      409,
      'conflict',
      'taken',
    ],
    ['of a token', { error: 'invalid_grant', error_description: 'reauth' }, 400, 'invalid_grant', 'reauth'],
    ['without JSON', '<html>Not Found</html>', 404, 'unknown', '<html>Not Found</html>'],
    ['without anything', '', 400, 'unknown', 'HTTP 400 without a message'],
    ['with JSON that is no error', '"no"', 400, 'unknown', '"no"'],
  ])('%s', async (_what, body, status, reason, message) => {
    await expect(call({}, [{ status, body }])).rejects.toMatchObject({ name: 'ApiError', status, reason, message })
    expect(received).toHaveLength(1)
  })

  it('of credentials says what to do, and asks nothing of Google', async () => {
    const none = new GoogleRest({ quotaProject: 'p', authorize: () => Promise.reject(new Error('no token')) })
    await expect(none.call({ method: 'GET', url: address })).rejects.toThrow('no token')
    expect(received).toHaveLength(0)
  })
})
