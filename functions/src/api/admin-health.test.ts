import type { BucketTimes } from '../config/retention.ts'
import { countsPath } from '../contract/runs.ts'
import type { HealthRequest } from '../contract/admin.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import { IMAGES } from '../export/schema.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { CountedImages } from '../reconcile/testing/counted-images.ts'
import { adminExport } from './admin-export.ts'
import { adminHealth, type HealthDeps } from './admin-health.ts'

const NOON = Instant.parse('2026-11-23T12:00:00Z')
const AGE_7: BucketTimes['lifecycle'] = { rule: [{ action: { type: 'Delete' }, condition: { age: 7 } }] }
const PROCESSED: BucketTimes = {
  lifecycle: AGE_7,
  retentionPolicy: { retentionPeriod: '604800', isLocked: true },
  softDeletePolicy: { retentionDurationSeconds: '0' },
}
const RAW: BucketTimes = { lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 14 } }] } }

let now: Instant
let store: MemoryStore
let told: unknown[]
beforeEach(() => {
  now = NOON
  told = []
  store = new MemoryStore({ now: () => (now = Instant.ofMicros(now.micros + 1)) })
})

const deps = (buckets: Readonly<Record<string, BucketTimes>> = {}, changes: Partial<HealthDeps> = {}): HealthDeps => ({
  store,
  warehouse: new MemoryWarehouse(),
  log: { info: () => {}, warn: () => {}, error: () => {} },
  timeZone: 'UTC',
  recordDays: 400,
  sleep: async () => {},
  settings: { rawBucket: 'raw', processedBucket: 'processed', rawDays: 14, retentionDays: 7 },
  bucketTimes: async (name) => buckets[name] ?? null,
  emulated: false,
  now: () => new Date(now.toMillis()),
  ...changes,
})
const context = { by: 'ada', outOfTime: () => false, progress: (counts: unknown) => void told.push(counts) }
const ask = (request: HealthRequest, own: HealthDeps = deps()) => adminHealth(own, request, context)
const count = (from: string, to: string) => ask({ action: 'count', from, to, operation: '' })

it('counts days, and tells how far it is', async () => {
  const images = new CountedImages(store)
  await images.end('ada', 'u1', NOON)
  now = now.plusSeconds(601)
  const warehouse = new MemoryWarehouse()
  await warehouse.ensure([IMAGES])
  const request = { action: 'count', from: '2026-11-22', to: '2026-11-23', operation: '' } as const
  expect(await ask(request, deps({}, { warehouse }))).toEqual({ action: 'count', days: 2, differing: 1 })
  expect(told).toEqual([
    { days: 1, differing: 1, all: 2 },
    { days: 2, differing: 1, all: 2 },
  ])
  expect(await store.get(countsPath('2026-11-23'))).toMatchObject({ records: 1, counters: 1, bigQuery: 0 })
})

it.each([
  ['2026-11-23', '2026-11-22', 'There is no day from 2026-11-23 to 2026-11-22.'],
  ['2026-08-23', '2026-11-23', 'At most 92 days are counted at once.'],
  ['0001-01-01', '9999-12-31', 'At most 92 days are counted at once.'],
])('refuses to count from %s to %s', async (from, to, message) => {
  await expect(count(from, to)).rejects.toThrow(new RangeError(message))
  expect(store.dump().size).toBe(0)
})

it('counts as many days at once as it says', async () => {
  expect(await count('2026-08-24', '2026-11-23')).toMatchObject({ days: 92 })
})

it('reads back how long both buckets keep things, and finds nothing wrong where it is as configured', async () => {
  expect(await ask({ action: 'retention' }, deps({ raw: RAW, processed: PROCESSED }))).toEqual({
    action: 'retention',
    configured: { retentionDays: 7, rawDays: 14 },
    raw: { bucket: 'raw', policySeconds: null, locked: false, deletedAtDays: 14, softDeleteSeconds: null },
    processed: { bucket: 'processed', policySeconds: 604_800, locked: true, deletedAtDays: 7, softDeleteSeconds: null },
    problems: [],
    emulated: false,
    verifiedAt: '2026-11-23T12:00:00.000Z',
  })
})

it('says what is wrong with which bucket', async () => {
  const raw = { ...RAW, softDeletePolicy: { retentionDurationSeconds: '604800' } }
  const processed = { lifecycle: AGE_7 }
  expect(await ask({ action: 'retention' }, deps({ raw, processed }))).toMatchObject({
    raw: { softDeleteSeconds: 604_800 },
    processed: { policySeconds: null, locked: false, deletedAtDays: 7 },
    problems: [
      'raw: soft delete is on: a raw image stays, and is paid for, 7 days longer',
      'processed: a result can be deleted or overwritten after 0 days, no retention policy: expected 7 days',
    ],
  })
  expect(await ask({ action: 'retention' }, deps({ raw: RAW }))).toMatchObject({
    problems: ['processed: there is no such bucket'],
  })
})

it('says that the emulator has nothing to verify', async () => {
  const emulator = deps({}, { emulated: true, bucketTimes: () => Promise.reject(new Error('asked')) })
  expect(await ask({ action: 'retention' }, emulator)).toMatchObject({
    emulated: true,
    problems: [],
    processed: { policySeconds: null, deletedAtDays: null },
  })
})

describe('an export that an admin asks for', () => {
  const report = { runId: 'r', pages: 2, watermark: null, lagSeconds: 0, filling: [] }

  it('tells how many rows it has moved', async () => {
    const answer = await adminExport(async ({ onPage }) => {
      onPage?.({ table: 'images', rows: 3 })
      onPage?.({ table: 'customer_stats', rows: 2 })
      return { ...report, outcome: 'complete', rows: { images: 3, customer_stats: 2 } }
    }, context)
    expect(answer).toEqual({ rows: 5, busy: false })
    expect(told).toEqual([{ rows: 3 }, { rows: 5 }])
  })

  it('says that another is at work', async () => {
    const answer = await adminExport(async () => ({ ...report, outcome: 'busy', rows: {} }), context)
    expect(answer).toEqual({ rows: 0, busy: true })
  })
})
