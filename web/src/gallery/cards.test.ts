import type { Upload } from '../upload/queue.ts'
import { cardOf, cardsOf, settledUploads, statusOf } from './cards.ts'
import type { GalleryRecord } from './images.ts'

const at = (second: number) => new Date(Date.UTC(2026, 4, 4, 10, 20, second))
const output = (name: string, edge: number | null, contentType = 'image/webp') => ({
  name,
  object: `birch/i1/1/${name}`,
  contentType,
  bytes: 10,
  width: edge,
  height: edge,
})

function record(uploadId: string, more: Partial<GalleryRecord> = {}): GalleryRecord {
  const name = `web/birch/${uploadId}/hills.png`
  return {
    imageId: `image-${uploadId}`,
    fileName: 'hills.png',
    state: 'processed',
    job: null,
    raw: { name, generation: '1', bytes: 2048, contentType: 'image/png', crc32c: '', createdAt: at(0) },
    input: { format: 'png', width: 1200, height: 800, pages: 1, alpha: true, bytes: 2048, sha256: '' },
    outputs: [],
    findings: {},
    error: null,
    receivedAt: at(0),
    ...more,
  }
}

const uploaded = (uploadId: string, second = 0): Upload => ({
  uploadId,
  fileName: `${uploadId}.png`,
  bytes: 5,
  state: { kind: 'uploaded', arrivedAt: at(second) },
})
const job = (leaseUntil: Date | null) =>
  ({ kind: 'first', leaseUntil, holder: null, profileVersion: null, attempt: 1 }) as const

it.each([
  ['received', job(null), 'received'],
  ['received', null, 'received'],
  ['received', job(at(5)), 'working'],
  ['processed', null, 'processed'],
  ['processed', job(at(5)), 'processed'],
  ['failed', null, 'failed'],
] as const)('calls %s with the job %j %s', (state, work, status) => {
  expect(statusOf({ state, job: work })).toBe(status)
})

it('shows what the bytes were found to be', () => {
  expect(cardOf(record('a', { findings: { thumbhash: { base64: 'AQID' } } }))).toMatchObject({
    fileName: 'hills.png',
    format: 'PNG',
    bytes: 2048,
    dimensions: { width: 1200, height: 800 },
    alpha: true,
    placeholder: 'AQID',
  })
})

it('shows the reason of a failure, and no dimensions where none were found', () => {
  const error = { code: 'unsupported-format', message: 'The file is text.' } as const
  expect(cardOf(record('a', { state: 'failed', error, input: null }))).toMatchObject({
    status: 'failed',
    reason: 'The file is text.',
    format: null,
    dimensions: null,
  })
})

it('takes the smallest image among the outputs for the thumbnail, whatever their order', () => {
  const outputs = [
    output('fit-800', 800),
    output('fit-200', 200),
    output('fit-1600', 1600),
    output('note', 1, 'text/plain'),
    output('sizeless', null),
  ]
  expect(cardOf(record('a', { outputs })).thumbnail).toBe('birch/i1/1/fit-200')
  expect(cardOf(record('a', { outputs: [output('note', 1, 'text/plain')] })).thumbnail).toBeNull()
})

it.each([{}, { thumbhash: null }, { thumbhash: { base64: 7 } }])('does without a placeholder in %j', (findings) => {
  expect(cardOf(record('a', { findings })).placeholder).toBeNull()
})

it('shows an upload that has no record yet as waiting, before the records and once only', () => {
  const cards = cardsOf([record('b')], [uploaded('a'), uploaded('b'), uploaded('c')])
  expect(cards.map(({ key, status }) => [key, status])).toEqual([
    ['c', 'waiting'],
    ['a', 'waiting'],
    ['image-b', 'processed'],
  ])
})

it('shows no upload that is not there yet', () => {
  expect(cardsOf([], [{ ...uploaded('a'), state: { kind: 'sending', sentBytes: 3 } }])).toEqual([])
})

it('lets an upload go when its record is here, or belongs beyond the end of a full list', () => {
  const records = [record('b', { receivedAt: at(20) }), record('c', { receivedAt: at(10) })]
  const uploads = [uploaded('a', 5), uploaded('b', 20), uploaded('d', 15)]
  expect(settledUploads(records, uploads, 2)).toEqual(['a', 'b'])
  expect(settledUploads(records, uploads, 3)).toEqual(['b'])
})

it('takes no image of Kafka for an upload of the same id', () => {
  const raw = { ...record('a').raw, name: 'kafka/birch/a/image' }
  expect(settledUploads([record('a', { raw })], [uploaded('a')], 50)).toEqual([])
})
