import { datesIn, plusDays, startOf, todayIn } from './days.ts'

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
      for (const date of datesIn({ from: '2026-01-01', to: '2026-12-31' })) {
        const start = startOf(date, zone).getTime()
        expect([todayIn(zone, new Date(start - 1)), todayIn(zone, new Date(start))]).toEqual([plusDays(date, -1), date])
      }
    }
  })
})
