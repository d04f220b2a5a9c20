import { change, dateTime, duration } from './format.ts'

const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ')

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1 sec'],
  [1234, '1.2 sec'],
  [59_949, '59.9 sec'],
  [59_960, '1 min'],
  [125_000, '2 min 5 sec'],
  [3_600_000, '1 hr'],
  [5_400_000, '1 hr 30 min'],
  [90_000_000, '1 day 1 hr'],
  [172_800_000, '2 days'],
])('writes %i milliseconds as %s', (milliseconds, written) => {
  expect(plain(duration(milliseconds, 'en-US'))).toBe(written)
})

it.each([
  [112, 100, '+12%'],
  [88, 100, '−12%'],
  [100.5, 100, '+0.5%'],
  [300, 100, '+200%'],
  [0, 100, '−100%'],
  [7, 7, 'no change'],
  [0, 0, 'no change'],
  [5, 0, 'none before'],
])('says of %d after %d: %s', (now, before, written) => {
  expect(change(now, before, 'en-US')).toBe(written)
})

it('says a moment in the zone of the page', () => {
  const moment = new Date('2026-11-24T23:30:05Z')
  expect(dateTime(moment, 'Europe/Berlin', 'en-GB')).toContain('25 Nov 2026, 00:30:05')
})
