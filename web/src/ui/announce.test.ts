import type { Card, Status } from '../gallery/cards.ts'
import type { Queue, UploadState } from '../upload/queue.ts'
import { galleryChanges, uploadChanges } from './announce.ts'

const card = (key: string, status: Status, reason: string | null = null): Card => ({
  key,
  fileName: `${key}.png`,
  status,
  reason,
  format: null,
  bytes: 1,
  dimensions: null,
  alpha: false,
  receivedAt: new Date(0),
  placeholder: null,
  thumbnail: null,
})
const queue = (states: Readonly<Record<string, UploadState>>): Queue =>
  Object.entries(states).map(([uploadId, state]) => ({ uploadId, fileName: `${uploadId}.png`, bytes: 1, state }))

it('tells of each change of an image, with the reason of a failure, and of nothing else', () => {
  const before = [card('a', 'working'), card('b', 'working'), card('c', 'processed')]
  const after = [card('a', 'processed'), card('b', 'failed', 'It is damaged.'), card('c', 'processed')]
  expect(galleryChanges(before, after)).toEqual(['a.png: processed.', 'b.png: failed. It is damaged.'])
})

it('says nothing of a waiting image, whose upload has been told of', () => {
  expect(galleryChanges([], [card('a', 'waiting')])).toEqual([])
})

it('sums up many changes at once', () => {
  const keys = ['a', 'b', 'c', 'd']
  const after = keys.map((key) => card(key, key === 'a' ? 'failed' : 'processed'))
  expect(galleryChanges([], after)).toEqual(['1 file failed.', '3 files processed.'])
})

it('tells how uploads ended, not how they went on', () => {
  const sending = { kind: 'sending', sentBytes: 0 } as const
  const before = queue({ a: sending, b: sending, c: { kind: 'queued' } })
  const after = queue({
    a: { kind: 'uploaded', arrivedAt: new Date(0) },
    b: { kind: 'failed', reason: 'The connection was lost.', again: true },
    c: sending,
    d: { kind: 'refused', reason: 'It is empty.' },
  })
  expect(uploadChanges(before, after)).toEqual([
    'a.png: uploaded.',
    'b.png: not uploaded. The connection was lost.',
    'd.png: refused. It is empty.',
  ])
})
