import { Instant } from './instant.ts'
import { dateIn } from './reporting-zone.ts'

it.each([
  ['UTC', '2026-11-23T00:00:00Z', '2026-11-23'],
  ['UTC', '2026-11-22T23:59:59.999999Z', '2026-11-22'],
  ['Europe/Berlin', '2026-11-22T23:00:00Z', '2026-11-23'],
  ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29'],
  ['America/Los_Angeles', '2026-11-23T07:59:59Z', '2026-11-22'],
  ['Asia/Kolkata', '2026-11-22T18:30:00Z', '2026-11-23'],
  ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01'],
])('in %s it is, at %s, the day %s', (zone, at, date) => {
  expect(dateIn(zone, Instant.parse(at))).toBe(date)
})
