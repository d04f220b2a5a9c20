import { bytes, byteTicks, daysLabel, keyLabel, number, percent, short, shortKey } from './format.ts'

const plain = (text: string) => text.replaceAll(/[\u00A0\u2009\u202F]/g, ' ')

it('says a day and a month in no time zone, in full and for axes', () => {
  expect([keyLabel('2026-11-25', 'en-GB'), shortKey('2026-11-25', 'en-GB')]).toEqual(['25 Nov 2026', '25 Nov'])
  expect([keyLabel('2026-11', 'en-GB'), shortKey('2026-11', 'de')]).toEqual(['November 2026', 'Nov. 2026'])
})

it('says the days of a period, what both ends share once', () => {
  expect(plain(daysLabel({ from: '2026-10-30', to: '2026-11-28' }, 'en-GB'))).toBe('30 Oct – 28 Nov 2026')
  expect(plain(daysLabel({ from: '2026-11-01', to: '2026-11-01' }, 'de'))).toBe('01.11.2026')
})

it.each([
  [0, '0 bytes, 1 byte'],
  [3, '0 bytes, 1 byte, 2 bytes, 3 bytes'],
  [3000, '0 bytes, 1 KiB, 2 KiB, 3 KiB'],
  [700 * 1024, '0 bytes, 200 KiB, 400 KiB, 600 KiB, 800 KiB'],
  [1024 ** 2, '0 bytes, 256 KiB, 512 KiB, 768 KiB, 1 MiB'],
  [1.2 * 1024 ** 3, '0 bytes, 1 GiB, 2 GiB'],
])('marks an axis up to %d bytes by %s', (highest, marks) => {
  expect(
    byteTicks(highest)
      .map((tick) => bytes(tick, 'en-GB'))
      .join(', '),
  ).toBe(marks)
})

it('writes figures as the reader’s language does', () => {
  expect([number(1234567.89, 'en-GB'), plain(number(1234567.89, 'de-DE'))]).toEqual(['1,234,567.9', '1.234.567,9'])
  expect([short(12_345, 'en-US'), percent(0.034, 'en-GB'), percent(0.34, 'en-GB')]).toEqual(['12.3K', '3.4%', '34%'])
})
