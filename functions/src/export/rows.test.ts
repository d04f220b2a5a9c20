import { Instant } from '../ledger/instant.ts'
import { ndjson, newest, statsRows } from './rows.ts'

const cell = (images: number, histogram: Record<string, number>) => ({
  images,
  reprocessed: 0,
  bytesIn: images * 10,
  bytesOut: images,
  pixels: 0,
  milliseconds: images * 2,
  histogram,
})

it('keeps the newest row of each key, wherever it stands', () => {
  const rows = [
    { id: 'a', date: '2026-11-23', revision: 2 },
    { id: 'b', date: '2026-11-23', revision: 1 },
    { id: 'a', date: '2026-11-23', revision: 3 },
    { id: 'a', date: '2026-11-22', revision: 1 },
    { id: 'b', date: '2026-11-23', revision: 0 },
  ]
  expect(newest(rows, ['date', 'id'])).toEqual([rows[2], rows[1], rows[3]])
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
