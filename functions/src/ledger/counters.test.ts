import fc from 'fast-check'
import { durationBucket, type Cell, type Contribution } from '../contract/record.ts'
import { counterChange, sumShards } from './counters.ts'
import { Increment } from './document-store.ts'

const contribution: fc.Arbitrary<Contribution> = fc.record({
  source: fc.constantFrom('web', 'kafka'),
  format: fc.constantFrom('jpeg', 'png'),
  outcome: fc.constantFrom('processed', 'corrupt'),
  reprocessed: fc.nat(3),
  bytesIn: fc.nat(1e6),
  bytesOut: fc.nat(1e6),
  pixels: fc.nat(1e6),
  milliseconds: fc.nat(1e5),
})
const day = { customerId: 'c', date: '2026-11-23', exportShard: 0 }

/** What a merge of increments makes of a document. */
function merged(into: unknown, change: unknown): unknown {
  if (change instanceof Increment) return ((into as number | undefined) ?? 0) + change.by
  if (typeof change !== 'object' || change === null) return change
  const result: Record<string, unknown> = { ...(into as Record<string, unknown> | undefined) }
  for (const [key, value] of Object.entries(change)) result[key] = merged(result[key], value)
  return result
}

it('leave exactly the last contribution of each image, however often it was replaced', () => {
  fc.assert(
    fc.property(fc.array(fc.array(contribution, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (images) => {
      let shard: unknown = { cells: {} }
      for (const history of images) {
        let before: Contribution | null = null
        for (const after of history) {
          shard = merged(shard, counterChange(day, before, after))
          before = after
        }
      }
      const expected: Record<string, number> = {}
      for (const history of images) {
        const last = history.at(-1)
        if (!last) continue
        const key = `${last.source}~${last.format}~${last.outcome}`
        expected[`${key}.images`] = (expected[`${key}.images`] ?? 0) + 1
        expected[`${key}.bytesIn`] = (expected[`${key}.bytesIn`] ?? 0) + last.bytesIn
        const bucket = `${key}.${durationBucket(last.milliseconds)}`
        expected[bucket] = (expected[bucket] ?? 0) + 1
      }
      const actual: Record<string, number> = {}
      for (const [key, cell] of sumShards([shard as { cells: Record<string, Cell> }])) {
        actual[`${key}.images`] = cell.images
        actual[`${key}.bytesIn`] = cell.bytesIn
        for (const [bucket, count] of Object.entries(cell.histogram)) actual[`${key}.${bucket}`] = count
      }
      const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
      for (const key of keys) expect([key, actual[key] ?? 0]).toEqual([key, expected[key] ?? 0])
    }),
  )
})

it('add up over shards, and keep cells that fell to zero', () => {
  const cell = (images: number): Cell => ({
    images,
    reprocessed: 0,
    bytesIn: images * 10,
    bytesOut: 0,
    pixels: 0,
    milliseconds: 0,
    histogram: { '4': images },
  })
  const sum = sumShards([
    { cells: { 'web~jpeg~processed': cell(2), 'web~png~corrupt': cell(-1) } },
    { cells: { 'web~jpeg~processed': cell(1), 'web~png~corrupt': cell(1) } },
  ])
  expect(sum.get('web~jpeg~processed')).toMatchObject({ images: 3, bytesIn: 30, histogram: { '4': 3 } })
  expect(sum.get('web~png~corrupt')).toMatchObject({ images: 0, bytesIn: 0 })
})

it.each([
  [0, 0],
  [1, 0],
  [2, 4],
  [1000, 39],
  [1e12, 95],
])('%d ms fall into bucket %d of the histogram', (milliseconds, bucket) => {
  expect(durationBucket(milliseconds)).toBe(bucket)
})
