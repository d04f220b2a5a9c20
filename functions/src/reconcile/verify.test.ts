import { customerPath, erasurePath, imagePath, statsPath } from '../contract/names.ts'
import { ndjson } from '../export/rows.ts'
import { runExport } from '../export/run.ts'
import { CUSTOMER_STATS, IMAGES } from '../export/schema.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import { increment, SERVER_TIME } from '../ledger/document-store.ts'
import { customerHash } from '../ledger/erasure.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { CountedImages } from './testing/counted-images.ts'
import { datesOf, differencesOfDay, repairDays, verify, type FigureRow, type VerifySelection } from './verify.ts'
import { joined, type DaySums } from './streams.ts'

const NOON = Instant.parse('2026-11-23T12:00:00Z')
const DAY = '2026-11-23'
const DAYS: VerifySelection = { from: '2026-11-01', to: DAY }
let now: Instant
let store: MemoryStore
let warehouse: MemoryWarehouse
let images: CountedImages
let exports = 0

beforeEach(async () => {
  now = NOON
  store = new MemoryStore({ now: () => (now = Instant.ofMicros(now.micros + 1)) })
  warehouse = new MemoryWarehouse()
  images = new CountedImages(store)
  for (const customer of ['ada', 'ada-2', 'bob']) {
    for (const days of [0, 1, 5]) await images.end(customer, `u${days}`, NOON.plusDays(-days), 10 + days)
  }
  await runTheExport()
  now = now.plusSeconds(601)
})

const runTheExport = () =>
  runExport({
    store,
    warehouse,
    runId: `v${exports++}`,
    pageRows: 100,
    sleep: async () => {},
    outOfTime: () => false,
    mustStop: () => false,
    mayFill: () => true,
  })

async function run(selection: VerifySelection = DAYS) {
  const rows: FigureRow[] = []
  const done = await verify({ store, warehouse, timeZone: 'UTC', recordDays: 400 }, selection, (row) => rows.push(row))
  return { ...done, rows }
}

it('agrees where records, counters and both tables say the same, of all customers or of one, on the days it is asked for', async () => {
  expect(await run()).toMatchObject({
    days: 9,
    records: 9,
    imagesInBigQuery: 9,
    differing: 0,
    notExported: 0,
    rows: [],
  })
  expect(await run({ ...DAYS, customerId: 'ada' })).toMatchObject({ days: 3, records: 3, imagesInBigQuery: 3 })
  expect(await run({ from: '2026-11-22', to: DAY })).toMatchObject({ days: 6, records: 6 })
  expect(await run({ from: '2026-11-22', to: '2026-11-22', customerId: 'bob' })).toMatchObject({ days: 1 })
  expect(await run({ from: '2026-01-01', to: '2026-01-31' })).toMatchObject({ days: 0 })
})

it('shows counters that are wrong beside what the other three say, and repairs them where it is asked to', async () => {
  await images.spoil('ada-2', '2026-11-22', {
    'web~jpeg~corrupt': { images: increment(1), histogram: { '13': increment(4) } },
  })
  await runTheExport()
  now = now.plusSeconds(601)
  const { rows, wrongCounters } = await run()
  const at = { date: '2026-11-22', customerId: 'ada-2', cell: 'web~jpeg~corrupt' }
  expect(rows).toEqual([
    { ...at, field: 'images', records: 1, counters: 2, images: 1, stats: 2 },
    { ...at, field: 'histogram.13', records: 1, counters: 5, images: null, stats: null },
  ])
  expect(wrongCounters).toEqual([{ customerId: 'ada-2', date: '2026-11-22' }])
  expect(await repairDays(store, wrongCounters)).toBe(1)
  expect(await repairDays(store, wrongCounters)).toBe(0)
  expect(await images.differing()).toEqual({})
  await runTheExport()
  expect(await run()).toMatchObject({ differing: 0 })
})

it('finds what BigQuery lacks, has too much of, and has wrong', async () => {
  const [row = {}] = warehouse.rows('images').filter((each) => each['customer_id'] === 'bob' && each['date'] === DAY)
  await warehouse.submit('a', {
    kind: 'append',
    table: IMAGES,
    rows: ndjson([{ ...row, image_id: 'x', customer_id: 'zoe' }]),
  })
  await warehouse.submit('b', { kind: 'erase', table: CUSTOMER_STATS, customerId: 'ada' })
  const { rows, wrongCounters } = await run()
  const images_ = rows.filter(({ field }) => field === 'images')
  expect(
    images_.map(({ date, customerId, records, counters, images: i, stats }) => [
      date,
      customerId,
      records,
      counters,
      i,
      stats,
    ]),
  ).toEqual([
    ['2026-11-18', 'ada', 1, 1, 1, 0],
    ['2026-11-22', 'ada', 1, 1, 1, 0],
    [DAY, 'ada', 1, 1, 1, 0],
    [DAY, 'zoe', 0, 0, 1, 0],
  ])
  expect(wrongCounters).toEqual([])
})

it('finds a record that was changed without its counters, and one of which the counters know nothing', async () => {
  const record = await images.end('ada', 'u0', NOON).catch(() => null)
  expect(record).toBeNull()
  const [{ path, data } = { path: '', data: {} }] = await store.query({
    collection: 'customers/ada/images',
    where: [['date', '==', DAY]],
  })
  await store.transact(async (transaction) => {
    transaction.merge(path, { counted: { bytesIn: 5 }, updatedAt: SERVER_TIME })
    transaction.set(imagePath('new', 'f'.repeat(40)), { ...data, customerId: 'new' })
  })
  const { rows } = await run()
  expect(rows.filter(({ field }) => field === 'bytesIn')).toMatchObject([
    { customerId: 'ada', records: 5, counters: 100 },
    { customerId: 'new', records: 100, counters: 0, images: 0, stats: 0 },
  ])
})

describe('what has just changed', () => {
  it('is not exported yet, which is no difference until it is ten minutes old', async () => {
    await images.end('bob', 'late', NOON)
    expect(await run()).toMatchObject({ differing: 0, notExported: 1, rows: [] })
    now = now.plusSeconds(590)
    expect(await run()).toMatchObject({ differing: 0, notExported: 1 })
    now = now.plusSeconds(20)
    const { rows, notExported } = await run()
    expect(notExported).toBe(0)
    expect(rows).toContainEqual(
      expect.objectContaining({ field: 'images', records: 2, counters: 2, images: 1, stats: 1 }),
    )
  })

  it('may well have counters that are wrong: those change with their records', async () => {
    await images.end('bob', 'late', NOON)
    await images.spoil('bob', DAY, { 'web~jpeg~corrupt': { images: increment(1) } })
    expect(await run()).toMatchObject({
      differing: 1,
      notExported: 1,
      rows: [{ records: 2, counters: 3, images: null, stats: null }],
    })
  })

  it('and was exported while it compares is none either: BigQuery is asked before Firestore', async () => {
    let isFirst = true
    const late = {
      async *cells(...of: Parameters<MemoryWarehouse['cells']>) {
        // Before it answers an image comes and is exported, and nothing changes for long.
        if (isFirst) {
          isFirst = false
          await images.end('zoe', 'meanwhile', NOON)
          await runTheExport()
          now = now.plusSeconds(1000)
        }
        yield* warehouse.cells(...of)
      },
    }
    const rows: FigureRow[] = []
    const deps = { store, warehouse: late, timeZone: 'UTC', recordDays: 400 }
    await verify(deps, { from: DAY, to: DAY, customerId: 'zoe' }, (row) => rows.push(row))
    expect(rows).toEqual([])
  })
})

it('of sealed days compares counters and BigQuery alone: their records are gone', async () => {
  now = NOON.plusDays(398)
  await store.transact(async (transaction) => {
    for (const path of store.dump().keys()) if (path.includes('/images/')) transaction.delete(path)
  })
  expect(await run()).toMatchObject({ days: 9, records: 0, differing: 0, sealedUntil: '2026-11-23' })
  await images.spoil('bob', DAY, { 'web~jpeg~corrupt': { images: increment(1) } })
  now = now.plusSeconds(601)
  const { rows, wrongCounters } = await run()
  expect(rows).toMatchObject([{ records: null, counters: 2, images: 1, stats: 1 }])
  expect(wrongCounters).toEqual([])
})

it('of a pseudonym compares what it has, and of a customer whose data is being deleted nothing', async () => {
  await store.transact(async (transaction) => {
    for (const path of store.dump().keys()) if (/\/(?:ada|bob)\/images\//.test(path)) transaction.delete(path)
    transaction.merge(customerPath('ada'), { erased: true })
    transaction.set(erasurePath(customerHash('bob')), { open: true })
  })
  await warehouse.submit('a', { kind: 'erase', table: IMAGES, customerId: 'ada' })
  expect(await run()).toMatchObject({ differing: 0, erased: 3 })
  await images.spoil('ada', DAY, { 'web~jpeg~corrupt': { images: increment(1) } })
  now = now.plusSeconds(601)
  expect((await run()).rows).toMatchObject([{ records: null, counters: 2, images: null, stats: 1 }])
})

it('a cell that fell to zero is no difference to one that is not there', () => {
  const zero = new Map([['web~jpeg~corrupt', new Map([['images', 0]])]])
  const none = new Map<string, Map<string, number>>()
  expect(differencesOfDay({ records: none, counters: zero, images: none, stats: zero })).toEqual([])
})

it('joins streams in the order of dates and customers, whichever of them has a day, and ends all where one fails', async () => {
  const day = (date: string, customerId: string): DaySums => ({
    date,
    customerId,
    sums: new Map(),
    updatedAt: null,
    parts: 1,
  })
  const ended: string[] = []
  async function* stream(name: string, days: readonly DaySums[], fails = false) {
    try {
      yield* days
      if (fails) throw new RangeError('mine')
    } finally {
      ended.push(name)
    }
  }
  const a = [day('1', 'a'), day('1', 'c'), day('2', 'a')]
  const b = [day('1', 'b'), day('1', 'c'), day('3', 'a')]
  const seen: string[] = []
  for await (const { date, customerId, of } of joined({ a: stream('a', a), b: stream('b', b) })) {
    seen.push(`${date}${customerId}${of.a ? 'A' : ''}${of.b ? 'B' : ''}`)
  }
  expect(seen).toEqual(['1aA', '1bB', '1cAB', '2aA', '3aB'])
  ended.length = 0
  const failing = async () => {
    for await (const _ of joined({ a: stream('a', a, true), b: stream('b', b) }));
  }
  await expect(failing()).rejects.toThrow(RangeError)
  expect(ended.sort()).toEqual(['a', 'b'])
})

it('names every date of a span, over the end of a month and a leap day', () => {
  expect(datesOf('2028-02-27', '2028-03-01')).toEqual(['2028-02-27', '2028-02-28', '2028-02-29', '2028-03-01'])
  expect(datesOf(DAY, DAY)).toEqual([DAY])
  expect(statsPath('c', DAY, 0)).toContain(DAY)
})
