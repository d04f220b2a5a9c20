import { before, monthsAndDays, type Period, periodChanges, periodOf, rangeProblem } from './period.ts'
import { datesIn, daysOf } from '../../pieces/days.ts'

const TODAY = '2026-03-01'
const of = (search: string) => periodOf(new URLSearchParams(search), TODAY)
const range = (from: string, to: string): Period => ({ preset: null, from, to })

describe('a period', () => {
  it.each([
    ['days=today', 'today', '2026-03-01'],
    ['days=7', '7', '2026-02-23'],
    ['days=30', '30', '2026-01-31'],
    ['days=90', '90', '2025-12-02'],
  ])('is by %s the days that end with today', (search, preset, from) => {
    expect(of(search)).toEqual({ preset, from, to: TODAY })
  })

  it('is any days of the calendar, in the past or not', () => {
    expect(of('from=2024-02-28&to=2024-03-01')).toEqual(range('2024-02-28', '2024-03-01'))
    expect(datesIn(of('from=2024-02-28&to=2024-03-01'))).toEqual(['2024-02-28', '2024-02-29', '2024-03-01'])
  })

  it.each([
    '',
    'days=8',
    'from=2026-02-01',
    'from=2026-02-30&to=2026-03-01',
    'from=2026-03-02&to=2026-03-01',
    'from=2025-01-01&to=2026-03-01',
    'from=<b>&to=2026-03-01',
  ])('is the default for %j', (search) => {
    expect(of(search)).toEqual(of('days=7'))
  })

  it.each(['days=90', 'from=2026-02-01&to=2026-02-03'])('comes back from the address that says %j', (search) => {
    const changes = Object.entries(periodChanges(of(search))).filter(([, value]) => value !== null)
    expect(of(new URLSearchParams(changes as [string, string][]).toString())).toEqual(of(search))
  })

  it('has one of as many days just before it', () => {
    expect(before(of('days=7'))).toEqual(range('2026-02-16', '2026-02-22'))
    expect(before(of('days=today'))).toEqual(range('2026-02-28', '2026-02-28'))
  })

  it('may have 366 days and no more', () => {
    expect(rangeProblem('2024-01-01', '2024-12-31')).toBeNull()
    expect(daysOf(range('2024-01-01', '2024-12-31'))).toBe(366)
    expect(rangeProblem('2024-01-01', '2025-01-01')).toContain('366')
  })
})

it.each([
  [range('2026-01-01', '2026-03-31'), ['2026-01', '2026-02', '2026-03']],
  [range('2026-01-31', '2026-03-02'), ['2026-01-31', '2026-02', '2026-03-01', '2026-03-02']],
  [range('2024-02-01', '2024-02-28'), datesIn(range('2024-02-01', '2024-02-28'))],
  [range('2026-02-01', '2026-02-28'), ['2026-02']],
  [range('2026-02-10', '2026-02-10'), ['2026-02-10']],
])('takes whole months as such, and the other days by themselves', (period, parts) => {
  expect(monthsAndDays(period)).toEqual(parts)
})
