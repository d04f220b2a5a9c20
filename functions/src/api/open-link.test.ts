import { createHash } from 'node:crypto'
import { linkPath } from '../contract/customer.ts'
import { erasurePath, imagePath } from '../contract/names.ts'
import type { LogFields } from '../intake/log.ts'
import type { WriteData } from '../ledger/document-store.ts'
import { customerHash } from '../ledger/erasure.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore, type Operation } from '../ledger/testing/memory-store.ts'
import { MAX_LINK_BYTES } from './customer-links.ts'
import { LINK_HEADERS, NOT_FOUND, openLink, type LinkAnswer, type LinkObject } from './open-link.ts'

const TOKEN = 'A'.repeat(42) + '8'
const LINK = createHash('sha256').update(TOKEN).digest('hex')
const IMAGE = 'a'.repeat(40)
const OBJECT = `ada/${IMAGE}/1/fit.webp`
const START = Instant.parse('2026-11-24T12:00:00Z')
const BYTES = Uint8Array.from({ length: 300 }, (_, i) => i)
const FIELDS = { link: LINK.slice(0, 12), customer: 'ada', image: IMAGE }

let now: Instant
let store: MemoryStore
let operations: string[]
let atStore: (operation: Operation) => void
let lines: (readonly [level: string, message: string, fields: LogFields])[]
let objects: Map<string, LinkObject>
let isClosed: boolean
beforeEach(async () => {
  now = START
  lines = []
  operations = []
  atStore = () => {}
  isClosed = false
  store = new MemoryStore({
    now: () => now,
    gate: (operation, phase) => {
      if (phase === 'before') operations.push(`${operation.kind} ${operation.path.split('/')[0]}`)
      atStore(operation)
    },
  })
  objects = new Map([[OBJECT, objectOf([BYTES.subarray(0, 100), BYTES.subarray(100)])]])
  await set({ [imagePath('ada', IMAGE)]: { state: 'processed', deletedAt: null } })
  await link({})
  operations = []
})

/** A stream of these; what is an Error is thrown. */
const objectOf = (parts: readonly (Uint8Array | Error)[], bytes = BYTES.length): LinkObject => ({
  bytes,
  async *content() {
    try {
      for (const part of parts) {
        if (part instanceof Error) throw part
        yield part
      }
    } finally {
      isClosed = true
    }
  },
})
const set = (documents: Readonly<Record<string, WriteData>>) =>
  store.transact(async (transaction) => {
    for (const [path, data] of Object.entries(documents)) transaction.set(path, data)
  })
const link = (more: WriteData) =>
  set({
    [linkPath('ada', LINK)]: {
      linkId: LINK,
      customerId: 'ada',
      imageId: IMAGE,
      output: 'fit',
      object: OBJECT,
      contentType: 'image/webp',
      fileName: 'Ferien.heic',
      token: TOKEN,
      createdAt: START,
      createdBy: 'ada',
      expiresAt: START.plusDays(1),
      revokedAt: null,
      ...more,
    },
  })
const log = (level: string) => (message: string, fields: LogFields) => void lines.push([level, message, fields])
const deps = () => ({
  store,
  find: async (name: string) => objects.get(name) ?? null,
  log: { info: log('info'), warn: log('warn'), error: log('error') },
  now: () => new Date(now.toMillis()),
})
const open = (url = `/s/${TOKEN}`, method = 'GET', signal = new AbortController().signal) =>
  openLink(deps(), { method, url, signal })
const received = async ({ body }: LinkAnswer): Promise<Uint8Array> => {
  if (body === null || typeof body === 'string') throw new Error(`no stream: ${body}`)
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}
const outcomes = () => lines.map(([level, message, fields]) => `${level} ${message} ${String(fields['outcome'])}`)

it('shows the result to whoever has the link, as what it is and as nothing that could run or be kept', async () => {
  const answer = await open()
  expect(answer.status).toBe(200)
  expect(answer.headers).toEqual({
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Type': 'image/webp',
    'Content-Length': '300',
    'Content-Disposition': "inline; filename*=UTF-8''Ferien%20fit.webp",
    'Accept-Ranges': 'none',
  })
  expect(await received(answer)).toEqual(BYTES)
  expect(lines).toEqual([['info', 'link used', { ...FIELDS, outcome: 'shown' }]])
  expect(isClosed).toBe(true)
})

it('asks for what an image is to a HEAD, and reads none of it', async () => {
  const { status, headers, body } = await open(`/s/${TOKEN}`, 'HEAD')
  expect([status, headers, body]).toEqual([200, (await open()).headers, null])
  expect(outcomes()[0]).toBe('info link used asked')
})

it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'get'])('takes no %s', async (method) => {
  const { status, headers } = await open(`/s/${TOKEN}`, method)
  expect([status, headers]).toEqual([405, expect.objectContaining({ ...LINK_HEADERS, Allow: 'GET, HEAD' })])
  expect(operations).toEqual([])
})

it.each(['?download', '?download=1', '?a=b&download'])('is saved rather than shown with %s', async (query) => {
  const { headers } = await open(`/s/${TOKEN}${query}`)
  expect(headers['Content-Disposition']).toBe("attachment; filename*=UTF-8''Ferien%20fit.webp")
  expect(headers['Content-Type']).toBe('image/webp')
})

describe('what opens nothing', () => {
  it.each([
    ['', '/s', '/s/', '/', '/S/', '//s/'],
    ['of another length', `/s/${TOKEN}A`, `/s/${TOKEN.slice(1)}`],
    ['elsewhere', `/${TOKEN}`, `/t/${TOKEN}`, `/x/s/${TOKEN}`, `/s/${TOKEN}/`, `/s/a/${TOKEN}`, `/s//${TOKEN}`],
    ['with more', `/s/${TOKEN}/../x`, `/s/${TOKEN}%2e`, `/s/${TOKEN}\n`, `/s/${TOKEN}#`, `/s/%41${TOKEN.slice(1)}`],
    ['of no such letters', `/s/${'ä'.repeat(43)}`, `/s/${'.'.repeat(43)}`, `/s/${'/'.repeat(43)}`],
    ['a name of every object', '/s/__proto__', '/s/constructor', `http://evil.example/s/${TOKEN}`],
    ['the link’s id', `/s/${LINK}`, `/s/${LINK.slice(0, 43)}`.slice(0, 45)],
  ])('has one answer, and asks for nothing: %s %s', async (...urls) => {
    for (const url of urls.slice(1)) expect([url, await open(url)]).toEqual([url, NOT_FOUND])
    expect(operations).toEqual([])
    expect(lines).toEqual([])
  })

  it('takes the same reads where it never was and where it was, and does not tell', async () => {
    const never = await open(`/s/${'B'.repeat(43)}`)
    const reads = operations.splice(0)
    expect(reads).toHaveLength(3)
    expect(lines).toEqual([])
    for (const more of [{ revokedAt: START }, { expiresAt: START }]) {
      await link(more)
      operations = []
      expect(await open()).toEqual(never)
      expect(operations).toEqual(reads)
    }
    expect(never).toBe(NOT_FOUND)
  })

  it.each<readonly [why: string, outcome: string, change: () => unknown]>([
    ['is revoked', 'revoked', () => link({ revokedAt: START })],
    ['expires at this moment', 'expired', () => link({ expiresAt: START })],
    ['has expired', 'expired', () => (now = START.plusDays(2))],
    ['is of a deleted image', 'deleted', () => set({ [imagePath('ada', IMAGE)]: { deletedAt: START } })],
    ['is of no image', 'deleted', () => store.transact(async (t) => t.delete(imagePath('ada', IMAGE)))],
    ['is of an erased customer', 'deleted', () => set({ [erasurePath(customerHash('ada'))]: { open: true } })],
    ['shows what has gone', 'gone', () => objects.clear()],
    ['shows what is too large', 'gone', () => objects.set(OBJECT, objectOf([], MAX_LINK_BYTES + 1))],
  ])('is what %s, and the log says why', async (_, outcome, change) => {
    await change()
    expect(await open()).toBe(NOT_FOUND)
    expect(await open(undefined, 'HEAD')).toBe(NOT_FOUND)
    const line = ['info', 'link used', { ...FIELDS, outcome }]
    expect(lines).toEqual([line, line])
  })

  it('is not what expires a moment later', async () => {
    await link({ expiresAt: Instant.ofMillis(START.toMillis() + 1) })
    expect((await open()).status).toBe(200)
  })

  it('says so to people, and repeats nothing of what was asked', () => {
    expect(NOT_FOUND).toEqual({
      status: 404,
      headers: { ...LINK_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' },
      body: expect.stringMatching(/expired.*abgelaufen/s) as string,
    })
  })
})

describe('what is shown', () => {
  it.each(['image/webp', 'image/avif', 'image/jpeg', 'image/png', 'image/gif'])('is %s', async (contentType) => {
    await link({ contentType })
    const { headers } = await open()
    expect(headers['Content-Type']).toBe(contentType)
    expect(headers['Content-Disposition']).toMatch(/^inline; /)
  })

  it.each([
    'image/svg+xml',
    'text/html',
    'application/xhtml+xml',
    'IMAGE/PNG',
    'image/png; charset=x',
    'image/png\r\nX-Evil: 1',
    '',
    'constructor',
    '__proto__',
  ])('is not %p: that is only saved, as bytes', async (contentType) => {
    await link({ contentType, object: OBJECT, fileName: 'page.html' })
    const { headers } = await open()
    expect(headers['Content-Type']).toBe('application/octet-stream')
    expect(headers['Content-Disposition']).toBe("attachment; filename*=UTF-8''page%20fit.bin")
  })

  it.each([
    ['photo.jpg', 'photo%20fit.webp'],
    ['photo.tar.gz', 'photo.tar%20fit.webp'],
    ["it's (1)*!.png", 'it%27s%20%281%29_!%20fit.webp'],
    ['日本.png', '%E6%97%A5%E6%9C%AC%20fit.webp'],
    ['a"; filename="b.exe', 'a__%20filename=_b%20fit.webp'.replace('__', '_%3B').replace('=', '%3D')],
    ['x\r\nSet-Cookie: a=b', 'x__Set-Cookie_%20a%3Db%20fit.webp'],
    ['gpj.\u202eexe', 'gpj._exe%20fit.webp'],
    ['a\u202eexe.png', 'a_exe%20fit.webp'],
    ['../../etc/passwd', '_.._etc_passwd%20fit.webp'],
    ['..', 'image%20fit.webp'],
    ['.htaccess', 'htaccess%20fit.webp'],
    ['', 'image%20fit.webp'],
    ['CON.png', '_CON%20fit.webp'],
    ['\ud800.png', '%EF%BF%BD%20fit.webp'],
    ['<img onerror=x>.png', '_img%20onerror%3Dx_%20fit.webp'],
  ])('and is called, where it was %p: %s', async (fileName, name) => {
    // What the store holds is always well-formed; what is shown of it must be so in any case.
    await link({ fileName: fileName.toWellFormed() })
    const { headers } = await open()
    const disposition = headers['Content-Disposition'] ?? ''
    expect(disposition).toBe(`inline; filename*=UTF-8''${name}`)
    expect(disposition).toMatch(/^inline; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/)
  })

  it('has a name that a file system takes, however long the image’s is', async () => {
    await link({ fileName: `${'😀'.repeat(1000)}.png`, output: 'x'.repeat(64) })
    const name = decodeURIComponent((await open()).headers['Content-Disposition']?.split("''")[1] ?? '')
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
    expect(name).toMatch(/^😀+ x{40}\.webp$/u)
  })
})

describe('where something fails', () => {
  it('in Firestore, says that it can’t be shown now, and never that there is nothing', async () => {
    atStore = () => {
      throw new Error('the store is down')
    }
    const answer = await open()
    expect(answer).toMatchObject({ status: 503, headers: { ...LINK_HEADERS, 'Retry-After': '60' } })
    expect(lines).toMatchObject([['error', 'link not opened', { link: FIELDS.link }]])
    expect(JSON.stringify([lines, answer])).not.toContain(TOKEN)
  })

  it('in Storage, before the first byte, likewise', async () => {
    objects.set(OBJECT, objectOf([new Error('storage is down')]))
    expect(await open()).toMatchObject({ status: 503 })
    const find = () => Promise.reject(new Error('storage is down'))
    const { signal } = new AbortController()
    expect(await openLink({ ...deps(), find }, { method: 'GET', url: `/s/${TOKEN}`, signal })).toMatchObject({
      status: 503,
    })
    expect(lines.map(([level]) => level)).toEqual(['error', 'error'])
  })

  it.each<readonly [why: string, error: string, parts: readonly (Uint8Array | Error)[]]>([
    ['breaks off', 'reset', [BYTES.subarray(0, 100), BYTES.subarray(100, 200), new Error('reset')]],
    ['is found damaged at the end', 'checksum', [BYTES, new Error('checksum')]],
    ['is too short', '299 bytes of 300', [BYTES.subarray(0, 299)]],
    ['is too long', '301 bytes of 300', [BYTES, BYTES.subarray(0, 1)]],
    ['never comes', '0 bytes of 300', []],
  ])('in Storage, later, the answer is cut short: what %s', async (_, error, parts) => {
    objects.set(OBJECT, objectOf(parts))
    const { status, headers, body } = await open()
    expect([status, headers['Content-Length']]).toEqual([200, '300'])
    let sent = 0
    await expect(
      (async () => {
        for await (const part of body as AsyncIterable<Uint8Array>) sent += part.length
      })(),
    ).rejects.toThrow(error)
    // Less than was said: nobody takes it for the whole.
    expect(sent).toBeLessThan(300)
    expect(outcomes()).toEqual(['error link not shown whole undefined'])
    expect(isClosed).toBe(true)
  })

  it('ends what it reads once nobody waits any more, and that is no error', async () => {
    const body = (await open()).body as AsyncIterable<Uint8Array>
    for await (const part of body) {
      expect(part.length).toBe(100)
      break
    }
    expect(isClosed).toBe(true)
    expect(outcomes()).toEqual(['info link used left'])

    const left = new AbortController()
    objects.set(OBJECT, {
      bytes: 300,
      async *content(signal) {
        yield BYTES.subarray(0, 100)
        left.abort()
        signal.throwIfAborted()
      },
    })
    await expect(received(await open(undefined, 'GET', left.signal))).rejects.toThrow('aborted')
    expect(outcomes()).toEqual(['info link used left', 'info link used left'])
    // Before the first byte.
    objects.set(OBJECT, objectOf([new Error('cut off')]))
    expect(await open(undefined, 'GET', left.signal)).toMatchObject({ status: 503 })
    expect(lines).toHaveLength(2)
  })

  it('ends what takes too long, and that is one', async () => {
    const late = AbortSignal.abort(Object.assign(new Error('too late'), { name: 'TimeoutError' }))
    objects.set(OBJECT, objectOf([late.reason as Error]))
    expect(await open(undefined, 'GET', late)).toMatchObject({ status: 503 })
    objects.set(OBJECT, objectOf([BYTES.subarray(0, 100), late.reason as Error]))
    await expect(received(await open(undefined, 'GET', late))).rejects.toThrow('too late')
    expect(outcomes()).toEqual(['error link not opened undefined', 'error link not shown whole undefined'])
  })
})
