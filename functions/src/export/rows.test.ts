import { Instant } from '../ledger/instant.ts'
import type { ImageRecord } from '../contract/record.ts'
import type { WriteData } from '../ledger/document-store.ts'
import { asRecord } from '../ledger/ledger.ts'
import { MemoryStore } from '../ledger/testing/memory-store.ts'
import { customerRow, imageRow, ndjson, ROW_FIELDS, statsRows } from './rows.ts'
import { CUSTOMERS, IMAGES } from './schema.ts'

const cell = (images: number, histogram: Record<string, number>) => ({
  images,
  reprocessed: 0,
  bytesIn: images * 10,
  bytesOut: images,
  pixels: 0,
  milliseconds: images * 2,
  histogram,
})

it("adds a day's shards up into a row for each cell, with the time they were read as its revision", () => {
  const readAt = Instant.parse('2026-11-23T12:00:00.123456Z')
  const shards = [
    { cells: { 'web~jpeg~processed': cell(2, { '9': 1, '20': 1 }), 'web~png~corrupt': cell(1, { '0': 1 }) } },
    { cells: { 'web~jpeg~processed': cell(1, { '9': 1 }), 'web~png~corrupt': cell(-1, { '0': -1 }) } },
  ]
  expect(statsRows('c1', '2026-11-23', shards, readAt)).toEqual([
    {
      customer_id: 'c1',
      date: '2026-11-23',
      source: 'web',
      format: 'jpeg',
      outcome: 'processed',
      images: 3,
      reprocessed: 0,
      bytes_in: 30,
      bytes_out: 3,
      pixels: 0,
      milliseconds: 6,
      histogram: [
        { bucket: 9, images: 2 },
        { bucket: 20, images: 1 },
      ],
      revision: readAt.micros,
    },
    expect.objectContaining({ format: 'png', outcome: 'corrupt', images: 0, bytes_in: 0, histogram: [] }),
  ])
})

it('writes one line for each row, whatever a name has in it', () => {
  const text = new TextDecoder().decode(ndjson([{ name: 'a\nb\u2028"' }, { name: 'ü' }]))
  expect(text.split('\n').map((line) => (line === '' ? '' : (JSON.parse(line) as unknown)))).toEqual([
    { name: 'a\nb\u2028"' },
    { name: 'ü' },
    '',
  ])
})

const at = Instant.parse('2026-11-23T12:00:00.123456Z')
const record = {
  imageId: '0123456789abcdef0123456789abcdef01234567',
  customerId: 'c1',
  source: 'kafka',
  fileName: 'a.jpg',
  event: {
    topic: 'images',
    partition: 1,
    offset: 7,
    id: 'e7',
    source: '/shop',
    subject: null,
    time: null,
    answer: true,
  },
  date: '2026-11-23',
  state: 'processed',
  attempt: 1,
  raw: { name: 'kafka/c1/u/image', generation: '17' },
  input: null,
  outputs: [],
  profileVersion: null,
  error: null,
  reprocess: { profileVersion: null, at, error: { code: 'processor-failed', message: 'It failed.' } },
  sameAs: 'ab',
  receivedAt: at,
  processedAt: at,
  availableUntil: null,
  counted: {
    source: 'kafka',
    format: 'jpeg',
    outcome: 'processed',
    reprocessed: 0,
    bytesIn: 1,
    bytesOut: 2,
    pixels: 3,
    milliseconds: 4,
  },
  revision: 1,
  updatedAt: at,
} as unknown as ImageRecord<Instant>

it('has a value for each column of an image and a customer, and no others', () => {
  const customer = { name: 'C', kind: 'web', createdAt: at, updatedAt: at } as const
  expect(Object.keys(imageRow(record) ?? {}).sort()).toEqual(IMAGES.columns.map(({ name }) => name).sort())
  expect(Object.keys(customerRow('c1', customer)).sort()).toEqual(CUSTOMERS.columns.map(({ name }) => name).sort())
})

it('tells where an image came from, what it repeats, and how its reprocessing ended', () => {
  expect(imageRow(record)).toMatchObject({
    same_as: 'ab',
    reprocessed_at: '2026-11-23T12:00:00.123456Z',
    reprocess_error: 'processor-failed',
    trace_id: '0123456789abcdef0123456789abcdef',
    event_topic: 'images',
    event_source: '/shop',
    event_id: 'e7',
  })
  const plain = { ...record, event: null, sameAs: null, reprocess: null }
  const none = { same_as: null, reprocessed_at: null, reprocess_error: null, event_topic: null, event_source: null }
  expect(imageRow(plain)).toMatchObject({ ...none, event_id: null })
  const well = { ...record, reprocess: { profileVersion: null, at, error: null } }
  expect(imageRow(well)).toMatchObject({ reprocessed_at: '2026-11-23T12:00:00.123456Z', reprocess_error: null })
})

it('says of a customer whether it is a pseudonym', () => {
  const customer = { name: 'C', kind: 'web', createdAt: at, updatedAt: at } as const
  expect(customerRow('c1', customer)['erased']).toBe(false)
  expect(customerRow('erased-1', { ...customer, erased: true })['erased']).toBe(true)
})

it.each<[string, Partial<ImageRecord<Instant>>]>([
  ['as it is', {}],
  [
    'that was processed',
    { input: { format: 'png', width: 1, height: 2, pages: 3, alpha: true, bytes: 4, sha256: 'aa' } },
  ],
  ['that failed', { state: 'failed', error: { code: 'processor-failed', message: 'No.', processor: 'renditions' } }],
  ['from the web', { event: null, sameAs: null, reprocess: null }],
])('makes the same row of a record %s from no more than the fields that the export reads', async (_what, more) => {
  const store = new MemoryStore({ now: () => at })
  const full = { ...record, ...more, findings: { a: 1 }, exportShard: 0 }
  await store.transact(async (transaction) => transaction.set('customers/c1/images/a', full as unknown as WriteData))
  const [read] = await store.query({ collection: 'images', group: true, fields: ROW_FIELDS })
  expect(read?.data).not.toHaveProperty('findings')
  expect(imageRow(asRecord(read?.data ?? {}))).toEqual(imageRow(full))
})
