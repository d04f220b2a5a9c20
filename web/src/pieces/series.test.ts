import { datesIn, plusDays } from './days.ts'
import { DATES, DAYS, figures } from './testing/days.ts'
import {
  endedOverTime,
  formatsOverTime,
  MOST_DAYS,
  type OverTime,
  reasonsOf,
  type Shown,
  sourcesOf,
  stepFor,
} from './series.ts'
import { type Filter, NO_FILTER as ALL, sumsOf } from './sums.ts'

const WORDS = {
  processed: 'Processed',
  failed: 'Failed',
  others: 'Others',
  formatName: (format: string) => format.toUpperCase(),
}
const shown = (filter: Filter = ALL, dates = DATES, step = stepFor(dates)): Shown => ({
  days: DAYS,
  dates,
  step,
  filter,
})

const total = ({ points }: OverTime) =>
  points.flatMap(({ values }) => Object.values(values)).reduce((sum, value) => sum + value, 0)

describe('over time', () => {
  it('every day of the period has a bar, also those without images', () => {
    expect(endedOverTime(shown(), WORDS).points).toEqual([
      { key: '2026-11-01', values: { processed: 15, failed: 2 } },
      { key: '2026-11-02', values: { processed: 0, failed: 0 } },
      { key: '2026-11-03', values: { processed: 1, failed: 7 } },
    ])
  })

  it('periods with more days than can be told apart are shown by month', () => {
    const dates = datesIn({ from: '2026-09-30', to: plusDays('2026-09-30', MOST_DAYS) })
    expect(endedOverTime(shown(ALL, dates), WORDS).points).toEqual([
      { key: '2026-09', values: { processed: 0, failed: 0 } },
      { key: '2026-10', values: { processed: 0, failed: 0 } },
      { key: '2026-11', values: { processed: 16, failed: 9 } },
      { key: '2026-12', values: { processed: 0, failed: 0 } },
    ])
    expect(endedOverTime(shown(ALL, dates.slice(1)), WORDS).points).toHaveLength(MOST_DAYS)
  })

  it('the formats that have most images come first, and the rest is one', () => {
    const { series, points } = formatsOverTime(shown(), WORDS, 'images', 2)
    expect(series.map(({ name }) => name)).toEqual(['JPEG', 'PNG', 'Others'])
    expect(points[2]?.values).toEqual({ jpeg: 3, png: 0, others: 5 })
  })

  it('a format has the same place whichever of its figures is shown', () => {
    const cells = {
      'web~jpeg~processed': { ...figures(2), bytesIn: 10 },
      'web~png~processed': { ...figures(1), bytesIn: 1000 },
    }
    const few = { ...shown(), days: [{ date: '2026-11-02', cells, histogram: {} }] }
    const { series, points } = formatsOverTime(few, WORDS, 'bytesIn')
    expect(series.map(({ key, place }) => [key, place])).toEqual([
      ['jpeg', 0],
      ['png', 1],
    ])
    expect(points[1]?.values).toEqual({ jpeg: 10, png: 1000 })
  })

  it('a single format is never called others', () => {
    expect(formatsOverTime(shown(), WORDS, 'images', 3).series.map(({ key }) => key)).toEqual([
      'jpeg',
      'png',
      'unknown',
      'webp',
    ])
  })

  it.each([ALL, { source: 'web', format: null }, { source: null, format: 'jpeg' }] as const)(
    'every table adds up to the figures: %j',
    (filter) => {
      const { images, processed, failed, bytesIn } = sumsOf(DAYS, filter)
      expect(total(endedOverTime(shown(filter), WORDS))).toBe(images)
      expect(total(formatsOverTime(shown(filter), WORDS, 'images', 1))).toBe(images)
      expect(total(formatsOverTime(shown(filter), WORDS, 'bytesIn', 1))).toBe(bytesIn)
      expect(total(endedOverTime(shown(filter, DATES, 'month'), WORDS))).toBe(images)
      const sources = sourcesOf(DAYS, filter)
      const sum = (of: (row: (typeof sources)[number]) => number) => sources.reduce((all, row) => all + of(row), 0)
      expect([sum((row) => row.processed), sum((row) => row.failed), sum((row) => row.bytesIn)]).toEqual([
        processed,
        failed,
        bytesIn,
      ])
      expect(reasonsOf(DAYS, filter).reduce((all, row) => all + row.images, 0)).toBe(failed)
    },
  )
})

it('reasons stand in the order of how often they occur', () => {
  expect(reasonsOf(DAYS, ALL)).toEqual([
    { reason: 'corrupt', images: 5 },
    { reason: 'unsupported-format', images: 4 },
  ])
})
