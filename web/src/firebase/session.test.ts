import { sessionOf, signInProblem } from './session.ts'

const user = { uid: 'u1', displayName: null, email: 'bo@birch.example' }

it('takes the user for the customer, once the e-mail address is confirmed', () => {
  expect(sessionOf(user, { email_verified: true })).toEqual({
    uid: 'u1',
    label: 'bo@birch.example',
    customerId: 'u1',
    admin: false,
    barred: null,
  })
  expect(sessionOf(user, {}).barred).toContain('Confirm')
})

it('takes for an admin whose claim is true, and nobody else', () => {
  expect(sessionOf(user, { admin: true }).admin).toBe(true)
  expect(sessionOf(user, { admin: 'true', email_verified: true }).admin).toBe(false)
})

it('takes the customer whom the claim names, confirmed or not, as the rules do', () => {
  expect(sessionOf({ ...user, displayName: 'Bo' }, { customer: 'birch' })).toMatchObject({
    label: 'Bo',
    customerId: 'birch',
    barred: null,
  })
})

it.each([
  [{ admin: true, customer: 'birch' }, 'admin'],
  [{ customer: 'not/an id' }, 'not set up'],
  [{ customer: 7, email_verified: true }, 'not set up'],
])('says why %j can neither send nor see images', (claims, why) => {
  expect(sessionOf(user, claims).barred).toContain(why)
})

it('says what went wrong with signing in, and the code where it knows no sentence', () => {
  expect(signInProblem({ code: 'auth/invalid-credential' })).toContain('password is wrong')
  expect(signInProblem({ code: 'auth/new' })).toBe('Signing in failed (auth/new).')
  expect(signInProblem(new Error('?'))).toBe('Signing in failed (unknown).')
})
