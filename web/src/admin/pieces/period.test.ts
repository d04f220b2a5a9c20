import {
  before,
  datesIn,
  daysOf,
  monthsAndDays,
  type Period,
  periodChanges,
  periodOf,
  plusDays,
  rangeProblem,
  startOf,
  todayIn,
} from './period.ts'

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

describe('a day in a time zone', () => {
  it('is the one on its calendars', () => {
    const now = new Date('2026-03-01T10:59:59Z')
    expect(todayIn('UTC', now)).toBe('2026-03-01')
    expect(todayIn('Pacific/Kiritimati', now)).toBe('2026-03-02')
    expect(todayIn('Pacific/Pago_Pago', now)).toBe('2026-02-28')
  })

  it.each([
    ['UTC', '2026-03-29', '2026-03-29T00:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
    // 23 hours after it began, since clocks were put forward at two.
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00.000Z'],
    ['Asia/Kathmandu', '2026-03-01', '2026-02-28T18:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-03-01', '2026-02-28T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-03-01', '2026-03-01T11:00:00.000Z'],
    // There was no midnight: clocks were put forward from it to one.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    // Samoa left the 30th out: what comes first after the 29th is the 31st.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
  ])('begins in %s for %s at %s', (zone, date, moment) => {
    expect(startOf(date, zone).toISOString()).toBe(moment)
  })

  it('begins where the last one ends, all year round', () => {
    for (const zone of ['America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo']) {
      for (const date of datesIn(range('2026-01-01', '2026-12-31'))) {
        const start = startOf(date, zone).getTime()
        expect([todayIn(zone, new Date(start - 1)), todayIn(zone, new Date(start))]).toEqual([plusDays(date, -1), date])
      }
    }
  })
})
