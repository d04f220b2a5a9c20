import { customerPath, statsPath } from '../contract/names.ts'
import {
  customerMonthPath,
  ROLLUP_CURSOR_PATH,
  ROLLUP_FENCE_PATH,
  sharesPath,
  summaryPath,
  totalsPath,
  type CustomerSummary,
  type DayTotals,
  type Share,
} from '../contract/totals.ts'
import { increment, SERVER_TIME, type WriteData } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { chunkOf } from './figures.ts'
import { rollUp, TIMING, type RollUp } from './rollup.ts'

const DAY = '2026-11-23'

class World {
  now = Instant.parse('2026-11-23T12:00:00Z')
  readonly store = new MemoryStore({ now: () => (this.now = Instant.ofMicros(this.now.micros + 1)) })
  readonly told: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = []

  async count(customerId: string, date = DAY, { images = 1, shard = 0, outcome = 'processed', unseen = false } = {}) {
    const cell = {
      images: increment(images),
      reprocessed: increment(0),
      bytesIn: increment(100 * images),
      bytesOut: increment(10 * images),
      pixels: increment(0),
      milliseconds: increment(0),
      histogram: { '26': increment(images) },
    }
    const change: WriteData = { customerId, date, exportShard: shard, cells: { [`web~jpeg~${outcome}`]: cell } }
    await this.change(statsPath(customerId, date, shard), unseen ? change : { ...change, updatedAt: SERVER_TIME })
  }

  async change(path: string, data: WriteData): Promise<void> {
    await this.store.transact(async (transaction) => transaction.merge(path, data))
  }

  rollUp(more: Partial<RollUp> & { readonly again?: boolean } = {}) {
    const log = {
      info: () => {},
      error: (message: string, fields: Readonly<Record<string, unknown>>) => void this.told.push({ message, fields }),
    }
    return rollUp({ store: this.store, log, timing: TIMING, outOfTime: () => false, ...more }, more)
  }

  /** Until a day at rest is due; what was touched before that is behind every cursor. */
  async rest(): Promise<void> {
    for (let seconds = 0; seconds < TIMING.rest; seconds += 600) {
      expect(await this.rollUp()).toMatchObject({ checked: 0 })
      this.now = this.now.plusSeconds(600)
    }
  }

  async images(date = DAY): Promise<number | null> {
    const totals = (await this.store.get(totalsPath(date))) as unknown as DayTotals<Instant> | null
    return totals && Object.values(totals.cells).reduce((sum, { images }) => sum + images, 0)
  }

  async summary(customerId: string): Promise<CustomerSummary<Instant> | null> {
    return (await this.store.get(summaryPath(customerId))) as unknown as CustomerSummary<Instant> | null
  }

  async share(period: string, customerId: string): Promise<Share | undefined> {
    const chunk = await this.store.get(sharesPath(period, chunkOf(customerId)))
    return (JSON.parse((chunk?.['customers'] ?? '{}') as string) as Record<string, Share>)[customerId]
  }
}

it('keeps months, totals, shares and summaries up with the counters', async () => {
  const world = new World()
  await world.change(customerPath('ada'), { name: 'Ada', kind: 'kafka', updatedAt: SERVER_TIME })
  await world.rollUp()
  await world.count('ada', '2026-11-22')
  await world.count('ada', DAY, { images: 2 })
  await world.count('ada', DAY, { shard: 1, outcome: 'corrupt' })
  await world.count('bob', DAY)
  const changedAt = world.now
  expect(await world.rollUp()).toEqual({ days: 3, customers: 2, changed: 3, checked: 0, differing: 0, left: 0 })
  expect(await world.images()).toBe(4)
  expect(await world.images('2026-11-22')).toBe(1)
  expect(await world.store.get(customerMonthPath('ada', '2026-11'))).toMatchObject({
    days: {
      '2026-11-22': { cells: { 'web~jpeg~processed': { images: 1 } }, histogram: { '26': 1 } },
      [DAY]: {
        cells: { 'web~jpeg~processed': { images: 2 }, 'web~jpeg~corrupt': { images: 1 } },
        histogram: { '26': 2 },
      },
    },
  })
  expect(await world.share(DAY, 'ada')).toEqual([3, 1, 300, 30])
  expect(await world.share('2026-11', 'ada')).toEqual([4, 1, 400, 40])
  expect(await world.summary('ada')).toMatchObject({ name: 'Ada', nameKey: 'ada', kind: 'kafka', images: 4, failed: 1 })
  const bob = await world.summary('bob')
  expect(bob).toMatchObject({ name: 'bob', images: 1, lastDate: DAY, erased: false })
  expect(changedAt.isAfter(bob!.lastActivityAt)).toBe(false)
  expect(world.told).toEqual([])
})

it('the smoke test’s customer is in none of them', async () => {
  const world = new World()
  await world.count('smoke-test')
  await world.rollUp()
  await world.count('smoke-test')
  await world.rollUp()
  const paths = [...world.store.dump().keys()].filter((path) => !path.startsWith('rollups/'))
  expect(paths).toEqual([statsPath('smoke-test', DAY, 0)])
})

it('a first run builds the newest days first, as far as there is time, beside what changes', async () => {
  const world = new World()
  const dates = ['2026-09-30', '2026-10-01', '2026-10-02']
  for (const date of dates) for (const id of ['a', 'b', 'c', 'd']) await world.count(id, date)
  const sizes = { changes: 100, days: 2, page: 3 }
  const timeFor = (looks: number) => ({ sizes, outOfTime: () => looks-- <= 0 })
  world.now = world.now.plusSeconds(3600)
  // One look for what changes, one for each page of customers: the second page is left, and two more days.
  expect(await world.rollUp(timeFor(2))).toMatchObject({ days: 2, left: 3 })
  expect(await Promise.all(dates.map((date) => world.images(date)))).toEqual([null, null, 2])
  await world.count('e', '2026-09-30')
  await world.count('a', '2026-10-02')
  expect(await world.rollUp(timeFor(1))).toMatchObject({ days: 2, left: 3 })
  expect(await Promise.all(dates.map((date) => world.images(date)))).toEqual([1, null, 3])
  const runs = []
  for (let left = 1; left > 0; left = runs.at(-1)?.left ?? 0) runs.push(await world.rollUp(timeFor(2)))
  expect(runs.length).toBeGreaterThan(3)
  expect(await Promise.all(dates.map((date) => world.images(date)))).toEqual([5, 4, 5])
  expect(world.told).toEqual([])
})

it('what is committed late is found by the thorough pass, ten minutes later', async () => {
  const world = new World()
  const later = async (seconds: number) => {
    world.now = world.now.plusSeconds(seconds)
    return world.rollUp()
  }
  await world.rollUp()
  world.now = world.now.plusSeconds(500)
  const asked = world.now
  // A thorough pass, and a quick one.
  for (const seconds of [100, 100]) expect(await later(seconds)).toMatchObject({ days: 0 })
  await world.count('ada')
  await world.change(statsPath('ada', DAY, 0), { updatedAt: asked })
  expect(await later(400)).toMatchObject({ days: 0 })
  expect(await later(100)).toMatchObject({ days: 1 })
  expect(await world.images()).toBe(1)
})

it('names that have changed are taken over within ten minutes', async () => {
  const world = new World()
  await world.change(customerPath('ada'), { name: 'Ada', kind: 'web', updatedAt: SERVER_TIME })
  await world.count('ada')
  await world.rollUp()
  await world.change(customerPath('ada'), { name: 'Ada & Sons', updatedAt: SERVER_TIME })
  world.now = world.now.plusSeconds(600)
  await world.rollUp()
  expect(await world.summary('ada')).toMatchObject({ name: 'Ada & Sons', nameKey: 'ada & sons', images: 1 })
})

describe('a day that has come to rest is held against the counters', () => {
  async function atRest(): Promise<World> {
    const world = new World()
    await world.rollUp()
    for (const id of ['ada', 'bob', 'eve']) await world.count(id)
    await world.rest()
    return world
  }

  it('and is left as it is where all agrees', async () => {
    const world = await atRest()
    const before = world.store.dump()
    expect(await world.rollUp()).toMatchObject({ checked: 1, differing: 0 })
    expect(await world.rollUp()).toMatchObject({ checked: 0 })
    for (const path of [ROLLUP_CURSOR_PATH, ROLLUP_FENCE_PATH]) before.delete(path)
    expect(world.store.dump()).toEqual(new Map([...world.store.dump(), ...before]))
  })

  it('totals that somebody has changed are set right', async () => {
    const world = await atRest()
    await world.change(totalsPath(DAY), { cells: { 'web~jpeg~processed': { images: 7 } } })
    expect(await world.rollUp()).toMatchObject({ checked: 1, differing: 1 })
    expect(world.told).toEqual([{ message: 'rollups differ', fields: { date: DAY, customers: 0, totals: true } }])
    expect(await world.images()).toBe(3)
  })

  it('a month that somebody has changed is, with all that is made of it', async () => {
    const world = await atRest()
    const cells = { 'web~jpeg~processed': { images: 9 } }
    await world.change(customerMonthPath('ada', '2026-11'), { days: { [DAY]: { cells } } })
    await world.change(customerMonthPath('ghost', '2026-11'), {
      customerId: 'ghost',
      month: '2026-11',
      days: { [DAY]: { cells: {}, histogram: { '3': 1 }, asOf: world.now } },
    })
    expect(await world.rollUp()).toMatchObject({ differing: 1 })
    expect(world.told).toEqual([{ message: 'rollups differ', fields: { date: DAY, customers: 2, totals: true } }])
    expect(await world.images()).toBe(3)
    expect(await world.summary('ada')).toMatchObject({ images: 1 })
    expect(await world.store.get(customerMonthPath('ghost', '2026-11'))).toBeNull()
  })

  it('counters that have changed without a time are found', async () => {
    const world = await atRest()
    await world.count('bob', DAY, { images: 4, unseen: true })
    await world.rollUp()
    expect(world.told).toEqual([{ message: 'rollups differ', fields: { date: DAY, customers: 1, totals: false } }])
    expect(await world.images()).toBe(7)
    expect(await world.share(DAY, 'bob')).toEqual([5, 0, 500, 50])
  })

  it('of counters that changed so lately that they need not have been seen yet nothing is said', async () => {
    const world = new World()
    const start = world.now
    const runAt = async (seconds: number) => {
      world.now = start.plusSeconds(seconds)
      return world.rollUp()
    }
    await world.rollUp()
    world.now = start.plusSeconds(60)
    await world.count('bob')
    // The last of these is a thorough pass.
    for (let seconds = 600; seconds <= 3600; seconds += 600) await runAt(seconds)
    await world.count('bob')
    await world.change(statsPath('bob', DAY, 0), { updatedAt: start.plusSeconds(3500) })
    expect(await runAt(3700)).toMatchObject({ days: 0, checked: 1, differing: 0 })
    expect(await runAt(4200)).toMatchObject({ days: 1, changed: 1 })
    expect(world.told).toEqual([])
  })

  it('and one that never rests once a day', async () => {
    const world = await atRest()
    let checked = 0
    for (let run = 0; run < 49; run++) {
      world.now = world.now.plusSeconds(1800)
      await world.count('ada')
      checked += (await world.rollUp()).checked
    }
    expect(checked).toBe(1)
    expect(world.told).toEqual([])
  })
})

it('built again, everything is right that somebody has changed or deleted, and nothing is there that has no counters', async () => {
  const world = new World()
  await world.count('ada')
  await world.count('bob', '2026-10-05')
  await world.rollUp()
  const right = world.store.dump()
  await world.store.transact(async (transaction) => {
    transaction.delete(summaryPath('ada'))
    transaction.delete(totalsPath('2026-10-05'))
    transaction.set(totalsPath('2026-01-01'), { date: '2026-01-01', cells: {}, histogram: { '1': 1 } })
    transaction.merge(sharesPath('2026-11', chunkOf('ada')), { customers: '{}' })
    transaction.merge(summaryPath('bob'), { name: 'nobody', images: 5 })
  })
  expect(await world.rollUp({ again: true })).toMatchObject({ checked: 3, differing: 2, left: 0 })
  const without = (documents: ReadonlyMap<string, object>) =>
    [...documents]
      .filter(([path]) => !path.startsWith('rollups/'))
      .map(([path, data]) => [path, { ...data, updatedAt: null, lastActivityAt: null, name: null, nameKey: null }])
  expect(without(world.store.dump())).toEqual(without(right))
  expect(await world.summary('ada')).toMatchObject({ name: 'ada' })
})

it('a customer whose month does not fit does not keep the others from being rolled up', async () => {
  const world = new World()
  await world.rollUp()
  await world.count('ada')
  await world.count('bob')
  const cells = Object.fromEntries(
    Array.from({ length: 9000 }, (_, n) => [`web~jpeg~${'x'.repeat(20)}${n}`, { images: 1 }]),
  )
  await world.change(statsPath('vast', DAY, 0), {
    customerId: 'vast',
    date: DAY,
    exportShard: 0,
    cells,
    updatedAt: SERVER_TIME,
  })
  await world.rollUp()
  expect(await world.images()).toBe(2)
  expect(world.told).toMatchObject([
    { message: 'a day does not fit into the rollups', fields: { customer: 'vast', date: DAY } },
  ])
})
