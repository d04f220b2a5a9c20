import { modeOf, withMode } from './modes.ts'

it('signs in where no mode is named, or one that is none', () => {
  expect(modeOf('')).toBe('sign-in')
  expect(modeOf('?mode=sign-up')).toBe('sign-up')
  expect(modeOf('?state=failed&mode=reset')).toBe('reset')
  expect(modeOf('?mode=admin')).toBe('sign-in')
})

it('leaves the rest of the address for whoever has signed in', () => {
  expect(withMode('?state=failed', 'sign-up')).toBe('?state=failed&mode=sign-up')
  expect(withMode('?state=failed&mode=reset', 'sign-in')).toBe('?state=failed')
  expect(withMode('?mode=reset', 'sign-in')).toBe('')
})
