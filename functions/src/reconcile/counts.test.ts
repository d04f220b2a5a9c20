import { countsPath, disagreeing, type DayCounts } from '../contract/runs.ts'
import { customerPath, erasurePath, imagePath } from '../contract/names.ts'
import { runExport } from '../export/run.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import { WarehouseFault } from '../export/warehouse.ts'
import { increment } from '../ledger/document-store.ts'
import { customerHash } from '../ledger/erasure.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { countDays, daysToCount, type Counting } from './counts.ts'
import { CountedImages } from './testing/counted-images.ts'

const NOON = Instant.parse('2026-11-23T12:00:00Z')
const [TODAY, YESTERDAY] = ['2026-11-23', '2026-11-22']
let now: Instant
let store: MemoryStore
let warehouse: MemoryWarehouse
let images: CountedImages
let logged: string[]
let exports = 0

beforeEach(async () => {
  now = NOON
  logged = []
  store = new MemoryStore({ now: () => (now = Instant.ofMicros(now.micros + 1)) })
  warehouse = new MemoryWarehouse()
  images = new CountedImages(store)
  for (const customer of ['ada', 'bob']) {
    for (const upload of ['u1', 'u2']) await images.end(customer, upload, NOON)
    await images.end(customer, 'u3', NOON.plusDays(-1))
  }
  await runTheExport()
  pass(601)
})

const pass = (seconds: number) => (now = now.plusSeconds(seconds))
const runTheExport = () =>
  runExport({
    store,
    warehouse,
    runId: `c${exports++}`,
    pageRows: 100,
    sleep: async () => {},
    outOfTime: () => false,
    mustStop: () => false,
  })
const log = { info: () => {}, warn: (message: string) => void logged.push(message), error: () => {} }
const deps = (): Counting => ({
  store,
  warehouse,
  log,
  timeZone: 'UTC',
  recordDays: 400,
  sleep: async () => {},
  outOfTime: () => false,
})
const count = (dates: readonly string[], changes: Partial<Counting> = {}) => countDays({ ...deps(), ...changes }, dates)
const kept = async (date: string) => (await store.get(countsPath(date))) as unknown as DayCounts<Instant>

it('has the same of a day by records, counters and BigQuery, and keeps it', async () => {
  expect(await count([YESTERDAY, TODAY, '2026-11-01'])).toEqual({ days: 3, differing: 0 })
  const agreed = { sealed: false, recent: false, erasing: false, settled: true, countedAt: expect.any(Instant) }
  expect(await kept(TODAY)).toEqual({ date: TODAY, records: 4, counters: 4, bigQuery: 4, ...agreed })
  expect(await kept(YESTERDAY)).toEqual({ date: YESTERDAY, records: 2, counters: 2, bigQuery: 2, ...agreed })
  expect(await kept('2026-11-01')).toEqual({ date: '2026-11-01', records: 0, counters: 0, bigQuery: 0, ...agreed })
})

it('counts only what has ended: an image at work is in none of the three', async () => {
  await store.transact(async (transaction) =>
    transaction.set(imagePath('ada', 'f'.repeat(40)), { date: TODAY, state: 'received', counted: null }),
  )
  expect(await count([TODAY])).toEqual({ days: 1, differing: 0 })
  expect(await kept(TODAY)).toMatchObject({ records: 4 })
})

it('shows which of the three says something else', async () => {
  await images.spoil('ada', TODAY, { 'web~jpeg~corrupt': { images: increment(3) } })
  pass(601)
  expect(await count([TODAY])).toEqual({ days: 1, differing: 1 })
  const day = await kept(TODAY)
  expect(day).toMatchObject({ records: 4, counters: 7, bigQuery: 4, settled: false })
  expect(disagreeing(day)).toEqual(['counters'])
})

it('leaves BigQuery ten minutes, but counters none', async () => {
  await images.end('ada', 'u9', NOON)
  expect(await count([TODAY])).toEqual({ days: 1, differing: 0 })
  expect(await kept(TODAY)).toMatchObject({ records: 5, counters: 5, bigQuery: 4, recent: true, settled: false })
  pass(600)
  expect(await count([TODAY])).toEqual({ days: 1, differing: 1 })
  expect(disagreeing(await kept(TODAY))).toEqual(['bigQuery'])
  await images.spoil('ada', TODAY, { 'web~jpeg~corrupt': { images: increment(1) } })
  await count([TODAY])
  expect(disagreeing(await kept(TODAY))).toEqual(['counters'])
})

it('holds counters of a sealed day against BigQuery alone, by the shortest time that records were ever kept', async () => {
  await store.transact(async (transaction) => {
    for (const { path, data } of await transaction.query({ collection: 'images', group: true }))
      if (data['date'] === YESTERDAY) transaction.delete(path)
    transaction.merge('reconciliations/recount', { recordDays: 3 })
  })
  expect(await count([YESTERDAY])).toEqual({ days: 1, differing: 0 })
  expect(await kept(YESTERDAY)).toMatchObject({ records: 0, counters: 2, bigQuery: 2, sealed: true, settled: true })
})

it('leaves out what an erased customer has left in the counters, and judges nothing while one is being erased', async () => {
  const erase = (open: boolean) =>
    store.transact(async (transaction) =>
      transaction.set(erasurePath(customerHash('bob')), { pseudonym: 'erased-1', open }),
    )
  await erase(true)
  await count([TODAY])
  expect(await kept(TODAY)).toMatchObject({ records: 4, counters: 2, bigQuery: 4, erasing: true, settled: false })
  expect(disagreeing(await kept(TODAY))).toEqual([])

  const shards = await store.query({ collection: `${customerPath('bob')}/stats` })
  await store.transact(async (transaction) => {
    for (const { path } of await transaction.query({ collection: `${customerPath('bob')}/images` }))
      transaction.delete(path)
    for (const { path, data } of shards) {
      transaction.delete(path)
      transaction.set(path.replace('bob', 'erased-1'), { ...data, customerId: 'erased-1' })
    }
  })
  await erase(false)
  expect(await count([TODAY], { warehouse: { imagesByDate: async () => new Map([[TODAY, 2]]) } })).toMatchObject({
    differing: 0,
  })
  expect(await kept(TODAY)).toMatchObject({ records: 2, counters: 2, bigQuery: 2, erasing: false })
})

it('says so where BigQuery could not be asked', async () => {
  const down = { imagesByDate: () => Promise.reject(new WarehouseFault('down', true)) }
  expect(await count([TODAY], { warehouse: down })).toEqual({ days: 1, differing: 0 })
  expect(await kept(TODAY)).toMatchObject({ records: 4, counters: 4, bigQuery: null, settled: false })
  expect(logged).toEqual(['BigQuery could not be asked how many images it has'])
})

it('begins with the newest day, tells how far it is, and stops where time is up', async () => {
  const told: number[] = []
  const outOfTime = () => told.length === 2
  const done = await count(['2026-11-01', TODAY, YESTERDAY], {
    outOfTime,
    progress: ({ days }) => void told.push(days),
  })
  expect(done).toEqual({ days: 2, differing: 0 })
  expect(told).toEqual([1, 2])
  expect(await kept('2026-11-01')).toBeNull()
})

describe('the days that recount counts', () => {
  const lastSeven = Array.from({ length: 7 }, (_, i) => `2026-11-${17 + i}`)
  const due = (touched: readonly (readonly [string, Instant])[] = []) => daysToCount(deps(), new Map(touched))

  it('are at first the last seven; then none, until a day has passed or something has touched one', async () => {
    expect(await due()).toEqual(lastSeven)
    await count(lastSeven)
    expect(await due()).toEqual([])
    const touched = [TODAY, now] as const
    expect(await due([['2026-10-01', now], touched])).toEqual(['2026-10-01', TODAY])
    pass(601)
    await count([TODAY])
    // Recount tells of what changed last again and again.
    expect(await due([touched])).toEqual([])
    pass(86_401)
    expect(await due()).toEqual([...lastSeven.slice(1), '2026-11-24'])
  })

  it('are also those of which something was left open, however old', async () => {
    await count(lastSeven)
    await images.end('ada', 'u9', NOON.plusDays(-60))
    await count(['2026-09-24'])
    expect(await due()).toEqual(['2026-09-24'])
    await runTheExport()
    pass(601)
    await count(['2026-09-24'])
    expect(await due()).toEqual([])
  })

  it('are at most 31, the newest', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `2026-08-${String(i + 1).padStart(2, '0')}`)
    const days = await due(many.map((date) => [date, now]))
    expect(days).toHaveLength(31)
    expect(days.slice(-7)).toEqual(lastSeven)
    expect(days[0]).toBe('2026-08-07')
  })
})
