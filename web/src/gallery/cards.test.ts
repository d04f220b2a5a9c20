import { cardOf, statusOf } from './cards.ts'
import { at, record } from './test-records.ts'

const output = (name: string, edge: number | null, contentType = 'image/webp') => ({
  name,
  object: `birch/i1/1/${name}`,
  contentType,
  bytes: 10,
  width: edge,
  height: edge,
})
const job = (leaseUntil: Date | null) =>
  ({ kind: 'first', leaseUntil, holder: null, profileVersion: null, attempt: 1 }) as const

it.each([
  ['received', job(null), 'waiting'],
  ['received', null, 'waiting'],
  ['received', job(at(5)), 'processing'],
  ['processed', null, 'done'],
  // A reprocess leaves what is there as it was.
  ['processed', job(at(5)), 'done'],
  ['failed', null, 'failed'],
  // It is tried once more.
  ['failed', job(null), 'waiting'],
  ['failed', job(at(5)), 'processing'],
] as const)('calls %s with the job %j %s', (state, work, status) => {
  expect(statusOf({ state, job: work })).toBe(status)
})

it('shows what the bytes were found to be', () => {
  expect(cardOf(record('a', { findings: { thumbhash: { base64: 'AQID' } } }))).toMatchObject({
    uploadId: 'a',
    fileName: 'hills.png',
    format: 'png',
    bytes: 2048,
    dimensions: { width: 1200, height: 800 },
    alpha: true,
    placeholder: 'AQID',
    deletedAt: null,
  })
})

it('shows the reason of a failure, and no dimensions where none were found', () => {
  const error = { code: 'unsupported-format', message: 'The file is text.' } as const
  const failed = record('a', { state: 'failed', error, input: null })
  expect(cardOf(failed)).toMatchObject({ status: 'failed', error, format: null, dimensions: null, pages: 1 })
  const drawing = { format: 'svg', width: 0, height: 0, pages: 1, alpha: false, bytes: 1, sha256: '' } as const
  expect(cardOf(record('a', { input: drawing })).dimensions).toBeNull()
})

it('shows no reason any more while a failed one is tried again', () => {
  const error = { code: 'corrupt', message: 'It is damaged.' } as const
  expect(cardOf(record('a', { state: 'failed', error, job: job(null) }))).toMatchObject({
    status: 'waiting',
    error: null,
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

it('takes no image of Kafka for an upload', () => {
  const raw = { ...record('a').raw, name: 'kafka/birch/a/image' }
  expect(cardOf(record('a', { raw, source: 'kafka' }))).toMatchObject({ uploadId: null, source: 'kafka' })
})
