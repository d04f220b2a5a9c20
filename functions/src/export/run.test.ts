import { SERVER_TIME, type WriteData } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { MAX_TRIES } from './jobs.ts'
import { LEASE_PATH, LEASE_SECONDS } from './lease.ts'
import { runExport, type Export } from './run.ts'
import { MemoryWarehouse, type WarehouseGate } from './testing/memory-warehouse.ts'
import { WarehouseFault, type Job, type Warehouse } from './warehouse.ts'

class Bench {
  now = Instant.parse('2026-11-23T12:00:00Z')
  gate: WarehouseGate = () => {}
  readonly store = new MemoryStore({ now: () => (this.now = Instant.ofMicros(this.now.micros + 1)) })
  readonly warehouse = new MemoryWarehouse({ gate: (operation, phase) => this.gate(operation, phase) })
  readonly submitted: { readonly jobId: string; readonly job: Job }[] = []
  runs = 0

  async write(path: string, data: WriteData): Promise<void> {
    await this.store.transact(async (transaction) => transaction.set(path, data))
  }

  image(id: string, more: WriteData = {}): Promise<void> {
    return this.write(`customers/c1/images/${id}`, {
      imageId: id,
      customerId: 'c1',
      source: 'web',
      fileName: `${id}.jpg`,
      date: '2026-11-23',
      state: 'processed',
      job: null,
      attempt: 1,
      raw: { name: `web/c1/u/${id}.jpg`, generation: '1', bytes: 9, contentType: '', crc32c: '', createdAt: this.now },
      input: { format: 'jpeg', width: 2, height: 3, pages: 1, alpha: false, bytes: 9, sha256: 'aa' },
      outputs: [],
      error: null,
      profileVersion: 'p1',
      receivedAt: this.now,
      processedAt: this.now,
      availableUntil: null,
      counted: { ...COUNTED, outcome: 'processed' },
      revision: 1,
      updatedAt: SERVER_TIME,
      exportShard: 0,
      ...more,
    })
  }

  stats(shard: number, images: number, more: WriteData = {}): Promise<void> {
    const { source: _source, format: _format, ...sums } = COUNTED
    return this.write(`customers/c1/stats/2026-11-23~${shard}`, {
      customerId: 'c1',
      date: '2026-11-23',
      cells: { 'web~jpeg~processed': { ...sums, images, histogram: { '9': images } } },
      updatedAt: SERVER_TIME,
      exportShard: shard,
      ...more,
    })
  }

  async run(more: Partial<Export> = {}) {
    const { warehouse, submitted } = this
    const recording: Warehouse = {
      ensure: (tables) => warehouse.ensure(tables),
      submit: (jobId, job) => {
        submitted.push({ jobId, job })
        return warehouse.submit(jobId, job)
      },
      state: (jobId) => warehouse.state(jobId),
      cancel: (jobId) => warehouse.cancel(jobId),
      count: (table) => warehouse.count(table),
    }
    return runExport({
      store: this.store,
      warehouse: recording,
      runId: `r${++this.runs}`,
      pageRows: 100,
      sleep: async () => {},
      outOfTime: () => false,
      ...more,
    })
  }

  ids(): readonly string[] {
    const ids = this.warehouse.rows('images').map((row) => row['image_id'] as string)
    return ids.sort()
  }
}

const COUNTED = {
  source: 'web',
  format: 'jpeg',
  reprocessed: 0,
  bytesIn: 9,
  bytesOut: 3,
  pixels: 6,
  milliseconds: 5,
} as const

const down =
  (kind: string): WarehouseGate =>
  (operation) => {
    if (operation.kind === kind) throw new WarehouseFault('503', true)
  }

describe('what is exported', () => {
  it('a row for each image that has ended, with its figures', async () => {
    const bench = new Bench()
    await bench.image('a')
    await bench.image('b', {
      state: 'failed',
      error: { code: 'corrupt', message: 'damaged', processor: 'renditions' },
      input: null,
      counted: { ...COUNTED, outcome: 'corrupt' },
    })
    await bench.image('c', { state: 'received', counted: null })
    const report = await bench.run()
    expect(report).toMatchObject({ outcome: 'complete', rows: { images: 2, customers: 0, customer_stats: 0 } })
    const [a, b] = bench.warehouse.rows('images')
    expect(a).toMatchObject({ image_id: 'a', outcome: 'processed', bytes_in: 9, bytes_out: 3, pixels: 6, sha256: 'aa' })
    expect(b).toMatchObject({ image_id: 'b', outcome: 'corrupt', error_processor: 'renditions', width: null })
    expect(bench.ids()).toEqual(['a', 'b'])
  })

  it('an image that was opened again keeps the row that the counters still hold', async () => {
    const bench = new Bench()
    await bench.image('a', {
      job: { kind: 'reprocess', attempt: 1, leaseUntil: null, holder: null, profileVersion: null },
    })
    await bench.run()
    expect(bench.warehouse.rows('images')).toMatchObject([{ image_id: 'a', outcome: 'processed', milliseconds: 5 }])
  })

  it('the sum of all shards of a day, when only one has changed', async () => {
    const bench = new Bench()
    await bench.stats(0, 1)
    await bench.stats(1, 2)
    await bench.run()
    bench.now = bench.now.plusSeconds(3600)
    await bench.run()
    await bench.stats(1, 5)
    const report = await bench.run()
    expect(report.rows['customer_stats']).toBe(1)
    expect(bench.warehouse.rows('customer_stats')).toEqual([
      expect.objectContaining({ images: 6, bytes_in: 18, histogram: [{ bucket: 9, images: 6 }] }),
    ])
  })

  it('a cell that fell to zero, as zero', async () => {
    const bench = new Bench()
    await bench.stats(0, 1)
    await bench.run()
    await bench.stats(0, 0)
    await bench.run()
    expect(bench.warehouse.rows('customer_stats')).toMatchObject([{ images: 0, histogram: [] }])
  })

  it("a customer's name, and its new one", async () => {
    const bench = new Bench()
    const customer: WriteData = { kind: 'web', createdAt: SERVER_TIME, updatedAt: SERVER_TIME }
    await bench.write('customers/c1', { ...customer, name: 'Anna' })
    await bench.run()
    await bench.write('customers/c1', { ...customer, name: 'Anna B.' })
    await bench.run()
    expect(bench.warehouse.rows('customers')).toMatchObject([{ customer_id: 'c1', name: 'Anna B.', kind: 'web' }])
  })

  it('one row of status for each run, and a document about it', async () => {
    const bench = new Bench()
    await bench.image('a')
    const { watermark } = await bench.run()
    await bench.run()
    expect(bench.warehouse.rows('export_status')).toMatchObject([
      { run_id: 'r1', outcome: 'complete', images: 1, watermark: watermark?.toString() },
      { run_id: 'r2', outcome: 'complete' },
    ])
    expect(await bench.store.get('exports/r1')).toMatchObject({ outcome: 'complete', rows: { images: 1 }, error: null })
  })
})

describe('the cursor', () => {
  it('goes on where it stopped, page by page, with documents of the same time', async () => {
    const bench = new Bench()
    const updatedAt = bench.now
    for (const id of ['a', 'b', 'c', 'd', 'e']) await bench.image(id, { updatedAt })
    let calls = 0
    expect(await bench.run({ pageRows: 2, outOfTime: () => ++calls > 3 })).toMatchObject({ outcome: 'out-of-time' })
    expect(bench.ids()).toEqual(['a', 'b'])
    expect(await bench.run({ pageRows: 2 })).toMatchObject({ outcome: 'complete', rows: { images: 3 } })
    expect(bench.ids()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('finds a document that became visible behind it', async () => {
    const bench = new Bench()
    await bench.image('a')
    const taken = bench.now.plusSeconds(-9 * 60)
    await bench.run()
    await bench.image('late', { updatedAt: taken })
    await bench.run()
    expect(bench.ids()).toEqual(['a', 'late'])
  })

  it('starts the next pass before the beginning of the last one, however long that took', async () => {
    const bench = new Bench()
    for (const id of ['a', 'b', 'c']) await bench.image(id)
    let calls = 0
    const began = bench.now
    await bench.run({ pageRows: 1, outOfTime: () => ++calls > 3 })
    bench.now = bench.now.plusSeconds(3600)
    await bench.image('late', { updatedAt: began.plusSeconds(-9 * 60) })
    await bench.run()
    await bench.run()
    expect(bench.ids()).toEqual(['a', 'b', 'c', 'late'])
  })

  it('leaves nothing to read once all has been quiet for the time of the overlap', async () => {
    const bench = new Bench()
    await bench.image('a')
    await bench.stats(0, 1)
    await bench.run()
    expect(await bench.run()).toMatchObject({ rows: { images: 1, customer_stats: 1 } })
    bench.now = bench.now.plusSeconds(601)
    await bench.run()
    bench.submitted.length = 0
    expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { images: 0, customer_stats: 0 } })
    expect(bench.submitted.map(({ job }) => job.kind)).toEqual(['append'])
  })

  it('reads every shard, and joins small ones into one page', async () => {
    const bench = new Bench()
    for (let shard = 0; shard < 8; shard++) await bench.image(`i${shard}`, { exportShard: shard })
    await bench.run()
    expect(bench.ids()).toHaveLength(8)
    expect(bench.submitted.filter(({ job }) => job.kind === 'merge')).toHaveLength(1)
  })
})

describe('when BigQuery fails', () => {
  it.each(['ensure', 'submit', 'state'])(
    'and %s does not come back, the run fails and the next does all',
    async (kind) => {
      const bench = new Bench()
      await bench.image('a')
      bench.gate = down(kind)
      await expect(bench.run()).rejects.toThrow('503')
      expect(await bench.store.get('exports/r1')).toMatchObject({ outcome: 'failed', error: 'WarehouseFault: 503' })
      bench.gate = () => {}
      await bench.run()
      expect(bench.ids()).toEqual(['a'])
    },
  )

  it('tries a refused call once only', async () => {
    const bench = new Bench()
    let calls = 0
    bench.gate = ({ kind }) => {
      if (kind !== 'ensure') return
      calls++
      throw new WarehouseFault('403', false)
    }
    await expect(bench.run()).rejects.toThrow('403')
    expect(calls).toBe(1)
  })

  it('after it has taken a job, it is not given another', async () => {
    const bench = new Bench()
    await bench.image('a')
    const lost = new Set<string>()
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind !== 'submit' || phase !== 'after' || lost.has(jobId)) return
      lost.add(jobId)
      throw new WarehouseFault('the answer was lost', true)
    }
    await bench.run()
    expect(bench.warehouse.jobs()).toHaveLength(3)
    expect(bench.submitted).toHaveLength(6)
    expect(bench.ids()).toEqual(['a'])
  })

  it('a failed job is done again under the next number', async () => {
    const bench = new Bench()
    await bench.image('a')
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind === 'job' && phase === 'between' && jobId.endsWith('_merge_0')) throw new Error('backendError')
    }
    await bench.run()
    expect(bench.warehouse.jobs().map((id) => id.replace(/^.*_(\w+_\d)$/, '$1'))).toEqual([
      'stage_0',
      'merge_0',
      'merge_1',
      'status_0',
    ])
    expect(bench.ids()).toEqual(['a'])
  })

  it('a job that fails each time fails the run, with the reason', async () => {
    const bench = new Bench()
    await bench.image('a')
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind === 'job' && phase === 'before' && jobId.includes('merge')) throw new Error('no such table')
    }
    await expect(bench.run()).rejects.toThrow(`${MAX_TRIES} times: no such table`)
  })
})

describe('the lease', () => {
  it('keeps a second exporter out while the first is alive', async () => {
    const bench = new Bench()
    await bench.image('a')
    let second: unknown
    bench.gate = async ({ kind }, phase) => {
      if (kind === 'ensure' && phase === 'before' && second === undefined) second = await bench.run()
    }
    expect(await bench.run()).toMatchObject({ outcome: 'complete' })
    expect(second).toMatchObject({ outcome: 'busy', pages: 0 })
  })

  it('names each job before it is submitted', async () => {
    const bench = new Bench()
    await bench.image('a')
    const unnamed: string[] = []
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind !== 'submit' || phase !== 'before') return
      const lease = bench.store.dump().get(LEASE_PATH)
      if (!(lease?.['jobs'] as readonly string[] | undefined)?.includes(jobId)) unnamed.push(jobId)
    }
    await bench.run()
    expect(unnamed).toEqual([])
    expect(bench.submitted).toHaveLength(3)
  })

  it('once taken over, keeps the late one from submitting anything, and its late job from being done', async () => {
    const bench = new Bench()
    await bench.image('a')
    const asleep = Promise.withResolvers<void>()
    const standing = Promise.withResolvers<void>()
    bench.gate = async ({ kind, jobId }, phase) => {
      if (kind !== 'submit' || phase !== 'before' || !jobId.endsWith('merge_0') || bench.runs > 1) return
      standing.resolve()
      await asleep.promise
    }
    const late = bench.run()
    await standing.promise
    bench.now = bench.now.plusSeconds(LEASE_SECONDS + 1)
    expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { images: 1 } })
    asleep.resolve()
    await expect(late).rejects.toThrow('taken over')
    expect(bench.ids()).toEqual(['a'])
  })

  it('has the next holder cancel the job of one that died, and wait for its end', async () => {
    const bench = new Bench()
    await bench.image('a')
    const merging = Promise.withResolvers<void>()
    const slow = Promise.withResolvers<void>()
    const cancelled: string[] = []
    bench.gate = async ({ kind, jobId }, phase) => {
      if (kind === 'cancel' && phase === 'before') {
        cancelled.push(jobId)
        slow.resolve()
      }
      if (kind === 'job' && phase === 'between' && jobId.includes('_r1_') && jobId.endsWith('merge_0')) {
        merging.resolve()
        await slow.promise
      }
    }
    const overtaken = bench.run().catch((error: unknown) => error)
    await merging.promise
    bench.now = bench.now.plusSeconds(LEASE_SECONDS + 1)
    await bench.run()
    expect(await overtaken).toMatchObject({ name: 'LeaseLost' })
    expect(cancelled).toEqual([expect.stringMatching(/_r1_.*merge_0$/)])
    expect(bench.ids()).toEqual(['a'])
  })
})
