import { paced, secondsLeftOf, speedOf, startPace, totalsOf } from './totals.ts'
import type { UploadItem, UploadState } from './uploads.ts'

const item = (bytes: number, state: UploadState): UploadItem => ({
  uploadId: '',
  fileName: '',
  folder: null,
  bytes,
  originalBytes: null,
  format: 'png',
  preview: 'none',
  state,
})

it('counts what is or was to be sent by this tab', () => {
  const items = [
    item(10, { kind: 'queued' }),
    item(20, { kind: 'sending', sentBytes: 5 }),
    item(30, { kind: 'paused', sentBytes: 6 }),
    item(40, { kind: 'offline', sentBytes: 50 }),
    item(50, { kind: 'uploaded', arrivedAt: new Date(0) }),
    item(60, { kind: 'checking' }),
    item(1000, { kind: 'refused', problem: { code: 'empty' } }),
    item(1000, { kind: 'failed', problem: { code: 'denied' }, again: true }),
    item(1000, { kind: 'elsewhere' }),
  ]
  expect(totalsOf(items)).toEqual({ totalBytes: 210, sentBytes: 101 })
})

it('takes the speed over the last five seconds', () => {
  let pace = startPace(1000)
  pace = paced(pace, 1500, 500)
  expect(speedOf(pace, 1999)).toBeNull()
  expect(speedOf(pace, 2000)).toBe(500)
  pace = paced(pace, 6000, 1000)
  expect(speedOf(pace, 6000)).toBe(300)
  expect(speedOf(pace, 6500)).toBe(200)
  expect(speedOf(pace, 20_000)).toBe(0)
  expect(paced(pace, 20_000, 1).steps).toHaveLength(1)
})

it('tells the time left where something moves', () => {
  expect(secondsLeftOf(1001, 500)).toBe(3)
  expect([secondsLeftOf(1, null), secondsLeftOf(1, 0)]).toEqual([null, null])
})
