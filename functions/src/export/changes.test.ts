/** Records that are late, or that change, are opened again or go while the export is at work: what BigQuery has in the end, row by row. */
import { customerHash } from '../ledger/erasure.ts'
import { COUNTED, ExportBench } from './testing/export-bench.ts'

const row = (bench: ExportBench, id: string) => bench.warehouse.rows('images').filter(({ image_id }) => image_id === id)

/** Does this once, when the first merge into `images` is about to begin: its page was read and staged by then. */
function onceStaged(bench: ExportBench, body: () => Promise<void>): void {
  let done = false
  bench.gate = async ({ kind, jobId }, phase) => {
    if (done || kind !== 'submit' || phase !== 'before' || !/_images_.*_merge_0$/.test(jobId)) return
    done = true
    await body()
  }
}

/** A bench whose tables are there, and no image. */
async function opened(): Promise<ExportBench> {
  const bench = new ExportBench()
  await bench.run()
  return bench
}

describe('a record', () => {
  it('that became visible late, within the overlap, is there after the next run, once', async () => {
    const bench = await opened()
    await bench.image('a')
    await bench.run()
    await bench.image('late', { updatedAt: bench.now.plusSeconds(-599) })
    expect(await bench.run()).toMatchObject({ rows: { images: 2 } })
    expect(row(bench, 'late')).toHaveLength(1)
    expect(bench.ids()).toEqual(['a', 'late'])
  })

  it('that changes after its page was read has its new row after the same run where that reads on, else after the next', async () => {
    const bench = await opened()
    for (const id of ['a', 'b', 'c', 'd', 'e']) await bench.image(id)
    onceStaged(bench, () =>
      bench.image('a', { revision: 2, counted: { ...COUNTED, outcome: 'processed', bytesOut: 77 } }),
    )
    expect(await bench.run({ pageRows: 2 })).toMatchObject({ rows: { images: 6 } })
    expect(row(bench, 'a')).toEqual([expect.objectContaining({ revision: 2, bytes_out: 77 })])
    expect(bench.ids()).toEqual(['a', 'b', 'c', 'd', 'e'])

    onceStaged(bench, () =>
      bench.image('a', { revision: 3, counted: { ...COUNTED, outcome: 'processed', bytesOut: 88 } }),
    )
    await bench.run()
    expect(row(bench, 'a')).toEqual([expect.objectContaining({ revision: 2, bytes_out: 77 })])
    await bench.run()
    expect(row(bench, 'a')).toEqual([expect.objectContaining({ revision: 3, bytes_out: 88 })])
    expect(bench.ids()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('that is written anew so often that it stands twice in one page, is merged with its last row', async () => {
    const bench = await opened()
    // More than are read at once, so that the page takes two reads of the shard.
    for (let n = 0; n < 1701; n++) await bench.image(`i${n}`)
    let reads = 0
    bench.storeGate = async ({ kind, path }, phase) => {
      if (kind !== 'query' || path !== 'images' || phase !== 'after' || ++reads !== 1) return
      await bench.image('i0', { revision: 2 })
    }
    expect(await bench.run({ pageRows: 5000 })).toMatchObject({ rows: { images: 1701 } })
    expect(row(bench, 'i0')).toEqual([expect.objectContaining({ revision: 2 })])
    expect(bench.ids()).toHaveLength(1701)
  })

  it('that is opened again before its page is merged keeps the row of its first end, and then has that of its second', async () => {
    const bench = await opened()
    await bench.image('a', {
      state: 'failed',
      error: { code: 'corrupt', message: '' },
      counted: { ...COUNTED, outcome: 'corrupt' },
    })
    const job = { kind: 'replay', attempt: 1, leaseUntil: null, holder: null, profileVersion: null } as const
    const failed = {
      state: 'failed',
      error: { code: 'corrupt', message: '' },
      counted: { ...COUNTED, outcome: 'corrupt' },
    }
    onceStaged(bench, () => bench.image('a', { ...failed, job, revision: 2 }))
    await bench.run()
    expect(row(bench, 'a')).toEqual([expect.objectContaining({ revision: 1, outcome: 'corrupt', state: 'failed' })])
    await bench.run()
    expect(row(bench, 'a')).toEqual([expect.objectContaining({ revision: 2, outcome: 'corrupt', state: 'failed' })])
    await bench.image('a', { revision: 4, attempt: 2 })
    await bench.run()
    expect(row(bench, 'a')).toEqual([expect.objectContaining({ revision: 4, outcome: 'processed', attempt: 2 })])
  })

  it('that goes by its time to live, before its page is merged or after, keeps its row', async () => {
    const bench = await opened()
    for (const id of ['a', 'b']) await bench.image(id)
    const gone = (id: string) =>
      bench.store.transact(async (transaction) => transaction.delete(`customers/c1/images/${id}`))
    onceStaged(bench, () => gone('a'))
    await bench.run()
    await gone('b')
    bench.now = bench.now.plusSeconds(3600)
    await bench.run()
    expect(bench.ids()).toEqual(['a', 'b'])
    expect(await bench.run()).toMatchObject({ rows: { images: 0 } })
  })
})

it('counters that change while their days are read come with the sum of one moment, and the next run brings the rest', async () => {
  const bench = await opened()
  await bench.stats(0, 1)
  await bench.stats(1, 10)
  let reads = 0
  bench.storeGate = async ({ kind, path }, phase) => {
    if (kind !== 'query' || path !== 'customers/c1/stats' || phase !== 'before' || ++reads !== 1) return
    await bench.stats(0, 2)
    await bench.stats(1, 20)
  }
  await bench.run()
  expect(bench.warehouse.rows('customer_stats').map(({ images }) => images)).toEqual([11])
  await bench.run()
  expect(bench.warehouse.rows('customer_stats').map(({ images }) => images)).toEqual([22])
})

it('no row of a customer whose data is being deleted is moved, and those of others are', async () => {
  const bench = await opened()
  await bench.write(`erasures/${customerHash('c1')}`, { open: true })
  await bench.image('a')
  await bench.image('b', { customerId: 'c2' })
  await bench.stats(0, 1)
  for (const id of ['c1', 'c2']) {
    await bench.write(`customers/${id}`, { name: id, kind: 'web', createdAt: bench.now, updatedAt: bench.now })
  }
  await bench.run()
  expect(bench.ids()).toEqual(['b'])
  expect(bench.warehouse.rows('customer_stats')).toEqual([])
  expect(bench.warehouse.rows('customers').map(({ customer_id }) => customer_id)).toEqual(['c2'])
})
