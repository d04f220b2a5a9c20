import type { ErrorCode } from '../../../functions/src/contract/outcomes.ts'
import { isReady, mayRetry, previewOf, resultsOf } from './results.ts'
import { card, output } from './testing/cards.ts'

const three = [output('fit-800', 800), output('fit-200', 200), output('fit-1600', 1600)]
const html = output('page', 3000, { contentType: 'text/html' })
const bare = output('bare', 1, { width: null, height: null, bytes: 9e9 })

it('has the largest first', () => {
  expect(resultsOf({ outputs: [...three, bare] }).map(({ name }) => name)).toEqual([
    'fit-1600',
    'fit-800',
    'fit-200',
    'bare',
  ])
  const [avif, webp] = [output('avif', 800, { bytes: 5 }), output('webp', 800, { bytes: 9 })]
  expect(resultsOf({ outputs: [avif, webp] })).toEqual([webp, avif])
})

it.each([
  [100, 'fit-200'],
  [200, 'fit-200'],
  [201, 'fit-800'],
  [1500, 'fit-1600'],
  [4000, 'fit-1600'],
])('shows the smallest that fills %i pixels, or else the largest: %s', (wanted, name) => {
  expect(previewOf([...three, html, bare], wanted)?.name).toBe(name)
})

it('shows nothing that a browser does not', () => {
  expect(previewOf([html, bare, output('svg', 100, { contentType: 'image/svg+xml' })], 100)).toBeNull()
  expect(previewOf([], 100)).toBeNull()
})

it('has something to take home of what is done and not deleted', () => {
  expect(isReady(card('a'))).toBe(true)
  expect(isReady(card('a', { status: 'processing' }))).toBe(false)
  expect(isReady(card('a', { outputs: [] }))).toBe(false)
  expect(isReady(card('a', { deletedAt: new Date() }))).toBe(false)
})

it('offers another try where it may help, and as often as a customer may', () => {
  const failed = (code: ErrorCode, attempt = 1) => mayRetry({ status: 'failed', error: { code, message: '' }, attempt })
  expect([failed('processor-timeout'), failed('quota-exceeded', 4)]).toEqual([true, true])
  expect([
    failed('empty'),
    failed('too-large'),
    failed('corrupt'),
    failed('unsupported-format'),
    failed('object-gone'),
  ]).not.toContain(true)
  expect(failed('processor-timeout', 5)).toBe(false)
  expect(mayRetry(card('a'))).toBe(false)
  expect(mayRetry(card('a', { status: 'processing', error: { code: 'processor-failed', message: '' } }))).toBe(false)
})
