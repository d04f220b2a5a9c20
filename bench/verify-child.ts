/**
 * One part of bench/verify.ts in a process of its own. The last line of its output is JSON: what it took, and its peak of resident memory.
 *
 * `seed N`, `emulated N`, `generated N`
 */
import { setTimeout } from 'node:timers/promises'
import { parseSettings } from '../functions/src/config/settings.ts'
import { ndjson, imageRow, statsRows, type Row } from '../functions/src/export/rows.ts'
import { CUSTOMER_STATS, IMAGES, TABLES, type Table } from '../functions/src/export/schema.ts'
import type { Data } from '../functions/src/ledger/document-store.ts'
import { asStatsShard } from '../functions/src/ledger/counters.ts'
import { asRecord } from '../functions/src/ledger/ledger.ts'
import { BigQueryWarehouse } from '../functions/src/platform/bigquery-warehouse.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { verify, type Verify } from '../functions/src/reconcile/verify.ts'
import { FIRST } from './export-records.ts'
import {
  allDays,
  BENCH_DAYS,
  benchCells,
  benchImage,
  benchShard,
  GeneratedDays,
  generatedCells,
  perDay,
} from './verify-records.ts'

const [what = '', count = ''] = process.argv.slice(2)
const records = Number(count)
/** Rows of one load job, and documents of one transaction. */
const ROWS = 10_000
const WRITES = 400

const openWarehouse = () =>
  new BigQueryWarehouse({ ...parseSettings(process.env), projectId: process.env['GCLOUD_PROJECT'] })

async function seed(): Promise<void> {
  await using store = new FirestoreStore()
  const warehouse = openWarehouse()
  await warehouse.ensure(TABLES)
  let jobs = 0
  const append = async (table: Table, rows: Row[]) => {
    if (rows.length === 0) return
    const jobId = `verify_seed_${jobs++}_${Date.now()}`
    await warehouse.submit(jobId, { kind: 'append', table, rows: ndjson(rows.splice(0)) })
    let state = await warehouse.state(jobId)
    for (; state.state === 'running'; state = await warehouse.state(jobId)) await setTimeout(50)
    if (state.state !== 'done') throw new Error(`${jobId} ended as ${JSON.stringify(state)}`)
  }
  const cells = benchCells(perDay(records)) as unknown as Data
  const [imageRows, statRows]: Row[][] = [[], []]
  for (const day of allDays) {
    const shard = benchShard(day.date, day.customerId, cells)
    const images = Array.from({ length: perDay(records) }, (_, n) => benchImage(day, n))
    const all = [shard, ...images]
    for (let from = 0; from < all.length; from += WRITES) {
      await store.transact(async (transaction) => {
        for (const { path, data } of all.slice(from, from + WRITES)) transaction.set(path, data)
      })
    }
    for (const { data } of images) {
      const row = imageRow(asRecord(data))
      if (row !== null) imageRows?.push(row)
    }
    statRows?.push(...statsRows(day.customerId, day.date, [asStatsShard(shard)], FIRST))
    if ((imageRows?.length ?? 0) >= ROWS) await append(IMAGES, imageRows ?? [])
  }
  await append(IMAGES, imageRows ?? [])
  await append(CUSTOMER_STATS, statRows ?? [])
}

async function timed(deps: Pick<Verify, 'store' | 'warehouse'>) {
  const started = performance.now()
  const done = await verify({ ...deps, timeZone: 'UTC', recordDays: 36_500 }, BENCH_DAYS, () => {})
  const { wrongCounters: _, ...counts } = done
  const { records: read, imagesInBigQuery, differing } = counts
  const expected = perDay(records) * allDays.length
  if (differing > 0 || read !== expected || imagesInBigQuery !== expected) {
    throw new Error(`not everything agrees: ${JSON.stringify(counts)}, and ${expected} were expected`)
  }
  return { milliseconds: performance.now() - started, records: read, peakMiB: process.resourceUsage().maxRSS / 1024 }
}

async function run() {
  switch (what) {
    case 'seed':
      return seed()
    case 'emulated': {
      await using store = new FirestoreStore()
      return await timed({ store, warehouse: openWarehouse() })
    }
    case 'generated':
      return timed({ store: new GeneratedDays(records), warehouse: { cells: () => generatedCells(records) } })
    default:
      throw new Error(`there is no part ${JSON.stringify(what)}`)
  }
}

console.log(JSON.stringify((await run()) ?? {}))
process.exit()
