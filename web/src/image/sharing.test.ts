import { linkAddress, linkStateOf, shareChoices } from './sharing.ts'

const now = new Date('2026-11-28T12:00:00Z')
const after = (hours: number) => new Date(now.getTime() + hours * 3_600_000)

it.each([
  [24 * 30, ['1', '3', '7']],
  [24 * 7, ['1', '3', '7']],
  [24 * 6, ['1', '3', '7 cut']],
  [24 * 3, ['1', '3']],
  [24 * 2, ['1', '3 cut']],
  [24, ['1']],
  [5, ['1 cut']],
  [1, []],
  [-1, []],
])('offers, of results that are there for %i hours, links for as many days: %j', (hours, offered) => {
  const choices = shareChoices(after(hours), now)
  expect(choices.map(({ days, cut }) => `${days}${cut ? ' cut' : ''}`)).toEqual(offered)
  for (const { until, cut, days } of choices) {
    expect(until.getTime()).toBeLessThanOrEqual(after(hours).getTime())
    expect(until).toEqual(cut ? after(hours) : after(24 * days))
  }
})

it('offers no link where there are no results', () => {
  expect(shareChoices(null, now)).toEqual([])
})

it('tells what became of a link: revoked is revoked, also after its end', () => {
  const link = (hours: number, revokedAt: Date | null = null) =>
    linkStateOf({ expiresAt: after(hours), revokedAt }, now)
  expect([link(1), link(0), link(-1), link(1, now), link(-1, now)]).toEqual([
    'open',
    'expired',
    'expired',
    'revoked',
    'revoked',
  ])
})

it('keeps a token within the address’s path', () => {
  expect(linkAddress('https://example.org', 'aA0-_')).toBe('https://example.org/s/aA0-_')
  expect(new URL(linkAddress('https://example.org', '../admin?x#y')).pathname).toBe('/s/..%2Fadmin%3Fx%23y')
})
