import { SERVER_TIME, type WriteData } from '../ledger/document-store.ts'
import { MAX_TRIES } from './jobs.ts'
import { LEASE_PATH, LEASE_SECONDS } from './lease.ts'
import { COUNTED, ExportBench } from './testing/export-bench.ts'
import type { WarehouseGate } from './testing/memory-warehouse.ts'
import { WarehouseFault } from './warehouse.ts'

const down =
  (kind: string): WarehouseGate =>
  (operation) => {
    if (operation.kind === kind) throw new WarehouseFault('503', true)
  }

describe('what is exported', () => {
  it('a row for each image that has ended, with its figures', async () => {
    const bench = new ExportBench()
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
    const bench = new ExportBench()
    await bench.image('a', {
      job: { kind: 'reprocess', attempt: 1, leaseUntil: null, holder: null, profileVersion: null },
    })
    await bench.run()
    expect(bench.warehouse.rows('images')).toMatchObject([{ image_id: 'a', outcome: 'processed', milliseconds: 5 }])
  })

  it('the sum of all shards of a day, when only one has changed', async () => {
    const bench = new ExportBench()
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
    const bench = new ExportBench()
    await bench.stats(0, 1)
    await bench.run()
    await bench.stats(0, 0)
    await bench.run()
    expect(bench.warehouse.rows('customer_stats')).toMatchObject([{ images: 0, histogram: [] }])
  })

  it("a customer's name, and its new one", async () => {
    const bench = new ExportBench()
    const customer: WriteData = { kind: 'web', createdAt: SERVER_TIME, updatedAt: SERVER_TIME }
    await bench.write('customers/c1', { ...customer, name: 'Anna' })
    await bench.run()
    await bench.write('customers/c1', { ...customer, name: 'Anna B.' })
    await bench.run()
    expect(bench.warehouse.rows('customers')).toMatchObject([{ customer_id: 'c1', name: 'Anna B.', kind: 'web' }])
  })

  it('one row of status for each run, and a document about it', async () => {
    const bench = new ExportBench()
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
  it('goes on where it stopped, page by page, with documents of the same time, and moves none twice', async () => {
    const bench = new ExportBench()
    const updatedAt = bench.now.plusSeconds(-3600)
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    for (const id of all) await bench.image(id, { updatedAt })
    const first = await bench.run({ pageRows: 2, outOfTime: () => bench.submitted.length > 1 })
    expect(first).toMatchObject({ outcome: 'out-of-time', filling: expect.arrayContaining(['images']) as string[] })
    const moved = bench.ids()
    expect(moved.length).toBeGreaterThan(1)
    expect(moved).toEqual(all.slice(0, moved.length))
    const second = await bench.run({ pageRows: 2 })
    expect(second).toMatchObject({ outcome: 'complete', rows: { images: all.length - moved.length }, filling: [] })
    expect(bench.ids()).toEqual(all)
  })

  it('finds a document that became visible behind it', async () => {
    const bench = new ExportBench()
    await bench.image('a')
    const taken = bench.now.plusSeconds(-9 * 60)
    await bench.run()
    await bench.image('late', { updatedAt: taken })
    await bench.run()
    expect(bench.ids()).toEqual(['a', 'late'])
  })

  it('starts the next pass before the beginning of the last one, however long that took', async () => {
    const bench = new ExportBench()
    await bench.run()
    for (const id of ['a', 'b', 'c', 'd', 'e']) await bench.image(id)
    const began = bench.now
    const isMoved = () => bench.submitted.some(({ jobId }) => /_r2_images_\d+_\w+_merge_0$/.test(jobId))
    expect(await bench.run({ pageRows: 1, outOfTime: isMoved })).toMatchObject({ outcome: 'out-of-time' })
    bench.now = bench.now.plusSeconds(3600)
    await bench.image('late', { updatedAt: began.plusSeconds(-9 * 60) })
    await bench.run()
    await bench.run()
    expect(bench.ids()).toEqual(['a', 'b', 'c', 'd', 'e', 'late'])
  })

  it('leaves nothing to read once all has been quiet for the time of the overlap', async () => {
    const bench = new ExportBench()
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
    const bench = new ExportBench()
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
      const bench = new ExportBench()
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
    const bench = new ExportBench()
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
    const bench = new ExportBench()
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
    const bench = new ExportBench()
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
    const bench = new ExportBench()
    await bench.image('a')
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind === 'job' && phase === 'before' && jobId.includes('merge')) throw new Error('no such table')
    }
    await expect(bench.run()).rejects.toThrow(`${MAX_TRIES} times: no such table`)
  })
})

describe('the lease', () => {
  it('keeps a second exporter out while the first is alive', async () => {
    const bench = new ExportBench()
    await bench.image('a')
    let second: unknown
    bench.gate = async ({ kind }, phase) => {
      if (kind === 'ensure' && phase === 'before' && second === undefined) second = await bench.run()
    }
    expect(await bench.run()).toMatchObject({ outcome: 'complete' })
    expect(second).toMatchObject({ outcome: 'busy', pages: 0 })
  })

  it('names each job before it is submitted, but for those that only fill a staging table', async () => {
    const bench = new ExportBench()
    await bench.image('a')
    const unnamed: string[] = []
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind !== 'submit' || phase !== 'before') return
      const lease = bench.store.dump().get(LEASE_PATH)
      if (!(lease?.['jobs'] as readonly string[] | undefined)?.includes(jobId)) unnamed.push(jobId)
    }
    await bench.run()
    expect(unnamed).toEqual([expect.stringMatching(/_stage_0$/)])
    expect(bench.submitted.map(({ job }) => job.kind)).toEqual(['stage', 'merge', 'append'])
  })

  it('once taken over, keeps the late one from submitting anything, and its late job from being done', async () => {
    const bench = new ExportBench()
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
    const bench = new ExportBench()
    const appending = Promise.withResolvers<void>()
    const slow = Promise.withResolvers<void>()
    const cancelled: string[] = []
    bench.gate = async ({ kind, jobId }, phase) => {
      if (kind === 'cancel' && phase === 'before') {
        cancelled.push(jobId)
        slow.resolve()
      }
      if (kind === 'job' && phase === 'between' && jobId.endsWith('_r1_status_0')) {
        appending.resolve()
        await slow.promise
      }
    }
    const overtaken = bench.run().catch((error: unknown) => error)
    await appending.promise
    bench.now = bench.now.plusSeconds(LEASE_SECONDS + 1)
    await bench.run()
    expect(await overtaken).toMatchObject({ name: 'LeaseLost' })
    expect(cancelled).toEqual([expect.stringMatching(/_r1_status_0$/)])
  })
})
