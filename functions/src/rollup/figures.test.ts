import { ERROR_CODES } from '../contract/outcomes.ts'
import { ACCEPTED_FORMATS, FORMATS } from '../contract/formats.ts'
import { NO_FIGURES } from '../contract/record.ts'
import { SHARE_CHUNKS, type Share } from '../contract/totals.ts'
import { Instant } from '../ledger/instant.ts'
import { chunkOf, chunkWith, figuresOf, identityOf, monthShareOf, summaryOf } from './figures.ts'

const cell = (images: number, histogram: Readonly<Record<string, number>> = {}) => ({
  ...NO_FIGURES,
  images,
  bytesIn: 10 * images,
  histogram,
})
const asOf = Instant.parse('2026-11-23T12:00:00Z')
const day = (images: number) => ({ ...figuresOf([{ cells: { 'web~jpeg~processed': cell(images) } }]), asOf })

it('adds up the shards of a day, with the durations of what was processed', () => {
  const shards = [
    { cells: { 'web~jpeg~processed': cell(2, { 4: 1, 9: 1 }), 'web~png~corrupt': cell(1, { 4: 1 }) } },
    { cells: { 'web~jpeg~processed': cell(1, { 9: 1 }) } },
  ]
  expect(figuresOf(shards)).toEqual({
    cells: {
      'web~jpeg~processed': { ...NO_FIGURES, images: 3, bytesIn: 30 },
      'web~png~corrupt': { ...NO_FIGURES, images: 1, bytesIn: 10 },
    },
    histogram: { 4: 1, 9: 2 },
  })
})

it('leaves out what fell to zero, and takes a shard that is not whole', () => {
  const zeros = { 'web~jpeg~processed': cell(0, { 4: 0 }), 'web~png~processed': cell(1, { 4: 2, 5: -2, 6: 1 }) }
  expect(
    figuresOf([{ cells: zeros }, { cells: { 'web~png~processed': cell(-1, { 4: -2, 5: 2, 6: -1 }) } }, {}]),
  ).toEqual({ cells: {}, histogram: {} })
})

it('sums a month up with its newest day; one that has nothing is none', () => {
  expect(monthShareOf({ '2026-11-09': day(2), '2026-11-30': day(0), '2026-11-10': day(1) })).toEqual([3, 0, 30, 0, 10])
  expect(monthShareOf({ '2026-11-09': day(0) })).toBeNull()
  expect(monthShareOf({})).toBeNull()
})

it('a summary is the sum of its months, up to the newest day of the newest of them', () => {
  const identity = identityOf('c1', { name: 'Bo BIRCH', kind: 'kafka' })
  const months = { '2026-02': [2, 0, 20, 1, 28], '2026-11': [1, 1, 10, 0, 3], '2025-12': [4, 0, 40, 2, 31] } as const
  expect(summaryOf('c1', identity, months, asOf)).toEqual({
    customerId: 'c1',
    name: 'Bo BIRCH',
    nameKey: 'bo birch',
    kind: 'kafka',
    erased: false,
    images: 7,
    failed: 1,
    bytesIn: 70,
    bytesOut: 3,
    lastDate: '2026-11-03',
    lastActivityAt: asOf,
    months,
  })
  expect(summaryOf('c1', identity, {}, asOf)).toBeNull()
  expect(identityOf('c1', null)).toEqual({ name: 'c1', nameKey: 'c1', kind: 'web', erased: false })
})

describe('a chunk of shares', () => {
  it('has room for all customers in much the same measure', () => {
    const counts = Array.from({ length: SHARE_CHUNKS }, () => 0)
    for (let n = 0; n < 4000; n++) counts[chunkOf(`customer-${n}`)]! += 1
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(100)
  })

  it('puts customers in, replaces and takes out, in an order of its own', () => {
    const one = chunkWith('{}', new Map<string, Share>([['b', [1, 0, 2, 3]]]))
    const two = chunkWith(one, new Map<string, Share>([['a', [5, 1, 0, 0]]]))
    expect(two).toBe('{"a":[5,1,0,0],"b":[1,0,2,3]}')
    expect(chunkWith(two, new Map<string, Share>([['a', [0, 0, 0, 0]]]))).toBe(one)
    // As a property of an object it would be lost.
    expect(chunkWith('{}', new Map<string, Share>([['__proto__', [1, 0, 0, 0]]]))).toBe('{"__proto__":[1,0,0,0]}')
  })

  it('keeps those with the most images where not all fit into a document', () => {
    const many = new Map(Array.from({ length: 20 }, (_, n): [string, Share] => [`c${n}`, [n + 10, 0, 0, 0]]))
    const kept = JSON.parse(chunkWith('{}', many, 200)) as Record<string, Share>
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(200)
    const largest = Array.from({ length: 20 }, (_, n) => `c${19 - n}`).slice(0, Object.keys(kept).length)
    expect(Object.keys(kept).sort()).toEqual(largest.sort())
    expect(Object.keys(kept).length).toBeGreaterThan(8)
  })

  it('has room for as many as contract/totals.ts says', () => {
    const uid = (n: number) => `u${String(n).padStart(27, '0')}`
    const shares = new Map(Array.from({ length: 15_000 }, (_, n): [string, Share] => [uid(n), [1e4, 1e3, 1e9, 1e8]]))
    expect(Object.keys(JSON.parse(chunkWith('{}', shares)) as object)).toHaveLength(15_000)
  })
})

it('a month of days on each of which a customer sent everything in every way that it can bring about fits into a document', () => {
  const outcomes = [
    ...ACCEPTED_FORMATS.flatMap((format) =>
      ['processed', ...ERROR_CODES.slice(0, 7)].map((each) => `${format}~${each}`),
    ),
    ...FORMATS.map((format) => `${format}~unsupported-format`),
    'unknown~empty',
  ]
  const keys = ['web', 'kafka'].flatMap((source) => outcomes.map((each) => `${source}~${each}`))
  const large = { images: 1e5, reprocessed: 1e5, bytesIn: 1e12, bytesOut: 1e12, pixels: 1e12, milliseconds: 1e9 }
  // By Firestore's rules: a name has its bytes and one more, a number eight. https://firebase.google.com/docs/firestore/storage-size
  const fields = Object.keys(large).reduce((sum, name) => sum + name.length + 1 + 8, 0)
  const cells = keys.reduce((sum, key) => sum + key.length + 1 + fields, 0)
  const histogram = 96 * (3 + 8)
  expect(31 * (cells + histogram + 100)).toBeLessThan(1_048_576)
})
