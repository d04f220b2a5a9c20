import { customerPath, erasurePath, imagePath, statsPath } from '../contract/names.ts'
import { runExport } from '../export/run.ts'
import { ndjson } from '../export/rows.ts'
import { TABLES } from '../export/schema.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import type { LogFields } from '../intake/log.ts'
import { increment, SERVER_TIME, type Data, type WriteData } from '../ledger/document-store.ts'
import { customerHash } from '../ledger/erasure.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import type { Recount } from './recount.ts'
import { repair } from './repair.ts'
import { CountedImages, LATEST, LEDGER, QUIET, recountOf } from './testing/counted-images.ts'

const NOON = Instant.parse('2026-11-23T12:00:00Z')
const DAY = '2026-11-23'
let now: Instant
let store: MemoryStore
let warehouse: MemoryWarehouse
let images: CountedImages
let logged: { readonly level: string; readonly message: string; readonly fields: LogFields }[]
let reads: string[]

beforeEach(() => {
  now = NOON
  logged = []
  reads = []
  store = new MemoryStore({
    now: () => (now = Instant.ofMicros(now.micros + 1)),
    gate: ({ kind, path }, phase) => {
      if (phase === 'before' && kind !== 'commit') reads.push(path)
    },
  })
  warehouse = new MemoryWarehouse()
  images = new CountedImages(store)
})

const pass = (seconds: number) => (now = now.plusSeconds(seconds))
const log = (level: string) => (message: string, fields: LogFields) => void logged.push({ level, message, fields })
const run = (changes: Partial<Recount> = {}) =>
  recountOf({ store, warehouse, log: { info: log('info'), warn: log('warn'), error: log('error') }, ...changes })
const spoil = (cells: Readonly<Record<string, WriteData>>, customerId = 'ada', date = DAY) =>
  images.spoil(customerId, date, cells)
const under = (collection: string) =>
  [...store.dump()].filter(([path]) => path.startsWith(`reconciliations/recount/${collection}/`))
const moreImages = (n: number): Readonly<Record<string, WriteData>> => ({
  'web~jpeg~corrupt': { images: increment(n) },
})
let exports = 0
const runTheExport = () =>
  runExport({
    store,
    warehouse,
    runId: `r${exports++}`,
    pageRows: 100,
    sleep: async () => {},
    outOfTime: () => false,
    mustStop: () => false,
    mayFill: () => true,
  })
/** True from so many questions on. */
const outOf = (questions: number) => () => questions-- <= 0
const errors = () =>
  logged.filter(({ level }) => level === 'error').map(({ message, fields }) => ({ message, ...fields }))

describe('a day whose counters are right', () => {
  it('is left alone until it has been quiet for an hour, is then recounted once, and never again', async () => {
    for (let i = 0; i < 5; i++) await images.end('ada', `u${i}`, NOON)
    expect(await run()).toMatchObject({ days: 0, left: 0 })
    pass(QUIET / 2)
    await images.end('ada', 'u9', NOON)
    pass(QUIET - 10)
    expect(await run()).toMatchObject({ days: 0 })
    pass(10)
    reads = []
    expect(await run()).toMatchObject({ days: 1, differing: 0, repaired: 0, left: 0 })
    expect(under('days')).toEqual([])
    for (let hour = 0; hour < 3; hour++) {
      pass(QUIET)
      expect(await run()).toMatchObject({ days: 0 })
    }
    expect(errors()).toEqual([])
  })

  it('is told of once it was touched, whether or not it is quiet', async () => {
    expect((await run()).touched).toEqual(new Map())
    for (const customer of ['ada', 'bob']) await images.end(customer, 'u1', NOON)
    const today = now
    await images.end('ada', 'u2', NOON.plusDays(-1))
    const { days, touched } = await run()
    expect([days, [...touched.keys()].sort()]).toEqual([0, ['2026-11-22', DAY]])
    expect(touched.get(DAY)).toEqual(today)
    pass(601)
    await images.end('bob', 'u2', NOON.plusDays(-1))
    await run()
    expect([...(await run()).touched.keys()]).toEqual(['2026-11-22'])
  })

  it('is recounted a day after it was first touched at the latest, however busy it is', async () => {
    let days = 0
    for (let minute = 0; minute <= LATEST / 60 + 30; minute += 30) {
      await images.end('ada', `u${minute}`, NOON)
      days += (await run()).days
      pass(30 * 60)
    }
    expect(days).toBe(1)
  })

  it('costs no write, and no look at what only a repair asks', async () => {
    await images.end('ada', 'u', NOON)
    await run()
    pass(QUIET)
    const before = new Map(store.dump())
    reads = []
    await run()
    for (const [path, data] of store.dump())
      if (!path.startsWith('reconciliations/')) expect(before.get(path)).toBe(data)
    expect(reads.filter((path) => /^(?:customers\/ada|erasures\/.*)$/.test(path))).toEqual([])
  })
})

describe('a day whose counters are wrong', () => {
  it('is repaired: every cell and field, buckets of the histogram included, by one addition that leaves its trace', async () => {
    await images.end('ada', 'u1', NOON, 10)
    await images.end('ada', 'u2', NOON, 3000)
    await spoil({
      'web~jpeg~corrupt': { images: increment(3), bytesIn: increment(-7), histogram: { '13': increment(1) } },
      'kafka~png~processed': {
        images: 1,
        bytesIn: 5,
        bytesOut: 5,
        pixels: 5,
        milliseconds: 5,
        reprocessed: 0,
        histogram: { '9': 1 },
      },
    })
    const differing = await images.differing()
    expect(differing).toEqual({ [`ada/${DAY}`]: 9 })
    await run()
    pass(QUIET)
    expect(await run()).toMatchObject({ days: 1, differing: 1, repaired: 1 })
    expect(await images.differing()).toEqual({})
    expect(errors()).toEqual([
      { message: 'counters differ', customer: 'ada', date: DAY, differences: 9, repaired: true },
    ])
    const [[path, trace] = ['', {} as Data], ...others] = under('repairs')
    expect(others).toEqual([])
    expect(path).toBe(`reconciliations/recount/repairs/ada~${DAY}~${(trace['readAt'] as Instant).micros}`)
    expect(trace).toMatchObject({ customerId: 'ada', date: DAY, by: 'recount', differing: 9 })
    expect(trace['differences']).toContainEqual({ cell: 'web~jpeg~corrupt', field: 'images', expected: 2, actual: 5 })
    // The repair has touched the day: it is looked at once more.
    pass(QUIET)
    expect(await run()).toMatchObject({ days: 1, differing: 0 })
    expect(under('repairs')).toHaveLength(1)
  })

  it('is repaired where its counters lack all that they should have, and can be added up afterwards', async () => {
    await images.end('ada', 'u1', NOON)
    await store.transact(async (transaction) => {
      for (let shard = 0; shard < LEDGER.statsShards; shard++) transaction.delete(statsPath('ada', DAY, shard))
    })
    await spoil({})
    await run()
    pass(QUIET)
    expect(await run()).toMatchObject({ repaired: 1 })
    expect(await images.differing()).toEqual({})
    expect(await runTheExport()).toMatchObject({ outcome: 'complete' })
    expect(warehouse.rows('customer_stats')).toEqual([
      expect.objectContaining({ outcome: 'corrupt', images: 1, bytes_in: 100, reprocessed: 0 }),
    ])
  })

  it('of many days only what is wrong is changed', async () => {
    for (const customer of ['ada', 'bob', 'ada-2']) {
      for (const days of [0, 1]) await images.end(customer, `u${days}`, NOON.plusDays(-days))
    }
    await spoil(moreImages(2), 'bob', '2026-11-22')
    expect(await images.differing()).toEqual({ 'bob/2026-11-22': 1 })
    await run()
    pass(QUIET)
    expect(await run()).toMatchObject({ days: 6, differing: 1, repaired: 1 })
    expect(await images.differing()).toEqual({})
    expect(under('repairs')).toHaveLength(1)
  })

  it('is repaired once where two runs have read it at the same time', async () => {
    await images.end('ada', 'u', NOON)
    await spoil(moreImages(2))
    await run()
    pass(QUIET)
    const both = await Promise.all([run(), run()])
    expect(both.reduce((sum, { repaired }) => sum + repaired, 0)).toBe(1)
    expect(await images.differing()).toEqual({})
    expect(under('repairs')).toHaveLength(1)
  })
})

it('a repair may be asked for again, where its answer was lost: it is done once', async () => {
  await images.end('ada', 'u', NOON)
  await spoil(moreImages(2))
  const day = { customerId: 'ada', date: DAY }
  const differences = [{ cell: 'web~jpeg~corrupt', field: 'images', expected: 1, actual: 3 }]
  const asked = { day, readAt: now, seen: 0, differences, by: 'recount', runId: 'r1' }
  expect(await repair(store, asked)).toBe('repaired')
  expect(await repair(store, asked)).toBe('repaired')
  expect(await repair(store, { ...asked, runId: 'r2' })).toBe('superseded')
  expect(await repair(store, { ...asked, readAt: now.plusSeconds(-1), runId: 'r3' })).toBe('superseded')
  expect(await images.differing()).toEqual({})
  expect(under('repairs')).toHaveLength(1)
})

it('a repair is not made for a customer whose data was deleted since it was read', async () => {
  await spoil(moreImages(2))
  const day = { customerId: 'ada', date: DAY }
  const differences = [{ cell: 'web~jpeg~corrupt', field: 'images', expected: 0, actual: 2 }]
  const readAt = now
  await store.transact(async (t) => t.set(erasurePath(customerHash('ada')), { open: true }))
  expect(await repair(store, { day, readAt, seen: 0, differences, by: 'recount', runId: 'r1' })).toBe('erased')
  expect(under('repairs')).toEqual([])
})

describe('what has no records to be compared with', () => {
  it.each<[string, string, Data]>([
    ['a customer whose data was deleted', erasurePath(customerHash('ada')), { open: false }],
    ['the pseudonym of one', customerPath('ada'), { erased: true }],
  ])('is left as it is: %s', async (_who, path, data) => {
    const { imageId } = await images.end('ada', 'u', NOON)
    await store.transact(async (transaction) => {
      transaction.merge(path, data)
      transaction.delete(imagePath('ada', imageId))
    })
    await run()
    pass(QUIET)
    expect(await run()).toMatchObject({ differing: 0, left: 0 })
    expect(under('days')).toEqual([])
    expect(under('repairs')).toEqual([])
    expect(errors()).toEqual([])
  })

  it('is left as it is: a day of which records may have expired, also where they are kept for longer by now', async () => {
    const { imageId } = await images.end('ada', 'u', NOON)
    await run({ recordDays: 30 })
    now = NOON.plusDays(27)
    await spoil(moreImages(1))
    expect(await run({ recordDays: 400 })).toMatchObject({ repaired: 1 })
    now = NOON.plusDays(31)
    await store.transact(async (transaction) => transaction.delete(imagePath('ada', imageId)))
    await spoil(moreImages(1))
    await run({ recordDays: 400 })
    pass(QUIET)
    expect(await run({ recordDays: 400 })).toMatchObject({ differing: 0, left: 0 })
    expect(under('repairs')).toHaveLength(1)
  })
})

describe('a day that takes longer than a run', () => {
  const sizes = { page: 10, many: 50, tooManyForOneRun: 100 }
  const many = async (count: number) => {
    for (let i = 0; i < count; i++) await images.end('ada', `u${i}`, NOON)
  }
  /** Its time is up after a page of each slice. */
  const hurried = () => run({ sizes, outOfTime: outOf(2) })

  it.each([20, 60, 120])(
    'goes on in the next run, at the same moment, and comes to the same: %i images',
    async (count) => {
      await many(count)
      await run()
      await spoil(moreImages(1))
      pass(QUIET + 60)
      let runs = 1
      for (; (await hurried()).days === 0 && runs < 20; runs++) {
        expect(under('days')[0]?.[1]).toMatchObject({ part: { after: expect.any(Array) as unknown } })
        // What comes meanwhile is of a later moment.
        await images.end('ada', `late-${runs}`, NOON)
        pass(10)
      }
      expect(runs).toBeGreaterThan(1)
      expect(runs).toBeLessThan(20)
      expect(await images.differing()).toEqual({})
      const [[, trace] = ['', {} as Data]] = under('repairs')
      expect(trace).toMatchObject({ differences: [{ field: 'images', expected: count, actual: count + 1 }] })
      const { micros } = trace['readAt'] as Instant
      expect(micros % 60e6 === 0).toBe(count >= sizes.tooManyForOneRun)
      // Those that came meanwhile have not been looked at.
      expect(under('days')).toMatchObject([[expect.any(String), { part: null }]])
      pass(QUIET)
      expect(await run({ sizes })).toMatchObject({ days: 1, differing: 0 })
    },
  )

  it('begins anew where that moment can no longer be read, and says so', async () => {
    await many(60)
    await run()
    pass(QUIET + 60)
    await hurried()
    pass(3700)
    expect(await run({ sizes })).toMatchObject({ days: 0, left: 1 })
    expect(errors()).toMatchObject([{ message: 'the recount of a large day begins anew', customer: 'ada', date: DAY }])
    expect(await run({ sizes })).toMatchObject({ days: 1, differing: 0, left: 0 })
  })
})

it('a run without time puts days on the list, as far as it gets, and leaves the rest to the next', async () => {
  for (let i = 0; i < 20; i++) await images.end(`c${i}`, 'u', NOON)
  await run()
  pass(QUIET)
  const { days, left } = await run({ outOfTime: outOf(11) })
  expect(days).toBeGreaterThan(0)
  expect(days + left).toBe(20)
  expect(await run()).toMatchObject({ days: left, left: 0 })
})

describe('in BigQuery', () => {
  const quietlyExported = async () => {
    await images.end('ada', 'u1', NOON)
    await images.end('bob', 'u1', NOON)
    await run()
    pass(QUIET)
    await runTheExport()
  }

  it('each key is there once, and the run says so', async () => {
    await quietlyExported()
    const { uniqueness } = await run()
    expect(uniqueness).toMatchObject({ images: { rows: 2, keys: 2 }, customer_stats: { rows: 2, keys: 2 } })
    expect(Object.keys(uniqueness ?? {})).toEqual(TABLES.map(({ name }) => name))
    expect(logged).toEqual([])
    expect(await store.get('reconciliations/recount')).toMatchObject({
      days: 2,
      uniqueness,
      finishedAt: expect.anything() as unknown,
    })
  })

  it('a key that is there twice is an error, on the dates that were touched', async () => {
    await quietlyExported()
    const [row = {}] = warehouse.rows('images')
    await warehouse.submit('twice', {
      kind: 'append',
      table: TABLES[1],
      rows: ndjson([row, { ...row, date: '2026-01-01' }, { ...row, date: '2026-01-01' }]),
    })
    await run()
    expect(errors()).toContainEqual({ message: 'BigQuery has a key twice', table: 'images', rows: 3, keys: 2 })
  })

  it('figures that are not those of the day that was recounted are an error, and those of a day touched since are not', async () => {
    await quietlyExported()
    await warehouse.submit('gone', { kind: 'erase', table: TABLES[1], customerId: 'ada' })
    await run()
    expect(errors()).toEqual([
      { message: 'figures differ', between: "Firestore and BigQuery's images", date: DAY, cells: 1 },
    ])
  })

  it('a day whose tables differ is put on the list: its record may have changed without its counters', async () => {
    await images.end('ada', 'u1', NOON)
    const { imageId } = await images.end('bob', 'u1', NOON)
    await run()
    pass(QUIET)
    await run()
    await runTheExport()
    const record = await store.get(imagePath('bob', imageId))
    const counted = { ...(record?.['counted'] as Data), bytesIn: 999 }
    await store.transact(async (t) =>
      t.merge(imagePath('bob', imageId), { counted, revision: 99, updatedAt: SERVER_TIME }),
    )
    pass(60)
    await images.end('ada', 'u2', NOON)
    await runTheExport()
    await run()
    pass(QUIET)
    // Ada is recounted, and with her the date is looked at.
    await run()
    expect(under('days').map(([path]) => path)).toEqual([`reconciliations/recount/days/bob~${DAY}`])
    pass(QUIET)
    expect(await run()).toMatchObject({ days: 1, repaired: 1 })
    expect(await images.differing()).toEqual({})
  })

  it('that cannot be asked is a warning: the counters are recounted all the same', async () => {
    await images.end('ada', 'u1', NOON)
    await run()
    pass(QUIET)
    expect(await run()).toMatchObject({ days: 1, uniqueness: null })
    expect(logged).toMatchObject([{ level: 'warn', message: 'BigQuery could not be asked whether it agrees' }])
  })
})
