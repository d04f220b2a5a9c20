import { add, changesOf, NO_CHANGES } from './changes.ts'
import { at, card } from './test-records.ts'

const waiting = { state: 'received' } as const
const failed = { state: 'failed', error: { code: 'corrupt', message: 'It is damaged.' } } as const

it('counts what came on top and what ended', () => {
  const before = [card('c', { ...waiting, receivedAt: at(3) }), card('b', waiting), card('a')]
  const after = [card('d', { receivedAt: at(4) }), card('c', { ...failed, receivedAt: at(3) }), card('b'), card('a')]
  expect(changesOf(before, after, true)).toEqual({ arrived: 1, done: 1, failed: 1 })
})

it('takes what comes in elsewhere for no arrival: it is there again', () => {
  const before = [card('c', { receivedAt: at(3) }), card('a')]
  const after = [card('c', { receivedAt: at(3) }), card('b', { receivedAt: at(2) }), card('a')]
  expect(changesOf(before, after, true)).toBe(NO_CHANGES)
  expect(changesOf(before, [card('d', { receivedAt: at(4) }), ...before], false)).toBe(NO_CHANGES)
})

it('says nothing of one that is only taken up or has gone', () => {
  const job = { kind: 'first', leaseUntil: at(9), holder: null, profileVersion: null, attempt: 1 } as const
  expect(changesOf([card('a', waiting), card('b')], [card('a', { ...waiting, job })], true)).toBe(NO_CHANGES)
})

it('sums up', () => {
  expect(add({ arrived: 1, done: 2, failed: 3 }, { arrived: 1, done: 0, failed: 1 })).toEqual({
    arrived: 2,
    done: 2,
    failed: 4,
  })
})
