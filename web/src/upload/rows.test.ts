import type { Card } from '../gallery/cards.ts'
import { card, item } from './test-items.ts'
import { actsOf, cantPreview, countsOf, leftOf, percentOf, rowStateOf } from './rows.ts'
import type { UploadState } from './uploads.ts'

const uploaded: UploadState = { kind: 'uploaded', arrivedAt: new Date(0) }
const failedCard = (more: Partial<Card> = {}) =>
  card('a', { status: 'failed', error: { code: 'processor-failed', message: '' }, ...more })

it('shows how a file is sent, then that it waits, then what its record says', () => {
  expect(rowStateOf(item('a', { kind: 'paused', sentBytes: 1 }), undefined)).toBe('paused')
  expect(rowStateOf(item('a', uploaded), undefined)).toBe('waiting')
  expect(rowStateOf(item('a', uploaded), card('a', { status: 'processing' }))).toBe('processing')
  expect(rowStateOf(item('a', uploaded), card('a', { deletedAt: new Date(1) }))).toBe('deleted')
})

it('goes by the file as long as it has not arrived, whatever record is there', () => {
  expect(rowStateOf(item('a', { kind: 'sending', sentBytes: 1 }), card('a', { status: 'done' }))).toBe('sending')
})

it.each<[UploadState, readonly string[]]>([
  [{ kind: 'checking' }, ['cancel']],
  [{ kind: 'queued' }, ['pause', 'cancel']],
  [{ kind: 'sending', sentBytes: 0 }, ['pause', 'cancel']],
  [{ kind: 'offline', sentBytes: 0 }, ['pause', 'cancel']],
  [{ kind: 'paused', sentBytes: 0 }, ['resume', 'cancel']],
  [{ kind: 'elsewhere' }, ['cancel']],
  [{ kind: 'refused', problem: { code: 'empty' } }, ['dismiss']],
  [{ kind: 'failed', problem: { code: 'denied' }, again: true }, ['retry', 'dismiss']],
  [{ kind: 'failed', problem: { code: 'name-taken' }, again: false }, ['dismiss']],
  [uploaded, ['dismiss']],
])('offers what makes sense with %j', (state, acts) => {
  expect(actsOf(item('a', state), undefined)).toEqual(acts)
})

it('offers another try of a failed image only where it can be had', () => {
  const acts = (one: Card) => actsOf(item('a', uploaded), one)
  expect(acts(failedCard())).toEqual(['reprocess', 'dismiss'])
  expect(acts(failedCard({ attempt: 5 }))).toEqual(['dismiss'])
  expect(acts(failedCard({ error: { code: 'corrupt', message: '' } }))).toEqual(['dismiss'])
  expect(acts(failedCard({ deletedAt: new Date(1) }))).toEqual(['dismiss'])
  expect(acts(card('a', { status: 'done' }))).toEqual(['dismiss'])
})

it('blames the browser only for what it can’t show', () => {
  const one = (format: 'heic' | 'jpeg', preview: 'none' | 'pending') =>
    item('a', { kind: 'queued' }, { format, preview })
  expect(cantPreview(one('heic', 'none'))).toBe(true)
  expect(cantPreview(one('heic', 'pending'))).toBe(false)
  expect(cantPreview(one('jpeg', 'none'))).toBe(false)
})

it('counts each file once', () => {
  const items = [
    item('a', { kind: 'queued' }),
    item('b', { kind: 'sending', sentBytes: 0 }),
    item('c', { kind: 'paused', sentBytes: 0 }),
    item('d', { kind: 'refused', problem: { code: 'empty' } }),
    item('e', { kind: 'failed', problem: { code: 'denied' }, again: true }),
    item('f', { kind: 'failed', problem: { code: 'name-taken' }, again: false }),
    ...['g', 'h', 'i', 'j'].map((id) => item(id, uploaded)),
    item('k', { kind: 'elsewhere' }),
  ]
  const cards = new Map([
    ['g', card('g', { status: 'done' })],
    ['h', card('h', { status: 'failed' })],
    ['i', card('i', { deletedAt: new Date(1) })],
    // Not on its way to the list yet, or no more: the file is what counts.
    ['b', card('b', { status: 'done' })],
  ])
  expect(countsOf(items, cards)).toEqual({
    toSend: 10,
    arrived: 4,
    underWay: 4,
    going: 2,
    paused: 1,
    refused: 1,
    notSent: 2,
    again: 1,
    inWork: 1,
    done: 1,
    failed: 1,
    ended: 7,
  })
})

it('says 100 % of nothing less', () => {
  expect(percentOf(999, 1000)).toBe(99)
  expect(percentOf(1000, 1000)).toBe(100)
  expect(percentOf(0, 0)).toBe(0)
  expect(percentOf(1200, 1000)).toBe(100)
})

it('rounds the time that is left as it is guessed', () => {
  expect(leftOf(9)).toBeNull()
  expect(leftOf(41)).toEqual({ unit: 'seconds', count: 50 })
  expect(leftOf(60)).toEqual({ unit: 'minutes', count: 1 })
  expect(leftOf(3540)).toEqual({ unit: 'hours', count: 1 })
})
