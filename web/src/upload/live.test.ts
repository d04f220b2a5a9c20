import { card, item, record } from './test-items.ts'
import { watchFrom, withRecords } from './live.ts'
import type { Cards } from './rows.ts'

const NONE: Cards = new Map()
const nobody = new Set<string>()
const arrived = (uploadId: string, at: number) => item(uploadId, { kind: 'uploaded', arrivedAt: new Date(at) })
const done = (...ids: readonly string[]): Cards => new Map(ids.map((id) => [id, card(id, { status: 'done' })]))
const many = (count: number) => Array.from({ length: count }, (_, i) => arrived(`u${i}`, 1000 + i))
const first = (count: number) => Array.from({ length: count }, (_, i) => `u${i}`)

it('watches nothing as long as nothing has arrived', () => {
  expect(watchFrom([item('a', { kind: 'queued' })], NONE, nobody, null)).toBeNull()
})

it('watches from the oldest arrival, in whatever order they are listed', () => {
  expect(watchFrom([arrived('a', 3000), arrived('b', 1000), arrived('c', 2000)], NONE, nobody, null)).toBe(1000)
})

it('goes back for one that arrived before', () => {
  expect(watchFrom([arrived('a', 3000), arrived('b', 1000)], NONE, nobody, 3000)).toBe(1000)
})

it('stays where it is while few have ended, and moves on past many', () => {
  expect(watchFrom(many(150), done(...first(99)), nobody, 1000)).toBe(1000)
  expect(watchFrom(many(150), done(...first(120)), nobody, 1000)).toBe(1120)
})

it('moves past none that is still open, nor past one that is tried again', () => {
  const cards = new Map([...done(...first(120)), ['u5', card('u5', { status: 'processing' })] as const])
  expect(watchFrom(many(150), cards, nobody, 1000)).toBe(1000)
  expect(watchFrom(many(150), done(...first(120)), new Set(['u5']), 1120)).toBe(1005)
})

it('watches on when all have ended', () => {
  expect(watchFrom(many(150), done(...first(150)), nobody, 1000)).toBe(1000)
})

it('joins records by the upload’s id', () => {
  const cards = withRecords(NONE, [record('a'), record('b', { state: 'processed' })])
  expect([...cards].map(([id, { status }]) => [id, status])).toEqual([
    ['a', 'waiting'],
    ['b', 'done'],
  ])
})

it('takes no notice of images that came another way', () => {
  const kafka = record('k', { source: 'kafka', raw: { ...record('k').raw, name: 'kafka/c/k/image' } })
  expect(withRecords(NONE, [kafka])).toBe(NONE)
})

it('keeps what it has where nothing changes, so that nothing is drawn anew', () => {
  const before = withRecords(NONE, [record('a'), record('b')])
  expect(withRecords(before, [record('a'), record('b')])).toBe(before)
  const after = withRecords(before, [record('a'), record('b', { state: 'processed' })])
  expect(after).not.toBe(before)
  expect(after.get('a')).toBe(before.get('a'))
  expect(after.get('b')).not.toBe(before.get('b'))
})

it.each([
  ['a new attempt', { attempt: 2 }],
  ['another error', { state: 'failed', error: { code: 'corrupt', message: '' } }],
  ['a deletion', { deletedAt: new Date(5) }],
] as const)('sees %s', (_, more) => {
  const before = withRecords(NONE, [record('a')])
  expect(withRecords(before, [record('a', more)])).not.toBe(before)
})

it('remembers those that are watched no more', () => {
  expect(withRecords(withRecords(NONE, [record('a')]), [record('b')]).size).toBe(2)
})
