import { linkPath, MAX_OPEN_LINKS, type LinksRequest, type ShareDays } from '../contract/customer.ts'
import { imagePath } from '../contract/names.ts'
import type { LogFields } from '../intake/log.ts'
import type { WriteData } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore, type Gate } from '../ledger/testing/memory-store.ts'
import { customerLinks, linkIdOf, MAX_LINK_BYTES } from './customer-links.ts'
import { Refused } from './refused.ts'

const IMAGE = 'a'.repeat(40)
const ADA = { customerId: 'ada', uid: 'ada-1' }
const EVE = { customerId: 'eve', uid: 'eve' }
const START = Instant.parse('2026-11-24T12:00:00Z')
const FIT = { name: 'fit', object: `ada/${IMAGE}/1/fit.webp`, contentType: 'image/webp', bytes: 10 }

let now: Instant
let store: MemoryStore
let gate: Gate
let lines: (readonly [message: string, fields: LogFields])[]
let tokens: number
beforeEach(async () => {
  now = START
  lines = []
  tokens = 0
  gate = () => {}
  store = new MemoryStore({
    now: () => (now = Instant.ofMicros(now.micros + 1)),
    gate: (operation, phase) => gate(operation, phase),
  })
  await image({})
})

const image = (more: WriteData, customerId = 'ada', imageId = IMAGE) =>
  store.transact(async (transaction) =>
    transaction.set(imagePath(customerId, imageId), {
      imageId,
      customerId,
      fileName: '<b>Ferien</b>.heic',
      state: 'processed',
      outputs: [FIT],
      availableUntil: START.plusDays(7),
      expireAt: START.plusDays(400),
      ...more,
    }),
  )
const log = (message: string, fields: LogFields) => void lines.push([message, fields])
const call = (request: LinksRequest, customer = ADA) =>
  customerLinks(
    { store, log: { info: log, warn: log, error: log }, newToken: () => `token-${++tokens}` },
    request,
    customer,
  )
const share = async (days: ShareDays = 3, output = 'fit', customer = ADA) => {
  const answer = await call({ action: 'share', imageId: IMAGE, output, days }, customer)
  return answer.action === 'share' ? answer : Promise.reject(new Error('is no share'))
}
const revoke = (linkId: string, customer = ADA) => call({ action: 'revoke', linkId }, customer)
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error: unknown) => (error instanceof Refused ? [error.code, error.message] : Promise.reject(error as Error)),
  )
const links = () => [...store.dump()].filter(([path]) => path.includes('/links/'))

describe('sharing', () => {
  it('makes a link that is found by a hash of its token, and tells the log all but the token', async () => {
    const { linkId, token, expiresAt } = await share()
    expect([token, linkId]).toEqual(['token-1', linkIdOf('token-1')])
    expect(await store.get(linkPath('ada', linkId))).toEqual({
      linkId,
      customerId: 'ada',
      imageId: IMAGE,
      output: 'fit',
      object: FIT.object,
      contentType: 'image/webp',
      fileName: '<b>Ferien</b>.heic',
      token,
      createdAt: expect.any(Instant) as Instant,
      createdBy: 'ada-1',
      expiresAt: Instant.parse(expiresAt),
      revokedAt: null,
      expireAt: START.plusDays(400),
    })
    expect(lines).toEqual([
      [
        'link made',
        { link: linkId.slice(0, 12), customer: 'ada', image: IMAGE, output: 'fit', by: 'ada-1', expiresAt },
      ],
    ])
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  it.each([1, 3, 7] as const)('for %d days it is open so long, and never longer than what it shows', async (days) => {
    await image({ availableUntil: START.plusDays(5) })
    const { expiresAt } = await share(days)
    const end = Instant.parse(expiresAt)
    expect(Math.round((end.micros - START.micros) / 1e6 / 86_400)).toBe(Math.min(days, 5))
    expect(end.isAfter(START.plusDays(5))).toBe(false)
  })

  it.each<readonly [why: string, record: WriteData, sentence: string]>([
    ['deleted', { deletedAt: START }, 'This image was deleted: restore it before you share it.'],
    ['received', { state: 'received' }, 'This image is not processed yet: share it once its results are there.'],
    ['failed', { state: 'failed' }, 'This image could not be processed, so it has no results to share.'],
    ['without results', { outputs: [], availableUntil: null }, 'This image has no such result.'],
    [
      'too large',
      { outputs: [{ ...FIT, bytes: MAX_LINK_BYTES + 1 }] },
      'This result is larger than 30 MiB, the most that a link can show.',
    ],
    [
      'about to go',
      { availableUntil: START.plusSeconds(3600) },
      'The results of this image go within the hour: too soon for a link.',
    ],
    ['gone', { availableUntil: START }, 'The results of this image go within the hour: too soon for a link.'],
  ])('refuses what is %s, and says so', async (_, record, sentence) => {
    await image(record)
    expect(await refusal(share())).toEqual(['failed-precondition', sentence])
    expect(links()).toEqual([])
    expect(lines).toEqual([])
  })

  it('takes the largest that an answer can hold', async () => {
    await image({ outputs: [{ ...FIT, bytes: MAX_LINK_BYTES }] })
    await expect(share()).resolves.toMatchObject({ action: 'share' })
  })

  it('finds no result of another name, no image that is not there, and none of another customer', async () => {
    expect(await refusal(share(1, 'constructor'))).toEqual(['failed-precondition', 'This image has no such result.'])
    expect(await refusal(share(1, 'fit', EVE))).toEqual(['failed-precondition', 'There is no such image.'])
    expect(links()).toEqual([])
  })

  it('refuses one too many open links of one image, not counting revoked, expired and other images’ ones', async () => {
    for (let i = 0; i < MAX_OPEN_LINKS; i++) await share(1)
    const [code, message] = await refusal(share(1))
    expect(code).toBe('resource-exhausted')
    expect(message).toContain(`${MAX_OPEN_LINKS} open links`)
    await image({}, 'eve')
    await share(1, 'fit', EVE)
    const another = 'b'.repeat(40)
    await image({}, 'ada', another)
    await call({ action: 'share', imageId: another, output: 'fit', days: 1 })
    await revoke(linkIdOf('token-1'))
    await share(7)
    expect((await refusal(share()))[0]).toBe('resource-exhausted')
    now = START.plusDays(1).plusSeconds(60)
    await share(3)
  })

  it('counts in the transaction: of two at the same moment, one is one too many', async () => {
    for (let i = 1; i < MAX_OPEN_LINKS; i++) await share(1)
    const both = Promise.withResolvers<void>()
    let waiting = 0
    gate = ({ kind }, phase) => {
      if (kind !== 'commit' || phase !== 'before' || ++waiting > 2) return
      if (waiting === 2) both.resolve()
      return both.promise
    }
    const results = await Promise.allSettled([share(1), share(1)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(links()).toHaveLength(MAX_OPEN_LINKS)
  })

  it('makes nothing where the store fails', async () => {
    gate = ({ kind }, phase) => {
      if (kind === 'commit' && phase === 'before') throw new Error('the store is down')
    }
    await expect(share()).rejects.toThrow('the store is down')
    expect(links()).toEqual([])
    expect(lines).toEqual([])
  })
})

describe('revoking', () => {
  it('is kept once, at the first time, and told once', async () => {
    const { linkId } = await share()
    expect(await revoke(linkId)).toEqual({ action: 'revoke' })
    const first = await store.get(linkPath('ada', linkId))
    expect(first?.['revokedAt']).toBeInstanceOf(Instant)
    expect(await revoke(linkId)).toEqual({ action: 'revoke' })
    expect(await store.get(linkPath('ada', linkId))).toEqual(first)
    expect(lines.map(([message]) => message)).toEqual(['link made', 'link revoked'])
  })

  it('of another’s link, and of none, is refused alike', async () => {
    const { linkId } = await share()
    const none = ['failed-precondition', 'There is no such link.']
    expect(await refusal(revoke(linkId, EVE))).toEqual(none)
    expect(await refusal(revoke('0'.repeat(64)))).toEqual(none)
    expect(await store.get(linkPath('ada', linkId))).toMatchObject({ revokedAt: null })
  })

  it('may be done by another user of the same customer, and after the image has gone', async () => {
    const { linkId } = await share()
    await store.transact(async (transaction) => transaction.delete(imagePath('ada', IMAGE)))
    await revoke(linkId, { customerId: 'ada', uid: 'ada-2' })
    expect(lines.at(-1)).toMatchObject(['link revoked', { by: 'ada-2' }])
  })
})
