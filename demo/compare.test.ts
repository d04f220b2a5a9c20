import type { Contribution } from '../functions/src/contract/record.ts'
import { compare, MEASURES, type Evidence, type RecordSeen, type Row } from './compare.ts'

const counted = (more: Partial<Contribution> = {}): Contribution => ({
  source: 'web',
  format: 'jpeg',
  outcome: 'processed',
  reprocessed: 0,
  bytesIn: 100,
  bytesOut: 40,
  pixels: 12,
  milliseconds: 7,
  ...more,
})
const record = (imageId: string, customerId: string, more: Partial<RecordSeen> = {}): RecordSeen => ({
  imageId,
  customerId,
  rawName: `web/${customerId}/${imageId}/a.jpg`,
  date: '2026-05-04',
  state: 'processed',
  atWork: false,
  counted: counted(),
  ...more,
})
const row = (customerId: string, images: number, more: Partial<Row> = {}): Row => ({
  customerId,
  date: '2026-05-04',
  source: 'web',
  format: 'jpeg',
  outcome: 'processed',
  images,
  reprocessed: 0,
  bytesIn: images * 100,
  bytesOut: images * 40,
  pixels: images * 12,
  milliseconds: images * 7,
  ...more,
})

const failed = record('3', 'b', {
  state: 'failed',
  counted: counted({ outcome: 'corrupt', format: 'png', bytesOut: 0 }),
})
const RECORDS = [record('1', 'a'), record('2', 'a'), failed]
const ROWS = [row('a', 2), row('b', 1, { outcome: 'corrupt', format: 'png', bytesOut: 0 })]
const EQUAL: Evidence = {
  uploaded: RECORDS,
  records: RECORDS,
  counters: ROWS,
  rollups: { months: ROWS, totals: ROWS },
  imagesTable: { rows: ROWS, distinct: 3 },
  statsTable: ROWS,
  missingResults: [],
}
const mismatches = (evidence: Partial<Evidence>) => compare({ ...EQUAL, ...evidence }).mismatches

it('finds no difference where there is none, and gives each figure from its own source', () => {
  expect(compare(EQUAL)).toEqual({
    processed: 2,
    failed: 1,
    customers: [
      { id: 'a', processed: 2, failed: 0, byFormat: { jpeg: 2 } },
      { id: 'b', processed: 0, failed: 1, byFormat: { png: 1 } },
    ],
    firestore: { images: 3, counted: 3, rolledUp: 3 },
    bigquery: { images: 3, counted: 3 },
    mismatches: [],
  })
  const apart = compare({
    ...EQUAL,
    counters: [row('a', 5)],
    rollups: { months: [row('a', 8)], totals: [row('', 9)] },
    imagesTable: { rows: [row('a', 6)], distinct: 6 },
    statsTable: [row('a', 7)],
  })
  expect(apart.firestore).toEqual({ images: 3, counted: 5, rolledUp: 9 })
  expect(apart.bigquery).toEqual({ images: 6, counted: 7 })
})

it('takes shards and split rows together, and a cell of zeros for none', () => {
  const split = [row('a', 1), row('a', 1), ...ROWS.slice(1), row('a', 0, { outcome: 'empty' })]
  expect(mismatches({ counters: split, statsTable: split, imagesTable: { rows: split, distinct: 3 } })).toEqual([])
})

const sources: [string, (rows: readonly Row[]) => Partial<Evidence>][] = [
  ['the counters', (counters) => ({ counters })],
  [
    "BigQuery's images",
    (rows) => ({ imagesTable: { rows, distinct: rows.reduce((sum, { images }) => sum + images, 0) } }),
  ],
  ["customers' months", (months) => ({ rollups: { months, totals: ROWS } })],
  ["BigQuery's customer_stats", (statsTable) => ({ statsTable })],
]

describe.each(sources)('in %s', (name, given) => {
  it.each(MEASURES)('a single unit too many of %s is a mismatch', (measure) => {
    const [first, ...rest] = ROWS as [Row, ...Row[]]
    expect(mismatches(given([{ ...first, [measure]: first[measure] + 1 }, ...rest]))).toEqual([
      `a, 2026-05-04, web, jpeg, processed: ${measure} is ${first[measure]} by the records and ${first[measure] + 1} by ${name}.`,
    ])
  })

  it.each(['customerId', 'date', 'source', 'format', 'outcome'])(
    'the same sums under another %s are mismatches',
    (key) => {
      const [first, ...rest] = ROWS as [Row, ...Row[]]
      const found = mismatches(given([{ ...first, [key]: 'other' }, ...rest]))
      expect(found).toHaveLength(2 * MEASURES.filter((measure) => first[measure] > 0).length)
      expect(found.every((sentence) => sentence.includes(name))).toBe(true)
    },
  )

  it('a cell that is missing is a mismatch', () => {
    expect(mismatches(given(ROWS.slice(0, 1)))).toContain(
      `b, 2026-05-04, web, png, corrupt: images is 1 by the records and 0 by ${name}.`,
    )
  })
})

it('is not content with as many rows as images where one is there twice', () => {
  expect(mismatches({ imagesTable: { rows: ROWS, distinct: 2 } })).toEqual([
    "BigQuery's images has 3 rows for 2 images.",
  ])
})

it('misses the record of an upload', () => {
  expect(mismatches({ uploaded: [...RECORDS, record('4', 'a')] })).toEqual([
    'web/a/4/a.jpg was uploaded and has no record.',
  ])
})

it('finds a record that nobody uploaded, and a second record of an upload', () => {
  expect(mismatches({ uploaded: RECORDS.slice(1) })).toEqual([
    'web/a/1/a.jpg has a record and was not uploaded by this run.',
  ])
  expect(mismatches({ records: [...RECORDS, record('1', 'a')] })).toContain(
    'web/a/1/a.jpg was uploaded once and has 2 records.',
  )
})

it('finds a record under the wrong customer or name', () => {
  const [first, ...rest] = RECORDS as [RecordSeen, ...RecordSeen[]]
  expect(mismatches({ uploaded: [{ ...first, customerId: 'b' }, ...rest] })).toEqual([
    'web/a/1/a.jpg was uploaded, but its record is of web/a/1/a.jpg for a.',
  ])
  expect(mismatches({ uploaded: [{ ...first, rawName: 'web/a/1/b.jpg' }, ...rest] })).toHaveLength(1)
})

it('finds an image that has not ended, although nothing else disagrees', () => {
  const open = record('5', 'a', { state: 'received', atWork: true, counted: null })
  const records = [...RECORDS, open]
  expect(mismatches({ records, uploaded: records })).toEqual([
    'web/a/5/a.jpg has not ended: it is received, with a job open.',
  ])
  const replayed = RECORDS.map((seen) => ({ ...seen, atWork: seen.imageId === '3' }))
  expect(mismatches({ records: replayed })).toEqual(['web/b/3/a.jpg has not ended: it is failed, with a job open.'])
})

it('finds an image that ended uncounted, or counted as something else', () => {
  const uncounted = record('5', 'a', { counted: null })
  const records = [...RECORDS, uncounted]
  expect(mismatches({ records, uploaded: records })).toEqual([
    'web/a/5/a.jpg has ended as processed and is not counted.',
  ])
  const contrary = RECORDS.map((seen) => (seen.imageId === '3' ? { ...seen, state: 'processed' as const } : seen))
  expect(mismatches({ records: contrary })).toEqual(['web/b/3/a.jpg has ended as processed and is counted as corrupt.'])
})

it('names each result that is not there', () => {
  expect(mismatches({ missingResults: ['a/1/1/fit-800.webp'] })).toEqual([
    'The result a/1/1/fit-800.webp is not in the processed bucket.',
  ])
})

it('totals that are not what all customers add up to are a mismatch', () => {
  const rollups = { months: ROWS, totals: [row('', 3), ...ROWS.slice(1)] }
  expect(mismatches({ rollups })).toContain(
    'all customers, 2026-05-04, web, jpeg, processed: images is 2 by the records and 3 by the totals.',
  )
  expect(mismatches({ rollups: null })).toEqual([])
})
