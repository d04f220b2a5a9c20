import { problemOf, sentenceFor } from './problem.ts'

const error = (code: string, message: string) => Object.assign(new Error(message), { code })

it('passes on what the functions say to people', () => {
  expect(problemOf(error('functions/failed-precondition', 'The raw image is gone.'))).toBe('The raw image is gone.')
})

it('has its own words for what the SDK says', () => {
  expect(problemOf(error('functions/internal', 'INTERNAL'))).toContain('(functions/internal)')
  expect(problemOf(error('functions/unavailable', 'x'))).toBe(sentenceFor('unavailable'))
  expect(problemOf(error('functions/permission-denied', ''))).toBe(sentenceFor('permission-denied'))
})

it('tells a mistake of the page from a server’s answer', () => {
  expect(problemOf(new TypeError('x is not a function'))).toContain('on this page: x is not a function')
  expect(problemOf(undefined)).toContain('undefined')
})
