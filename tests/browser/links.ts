/** A share link through the hosting emulator, as whoever was sent one opens it: Hosting, the function, Firestore and Storage are what they are. */
import { DEMO_CUSTOMERS } from '../../demo/customers.ts'
import { LINK_HEADERS } from '../../functions/src/api/open-link.ts'
import { LINK_ADDRESS, type LinksAnswer, type LinksRequest } from '../../functions/src/contract/customer.ts'
import { imagePath } from '../../functions/src/contract/names.ts'
import type { WriteData } from '../../functions/src/ledger/document-store.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import type { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import type { Stack } from '../../stack/stack.ts'
import { call, tokenOf } from '../calls.ts'

const IMAGE = 'a'.repeat(40)
const OWNER = DEMO_CUSTOMERS[1]!
const OTHER = DEMO_CUSTOMERS[2]!
const OBJECT = `${OWNER.id}/${IMAGE}/1/fit.webp`
/** More than one chunk of a stream. */
const BYTES = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i * 7))

/** Changes the record of the owner's one image. */
const write = (store: FirestoreStore, more: WriteData) =>
  store.transact(async (transaction) => transaction.merge(imagePath(OWNER.id, IMAGE), more))

/** Its owner has one image, done, with one result. */
async function prepare({ processedBucket, storageUrl, projectId }: Stack, store: FirestoreStore): Promise<void> {
  const processed = new CloudObjects(processedBucket, { apiEndpoint: storageUrl, projectId })
  await Promise.all([
    processed.create(OBJECT, BYTES, 'image/webp'),
    write(store, {
      imageId: IMAGE,
      customerId: OWNER.id,
      fileName: '<img onerror=alert(1)>.heic',
      state: 'processed',
      outputs: [{ name: 'fit', object: OBJECT, contentType: 'image/webp', bytes: BYTES.length, width: 1, height: 1 }],
      availableUntil: Instant.ofMillis(Date.now()).plusDays(7),
      expireAt: Instant.ofMillis(Date.now()).plusDays(400),
    }),
  ])
}

async function callerOf(stack: Stack, { users }: (typeof DEMO_CUSTOMERS)[number]) {
  const token = await tokenOf(stack, users[0]?.email ?? '')
  return async <Action extends LinksRequest['action']>(data: Extract<LinksRequest, { readonly action: Action }>) =>
    (await call(stack, token, 'customerLinks', data)).answer as {
      readonly result?: Extract<LinksAnswer, { readonly action: Action }>
      readonly error?: object
    }
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const headersOf = (response: Response) => Object.fromEntries(response.headers)

/** By a stack with users, functions and hosting. It shows the result to anybody who has the link, until it is revoked or its image deleted. */
export async function expectLinksToWork(stack: Stack, store: FirestoreStore): Promise<void> {
  await prepare(stack, store)
  const [owner, other] = await Promise.all([callerOf(stack, OWNER), callerOf(stack, OTHER)])
  /** As anybody does: without any sign-in. */
  const open = (token: string, more = '', init: RequestInit = {}) =>
    fetch(`${stack.hostingUrl}${LINK_ADDRESS}${token}${more}`, init)
  const share = { action: 'share', imageId: IMAGE, output: 'fit', days: 3 } as const
  expect(await other(share)).toMatchObject({ error: { message: 'There is no such image.' } })
  const { result: first } = await owner<'share'>(share)
  const { result: second } = await owner<'share'>(share)
  if (first === undefined || second === undefined) throw new Error('was not shared')

  const shown = await open(first.token)
  const headers = headersOf(shown)
  expect(shown.status).toBe(200)
  expect(Buffer.compare(await bytesOf(shown), BYTES)).toBe(0)
  // Hosting's headers for `**` are not put over these.
  expect(headers).toMatchObject(
    Object.fromEntries(Object.entries(LINK_HEADERS).map(([key, value]) => [key.toLowerCase(), value])),
  )
  expect(headers).toMatchObject({
    'content-type': 'image/webp',
    'content-length': String(BYTES.length),
    'content-disposition': "inline; filename*=UTF-8''_img%20onerror%3Dalert%281%29_%20fit.webp",
    'accept-ranges': 'none',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  })
  for (const name of ['set-cookie', 'access-control-allow-origin', 'etag'])
    expect([name, headers[name]]).toEqual([name, undefined])

  // One after the other: the functions emulator starts a process for each that is under way.
  const head = await open(first.token, '', { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), (await bytesOf(head)).length]).toEqual([
    200,
    String(BYTES.length),
    0,
  ])
  const saved = await open(first.token, '?download')
  expect(saved.headers.get('content-disposition')).toMatch(/^attachment; /)
  expect([saved.status, (await bytesOf(saved)).length]).toEqual([200, BYTES.length])
  const part = await open(first.token, '', { headers: { range: 'bytes=0-9', 'if-none-match': '*' } })
  expect([part.status, (await bytesOf(part)).length]).toEqual([200, BYTES.length])
  const posted = await open(first.token, '', { method: 'POST', body: 'x' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])

  const never = await open('B'.repeat(43))
  const nothing = [404, await never.text(), { ...headersOf(never), date: '' }]
  const answerOf = async (response: Response) => [
    response.status,
    await response.text(),
    { ...headersOf(response), date: '' },
  ]
  expect(nothing).toMatchObject([
    404,
    expect.stringContaining('nothing behind this link'),
    { 'cache-control': 'private, no-store' },
  ])
  expect(await answerOf(await open('<script>'))).toEqual(nothing)

  expect(await other({ action: 'revoke', linkId: first.linkId })).toMatchObject({ error: {} })
  for (let i = 0; i < 2; i++)
    expect(await owner({ action: 'revoke', linkId: first.linkId })).toEqual({ result: { action: 'revoke' } })
  expect(await answerOf(await open(first.token))).toEqual(nothing)
  expect(await answerOf(await open(first.token, '?download'))).toEqual(nothing)

  expect((await open(second.token, '', { method: 'HEAD' })).status).toBe(200)
  await write(store, { deletedAt: Instant.ofMillis(Date.now()) })
  expect(await answerOf(await open(second.token))).toEqual(nothing)
}
