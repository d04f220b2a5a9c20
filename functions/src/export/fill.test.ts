import fc from 'fast-check'
import { SERVER_TIME } from '../ledger/document-store.ts'
import { Batch, MAX_DATES } from './batch.ts'
import { FEEDS, type Feed } from './feeds.ts'
import { LEASE_PATH } from './lease.ts'
import type { Row } from './rows.ts'
import type { Column, Table } from './schema.ts'
import { ExportBench } from './testing/export-bench.ts'

const NOTE: Column = { name: 'note', type: 'STRING', mode: 'NULLABLE', description: 'Made of the others, for tests.' }
const noteOf = (row: Row) => JSON.stringify([row['image_id'], row['images'], row['name'], row['revision']])

/** A feed as a later version might have it: its table has one more column, which every row is given. */
function widened(feed: Feed): Feed {
  const table: Table = { ...feed.table, columns: [...feed.table.columns, NOTE] }
  return {
    ...feed,
    table,
    page: (...all) => {
      const page = feed.page(...all)
      return {
        ...page,
        rows: async () => {
          const wide = new Batch(table)
          for (const row of linesOf(await page.rows())) wide.put({ ...row, note: noteOf(row) })
          return wide
        },
      }
    },
  }
}

const linesOf = (batch: Batch): readonly Row[] =>
  new TextDecoder()
    .decode(batch.bytes())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)

const WIDER = FEEDS.map(widened)

const customer = (bench: ExportBench, name: string) =>
  bench.write('customers/c1', { name, kind: 'web', createdAt: SERVER_TIME, updatedAt: SERVER_TIME })

async function some(bench: ExportBench): Promise<void> {
  await customer(bench, 'Anna')
  for (const id of ['a', 'b', 'c']) await bench.image(id)
  await bench.stats(0, 3)
}

/** Longer ago than a pass goes back. */
const later = (bench: ExportBench) => (bench.now = bench.now.plusSeconds(3600))

describe('a table that is filled from its beginning', () => {
  it.each(['customers', 'images', 'customer_stats'])('is %s where somebody has dropped it', async (table) => {
    const bench = new ExportBench()
    await some(bench)
    await bench.run()
    later(bench)
    await bench.run()
    const before = bench.warehouse.rows(table)
    bench.warehouse.drop(table)
    expect(await bench.run()).toMatchObject({ outcome: 'complete', rows: { [table]: before.length }, filling: [] })
    expect(bench.warehouse.rows(table).map(withoutRevision)).toEqual(before.map(withoutRevision))
    later(bench)
    expect((await bench.run()).rows).toEqual({ customers: 0, images: 0, customer_stats: 0 })
  })

  it('lets what has just changed go first, in every run', async () => {
    const bench = new ExportBench()
    for (let n = 0; n < 9; n++) await bench.image(`old${n}`)
    await bench.run()
    later(bench)
    bench.warehouse.drop('images')
    const found: string[][] = []
    for (let run = 0; run < 3; run++) {
      await bench.image(`new${run}`)
      const from = bench.submitted.length
      await bench.run({ pageRows: 3, mayFill: () => bench.submitted.length < from + 3 })
      found.push(bench.ids().filter((id) => id.startsWith('new')))
    }
    expect(found).toEqual([['new0'], ['new0', 'new1'], ['new0', 'new1', 'new2']])
    expect(bench.ids()).toHaveLength(12)
    expect(await bench.run()).toMatchObject({ outcome: 'complete', filling: [] })
  })

  it('goes on where it stopped, though runs between have moved what has changed', async () => {
    const bench = new ExportBench()
    for (let n = 0; n < 9; n++) await bench.image(`old${n}`)
    later(bench)
    const reports = []
    for (let run = 0; run < 5; run++) {
      let pages = 0
      reports.push(await bench.run({ pageRows: 3, mayFill: () => ++pages <= 2 }))
      await bench.image('new')
    }
    const moved = reports.reduce((sum, { rows }) => sum + (rows['images'] ?? 0), 0)
    // The new one in four runs.
    expect(moved).toBe(9 + 4)
    expect(reports.at(-1)).toMatchObject({ outcome: 'complete', filling: [] })
    expect(bench.ids()).toHaveLength(10)
  })

  it('is every table where that is asked for, and puts right what somebody has changed by hand', async () => {
    const bench = new ExportBench()
    await some(bench)
    await bench.run()
    later(bench)
    const [before] = bench.warehouse.rows('images')
    await bench.byHand('images', (row) => ({ ...row, bytes_in: 1 }))
    await bench.run()
    expect(bench.warehouse.rows('images')[0]).toMatchObject({ bytes_in: 1 })
    expect(await bench.run({ again: true })).toMatchObject({ rows: { customers: 1, images: 3, customer_stats: 1 } })
    expect(bench.warehouse.rows('images')[0]).toEqual(before)
  })

  it('touches no more days in one job than BigQuery takes', async () => {
    const bench = new ExportBench()
    const days = MAX_DATES + 500
    for (let day = 0; day < days; day++) {
      const date = new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)
      await bench.image(`i${day}`, { date })
    }
    await bench.run({ pageRows: 100_000 })
    const dates = bench.submitted.flatMap(({ job }) => (job.kind === 'merge' ? [job.dates.length] : []))
    expect(dates.length).toBeGreaterThan(1)
    expect(Math.max(...dates)).toBeLessThanOrEqual(MAX_DATES)
    expect(dates.reduce((sum, count) => sum + count, 0)).toBe(days)
    expect(bench.ids()).toHaveLength(days)
  })
})

const withoutRevision = (row: Row) => ({ ...row, revision: null })

describe('two versions, of which the later has a column more,', () => {
  it('fill the column in rows of before, once', async () => {
    const bench = new ExportBench()
    await some(bench)
    await bench.run()
    later(bench)
    expect(await bench.run({ feeds: WIDER })).toMatchObject({ rows: { customers: 1, images: 3, customer_stats: 1 } })
    expectNotes(bench)
    later(bench)
    expect((await bench.run({ feeds: WIDER })).rows).toEqual({ customers: 0, images: 0, customer_stats: 0 })
  })

  it('leave the column as it is where the older runs after the later, and moves nothing', async () => {
    const bench = new ExportBench()
    await some(bench)
    await bench.run({ feeds: WIDER })
    later(bench)
    await bench.run({ feeds: WIDER })
    await bench.run()
    expectNotes(bench)
    expect((await bench.run({ feeds: WIDER })).rows).toEqual({ customers: 0, images: 0, customer_stats: 0 })
  })

  it('fill it again where the older has moved rows in between', async () => {
    const bench = new ExportBench()
    await some(bench)
    await bench.run({ feeds: WIDER })
    later(bench)
    await bench.image('a', { revision: 2 })
    await bench.image('d')
    await bench.run()
    later(bench)
    expect(bench.warehouse.rows('images').find(({ image_id }) => image_id === 'd')).toMatchObject({ note: null })
    await bench.run({ feeds: WIDER })
    expectNotes(bench)
    expect(bench.ids()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('go on with a page that the other has staged only where they write the same columns', async () => {
    const bench = new ExportBench()
    await bench.run({ feeds: WIDER })
    // So long ago that no later run reads it once more.
    await bench.image('a', { updatedAt: bench.now.plusSeconds(-500) })
    bench.now = bench.now.plusSeconds(200)
    const staged = Promise.withResolvers<void>()
    let isStaging = false
    bench.gate = async ({ kind, jobId }, phase) => {
      if (kind !== 'job' || phase !== 'between' || !jobId.includes('_r2_')) return
      isStaging = true
      await staged.promise
    }
    const stopping = { outOfTime: () => isStaging, mustStop: () => isStaging }
    expect(await bench.run({ feeds: WIDER, ...stopping })).toMatchObject({ outcome: 'out-of-time' })
    expect(bench.store.dump().get(LEASE_PATH)).toMatchObject({ page: { table: 'images', step: 'stage' } })
    staged.resolve()
    await bench.run()
    await bench.run({ feeds: WIDER })
    expect(bench.ids()).toEqual(['a'])
    expectNotes(bench)
  })

  it('lose no row and no column, in whatever order they run, stop and find new rows', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), id: fc.constantFrom('a', 'b', 'c', 'd', 'e') }),
      fc.record({ do: fc.constant('count' as const), images: fc.nat(5) }),
      fc.record({ do: fc.constant('rename' as const), name: fc.constantFrom('Anna', 'Berta') }),
      fc.record({ do: fc.constant('run' as const), wider: fc.boolean(), pages: fc.constantFrom(1, 2, 5, 99) }),
      fc.record({ do: fc.constant('wait' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
        const bench = new ExportBench()
        const revisions: Record<string, number> = {}
        for (const action of steps) {
          if (action.do === 'wait') later(bench)
          if (action.do === 'count') await bench.stats(0, action.images)
          if (action.do === 'rename') await customer(bench, action.name)
          if (action.do === 'write') {
            revisions[action.id] = (revisions[action.id] ?? 0) + 1
            await bench.image(action.id, { revision: revisions[action.id] ?? 0 })
          }
          if (action.do === 'run') {
            let asked = 0
            await bench.run({
              pageRows: 2,
              outOfTime: () => ++asked > action.pages,
              ...(action.wider && { feeds: WIDER }),
            })
          }
        }
        await bench.run({ feeds: WIDER })
        expectNotes(bench)
        const rows = bench.warehouse.rows('images')
        expect(Object.fromEntries(rows.map((row) => [row['image_id'], row['revision']]))).toEqual(revisions)
        expect(bench.ids()).toHaveLength(Object.keys(revisions).length)
      }),
      { numRuns: 200 },
    )
  })
})

function expectNotes(bench: ExportBench): void {
  for (const table of ['customers', 'images', 'customer_stats']) {
    for (const row of bench.warehouse.rows(table)) expect(row['note']).toBe(noteOf(row))
  }
}
