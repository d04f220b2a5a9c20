import type { ImageRecord } from '../contract/record.ts'
import { erasurePath, imagePath } from '../contract/names.ts'
import type { ClaimRequest } from './claim.ts'
import { unseen, type Ending } from './commit.ts'
import { customerHash } from './erasure.ts'
import { Instant } from './instant.ts'
import { asRecord, Ledger, type Claim } from './ledger.ts'
import { fixReportingZone } from './reporting-zone.ts'
import { MemoryStore } from './testing/memory-store.ts'

const settings = { leaseSeconds: 360, recordDays: 400, retentionDays: 7, statsShards: 1 }
const ID = 'ab'.repeat(20)
const request: ClaimRequest = {
  imageId: ID,
  name: { source: 'web', customerId: 'c1', uploadId: 'u1', fileName: 'a.jpg' },
  raw: {
    name: 'web/c1/u1/a.jpg',
    generation: '1',
    bytes: 1000,
    contentType: 'image/jpeg',
    metadata: {},
    crc32c: 'AAAAAA==',
    createdAt: Instant.parse('2026-11-23T11:59:00Z'),
  },
  date: '2026-11-23',
  via: 'event',
  holder: 'delivery-1',
  quotaExceeded: false,
}
const corrupt = unseen({ code: 'corrupt', message: 'damaged' })
const processed: Ending = { ...corrupt, error: null, format: 'jpeg', milliseconds: 5 }

let now: Instant
let store: MemoryStore
let ledger: Ledger
beforeEach(() => {
  now = Instant.parse('2026-11-23T12:00:00Z')
  store = new MemoryStore({ now: () => (now = Instant.ofMicros(now.micros + 1)) })
  ledger = new Ledger(store, settings)
})

async function claimWork(changes: Partial<ClaimRequest> = {}) {
  const claim = await ledger.claim({ ...request, ...changes })
  if (claim.kind !== 'work') throw new Error(`expected work, was ${claim.kind}`)
  return claim
}
async function recordOf(imageId = ID): Promise<ImageRecord<Instant>> {
  const data = await store.get(imagePath('c1', imageId))
  if (data === null) throw new Error('no record')
  return asRecord(data)
}
const cellsOf = async () => (await store.get('customers/c1/stats/2026-11-23~0'))?.['cells']

describe('a claim', () => {
  it('creates the customer with its first image, and leaves it as it is from then on', async () => {
    await claimWork()
    const customer = await store.get('customers/c1')
    expect(customer).toMatchObject({ name: 'c1', kind: 'web', createdAt: expect.any(Instant) as Instant })
    await store.transact(async (transaction) => transaction.merge('customers/c1', { name: 'Ada' }))
    await claimWork({ imageId: 'cd'.repeat(20), name: { ...request.name, source: 'kafka' } })
    expect(await store.get('customers/c1')).toEqual({ ...customer, name: 'Ada' })
  })

  it('is the same claim where one delivery asks twice, since the first answer was lost', async () => {
    const first = await ledger.claim(request)
    const second = await ledger.claim(request)
    expect(first).toMatchObject({ kind: 'work', fence: { attempt: 1 } })
    expect(second).toMatchObject({ kind: 'work', fence: { attempt: 1 } })
  })

  it('is given to one of many at once', async () => {
    const claims = await Promise.all(
      Array.from({ length: 5 }, (_, i) => ledger.claim({ ...request, holder: `delivery-${i}` })),
    )
    const kinds: Claim['kind'][] = claims.map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(['busy', 'busy', 'busy', 'busy', 'work'])
    expect(await recordOf()).toMatchObject({ attempt: 1, revision: 1 })
  })

  it('answers with the record as it was written', async () => {
    const { record, fence } = await claimWork()
    const { updatedAt: _, ...written } = await recordOf()
    expect(record).toMatchObject(written)
    expect(fence).toEqual({ customerId: 'c1', imageId: ID, attempt: 1 })
  })

  it('that writes nothing changes nothing', async () => {
    await ledger.commit((await claimWork()).fence, processed)
    const before = store.dump()
    expect(await ledger.claim(request)).toEqual({ kind: 'skip', reason: 'already-ended' })
    expect(await ledger.claim({ ...request, imageId: 'cd'.repeat(20), raw: null })).toMatchObject({
      reason: 'no-object',
    })
    expect(store.dump()).toEqual(before)
  })

  it('over the quota ends, and is counted, in that same transaction', async () => {
    const claim = await ledger.claim({ ...request, quotaExceeded: true })
    expect(claim).toMatchObject({
      kind: 'ended',
      record: { state: 'failed', error: { code: 'quota-exceeded' }, attempt: 0 },
    })
    expect(await cellsOf()).toMatchObject({ 'web~unknown~quota-exceeded': { images: 1 } })
  })
})

describe('a commit', () => {
  it('writes record and counters together, and tells again what it told', async () => {
    const { fence } = await claimWork()
    expect(await ledger.commit(fence, processed)).toMatchObject({ kind: 'committed', record: { state: 'processed' } })
    const before = store.dump()
    expect(await ledger.commit(fence, processed)).toMatchObject({ kind: 'already-committed' })
    expect(await ledger.commit(fence, corrupt)).toMatchObject({ kind: 'already-committed', record: { error: null } })
    expect(store.dump()).toEqual(before)
    expect(await cellsOf()).toMatchObject({ 'web~jpeg~processed': { images: 1, bytesIn: 1000, histogram: { '9': 1 } } })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['whose record has gone', async () => store.transact(async (t) => t.delete(imagePath('c1', ID)))],
    ['that gave its lease back', async () => ledger.release({ customerId: 'c1', imageId: ID, attempt: 1 })],
    [
      'that was taken over',
      async () => {
        now = now.plusSeconds(361)
        return claimWork({ via: 'redrive' })
      },
    ],
  ])('of an attempt %s is void', async (_what, lose) => {
    const { fence } = await claimWork()
    await lose()
    const before = store.dump()
    expect(await ledger.commit(fence, processed)).toEqual({ kind: 'superseded' })
    expect(store.dump()).toEqual(before)
  })

  it('of an attempt whose lease has expired, but that nobody took over, stands', async () => {
    const { fence } = await claimWork()
    now = now.plusSeconds(10_000)
    expect(await ledger.commit(fence, processed)).toMatchObject({ kind: 'committed' })
  })

  it('of what the store refuses ends as record-rejected, counted under what the bytes are', async () => {
    const { fence } = await claimWork()
    const committed = await ledger.commit(fence, { ...processed, findings: { large: 'x'.repeat(2 ** 20) } })
    expect(committed).toMatchObject({
      kind: 'committed',
      record: { state: 'failed', error: { code: 'record-rejected' } },
    })
    expect(await recordOf()).toMatchObject({ findings: {}, outputs: [] })
    expect(Object.keys((await cellsOf()) as object)).toEqual(['web~jpeg~record-rejected'])
  })
})

describe('a lease given back', () => {
  it('can be claimed at once, without a death', async () => {
    const { fence } = await claimWork()
    await ledger.release(fence)
    expect(await claimWork()).toMatchObject({ fence: { attempt: 2 }, record: { lost: 0 } })
  })

  it('by one that no longer holds it changes nothing', async () => {
    const { fence } = await claimWork()
    now = now.plusSeconds(361)
    const taken = await claimWork({ via: 'redrive' })
    const before = store.dump()
    await ledger.release(fence)
    expect(store.dump()).toEqual(before)
    await ledger.commit(taken.fence, processed)
    const ended = store.dump()
    await ledger.release(taken.fence)
    await ledger.release({ ...fence, imageId: 'cd'.repeat(20) })
    expect(store.dump()).toEqual(ended)
  })
})

describe('a replay', () => {
  it('opens a failed image again; its end then corrects the counters', async () => {
    await ledger.commit((await claimWork()).fence, corrupt)
    expect(await ledger.replay('c1', ID, true)).toMatchObject({ job: { kind: 'replay', leaseUntil: null }, lost: 0 })
    expect(await recordOf()).toMatchObject({ state: 'failed', counted: { outcome: 'corrupt' } })
    expect(await cellsOf()).toMatchObject({ 'web~unknown~corrupt': { images: 1 } })
    const { fence } = await claimWork({ via: 'redrive' })
    expect(fence.attempt).toBe(2)
    await ledger.commit(fence, processed)
    expect(await cellsOf()).toMatchObject({
      'web~unknown~corrupt': { images: 0, bytesIn: 0, histogram: { '0': 0 } },
      'web~jpeg~processed': { images: 1, bytesIn: 1000, reprocessed: 0 },
    })
  })

  it('is due at once, so that reconcile finds it where its task is lost', async () => {
    await ledger.commit((await claimWork()).fence, corrupt)
    await ledger.replay('c1', ID, true)
    const { dueAt } = await recordOf()
    expect(dueAt?.isAfter(now)).toBe(false)
  })

  it('is refused for an image that is not there, not failed, at work, or without its raw object', async () => {
    expect(await ledger.replay('c1', ID, true)).toBe('not-found')
    const { fence } = await claimWork()
    expect(await ledger.replay('c1', ID, true)).toBe('busy')
    await ledger.commit(fence, corrupt)
    expect(await ledger.replay('c1', ID, false)).toBe('raw-expired')
    await ledger.replay('c1', ID, true)
    expect(await ledger.replay('c1', ID, true)).toBe('busy')
    await ledger.commit((await claimWork()).fence, processed)
    const before = store.dump()
    expect(await ledger.replay('c1', ID, true)).toBe('not-failed')
    expect(store.dump()).toEqual(before)
  })
})

describe('a reprocess', () => {
  const seen: Ending = { ...processed, profileVersion: 'p1' }

  it('pins its profile, corrects the counters and is counted', async () => {
    await ledger.commit((await claimWork()).fence, seen)
    expect(await ledger.reprocess('c1', ID, 'p2', true)).toMatchObject({
      state: 'processed',
      job: { kind: 'reprocess', profileVersion: 'p2', leaseUntil: null },
    })
    const { fence, record } = await claimWork({ via: 'redrive' })
    expect(record.job).toMatchObject({ kind: 'reprocess', profileVersion: 'p2', attempt: 2 })
    await ledger.commit(fence, { ...seen, milliseconds: 9, profileVersion: 'p2' })
    expect(await cellsOf()).toMatchObject({
      'web~jpeg~processed': { images: 1, reprocessed: 1, milliseconds: 9, bytesIn: 1000 },
    })
  })

  it('also opens a record that was written before there was any of this', async () => {
    await ledger.commit((await claimWork()).fence, seen)
    const {
      reprocess: _reprocess,
      earlier: _earlier,
      sameAs: _sameAs,
      ...old
    } = (await store.get(imagePath('c1', ID))) ?? {}
    await store.transact(async (transaction) => transaction.set(imagePath('c1', ID), old))
    await ledger.reprocess('c1', ID, 'p2', true)
    await ledger.commit((await claimWork({ via: 'redrive' })).fence, seen)
    expect(await recordOf()).toMatchObject({ reprocess: { error: null }, earlier: [], sameAs: null })
  })

  it('that fails leaves the counters as they were, also where the claim decides it', async () => {
    await ledger.commit((await claimWork()).fence, seen)
    const before = await cellsOf()
    await ledger.reprocess('c1', ID, 'p2', true)
    await ledger.commit((await claimWork({ via: 'redrive' })).fence, corrupt)
    expect(await recordOf()).toMatchObject({ state: 'processed', reprocess: { error: { code: 'corrupt' } } })
    await ledger.reprocess('c1', ID, 'p3', true)
    expect(await ledger.claim({ ...request, raw: null })).toMatchObject({ kind: 'ended', job: 'reprocess' })
    expect(await recordOf()).toMatchObject({ state: 'processed', reprocess: { error: { code: 'object-gone' } } })
    expect(await cellsOf()).toEqual(before)
  })

  it('is refused for an image that is not there, at work, of that profile already, or without its raw object', async () => {
    expect(await ledger.reprocess('c1', ID, 'p2', true)).toBe('not-found')
    const { fence } = await claimWork()
    expect(await ledger.reprocess('c1', ID, 'p2', true)).toBe('busy')
    await ledger.commit(fence, seen)
    const before = store.dump()
    expect(await ledger.reprocess('c1', ID, 'p1', true)).toBe('already')
    expect(await ledger.reprocess('c1', ID, 'p1', false, { again: true })).toBe('raw-expired')
    expect(await ledger.reprocess('c1', ID, 'p2', false)).toBe('raw-expired')
    expect(store.dump()).toEqual(before)
    await ledger.reprocess('c1', ID, 'p2', true)
    expect(await ledger.reprocess('c1', ID, 'p2', true)).toBe('already')
    expect(await ledger.reprocess('c1', ID, 'p3', true)).toBe('busy')
  })
})

describe('equal content', () => {
  const OTHER = 'cd'.repeat(20)
  const input = {
    format: 'jpeg',
    width: 1,
    height: 1,
    pages: 1,
    alpha: false,
    bytes: 1000,
    sha256: 'e'.repeat(64),
  } as const
  const seen: Ending = { ...processed, input }
  const claimOther = () => claimWork({ imageId: OTHER, name: { ...request.name, uploadId: 'u2' } })

  it('within a customer is marked by the image that had it first, whoever came first, and counts all the same', async () => {
    const [first, other] = [await claimWork(), await claimOther()]
    await ledger.commit(other.fence, seen)
    await ledger.commit(first.fence, seen)
    expect((await recordOf(OTHER)).sameAs).toBeNull()
    expect((await recordOf()).sameAs).toBe(OTHER)
    expect(await cellsOf()).toMatchObject({ 'web~jpeg~processed': { images: 2 } })
  })

  it('has one original however many are committed at once', async () => {
    const fences = [(await claimWork()).fence, (await claimOther()).fence]
    await Promise.all(fences.map((fence) => ledger.commit(fence, seen)))
    const marks = [(await recordOf()).sameAs, (await recordOf(OTHER)).sameAs]
    expect(marks.filter((mark) => mark === null)).toHaveLength(1)
  })

  it('is also that of a failed image, and an original that is reprocessed stays one', async () => {
    await ledger.commit((await claimWork()).fence, { ...corrupt, input })
    await ledger.commit((await claimOther()).fence, seen)
    expect((await recordOf(OTHER)).sameAs).toBe(ID)
    await ledger.reprocess('c1', ID, 'p2', true)
    await ledger.commit((await claimWork({ via: 'redrive' })).fence, seen)
    expect((await recordOf()).sameAs).toBeNull()
  })

  it('of another customer is no matter', async () => {
    await ledger.commit((await claimWork()).fence, seen)
    const claim = await claimWork({ imageId: OTHER, name: { ...request.name, customerId: 'c2' } })
    await ledger.commit(claim.fence, seen)
    expect(await store.get(imagePath('c2', OTHER))).toMatchObject({ sameAs: null })
  })
})

it('raises the revision with each write, by one', async () => {
  const { fence } = await claimWork()
  await ledger.release(fence)
  await ledger.commit((await claimWork()).fence, corrupt)
  expect(await recordOf()).toMatchObject({ revision: 4 })
  await ledger.replay('c1', ID, true)
  expect((await recordOf()).revision).toBe(5)
})

describe('the reporting time zone', () => {
  it('is fixed by whoever comes first, however many come at once, and another is refused', async () => {
    await Promise.all([1, 2, 3].map(() => fixReportingZone(store, 'Europe/Berlin')))
    await fixReportingZone(store, 'Europe/Berlin')
    await expect(fixReportingZone(store, 'UTC')).rejects.toThrow(/"UTC".*"Europe\/Berlin"/)
    expect(store.dump()).toEqual(new Map([['settings/reporting', { timeZone: 'Europe/Berlin' }]]))
  })

  it('of two that come at once with different ones, one is refused', async () => {
    const fixed = await Promise.allSettled(['UTC', 'Asia/Tokyo'].map((zone) => fixReportingZone(store, zone)))
    expect(fixed.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('of a customer whose data was deleted', () => {
  const bury = () =>
    store.transact(async (transaction) =>
      transaction.set(erasurePath(customerHash('c1')), { pseudonym: 'p', open: true }),
    )
  const erased = { kind: 'skip', reason: 'customer-erased' }

  it.each([
    ['that is new', {}],
    ['over its quota', { quotaExceeded: true }],
    ['whose object has gone', { raw: null }],
  ])('an image %s is not claimed, and nothing is written', async (_what, changes) => {
    await bury()
    const before = store.dump()
    expect(await ledger.claim({ ...request, ...changes })).toEqual(erased)
    expect(store.dump()).toEqual(before)
  })

  it('an open image is not claimed any more, though its lease has expired', async () => {
    await claimWork()
    await bury()
    now = now.plusSeconds(settings.leaseSeconds + 1)
    const before = store.dump()
    for (const raw of [request.raw, null]) expect(await ledger.claim({ ...request, raw })).toEqual(erased)
    expect(store.dump()).toEqual(before)
  })

  it('whoever is still at work commits, while the record is there, and is superseded once it has gone', async () => {
    const { fence } = await claimWork()
    await bury()
    expect(await ledger.commit(fence, processed)).toMatchObject({ kind: 'committed' })
    await store.transact(async (transaction) => transaction.delete(imagePath('c1', ID)))
    const before = store.dump()
    expect(await ledger.commit(fence, processed)).toEqual({ kind: 'superseded' })
    expect(await ledger.replay('c1', ID, true)).toBe('not-found')
    await ledger.release(fence)
    expect(store.dump()).toEqual(before)
  })

  it('no image is claimed under its pseudonym', async () => {
    await store.transact(async (transaction) => transaction.set('customers/c1', { name: 'erased', erased: true }))
    const before = store.dump()
    expect(await ledger.claim(request)).toEqual(erased)
    expect(store.dump()).toEqual(before)
  })

  it('a claim that began before the tombstone and ends after it takes nothing', async () => {
    const path = erasurePath(customerHash('c1'))
    let buried = false
    const late: MemoryStore = new MemoryStore({
      now: () => (now = Instant.ofMicros(now.micros + 1)),
      gate: async ({ kind }, phase) => {
        if (buried || kind !== 'commit' || phase !== 'before') return
        buried = true
        await late.transact(async (transaction) => transaction.set(path, { pseudonym: 'p', open: true }))
      },
    })
    expect(await new Ledger(late, settings).claim(request)).toEqual(erased)
    expect([...late.dump().keys()]).toEqual([path])
  })
})
