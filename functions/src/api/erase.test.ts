import { linkPath } from '../contract/customer.ts'
import { customerPath, erasurePath, imagePath, statsPath } from '../contract/names.ts'
import { sharesPath } from '../contract/totals.ts'
import { Lease } from '../export/lease.ts'
import { ndjson } from '../export/rows.ts'
import { CUSTOMER_STATS, CUSTOMERS, IMAGES, TABLES, type Table } from '../export/schema.ts'
import { MemoryWarehouse } from '../export/testing/memory-warehouse.ts'
import { MemoryObjects } from '../intake/testing/memory-objects.ts'
import type { WriteData } from '../ledger/document-store.ts'
import { asErasure, customerHash, erasedLately } from '../ledger/erasure.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { chunkOf } from '../rollup/figures.ts'
import { eraseCustomer, type EraseDeps } from './erase.ts'
import { moveCounters } from './erase-documents.ts'
import { isNothing, planErasure } from './erase-plan.ts'
import { MemoryUsers } from './testing/memory-users.ts'

const DAY = '2026-11-23'
const KEY = 'web~jpeg~processed'
const cell = (images: number) => ({
  images,
  reprocessed: 0,
  bytesIn: images * 10,
  bytesOut: images * 3,
  pixels: images * 6,
  milliseconds: images * 7,
  histogram: { 11: images },
})

class World {
  now = Instant.parse('2026-11-23T12:00:00Z')
  readonly told: string[] = []
  readonly listed: string[] = []
  readonly store = new MemoryStore({ now: () => this.#later() })
  readonly raw = new MemoryObjects({ now: () => this.#later() })
  /** Deletions that were asked for, kept ones included. */
  deletions = 0
  readonly processed = new MemoryObjects({
    now: () => this.#later(),
    retentionDays: 7,
    gate: ({ kind }, phase) => {
      if (kind === 'delete' && phase === 'before') this.deletions++
    },
  })
  readonly users = new MemoryUsers()
  readonly warehouse = new MemoryWarehouse()
  /** Called with each wait, of so many milliseconds. */
  onSleep: (milliseconds: number) => void = (milliseconds) =>
    void (this.now = this.now.plusSeconds(milliseconds / 1000))
  runs = 0

  #later(): Instant {
    return (this.now = Instant.ofMicros(this.now.micros + 1))
  }

  deps(more: Partial<EraseDeps> = {}): EraseDeps {
    return {
      store: this.store,
      raw: this.raw,
      processed: this.processed,
      users: this.users,
      warehouse: this.warehouse,
      settings: { retentionDays: 7, kafkaRetentionDays: 10, metricCustomers: [], kafka: { topic: 'images' } },
      runId: `run${++this.runs}`,
      pseudonym: () => 'erased-0123456789ab',
      sleep: async (milliseconds) => {
        await Promise.resolve()
        this.onSleep(milliseconds)
      },
      tell: (progress) => this.told.push(progress),
      ...more,
    }
  }

  erase(more: Partial<EraseDeps> = {}) {
    return eraseCustomer(this.deps(more), 'erika')
  }

  async set(documents: Readonly<Record<string, WriteData>>): Promise<void> {
    await this.store.transact(async (transaction) => {
      for (const [path, data] of Object.entries(documents)) transaction.set(path, data)
    })
  }

  async load(table: Table, rows: Parameters<typeof ndjson>[0]): Promise<void> {
    await this.warehouse.ensure(TABLES)
    await this.warehouse.submit(`load-${table.name}-${rows.length}`, { kind: 'append', table, rows: ndjson(rows) })
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Two customers with two images each, one of them open. */
  async fill(): Promise<void> {
    for (const id of ['erika', 'acme']) {
      await this.set({
        [customerPath(id)]: { name: id, kind: 'kafka', createdAt: this.now, updatedAt: this.now },
        [imagePath(id, 'a'.repeat(40))]: { receivedAt: this.now, fileName: 'x', job: null },
        [imagePath(id, 'b'.repeat(40))]: { receivedAt: this.now, fileName: 'y', job: { kind: 'first' } },
        [`customers/${id}/contents/ab`]: { imageId: 'a' },
        [linkPath(id, 'c'.repeat(64))]: { customerId: id, fileName: 'x', token: 't' },
        [statsPath(id, DAY, 0)]: {
          customerId: id,
          date: DAY,
          cells: { [KEY]: cell(3) },
          exportShard: 0,
          updatedAt: this.now,
        },
        [statsPath(id, DAY, 1)]: {
          customerId: id,
          date: DAY,
          cells: { [KEY]: cell(4) },
          exportShard: 1,
          updatedAt: this.now,
        },
        [statsPath(id, '2026-11-22', 1)]: {
          customerId: id,
          date: '2026-11-22',
          cells: { [KEY]: cell(1) },
          exportShard: 1,
          updatedAt: this.now,
        },
        [`profiles/${id}`]: { customerId: id },
        [`quotas/${id}`]: { customerId: id, dailyImages: 5 },
        [`quotas/${id}/changes/last`]: { customerId: id, updatedBy: 'ada' },
      })
      for (const name of [`web/${id}/u1/a.jpg`, `kafka/${id}/u2/image`]) {
        await this.raw.create(name, Buffer.from(name), 'image/jpeg')
      }
      await this.processed.create(`${id}/${'a'.repeat(40)}/1/fit.webp`, Buffer.from('result'), 'image/webp')
      this.users.add(id)
    }
    await this.load(IMAGES, [image('erika', 'a'), image('erika', 'b'), image('acme', 'c')])
    await this.load(
      CUSTOMER_STATS,
      ['erika', 'acme'].map((id) => ({ ...image(id, ''), image_id: undefined, images: 8, histogram: [] })) as never,
    )
    await this.load(
      CUSTOMERS,
      ['erika', 'acme'].map((id) => ({ customer_id: id, name: id, revision: 1 })),
    )
  }

  async erasure() {
    const data = await this.store.get(erasurePath(customerHash('erika')))
    return data === null ? null : asErasure(data)
  }
}

const image = (customerId: string, imageId: string) => ({
  customer_id: customerId,
  image_id: imageId,
  date: DAY,
  source: 'web',
  format: 'jpeg',
  outcome: 'processed',
  reprocessed: 0,
  bytes_in: 1,
  bytes_out: 1,
  pixels: 1,
  milliseconds: 1,
  revision: 1,
})

let world: World
beforeEach(async () => {
  world = new World()
  await world.fill()
})

describe('a plan', () => {
  it('shows what there is of a customer, and changes nothing', async () => {
    world.users.add('member', { customer: 'erika', admin: true })
    world.users.add('elsewhere', { customer: 'acme' })
    const before = world.store.dump()
    const plan = await planErasure(world.deps(), 'erika')
    expect(plan).toMatchObject({
      erasure: null,
      known: true,
      records: 2,
      open: 1,
      days: 2,
      profiles: true,
      quota: true,
      raw: { objects: 2, bytes: 38 },
      results: { objects: 1, bytes: 6 },
      rows: { images: 2, stats: 1 },
    })
    expect(plan.users.map(({ uid }) => uid)).toEqual(['erika', 'member'])
    expect(isNothing(plan)).toBe(false)
    expect(world.store.dump()).toEqual(before)
  })

  it('says that there is nothing of a customer who never was', async () => {
    expect(isNothing(await planErasure(world.deps(), 'erik'))).toBe(true)
  })

  it('says so where BigQuery could not be asked', async () => {
    const plan = await planErasure({ ...world.deps(), warehouse: new MemoryWarehouse() }, 'erika')
    expect(plan).toMatchObject({ rows: null, unread: 'there is no table images' })
  })

  it.each(['', 'a/b', 'web', '-a'])('refuses %p, which is no customer', async (id) => {
    await expect(planErasure(world.deps(), id)).rejects.toThrow(RangeError)
    await expect(eraseCustomer(world.deps(), id)).rejects.toThrow(RangeError)
  })
})

describe('whoever erases', () => {
  it('takes out of the rollups also what had no counters any more', async () => {
    const figures = { images: 1, reprocessed: 0, bytesIn: 5, bytesOut: 0, pixels: 0, milliseconds: 0 }
    const day = { cells: { [KEY]: figures }, histogram: {} }
    await world.store.transact(async (transaction) => {
      const days = { '2026-10-01': { ...day, asOf: world.store.now() } }
      transaction.set('customers/erika/months/2026-10', { customerId: 'erika', month: '2026-10', days })
      transaction.set('totals/2026-10-01', { date: '2026-10-01', ...day })
      for (const period of ['2026-10', '2026-10-01']) {
        const path = sharesPath(period, chunkOf('erika'))
        transaction.set(path, { period, chunk: chunkOf('erika'), customers: '{"erika":[1,0,5,0]}' })
      }
      transaction.set('summaries/erika', { customerId: 'erika', months: { '2026-10': [1, 0, 5, 0, 1] } })
    })
    await world.erase()
    const left = [...world.store.dump().keys()].filter((path) => /^(totals|shares|summaries)\/|erika/.test(path))
    expect(left.filter((path) => !path.startsWith('summaries/erased-') && !path.includes('2026-11'))).toEqual([])
  })

  it('deletes all that can be, moves the counters, leaves others alone, and says what outlives it and until when', async () => {
    const report = await world.erase()
    expect(report).toMatchObject({
      outcome: 'waits',
      pseudonym: 'erased-0123456789ab',
      until: expect.any(Instant) as Instant,
      results: { objects: 1, bytes: 6 },
    })
    const paths = [...world.store.dump().keys()]
    expect(paths.filter((path) => path.includes('erika'))).toEqual([])
    expect(paths.filter((path) => path.startsWith('customers/erased-'))).toEqual([
      'customers/erased-0123456789ab',
      'customers/erased-0123456789ab/months/2026-11',
      'customers/erased-0123456789ab/stats/2026-11-22~0',
      'customers/erased-0123456789ab/stats/2026-11-23~0',
    ])
    expect(await world.store.get('customers/erased-0123456789ab')).toMatchObject({
      name: 'erased',
      erased: true,
      kind: 'kafka',
    })
    expect(await world.store.get(statsPath('erased-0123456789ab', DAY, 0))).toMatchObject({
      customerId: 'erased-0123456789ab',
      date: DAY,
      exportShard: 0,
      cells: { [KEY]: cell(7) },
    })
    expect(paths.filter((path) => path.includes('acme'))).toHaveLength(11)
    expect(world.raw.names()).toEqual(['web/acme/u1/a.jpg', 'kafka/acme/u2/image'])
    expect(world.users.uids()).toEqual(['acme'])
    expect(world.warehouse.rows('images').map((row) => row['customer_id'])).toEqual(['acme'])
    expect(world.warehouse.rows('customers').map((row) => row['customer_id'])).toEqual(['acme'])
    expect(world.warehouse.rows('customer_stats').map((row) => row['customer_id'])).toEqual([
      'erased-0123456789ab',
      'acme',
    ])
    expect(await world.store.get('exports/lease')).toMatchObject({ holder: null, jobs: [] })
    expect(await world.erasure()).toMatchObject({
      pseudonym: 'erased-0123456789ab',
      open: false,
      rowsGoneAt: expect.any(Instant) as Instant,
      closedAt: expect.any(Instant) as Instant,
      finishedAt: null,
      outlives: report.outlives,
    })
    const outlives = report.outlives.map(({ what, until }) => `${until?.toString().slice(0, 10)} ${what.split(':')[0]}`)
    expect(outlives).toEqual([
      '2026-12-01 1 results, 6 bytes, which the retention policy keeps',
      '2026-12-07 BigQuery',
      '2026-12-08 BigQuery',
      '2027-05-22 BigQuery',
      '2026-11-30 Firestore',
      '2026-12-21 Firestore',
      '2026-12-23 Cloud Logging',
      '2026-11-24 Eventarc and Cloud Tasks',
      '2027-05-22 Firebase Authentication',
      '2026-11-30 Uploads begun before',
      '2026-12-03 Kafka',
      'undefined Kafka',
      'undefined profileVersions/',
    ])
  })

  it('has finished once the retention is over and no upload can still come, and not before', async () => {
    const { until } = await world.erase()
    world.now = world.now.plusDays(7)
    // Its hour is not over, nor has the lifecycle been there.
    expect(await world.erase()).toMatchObject({ outcome: 'waits', results: { objects: 0 } })
    await world.raw.create('web/erika/u9/late.jpg', Buffer.from('late'), 'image/jpeg')
    world.now = until ?? world.now
    expect(await world.erase()).toMatchObject({ outcome: 'finished', until: null })
    expect(world.raw.names().filter((name) => name.includes('erika'))).toEqual([])
    expect(world.processed.names()).toEqual([`acme/${'a'.repeat(40)}/1/fit.webp`])
    const { finishedAt } = (await world.erasure()) ?? {}
    expect(finishedAt).toBeInstanceOf(Instant)
    world.now = world.now.plusDays(1)
    await world.erase()
    expect((await world.erasure())?.finishedAt).toEqual(finishedAt)
  })

  it('asks a bucket that keeps its results once, and not for each of them', async () => {
    for (let n = 0; n < 600; n++) await world.processed.create(`erika/i/1/${n}`, Buffer.from('x'), 'image/webp')
    const { results } = await world.erase()
    expect(results.objects).toBe(601)
    expect(world.deletions).toBeLessThan(20)
  })

  it('deletes results at once where nothing keeps them', async () => {
    const processed = new MemoryObjects({ now: () => world.now })
    await processed.create('erika/i/1/fit.webp', Buffer.from('x'), 'image/webp')
    await processed.create('erika-2/i/1/fit.webp', Buffer.from('x'), 'image/webp')
    expect(await world.erase({ processed })).toMatchObject({ results: { objects: 0 } })
    expect(processed.names()).toEqual(['erika-2/i/1/fit.webp'])
  })

  it('waits while an export is at work, and settles what that leaves', async () => {
    const lease = await Lease.take(world.store, 'export')
    let waits = 0
    world.onSleep = () => {
      if (++waits === 3) void lease?.release()
    }
    await world.erase()
    expect(waits).toBeGreaterThanOrEqual(3)
    expect(world.told.filter((line) => line.includes('waiting'))).toHaveLength(1)
  })

  it('lets the export go on where BigQuery fails, and does the rest when it is started again', async () => {
    const broken = new Proxy(world.warehouse, {
      get: (target, name) => {
        if (name === 'submit') return () => Promise.reject(new Error('BigQuery is away'))
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    await expect(world.erase({ warehouse: broken })).rejects.toThrow('BigQuery is away')
    expect(await world.store.get('exports/lease')).toMatchObject({ holder: null })
    expect(await world.erasure()).toMatchObject({ open: true, rowsGoneAt: null })
    expect(await world.store.get(statsPath('erika', DAY, 0))).not.toBeNull()
    expect(await world.erase()).toMatchObject({ outcome: 'waits' })
    expect(await world.erasure()).toMatchObject({ open: false })
    expect([...world.store.dump().keys()].filter((path) => path.includes('erika'))).toEqual([])
  })

  it('moves the counters of any number of days and shards, and adds to what is there already', async () => {
    for (let day = 1; day <= 30; day++) {
      const date = `2026-10-${String(day).padStart(2, '0')}`
      const shard = { customerId: 'erika', date, cells: { [KEY]: cell(day) }, exportShard: 0, updatedAt: world.now }
      await world.set(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [statsPath('erika', date, n), shard])))
    }
    await world.set({
      [statsPath('p', DAY, 0)]: {
        customerId: 'p',
        date: DAY,
        cells: { [KEY]: cell(100) },
        exportShard: 0,
        updatedAt: world.now,
      },
    })
    // Whoever has lost its date is counted all the same.
    await world.set({ [statsPath('erika', '2026-10-30', 9)]: { cells: { [KEY]: cell(1000) } } })
    await moveCounters(world.store, 'erika', 'p')
    expect(await world.store.query({ collection: 'customers/erika/stats' })).toEqual([])
    expect(await world.store.get(statsPath('p', '2026-10-07', 0))).toMatchObject({ cells: { [KEY]: cell(63) } })
    expect(await world.store.get(statsPath('p', '2026-10-30', 0))).toMatchObject({ cells: { [KEY]: cell(1270) } })
    expect(await world.store.get(statsPath('p', DAY, 0))).toMatchObject({ cells: { [KEY]: cell(107) } })
  })

  it('takes its id out of what operators did, and of cursors, and nothing else', async () => {
    const { now } = world
    await world.set({
      'audit/1': {
        at: now,
        by: 'erika',
        command: 'erika',
        arguments: ['set', 'erika', '--customer=erika', 'erika-2', 'xerika'],
        error: 'erika: no',
      },
      'reconciliations/sweep': { after: 'web/erika/u1/a.jpg', updatedAt: now },
      'reconciliations/recount/days/erika~2026-11-23': { customerId: 'erika' },
      'reconciliations/recount/days/acme~2026-11-23': { customerId: 'acme' },
      'reconciliations/recount-cursor': {
        shards: {
          2: { since: now, pass: { startedAt: now, updatedAt: now, path: 'customers/erika/stats/2026-11-23~2' } },
        },
        watermark: now,
      },
      'exports/cursor-images': {
        shards: {
          0: { since: now, pass: { startedAt: now, updatedAt: now, path: 'customers/erika/images/1' } },
          1: { since: null, pass: { startedAt: now, updatedAt: now, path: 'customers/erika-2/images/1' } },
        },
        watermark: now,
      },
    })
    await world.erase()
    const hidden = `sha256:${customerHash('erika')}`
    expect(await world.store.get('audit/1')).toMatchObject({
      by: hidden,
      command: 'erika',
      arguments: ['set', hidden, `--customer=${hidden}`, 'erika-2', 'xerika'],
      error: `${hidden}: no`,
    })
    expect(await world.store.get('reconciliations/sweep')).toEqual({ updatedAt: now })
    expect(await world.store.get('reconciliations/recount/days/erika~2026-11-23')).toBeNull()
    expect(await world.store.get('reconciliations/recount/days/acme~2026-11-23')).not.toBeNull()
    expect(await world.store.get('reconciliations/recount-cursor')).toMatchObject({
      shards: { 2: { since: now, pass: null } },
      watermark: now,
    })
    expect(await world.store.get('exports/cursor-images')).toMatchObject({
      shards: { 0: { since: now, pass: null }, 1: { pass: { path: 'customers/erika-2/images/1' } } },
      watermark: now,
    })
  })

  it('names the metrics where the customer has some of its own', async () => {
    const { settings } = world.deps()
    const { outlives } = await world.erase({ settings: { ...settings, metricCustomers: ['erika'] } })
    expect(outlives.filter(({ what }) => what.startsWith('Cloud Monitoring'))).toHaveLength(1)
  })

  it('refuses the pseudonym of one who was erased', async () => {
    await world.erase()
    await expect(eraseCustomer(world.deps(), 'erased-0123456789ab')).rejects.toThrow(
      'erased-0123456789ab is the pseudonym of a customer who was erased already',
    )
    await expect(planErasure(world.deps(), 'erased-0123456789ab')).rejects.toThrow(RangeError)
  })
})

describe('whoever asks with each record whether its customer was erased', () => {
  it('asks the store once a minute for each', async () => {
    let time = 0
    let gets = 0
    const counting = { get: async (path: string) => (gets++, world.store.get(path)) }
    const erased = erasedLately(counting, () => time)
    expect([await erased('erika'), await erased('erika'), await erased('acme')]).toEqual([false, false, false])
    expect(gets).toBe(2)
    await world.erase()
    expect(await erased('erika')).toBe(false)
    time = 60_000
    expect([await erased('erika'), await erased('acme')]).toEqual([true, false])
    expect(gets).toBe(4)
  })
})
