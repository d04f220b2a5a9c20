import { csvOf } from '../pieces/csv.ts'
import { count, size, timeColumn } from '../pieces/columns.tsx'
import { datesIn } from '../pieces/days.ts'
import { NO_FILTER, sumsOf } from '../pieces/sums.ts'
import { DATES, DAYS } from '../pieces/testing/days.ts'
import { type Row, rowsOf } from './rows.ts'

const shown = { days: DAYS, dates: DATES, step: 'day', filter: NO_FILTER } as const

it('every day has a row, with zeros where nothing came', () => {
  expect(rowsOf(shown).map(({ key, images, processed, failed }) => [key, images, processed, failed])).toEqual([
    ['2026-11-01', 17, 15, 2],
    ['2026-11-02', 0, 0, 0],
    ['2026-11-03', 8, 1, 7],
  ])
})

it('every month has a row, with the sum of its days', () => {
  const dates = datesIn({ from: '2026-10-31', to: '2026-12-01' })
  const rows = rowsOf({ ...shown, dates, step: 'month' })
  expect(rows.map(({ key }) => key)).toEqual(['2026-10', '2026-11', '2026-12'])
  expect(rows[1]).toEqual({ key: '2026-11', ...sumsOf(DAYS, NO_FILTER) })
})

it('rows add up to the totals exactly, by day and by month', () => {
  const { images, failed, bytesIn, bytesOut, pixels } = sumsOf(DAYS, NO_FILTER)
  for (const step of ['day', 'month'] as const) {
    const rows = rowsOf({ ...shown, step })
    const sum = (of: (row: Row) => number) => rows.reduce((all, row) => all + of(row), 0)
    expect([
      sum((row) => row.images),
      sum((row) => row.failed),
      sum((row) => row.bytesIn),
      sum((row) => row.bytesOut),
      sum((row) => row.pixels),
    ]).toEqual([images, failed, bytesIn, bytesOut, pixels])
  }
})

it('a file has days as ISO 8601 and plain numbers, whatever the language', () => {
  const columns = [
    timeColumn<Row>('Tag', 'de'),
    count('images', 'Bilder', ({ images }: Row) => images * 1000, 'de'),
    size('bytesIn', 'Gesendet', ({ bytesIn }: Row) => bytesIn, 'de'),
  ]
  expect(csvOf(columns, rowsOf(shown).slice(0, 1))).toBe('Tag,Bilder,Gesendet\r\n2026-11-01,17000,17000\r\n')
})
