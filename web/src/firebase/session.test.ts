import { profileOf, sessionOf } from './session.ts'

const user = { uid: 'u1', displayName: null, email: 'bo@birch.example' }

it('takes the user for the customer, once the e-mail address is confirmed', () => {
  expect(sessionOf(user, { email_verified: true })).toEqual({
    uid: 'u1',
    label: 'bo@birch.example',
    customerId: 'u1',
    admin: false,
    barred: null,
  })
  expect(sessionOf(user, {}).barred).toBe('unconfirmed')
  expect(sessionOf(user, { email_verified: 'true' }).barred).toBe('unconfirmed')
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
  [{ customer: 'not/an id' }, 'not-set-up'],
  [{ customer: 7, email_verified: true }, 'not-set-up'],
])('says why %j can neither send nor see images', (claims, why) => {
  expect(sessionOf(user, claims).barred).toBe(why)
})

it('takes an empty name for none', () => {
  expect(sessionOf({ ...user, displayName: '' }, {}).label).toBe('bo@birch.example')
  expect(profileOf({ ...user, displayName: '', emailVerified: false, providerData: [] }).name).toBeNull()
})

it('knows how somebody signs in', () => {
  const google = [{ providerId: 'google.com' }]
  expect(profileOf({ ...user, displayName: 'Bo', emailVerified: true, providerData: google })).toEqual({
    name: 'Bo',
    email: 'bo@birch.example',
    confirmed: true,
    password: false,
    google: true,
  })
  const both = [...google, { providerId: 'password' }]
  expect(profileOf({ ...user, emailVerified: true, providerData: both })).toMatchObject({
    password: true,
    google: true,
  })
})
