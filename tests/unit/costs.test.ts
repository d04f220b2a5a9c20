import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { costsTable, mergeTable, OPERATIONS, ROLLUP } from '../../bench/costs.ts'
import { Pipeline } from '../../functions/src/intake/testing/pipeline.ts'
import { statsPath } from '../../functions/src/contract/names.ts'
import { counterChange } from '../../functions/src/ledger/counters.ts'
import { Ledger } from '../../functions/src/ledger/ledger.ts'
import type { DocumentStore, Reader, Transaction } from '../../functions/src/ledger/document-store.ts'
import { quadrants } from '../../functions/src/processing/testing/images.ts'
import { rollUp, TIMING } from '../../functions/src/rollup/rollup.ts'

const doc = readFileSync(join(__dirname, '../../docs/costs.md'), 'utf8')

it('costs.md has the tables that bench/costs.ts reckons', () => {
  expect(doc).toContain(costsTable())
  expect(doc).toContain(mergeTable())
})

/** Counts what Firestore bills: each document read, found or not, and each one written. */
function metered(store: DocumentStore, counts: { reads: number; writes: number }): DocumentStore {
  const reader = <T extends Reader>(real: T): T =>
    new Proxy(real, {
      get(target, name) {
        const value = (target as unknown as Record<string | symbol, unknown>)[name]
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (name === 'get') counts.reads++
          if (['create', 'set', 'merge'].includes(String(name))) counts.writes++
          const result: unknown = value.apply(target, args)
          if (name !== 'query') return result
          return (result as Promise<readonly unknown[]>).then((found) => {
            counts.reads += Math.max(1, found.length)
            return found
          })
        }
      },
    })
  return {
    get: (path) => {
      counts.reads++
      return store.get(path)
    },
    query: async (query) => {
      const found = await store.query(query)
      counts.reads += Math.max(1, found.length)
      return found
    },
    transact: (body) => store.transact((transaction: Transaction) => body(reader(transaction))),
    snapshot: (body) => store.snapshot((snapshot) => body(reader(snapshot))),
  }
}

/** What one image does once its customer is known to the process: the second of two. */
async function operationsOf(pipeline: Pipeline) {
  const { intake, store } = pipeline
  const counts = { reads: 0, writes: 0 }
  const ledger = new Ledger(metered(store, counts), intake.settings)
  Object.assign(intake, { ledger, store: metered(store, counts) })
  const image = async (size: number) => quadrants(size, 1300).jpeg().toBuffer()
  await pipeline.upload('web/c1/u1/first.jpg', await image(1700))
  await pipeline.raw.create('web/c1/u2/second.jpg', await image(1701), 'image/jpeg')
  const before = new Set(store.dump().keys())
  const lines = pipeline.logged.length
  pipeline.operations.length = 0
  Object.assign(counts, { reads: 0, writes: 0 })
  await pipeline.deliver('web/c1/u2/second.jpg')
  const times = (...kinds: readonly string[]) => pipeline.operations.filter((each) => kinds.includes(each)).length
  return {
    reads: counts.reads,
    writes: counts.writes,
    classA: times('processed create before'),
    classB: times('raw stat before', 'raw read before'),
    // Those that time-to-live removes one day; counters stay.
    documents: [...store.dump().keys()].filter((path) => !before.has(path) && !path.includes('/stats/')).length,
    lines: pipeline.logged.length - lines,
  }
}

it('an image that is processed does as many operations as its cost is reckoned by', async () => {
  expect(await operationsOf(new Pipeline())).toEqual(OPERATIONS.processed)
})

it('an image over its quota does as many operations as its cost is reckoned by', async () => {
  const refusing = new Pipeline()
  Object.assign(refusing.intake, { quotaExceeded: async () => true })
  expect(await operationsOf(refusing)).toEqual(OPERATIONS.refused)
})

it('a run of rollup does as many operations as its cost is reckoned by', async () => {
  const { store } = new Pipeline()
  const counts = { reads: 0, writes: 0 }
  const log = { info: () => {}, error: () => {} }
  const run = async () => {
    Object.assign(counts, { reads: 0, writes: 0 })
    await rollUp({ store: metered(store, counts), log, timing: TIMING, outOfTime: () => false })
    return { ...counts }
  }
  const count = async (customers: number) => {
    for (let n = 0; n < customers; n++) {
      const cell = { customerId: `c${n}`, date: '2026-11-23', exportShard: n % 8 }
      const counted = { source: 'web', format: 'jpeg', outcome: 'processed', reprocessed: 0, bytesIn: 1 } as const
      const change = counterChange(cell, null, { ...counted, bytesOut: 1, pixels: 1, milliseconds: 1 })
      await store.transact(async (transaction) => transaction.merge(statsPath(cell.customerId, cell.date, 0), change))
    }
  }
  await count(100)
  // It builds all; the next two look at it again, since it is so new.
  for (let n = 0; n < 2; n++) await run()
  await count(100)
  const busy = await run()
  const { day, shared, quiet } = ROLLUP
  // Each has one document of counters, which is read as changed and as all that the day has; and none of the eight questions finds nothing.
  expect(busy.writes).toBe(quiet.writes + 100 * day.changed.writes + shared.writes)
  expect(busy.reads).toBe(quiet.reads - 8 + 100 * (2 + day.reads + day.changed.reads) + shared.reads)
})

it('a run of rollup that finds nothing does next to nothing', async () => {
  const { store } = new Pipeline()
  const counts = { reads: 0, writes: 0 }
  const log = { info: () => {}, error: () => {} }
  for (let n = 0; n < 2; n++) {
    Object.assign(counts, { reads: 0, writes: 0 })
    await rollUp({ store: metered(store, counts), log, timing: TIMING, outOfTime: () => false })
  }
  expect(counts).toEqual(ROLLUP.quiet)
})
