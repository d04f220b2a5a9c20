import { datesIn } from '../pieces/days.ts'
import { daysOf, lastDay, monthsFor, type Period, periodOf, periodsFor, stepOf } from './period.ts'

const TODAY = '2026-03-01'

describe('a period', () => {
  it.each<[Period, string, string]>([
    ['30-days', '2026-01-31', TODAY],
    ['this-month', '2026-03-01', TODAY],
    ['3-months', '2026-01-01', TODAY],
    ['12-months', '2025-04-01', TODAY],
    ['2026', '2026-01-01', TODAY],
    ['2024', '2024-01-01', '2024-12-31'],
  ])('%s is from %s to %s', (period, from, to) => {
    expect(daysOf(period, TODAY)).toEqual({ from, to })
    expect(periodOf(new URLSearchParams({ period }), TODAY)).toBe(period)
  })

  it('of a number of days or months has as many, on any day', () => {
    for (const today of datesIn({ from: '2023-12-20', to: '2024-12-31' })) {
      expect(datesIn(daysOf('30-days', today))).toHaveLength(30)
      const months = new Set(datesIn(daysOf('12-months', today)).map((date) => date.slice(0, 7)))
      expect(months.size).toBe(12)
    }
  })

  it.each(['', '31-days', '2027', '1999', '0', '20260', '<b>', 'toString'])('is the last 30 days for %j', (period) => {
    expect(periodOf(new URLSearchParams({ period }), TODAY)).toBe('30-days')
  })

  it('is among those to choose from, whichever it is', () => {
    expect(periodsFor('30-days', TODAY)).toEqual([
      '30-days',
      'this-month',
      '3-months',
      '12-months',
      '2026',
      '2025',
      '2024',
    ])
    expect(periodsFor('2021', TODAY).at(-1)).toBe('2021')
  })
})

it('today is the next day where there are figures of it already, but no later', () => {
  const months = (...dates: readonly string[]) => [{ days: Object.fromEntries(dates.map((date) => [date, {}])) }]
  expect(lastDay('2026-02-28', [])).toBe('2026-02-28')
  expect(lastDay('2026-02-28', months('2026-02-27', '2026-03-02'))).toBe('2026-02-28')
  expect(lastDay('2026-02-28', months('2026-03-01'))).toBe('2026-03-01')
})

it('asks for the months of both days that today may be', () => {
  expect(monthsFor('this-month', '2026-11-30')).toEqual(['2026-11', '2026-12'])
  expect(monthsFor('this-month', '2026-11-29')).toEqual(['2026-11', '2026-11'])
  expect(monthsFor('12-months', '2026-11-29')[0]).toBe('2025-12')
})

it('is by day or by month as the address says, or as suits it', () => {
  expect(stepOf(new URLSearchParams('by=month'), 'day')).toBe('month')
  expect(stepOf(new URLSearchParams('by=week'), 'day')).toBe('day')
})
