import { createHash } from 'node:crypto'
import { send, type Destination, type Stored } from './send.ts'

const CONTENT = new Blob(['abc'])
const MD5 = createHash('md5').update('abc').digest('base64')
const STORED: Stored = { bytes: 3, md5: MD5, arrivedAt: new Date('2026-05-04T10:20:30Z') }
const UPLOADED = { kind: 'uploaded', arrivedAt: STORED.arrivedAt }
const fault = (code: string) => Object.assign(new Error(code), { code })

const destination = (put: Destination['put'], there: Stored | null = null): Destination => ({
  put,
  stat: async () => there,
})
const fails = (code: string) => () => Promise.reject(fault(code))
const parcel = { content: CONTENT, contentType: 'image/png' }
const run = (to: Destination, signal = new AbortController().signal) => send(to, parcel, () => {}, signal)

it('uploads the content under its media type and passes the progress on', async () => {
  const put = jest.fn<Promise<Stored>, Parameters<Destination['put']>>(async (_content, _type, onProgress) => {
    onProgress(2)
    return STORED
  })
  const onProgress = jest.fn()
  expect(await send(destination(put), parcel, onProgress, new AbortController().signal)).toEqual(UPLOADED)
  expect(put.mock.calls[0]?.slice(0, 2)).toEqual([CONTENT, 'image/png'])
  expect(onProgress.mock.calls).toEqual([[2]])
})

it.each(['storage/unauthorized', 'storage/retry-limit-exceeded'])(
  'takes %s for a lost answer where the file is there',
  async (code) => {
    expect(await run(destination(fails(code), STORED))).toEqual(UPLOADED)
  },
)

it('goes by the size where the server does not tell the checksum', async () => {
  expect(await run(destination(fails('storage/unknown'), { ...STORED, md5: null }))).toEqual(UPLOADED)
})

it.each([{ md5: 'other' }, { bytes: 4, md5: null }])('never takes another object (%j) for its own', async (other) => {
  const sent = await run(destination(fails('storage/unauthorized'), { ...STORED, ...other }))
  expect(sent).toMatchObject({ kind: 'failed', again: false })
})

it('does not take a file that can no longer be read for the one that is there', async () => {
  const gone = { size: 3, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) }
  const to = destination(fails('storage/unknown'), STORED)
  const sent = send(to, { ...parcel, content: gone as unknown as Blob }, () => {}, new AbortController().signal)
  expect(await sent).toMatchObject({ kind: 'failed', again: false })
})

it('says why it failed, in a sentence or by the code', async () => {
  expect(await run(destination(fails('storage/unauthorized')))).toEqual({
    kind: 'failed',
    reason: 'The server turned the file away.',
    again: true,
  })
  expect(await run(destination(fails('storage/new')))).toMatchObject({
    reason: 'The file could not be uploaded (storage/new).',
  })
})

it('lets the customer try again where it can neither upload nor look', async () => {
  const to = { put: fails('storage/unknown'), stat: fails('storage/unknown') }
  expect(await run(to)).toMatchObject({ kind: 'failed', again: true })
})

it('never calls a cancelled upload a failure, and begins none that was cancelled before', async () => {
  const controller = new AbortController()
  const cancelling = destination(() => {
    controller.abort()
    return Promise.reject(fault('storage/canceled'))
  }, STORED)
  expect(await run(cancelling, controller.signal)).toEqual({ kind: 'cancelled' })

  const put = jest.fn(fails('storage/unknown'))
  expect(await run(destination(put), controller.signal)).toEqual({ kind: 'cancelled' })
  expect(put).not.toHaveBeenCalled()
})
