import { Instant } from './instant.ts'

describe('an instant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['2026-11-23T12:00:00.1Z', 1_795_435_200_100_000],
    ['2026-11-23T12:00:00.123456789Z', 1_795_435_200_123_456],
    ['2026-11-23T13:30:00.5+01:30', 1_795_435_200_500_000],
    ['2026-11-22T22:00:00-14:00', 1_795_435_200_000_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
    ['2255-01-01T00:00:00.999999Z', 8_993_721_600_999_999],
  ])('reads %s as microseconds', (text, micros) => {
    expect(Instant.parse(text).micros).toBe(micros)
  })

  it.each([
    '',
    'now',
    '2026-11-23',
    '2026-11-23T12:00:00',
    '2026-11-23T12:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-23T12:00:00.Z',
    ' 2026-11-23T12:00:00Z',
    '2026-11-23T12:00:00.1234567890Z',
    '2026-11-23T25:00:00Z',
    '2999-01-01T00:00:00Z',
  ])('does not take %j for a time', (text) => {
    expect(() => Instant.parse(text)).toThrow(RangeError)
  })

  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1, '1970-01-01T00:00:00.000001Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [-1000, '1969-12-31T23:59:59.999000Z'],
    [1_795_435_200_123_456, '2026-11-23T12:00:00.123456Z'],
  ])('writes %s microseconds as %s, and reads it back', (micros, text) => {
    expect(String(Instant.ofMicros(micros))).toBe(text)
    expect(JSON.stringify({ at: Instant.ofMicros(micros) })).toBe(`{"at":"${text}"}`)
    expect(Instant.parse(text).micros).toBe(micros)
  })

  it('is none without a whole, safe number', () => {
    for (const bad of [0.5, NaN, Infinity, 2 ** 53]) expect(() => Instant.ofMicros(bad)).toThrow(RangeError)
    expect(() => Instant.ofMillis(NaN)).toThrow(RangeError)
  })

  it('goes from and to milliseconds', () => {
    expect(Instant.ofMillis(1.5).micros).toBe(1500)
    expect(Instant.ofMillis(Date.UTC(2026, 10, 23, 12)).micros).toBe(1_795_435_200_000_000)
    expect(Instant.ofMicros(1500).toMillis()).toBe(1.5)
  })

  it('adds seconds and days, and knows which is later', () => {
    const noon = Instant.parse('2026-11-23T12:00:00.000001Z')
    expect(String(noon.plusSeconds(0.25))).toBe('2026-11-23T12:00:00.250001Z')
    expect(String(noon.plusDays(100))).toBe('2027-03-03T12:00:00.000001Z')
    expect(noon.plusSeconds(1).isAfter(noon)).toBe(true)
    expect(noon.isAfter(noon)).toBe(false)
    expect(noon.isAfter(noon.plusDays(1))).toBe(false)
  })
})
