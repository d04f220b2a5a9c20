import { en } from '../texts/en/index.ts'
import { imageNews, uploadNews } from './announce.ts'
import { card, item } from './test-items.ts'
import type { Cards } from './rows.ts'
import type { UploadItem, UploadState } from './uploads.ts'

const { news } = en.upload
const queued: UploadState = { kind: 'queued' }
const sending: UploadState = { kind: 'sending', sentBytes: 0 }
const uploaded: UploadState = { kind: 'uploaded', arrivedAt: new Date(0) }
const failed: UploadState = { kind: 'failed', problem: { code: 'denied' }, again: true }
const refused: UploadState = { kind: 'refused', problem: { code: 'empty' } }

const state = (states: Readonly<Record<string, UploadState>>, sentBytes = 0, totalBytes = 1000) => ({
  items: Object.entries(states).map(([id, one]) => item(id, one)),
  sentBytes,
  totalBytes,
})
const told = (before: ReturnType<typeof state>, after: ReturnType<typeof state>) =>
  uploadNews(before, after, news, () => 'Because.')
const all = (count: number, one: UploadState) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`u${i}`, one]))

it('tells what was added, refused, sent and not sent, with the reasons, and of nothing else', () => {
  const before = state({ a: sending, b: sending, c: queued })
  expect(told(before, state({ a: uploaded, b: failed, c: sending }))).toEqual([
    'b.jpg: not uploaded. Because.',
    'a.jpg: uploaded.',
  ])
  expect(told(state({}), state({ a: queued, b: refused }))).toEqual(['a.jpg: added.', 'b.jpg: refused. Because.'])
  expect(told(before, before)).toEqual([])
})

it('tells of one that came and went within the same moment only what became of it', () => {
  expect(told(state({}), state({ a: uploaded }))).toEqual(['a.jpg: uploaded.'])
})

it('sums up more than three at once', () => {
  expect(told(state({}), state({ ...all(4, queued), x: uploaded }))).toEqual(['5 files added.'])
  expect(told(state({}), state({ ...all(4, queued), x: refused }))).toEqual([
    '4 files added.',
    'x.jpg: refused. Because.',
  ])
  expect(told(state({}), state(all(5, refused)))).toEqual(['5 files refused. The list says why.'])
  expect(told(state(all(5, sending)), state(all(5, failed)))).toEqual(['5 files not uploaded. The list says why.'])
})

it('tells of many by quarters, not by files', () => {
  const before = state(all(10, sending), 200)
  const on = { ...all(10, sending), u0: uploaded, u1: uploaded }
  expect(told(before, state(on, 249))).toEqual([])
  expect(told(before, state(on, 251))).toEqual(['25 % sent, 2 of 10 files.'])
  expect(told(state(on, 251), state(on, 499))).toEqual([])
  expect(told(state(on, 240), state(on, 800))).toEqual(['75 % sent, 2 of 10 files.'])
})

it('says nothing where more to send makes the share smaller', () => {
  expect(told(state(all(10, sending), 600), state(all(10, sending), 600, 4000))).toEqual([])
})

it('tells when all of them are sent, or how many are', () => {
  const nearly = { ...all(9, uploaded), last: sending }
  expect(told(state(nearly, 990), state({ ...nearly, last: uploaded }, 1000))).toEqual(['10 files uploaded.'])
  expect(told(state(nearly, 900), state({ ...nearly, last: failed }, 900))).toEqual([
    'last.jpg: not uploaded. Because.',
    '9 of 10 files uploaded.',
  ])
})

const items = (count: number): readonly UploadItem[] => Array.from({ length: count }, (_, i) => item(`u${i}`, uploaded))
const cards = (states: Readonly<Record<string, 'waiting' | 'processing' | 'done' | 'failed'>>): Cards =>
  new Map(Object.entries(states).map(([id, status]) => [id, card(id, { status })]))
const seen = (count: number, before: Cards, after: Cards, old: readonly string[] = []) =>
  imageNews(items(count), before, after, new Set(old), news, () => 'It is damaged.')
const ready = (count: number, more: Parameters<typeof cards>[0] = {}) =>
  cards({ ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`u${i}`, 'done' as const])), ...more })

it('tells how images ended, not how they went on', () => {
  expect(seen(2, cards({}), cards({ u0: 'waiting', u1: 'processing' }))).toEqual([])
  expect(seen(2, cards({ u0: 'processing', u1: 'processing' }), cards({ u0: 'done', u1: 'failed' }))).toEqual([
    'u1.jpg: failed. It is damaged.',
    'u0.jpg: done.',
  ])
})

it('takes another picture of an image that is done for no news', () => {
  const again = new Map([['u0', card('u0', { status: 'done', thumbnail: 'c/u0/2/fit-200.webp' })]])
  expect(seen(1, cards({ u0: 'done' }), again)).toEqual([])
})

it('takes for no news what had ended before anybody looked', () => {
  expect(seen(2, cards({}), cards({ u0: 'done', u1: 'done' }), ['u0'])).toEqual(['u1.jpg: done.'])
  expect(seen(2, cards({ u0: 'processing' }), cards({ u0: 'done' }), ['u0'])).toEqual(['u0.jpg: done.'])
})

it('tells of many images by quarters, and when all are done', () => {
  expect(seen(8, ready(0), ready(1))).toEqual([])
  expect(seen(8, ready(1), ready(2))).toEqual(['2 of 8 images done.'])
  expect(seen(8, ready(7), ready(8))).toEqual(['8 images done.'])
  expect(seen(8, ready(3), cards({ u3: 'failed', u4: 'failed', u5: 'failed', u6: 'failed' }))).toEqual([
    '4 images failed. The list says why.',
  ])
})
