import { metadataOf } from '../contract/event.ts'
import type { ImageRecord } from '../contract/record.ts'
import type { ObjectStat } from '../intake/object-store.ts'
import { decideClaim, holds, released, type ClaimRequest } from './claim.ts'
import { ended, unseen, type Ending } from './commit.ts'
import { Instant } from './instant.ts'

const settings = { leaseSeconds: 360, recordDays: 400, retentionDays: 7, statsShards: 4 }
const now = Instant.parse('2026-11-23T12:00:00Z')
const raw: ObjectStat = {
  name: 'web/c1/u1/a.jpg',
  generation: '1',
  bytes: 1000,
  contentType: 'image/jpeg',
  metadata: {},
  crc32c: 'AAAAAA==',
  createdAt: Instant.parse('2026-11-22T23:59:59.999999Z'),
}
const request: ClaimRequest = {
  imageId: 'ab'.repeat(20),
  name: { source: 'web', customerId: 'c1', uploadId: 'u1', fileName: 'a.jpg' },
  raw,
  date: '2026-11-22',
  via: 'event',
  holder: 'delivery-2',
  quotaExceeded: false,
}
const processed: Ending = {
  error: null,
  format: 'jpeg',
  input: { format: 'jpeg', width: 10, height: 20, pages: 2, alpha: false, bytes: 1000, sha256: '00' },
  outputs: [{ name: 'fit-200', object: 'o', contentType: 'image/webp', bytes: 50, width: 10, height: 20 }],
  findings: {},
  durations: {},
  milliseconds: 12,
  availableUntil: now.plusDays(7),
  profileVersion: 'p1',
}

const decide = (record: ImageRecord<Instant> | null, at = now, changes: Partial<ClaimRequest> = {}) =>
  decideClaim(record, { ...request, ...changes }, at, settings)

function claimed(record: ImageRecord<Instant> | null = null, at = now, via: ClaimRequest['via'] = 'event') {
  const decision = decide(record, at, { via, holder: 'delivery-1' })
  if (decision.kind !== 'work') throw new Error(`expected work, was ${decision.kind}`)
  return decision.record
}

const afterLease = now.plusSeconds(361)

describe('the first claim', () => {
  it('makes what the image is found by, of the name that its sender shows, and nothing later changes it', () => {
    const first = claimed()
    expect(first).toMatchObject({ fileName: 'a.jpg', nameParts: ['a', 'jp', 'jpg'], deletedAt: null })
    expect(ended(first, processed, now, null)).toMatchObject({ nameParts: first.nameParts, deletedAt: null })
    const event = { topic: 't', partition: 0, offset: 1, id: 'e-1', source: '/shop', time: null, answer: true }
    const metadata = metadataOf({ ...event, subject: 'Überweg 7.PNG' })
    const kafka = { source: 'kafka', customerId: 'c1', uploadId: 'u1', fileName: 'image' } as const
    const decision = decide(null, now, { name: kafka, raw: { ...raw, metadata } })
    expect(decision).toMatchObject({
      record: { nameParts: expect.arrayContaining(['ub', 'uberweg', '7', 'png']) as object },
    })
    expect(decide(null, now, { name: kafka })).toMatchObject({ record: { nameParts: ['im', 'ima', 'imag', 'image'] } })
  })

  it('makes the record, with the day and the expiry of the raw object, and leases it', () => {
    expect(claimed()).toMatchObject({
      state: 'received',
      attempt: 1,
      lost: 0,
      date: '2026-11-22',
      receivedAt: raw.createdAt,
      expireAt: raw.createdAt.plusDays(400),
      job: { kind: 'first', attempt: 1, leaseUntil: now.plusSeconds(360), holder: 'delivery-1', profileVersion: null },
      dueAt: now.plusSeconds(360),
      counted: null,
    })
  })

  it('writes nothing for an object that is not there: a denied upload fires an event too', () => {
    expect(decide(null, now, { raw: null })).toEqual({ kind: 'skip', reason: 'no-object' })
  })

  it('fails an image over the quota at once', () => {
    expect(decide(null, now, { quotaExceeded: true })).toMatchObject({
      kind: 'fail',
      error: { code: 'quota-exceeded' },
    })
  })

  it('cuts a content type that nobody would send', () => {
    const record = decide(null, now, { raw: { ...raw, contentType: `\ud800${'x'.repeat(9000)}` } })
    expect(record.kind === 'work' && record.record.raw.contentType).toBe(`\ufffd${'x'.repeat(254)}`)
  })
})

describe('a further claim', () => {
  it('waits while another attempt is alive', () => {
    expect(decide(claimed(), now.plusSeconds(359))).toEqual({ kind: 'busy', until: now.plusSeconds(360) })
    expect(decide(claimed(), now.plusSeconds(359), { raw: null, quotaExceeded: true }).kind).toBe('busy')
  })

  it('goes on with its own lease where the answer was lost and the store runs it again', () => {
    const record = claimed()
    expect(decide(record, now.plusSeconds(5), { holder: 'delivery-1' })).toEqual({ kind: 'work', record })
    expect(decide(record, afterLease, { holder: 'delivery-1' })).toMatchObject({ kind: 'redrive', record: { lost: 1 } })
  })

  it('skips an image that has ended', () => {
    expect(decide(ended(claimed(), processed, now, null))).toEqual({ kind: 'skip', reason: 'already-ended' })
  })

  it('takes a released image with the next fence and no death counted', () => {
    expect(claimed(released(claimed(), now, settings))).toMatchObject({ attempt: 2, lost: 0 })
  })

  it('sends an image of which memory ran out to redrive, and gives it up in the end', () => {
    let record = released(claimed(), now, settings, { lost: true })
    expect(decide(record)).toMatchObject({ kind: 'redrive', record: { lost: 1 } })
    for (let i = 0; i < 2; i++) record = released(claimed(record, now, 'redrive'), now, settings, { lost: true })
    expect(decide(record, now, { via: 'redrive' })).toMatchObject({
      kind: 'fail',
      error: { code: 'attempts-exhausted' },
    })
  })

  it('counts an expired lease as a death, and hands an event on to redrive', () => {
    const decision = decide(claimed(), afterLease)
    expect(decision).toMatchObject({ kind: 'redrive', record: { attempt: 1, lost: 1, job: { leaseUntil: null } } })
    if (decision.kind !== 'redrive') throw new Error('unreachable')
    expect(decide(decision.record, afterLease).kind).toBe('redrive')
    expect(claimed(decision.record, afterLease, 'redrive')).toMatchObject({ attempt: 2, lost: 1 })
  })

  it('gives up at the third death', () => {
    const second = claimed(claimed(), afterLease, 'redrive')
    const third = claimed(second, afterLease.plusSeconds(361), 'redrive')
    expect(third).toMatchObject({ attempt: 3, lost: 2 })
    expect(decide(third, afterLease.plusSeconds(722), { via: 'redrive' })).toMatchObject({
      kind: 'fail',
      record: { lost: 3 },
      error: { code: 'attempts-exhausted' },
    })
  })

  it('fails an open image whose object has gone', () => {
    expect(decide(released(claimed(), now, settings), now, { raw: null })).toMatchObject({
      kind: 'fail',
      error: { code: 'object-gone' },
    })
  })

  it('reads the generation that is there now, but never changes the day', () => {
    const record = decide(released(claimed(), now, settings), now, {
      raw: { ...raw, generation: '2', bytes: 7 },
      date: '2026-11-30',
    })
    expect(record).toMatchObject({ kind: 'work', record: { date: '2026-11-22', raw: { generation: '2', bytes: 7 } } })
  })

  it('keeps the profile that a job is pinned to', () => {
    const waiting = {
      ...claimed(),
      job: { kind: 'reprocess', attempt: 1, leaseUntil: null, holder: null, profileVersion: 'old' },
    } as const
    expect(claimed(waiting)).toMatchObject({ job: { kind: 'reprocess', profileVersion: 'old', attempt: 2 } })
  })
})

describe('a fence', () => {
  it('holds while its lease stands, expired or not, and no longer once released, ended or taken over', () => {
    const record = claimed()
    const fence = { customerId: 'c1', imageId: request.imageId, attempt: 1 }
    expect(holds(record, fence)).toBe(true)
    expect(holds(released(record, now, settings), fence)).toBe(false)
    expect(holds(ended(record, processed, now, null), fence)).toBe(false)
    expect(holds(claimed(record, afterLease, 'redrive'), fence)).toBe(false)
  })
})

describe('an ended image', () => {
  it('counts its pages, bytes and time once, by what its bytes are', () => {
    expect(ended(claimed(), processed, now, null)).toMatchObject({
      state: 'processed',
      job: null,
      dueAt: null,
      processedAt: now,
      counted: {
        source: 'web',
        format: 'jpeg',
        outcome: 'processed',
        reprocessed: 0,
        bytesIn: 1000,
        bytesOut: 50,
        pixels: 400,
        milliseconds: 12,
      },
    })
  })

  it('counts a failure by its reason', () => {
    const record = ended(claimed(), unseen({ code: 'empty', message: 'empty' }), now, null)
    expect(record).toMatchObject({ state: 'failed', counted: { format: 'unknown', outcome: 'empty', pixels: 0 } })
  })

  describe('that is reprocessed', () => {
    const first = ended(claimed(), processed, now, 'original')
    const opened = (record: ImageRecord<Instant>) =>
      claimed({
        ...record,
        job: { kind: 'reprocess', attempt: record.attempt, leaseUntil: null, holder: null, profileVersion: 'p2' },
      })
    const again: Ending = { ...processed, outputs: [], profileVersion: 'p2' }
    const corrupt = unseen({ code: 'corrupt', message: 'damaged' })

    it('counts that, and keeps the results that were replaced within reach', () => {
      const second = ended(opened(first), again, now, null)
      expect(second).toMatchObject({
        outputs: [],
        profileVersion: 'p2',
        counted: { reprocessed: 1, bytesOut: 0 },
        reprocess: { profileVersion: 'p2', at: now, error: null },
        earlier: [{ outputs: first.outputs, profileVersion: 'p1', availableUntil: first.availableUntil }],
      })
      let record = ended(opened(first), processed, now, null)
      for (let i = 0; i < 9; i++) record = ended(opened(record), processed, now, null)
      expect(record.counted?.reprocessed).toBe(10)
      expect(record.earlier).toHaveLength(5)
    })

    it('and fails keeps its good results, and what they count for', () => {
      expect(ended(opened(first), corrupt, now, null)).toEqual({
        ...first,
        attempt: 2,
        raw: first.raw,
        job: null,
        dueAt: null,
        reprocess: { profileVersion: 'p2', at: now, error: corrupt.error },
      })
    })

    it('after it had failed ends as it ends now', () => {
      const failed = ended(claimed(), corrupt, now, null)
      expect(ended(opened(failed), unseen({ code: 'empty', message: 'empty' }), now, null)).toMatchObject({
        state: 'failed',
        counted: { outcome: 'empty', reprocessed: 1 },
        earlier: [],
      })
      expect(ended(opened(failed), again, now, null)).toMatchObject({ state: 'processed', error: null })
    })
  })
})
