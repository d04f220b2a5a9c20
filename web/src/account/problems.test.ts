import { account as german } from '../texts/de/account.ts'
import { account as english } from '../texts/en/account.ts'
import { CODES, problemOf, sentenceOf } from './problems.ts'

const sentence = (code: unknown, texts = english.problems) => {
  const problem = problemOf({ code })
  return problem === null ? null : sentenceOf(problem, texts)
}

it.each(CODES)('has a sentence for %s in each language', (code) => {
  const [en, de] = [sentence(code), sentence(code, german.problems)]
  expect(en).toMatch(/^[A-Z].*[.?]$/)
  expect(de).toMatch(/^[A-ZÄÖÜ].*[.?]$/)
  expect(de).not.toBe(en)
})

it('says the same of a wrong password as of an address that nobody has', () => {
  expect(sentence('auth/wrong-password')).toBe(sentence('auth/user-not-found'))
  expect(sentence('auth/wrong-password')).toBe(sentence('auth/invalid-credential'))
  expect(problemOf({ code: 'auth/wrong-password' })?.field).toBeNull()
  expect(problemOf({ code: 'auth/user-not-found' })?.field).toBeNull()
})

it.each([
  ['auth/weak-password', 'password'],
  ['auth/email-already-in-use', 'email'],
  ['auth/invalid-email', 'email'],
])('says of %s which field to fill in differently', (code, field) => {
  expect(problemOf({ code })?.field).toBe(field)
})

it('takes closing the window of Google’s for no problem', () => {
  expect(problemOf({ code: 'auth/popup-closed-by-user' })).toBeNull()
  expect(problemOf({ code: 'auth/cancelled-popup-request' })).toBeNull()
})

it.each(['auth/brand-new', 'constructor', '__proto__'])('names the code %s, of which it knows no sentence', (code) => {
  expect(sentence(code)).toContain(code)
  expect(sentence(code, german.problems)).toContain(code)
})

it.each([null, undefined, new Error('?'), { code: 5 }, 'text'])('has something to say of %p, too', (error) => {
  expect(problemOf(error)).toEqual({ kind: 'other', code: 'unknown', field: null })
})
