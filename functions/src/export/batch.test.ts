import { Batch, MAX_BYTES, MAX_DATES } from './batch.ts'
import type { Table } from './schema.ts'

const TABLE: Table = { name: 'sizes', description: '', key: ['date', 'id'], partition: 'date', columns: [] }

const row = (id: string, revision: number, date = '2026-11-23') => ({ id, date, revision })

it('keeps the newest row of each key, wherever it stands, as a line of JSON', () => {
  const batch = new Batch(TABLE)
  const rows = [row('a', 2), row('b', 1), row('a', 3), row('a', 1, '2026-11-22'), row('b', 0), row('ä"\n', 1)]
  for (const each of rows) batch.put(each)
  const lines = new TextDecoder().decode(batch.bytes()).split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([rows[2], rows[1], rows[3], rows[5]])
  expect(batch.rows).toBe(4)
  expect(batch.dates).toEqual(['2026-11-22', '2026-11-23'])
})

it('has no dates where the table has no partitions', () => {
  const batch = new Batch({ name: 'names', description: '', key: ['id'], columns: [] })
  batch.put({ id: 'a', revision: 1 })
  expect(batch.dates).toEqual([])
})

it('is full before more documents could bring too many days', () => {
  const batch = new Batch(TABLE)
  for (let day = 0; day < MAX_DATES - 10; day++) batch.put(row('a', 1, String(day)))
  expect(batch.isFull(10)).toBe(false)
  expect(batch.isFull(11)).toBe(true)
})

it('is full once its bytes are too many, those of replaced rows not counted', () => {
  const batch = new Batch(TABLE)
  const large = 'x'.repeat(MAX_BYTES / 4)
  for (let revision = 1; revision < 9; revision++) batch.put({ ...row('a', revision), large })
  expect(batch.isFull(1)).toBe(false)
  for (const id of ['b', 'c', 'd']) batch.put({ ...row(id, 1), large })
  expect(batch.isFull(1)).toBe(true)
})
