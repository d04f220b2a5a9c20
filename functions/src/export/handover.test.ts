import { RECOUNT_PATH } from '../contract/names.ts'
import { LEASE_PATH } from './lease.ts'
import { ExportBench } from './testing/export-bench.ts'

/** A job that is at work until it is let go. */
class SlowJob {
  readonly begun = Promise.withResolvers<void>()
  readonly goesOn = Promise.withResolvers<void>()
  #stopped = false

  constructor(bench: ExportBench, isIt: (jobId: string) => boolean) {
    bench.gate = async ({ kind, jobId }, phase) => {
      if (kind !== 'job' || phase !== 'between' || this.#stopped || !isIt(jobId)) return
      this.#stopped = true
      this.begun.resolve()
      await this.goesOn.promise
    }
  }
}

/** As a function whose time is up once this job is at work. */
const untilBegun = (slow: SlowJob) => {
  let begun = false
  void slow.begun.promise.then(() => (begun = true))
  return { outOfTime: () => begun, mustStop: () => begun }
}

describe('a job that outlasts its run', () => {
  it.each([
    ['merge', ['stage', 'merge', 'block', 'append']],
    ['stage', ['stage', 'block', 'merge', 'block', 'append']],
  ])('is left at work where it is a %s, and the next run goes on with it', async (kind, jobs) => {
    const bench = new ExportBench()
    await bench.run()
    // So long ago that the run after the next does not read it once more.
    await bench.image('a', { updatedAt: bench.now.plusSeconds(-500) })
    bench.now = bench.now.plusSeconds(200)
    bench.submitted.length = 0
    const slow = new SlowJob(bench, (jobId) => jobId.endsWith(`_${kind}_0`))
    expect(await bench.run(untilBegun(slow))).toMatchObject({ outcome: 'out-of-time', rows: { images: 0 } })
    expect(bench.ids()).toEqual([])
    expect(await bench.store.get('exports/r2')).toMatchObject({ outcome: 'out-of-time', error: null })
    slow.goesOn.resolve()
    expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { images: 1 } })
    expect(bench.ids()).toEqual(['a'])
    expect(bench.submitted.map(({ job }) => job.kind)).toEqual(jobs)
  })

  it('is waited for by run after run, without being cancelled, and lets nothing else pass', async () => {
    const bench = new ExportBench()
    await bench.run()
    await bench.image('a')
    const slow = new SlowJob(bench, (jobId) => jobId.endsWith('_merge_0'))
    await bench.run(untilBegun(slow))
    for (const _ of [1, 2, 3]) {
      let looks = 0
      const report = await bench.run({ outOfTime: () => ++looks > 3 })
      expect(report).toMatchObject({ outcome: 'out-of-time', pages: 0, lagSeconds: null })
    }
    slow.goesOn.resolve()
    expect(await bench.run()).toMatchObject({ outcome: 'complete' })
    expect(bench.ids()).toEqual(['a'])
    expect(bench.cancelled).toEqual([])
  })

  it('is done anew where it failed in the end', async () => {
    const bench = new ExportBench()
    await bench.run()
    await bench.image('a')
    const slow = new SlowJob(bench, (jobId) => jobId.endsWith('_merge_0'))
    await bench.run(untilBegun(slow))
    slow.goesOn.reject(new Error('resourcesExceeded'))
    expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { images: 1 } })
    expect(bench.ids()).toEqual(['a'])
  })

  it('whose staging table is gone by then, is done anew', async () => {
    const bench = new ExportBench()
    await bench.run()
    await bench.image('a')
    const slow = new SlowJob(bench, (jobId) => jobId.endsWith('_stage_0'))
    await bench.run(untilBegun(slow))
    slow.goesOn.resolve()
    await bench.settled()
    bench.warehouse.dropStaging()
    expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { images: 1 } })
    expect(bench.ids()).toEqual(['a'])
  })

  it('is cancelled by the next run where it only wrote the status', async () => {
    const bench = new ExportBench()
    const slow = new SlowJob(bench, (jobId) => jobId.includes('_status_'))
    expect(await bench.run(untilBegun(slow))).toMatchObject({ outcome: 'out-of-time' })
    setImmediate(() => slow.goesOn.resolve())
    expect(await bench.run()).toMatchObject({ outcome: 'complete' })
    expect(bench.cancelled).toEqual([expect.stringMatching(/_r1_status_0$/)])
  })
})

it('the page whose job was never submitted is read anew', async () => {
  const bench = new ExportBench()
  await bench.run()
  await bench.image('a')
  bench.gate = ({ kind, jobId }, phase) => {
    if (kind === 'submit' && phase === 'before' && jobId.endsWith('_merge_0')) throw new Error('the process dies')
  }
  await expect(bench.run()).rejects.toThrow('the process dies')
  expect(bench.store.dump().get(LEASE_PATH)).toMatchObject({ page: { table: 'images', step: 'merge' } })
  bench.gate = () => {}
  expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { images: 1 } })
  expect(bench.ids()).toEqual(['a'])
})

it('a page that was merged is not gone on with: where its run dies later on, the lease knows nothing of it', async () => {
  const bench = new ExportBench()
  await bench.run()
  await bench.image('a')
  bench.storeGate = ({ kind, path }) => {
    if (kind === 'get' && path === RECOUNT_PATH) throw new Error('the process dies')
  }
  await expect(bench.run()).rejects.toThrow('the process dies')
  expect(bench.ids()).toEqual(['a'])
  expect(bench.store.dump().get(LEASE_PATH)).toMatchObject({ page: null, jobs: [] })
})

it('reading stops where time is up, and what was read is moved', async () => {
  const bench = new ExportBench()
  await bench.run()
  for (let shard = 0; shard < 8; shard++) await bench.image(`i${shard}`, { exportShard: shard })
  bench.store.recordedQueries.length = 0
  const report = await bench.run({
    outOfTime: () => bench.store.recordedQueries.filter(({ collection }) => collection === 'images').length >= 3,
  })
  expect(report).toMatchObject({ outcome: 'out-of-time', rows: { images: 4 } })
  expect(bench.ids()).toEqual(['i0', 'i1', 'i2', 'i3'])
  expect(await bench.run()).toMatchObject({ outcome: 'complete' })
  expect(bench.ids()).toHaveLength(8)
})
