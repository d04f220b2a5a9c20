import { ExportBench } from './testing/export-bench.ts'

const last = (bench: ExportBench) => bench.warehouse.rows('export_status').at(-1)

describe('the lag', () => {
  it('is the time since the reading began where all was moved, however long ago the last change was', async () => {
    const bench = new ExportBench()
    await bench.image('a')
    await bench.run()
    bench.now = bench.now.plusSeconds(86_400)
    bench.gate = ({ kind, jobId }, phase) => {
      if (kind === 'submit' && phase === 'after' && jobId.includes('_r2_images_')) bench.now = bench.now.plusSeconds(20)
    }
    await bench.image('b')
    expect(await bench.run()).toMatchObject({ outcome: 'complete', lagSeconds: 40 })
    expect(last(bench)).toMatchObject({ run_id: 'r2', outcome: 'complete', lag_seconds: 40 })
    bench.now = bench.now.plusSeconds(86_400)
    expect(await bench.run()).toMatchObject({ outcome: 'complete', lagSeconds: 0 })
  })

  it('counts from the oldest change that was not moved where time ran out', async () => {
    const bench = new ExportBench()
    await bench.run()
    bench.now = bench.now.plusSeconds(7200)
    const began = bench.now
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const [n, id] of ids.entries()) {
      await bench.image(id, { updatedAt: began.plusSeconds(-1000 + 100 * n), exportShard: n % 2 })
    }
    const report = await bench.run({ pageRows: 1, outOfTime: () => bench.ids().length > 0 })
    expect(report.outcome).toBe('out-of-time')
    const left = ids.filter((id) => !bench.ids().includes(id))
    const oldest = ids.indexOf(left[0] ?? '')
    expect(oldest).toBeGreaterThan(0)
    expect(report.lagSeconds).toBe(1000 - 100 * oldest)
    expect(last(bench)).toMatchObject({ outcome: 'out-of-time', lag_seconds: report.lagSeconds })
  })

  it('counts what is still to be filled', async () => {
    const bench = new ExportBench()
    const old = bench.now.plusSeconds(-5000)
    for (const id of ['a', 'b', 'c']) await bench.image(id, { updatedAt: old })
    const report = await bench.run({ mayFill: () => false })
    expect(report).toMatchObject({
      outcome: 'out-of-time',
      lagSeconds: 5000,
      filling: ['customers', 'images', 'customer_stats'],
    })
    expect(await bench.run()).toMatchObject({ outcome: 'complete', lagSeconds: 0, filling: [] })
  })
})

it('a row of status says what the last recount has found, once there was one', async () => {
  const bench = new ExportBench()
  await bench.run()
  expect(last(bench)).toMatchObject({ last_reconciled_at: null, last_recount_differences: null })
  const finishedAt = bench.now
  await bench.write('reconciliations/recount', { finishedAt, differing: 3, days: 7 })
  await bench.run()
  expect(last(bench)).toMatchObject({ last_reconciled_at: finishedAt.toString(), last_recount_differences: 3 })
})
