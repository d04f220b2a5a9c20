import { expiryOf } from './expiry.ts'

const now = new Date('2026-11-28T12:00:00Z')
const after = (hours: number) => new Date(now.getTime() + hours * 3_600_000)

it.each([
  ['an image without results', null, 'none'],
  ['results that have two days or more', after(48), 'kept'],
  ['results that have less', after(47.99), 'soon'],
  ['results in their last second', new Date(now.getTime() + 1), 'soon'],
  ['results at the end of their time', now, 'gone'],
  ['results past it', after(-1), 'gone'],
] as const)('says of %s: %s is "%s"', (_, until, said) => {
  expect(expiryOf(until, now)).toBe(said)
})
