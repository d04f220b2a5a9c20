import { createHash } from 'node:crypto'
import { Uppy } from '@uppy/core'
import type { Stored } from './destination.ts'
import { FakeBucket, FakeClock, FakeNetwork, fault, settled, until } from './fakes.ts'
import { FirebaseStorage, type FirebaseStorageOptions } from './firebase-storage.ts'
import { ABANDONED_MS, STALLED_MS } from './transfer.ts'

type Meta = Record<string, unknown>
const quiet = { debug: () => {}, warn: () => {}, error: () => {} }
const stored = (text: string): Stored => ({
  bytes: text.length,
  md5: createHash('md5').update(text).digest('base64'),
})

const opened: Uppy<Meta, Meta>[] = []
afterEach(() => {
  for (const uppy of opened.splice(0)) uppy.destroy()
})

function setUp(options: Partial<FirebaseStorageOptions<Meta, Meta>> = {}) {
  const [bucket, clock, network] = [new FakeBucket<Stored>(), new FakeClock(), new FakeNetwork()]
  const tokens: string[] = []
  const uppy = new Uppy<Meta, Meta>({
    logger: quiet,
    infoTimeout: 0,
    onBeforeFileAdded: (file) => ({ ...file, id: file.name }),
  }).use(FirebaseStorage, {
    destination: (file) => bucket.destination(file.name),
    limit: 2,
    refreshToken: async () => tokens.push('new'),
    clock,
    network,
    ...(options as object),
  })
  opened.push(uppy)
  const phases: string[] = []
  const errors: Record<string, unknown> = {}
  uppy.on('firebase-storage:phase', (file, phase) => phases.push(`${file.name} ${phase}`))
  uppy.on('upload-error', (file, error) => {
    errors[file?.name ?? ''] = error
  })
  /** Each holds its own name. */
  const send = (...names: string[]) => {
    uppy.addFiles(names.map((name) => ({ name, type: 'image/png', data: new Blob([name]), isRemote: false })))
    void uppy.upload()
    return settled()
  }
  const finish = (name: string) => {
    bucket.put(name).finish(stored(name))
    return settled()
  }
  const fail = (name: string, code: string, status?: number) => {
    bucket.put(name).fail(fault(code, status))
    return settled()
  }
  const isThere = (name: string) => uppy.getFile(name).progress.uploadComplete === true
  return { uppy, bucket, clock, network, phases, errors, tokens, send, finish, fail, isThere }
}

it('uploads a file under its type, tells of its progress and hands on what was stored', async () => {
  const { uppy, bucket, send, finish, phases } = setUp()
  const progress: unknown[] = []
  uppy.on('upload-progress', (file, { bytesUploaded, bytesTotal }) =>
    progress.push([file?.id, bytesUploaded, bytesTotal]),
  )
  await send('abc')
  expect(bucket.puts.map(({ contentType }) => contentType)).toEqual(['image/png'])
  bucket.put('abc').progress(2)
  expect(progress).toEqual([['abc', 2, 3]])
  expect(uppy.getFile('abc').progress).toMatchObject({ bytesUploaded: 2 })
  await finish('abc')
  expect(uppy.getFile('abc')).toMatchObject({
    progress: { uploadComplete: true, bytesUploaded: 3 },
    response: { body: { bytes: 3 } },
  })
  expect(phases).toEqual(['abc queued', 'abc sending'])
  expect(bucket.looks).toEqual([])
})

it('tells of progress no more often than is asked', async () => {
  const { uppy, bucket, clock, send } = setUp({ progressMs: 100 })
  const progress: number[] = []
  uppy.on('upload-progress', (_file, { bytesUploaded }) => progress.push(bytesUploaded))
  await send('abc')
  const { progress: moved } = bucket.put('abc')
  moved(1)
  moved(2)
  await clock.advance(100)
  moved(3)
  expect(progress).toEqual([1, 3])
})

it('sends no more at a time than its limit, in the order they were added', async () => {
  const { bucket, send, finish } = setUp()
  await send('a', 'b', 'c', 'd')
  expect(bucket.names).toEqual(['a', 'b'])
  await finish('b')
  expect(bucket.names).toEqual(['a', 'b', 'c'])
  await finish('a')
  expect(bucket.names).toEqual(['a', 'b', 'c', 'd'])
})

it('pauses a file, lets the next go ahead and resumes where it was', async () => {
  const { uppy, bucket, send, finish, phases, isThere } = setUp({ limit: 1 })
  await send('a', 'b')
  expect(uppy.getState().capabilities.resumableUploads).toBe(true)
  uppy.pauseResume('a')
  await settled()
  expect(bucket.put('a').calls).toEqual(['pause'])
  expect(bucket.names).toEqual(['a', 'b'])
  uppy.pauseResume('a')
  await settled()
  expect(bucket.put('a').calls).toEqual(['pause'])
  await finish('b')
  expect(bucket.put('a').calls).toEqual(['pause', 'resume'])
  expect(bucket.names).toEqual(['a', 'b'])
  await finish('a')
  expect(isThere('a')).toBe(true)
  expect(phases.filter((phase) => phase.startsWith('a'))).toEqual([
    'a queued',
    'a sending',
    'a paused',
    'a queued',
    'a sending',
  ])
})

it('takes the end of what could not be paused any more', async () => {
  const { uppy, bucket, send, isThere } = setUp()
  await send('a')
  bucket.put('a').finish(stored('a'))
  uppy.pauseResume('a')
  await settled()
  expect(isThere('a')).toBe(true)
})

it('pauses and resumes all, those that have not begun included', async () => {
  const { uppy, bucket, send, phases } = setUp({ limit: 1 })
  await send('a', 'b')
  uppy.pauseAll()
  await settled()
  expect(phases.slice(-2).toSorted()).toEqual(['a paused', 'b paused'])
  uppy.resumeAll()
  await settled()
  expect(bucket.names).toEqual(['a'])
  expect(bucket.put('a').calls).toEqual(['pause', 'resume'])
})

it('begins no file that is paused', async () => {
  const { uppy, bucket } = setUp()
  uppy.setOptions({ onBeforeFileAdded: (file) => ({ ...file, id: file.name, isPaused: true }) })
  uppy.addFile({ name: 'a', type: 'image/png', data: new Blob(['a']), isRemote: false })
  void uppy.upload()
  await settled()
  expect(bucket.names).toEqual([])
  uppy.pauseResume('a')
  await settled()
  expect(bucket.names).toEqual(['a'])
})

it('cancels a file that is removed, and goes on with the next', async () => {
  const { uppy, bucket, send, fail, errors } = setUp({ limit: 1 })
  await send('a', 'b', 'c')
  uppy.removeFiles(['a', 'b'])
  await settled()
  expect(bucket.put('a').calls).toEqual(['cancel'])
  expect(bucket.names).toEqual(['a', 'c'])
  await fail('a', 'storage/canceled')
  expect(errors).toEqual({})
})

it.each([
  ['a lost connection', 'storage/retry-limit-exceeded'],
  ['rules that deny to overwrite it', 'storage/unauthorized'],
  ['whatever else', 'storage/unknown'],
])('takes %s for a lost answer where the object is there', async (_why, code) => {
  const { bucket, clock, send, fail, isThere, errors } = setUp()
  await send('a')
  bucket.objects.set('a', stored('a'))
  await fail('a', code)
  await clock.advance(1000)
  expect(isThere('a')).toBe(true)
  expect(bucket.names).toEqual(['a'])
  expect(errors).toEqual({})
})

it('goes by the size where the server does not tell the checksum', async () => {
  const { bucket, send, fail, isThere } = setUp()
  await send('a')
  bucket.objects.set('a', { bytes: 1, md5: null })
  await fail('a', 'storage/unauthorized')
  expect(isThere('a')).toBe(true)
})

it.each([
  { bytes: 1, md5: 'other' },
  { bytes: 2, md5: null },
])('never takes another object (%j) for its own', async (other) => {
  const { bucket, send, fail, errors } = setUp()
  await send('a')
  bucket.objects.set('a', other)
  await fail('a', 'storage/unauthorized')
  expect(errors).toMatchObject({ a: { code: 'firebase-storage/name-taken', final: true } })
})

it('fails a file that the server denies, with its code, and sends it again when asked', async () => {
  const { uppy, bucket, send, fail, errors, finish, isThere } = setUp()
  await send('a')
  await fail('a', 'storage/unauthorized')
  expect(errors).toMatchObject({ a: { code: 'storage/unauthorized', final: false } })
  expect(bucket.looks).toEqual(['a'])
  void uppy.retryUpload('a')
  await settled()
  expect(bucket.looks).toEqual(['a', 'a'])
  expect(bucket.names).toEqual(['a', 'a'])
  await finish('a')
  expect(isThere('a')).toBe(true)
})

it('fails a file where it can neither be sent nor looked for', async () => {
  const { bucket, send, fail, errors } = setUp()
  await send('a')
  bucket.trouble = fault('storage/unknown')
  await fail('a', 'storage/unauthorized')
  expect(errors).toMatchObject({ a: { code: 'storage/unauthorized' } })
})

it('says of a file that can’t be read any more that no other try helps', async () => {
  const { uppy, send, fail, errors } = setUp()
  const gone = new Blob(['gone'])
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) as unknown as Blob
  uppy.addFile({ name: 'gone', type: 'image/png', data: gone, isRemote: false })
  await send('a')
  await fail('gone', 'storage/retry-limit-exceeded')
  expect(errors).toMatchObject({ gone: { code: 'firebase-storage/unreadable', final: true } })
})

it('looks first for what may be there from an earlier visit', async () => {
  const { bucket, send, isThere } = setUp({ lookFirst: () => true })
  bucket.objects.set('a', stored('a'))
  await send('a', 'b')
  expect(isThere('a')).toBe(true)
  expect(bucket.names).toEqual(['b'])
})

describe('a token that has expired', () => {
  it('is renewed, and the file sent again', async () => {
    const { bucket, send, fail, finish, tokens, isThere } = setUp()
    await send('a')
    await fail('a', 'storage/unauthenticated')
    expect(tokens).toEqual(['new'])
    expect(bucket.names).toEqual(['a', 'a'])
    await finish('a')
    expect(isThere('a')).toBe(true)
  })

  it('is renewed once a file: then the session has ended', async () => {
    const { send, fail, tokens, errors } = setUp()
    await send('a')
    await fail('a', 'storage/unauthenticated')
    await fail('a', 'storage/unauthenticated')
    expect(tokens).toEqual(['new'])
    expect(errors).toMatchObject({ a: { code: 'storage/unauthenticated' } })
  })

  it('is waited for where the server can’t be reached, and is no excuse where there is none to be had', async () => {
    let answer = fault('auth/network-request-failed')
    const { bucket, clock, send, fail, errors, phases } = setUp({ refreshToken: () => Promise.reject(answer) })
    await send('a')
    await fail('a', 'storage/unauthenticated')
    expect([errors, phases.at(-1)]).toEqual([{}, 'a waiting'])
    await clock.advance(1000)
    expect(bucket.names).toEqual(['a', 'a'])
    answer = fault('auth/user-token-expired')
    await fail('a', 'storage/unauthenticated')
    expect(errors).toMatchObject({ a: { code: 'storage/unauthenticated' } })
  })
})

describe('a lost connection', () => {
  it('pauses what is on its way while the browser is offline, and resumes it', async () => {
    const { bucket, network, send, finish, phases, isThere } = setUp()
    await send('a', 'b', 'c')
    network.onLine = false
    await settled()
    expect(bucket.put('a').calls).toEqual(['pause'])
    expect(phases.slice(-2)).toEqual(['a waiting', 'b waiting'])
    expect(bucket.names).toEqual(['a', 'b'])
    network.onLine = true
    await settled()
    expect(bucket.put('b').calls).toEqual(['pause', 'resume'])
    await finish('a')
    expect(isThere('a')).toBe(true)
    expect(bucket.names).toEqual(['a', 'b', 'c'])
  })

  it('begins nothing while the browser is offline', async () => {
    const { bucket, network, send, phases } = setUp()
    network.onLine = false
    await send('a')
    expect([bucket.names, phases]).toEqual([[], ['a queued', 'a waiting']])
    network.onLine = true
    await settled()
    expect(bucket.names).toEqual(['a'])
  })

  it('is known from the beginning', async () => {
    const network = new FakeNetwork()
    network.onLine = false
    const { bucket, send } = setUp({ network })
    await send('a')
    expect(bucket.names).toEqual([])
    network.onLine = true
    await settled()
    expect(bucket.names).toEqual(['a'])
  })

  it.each([
    ['storage/retry-limit-exceeded', undefined],
    ['storage/unknown', 503],
    ['storage/unknown', 429],
  ])(
    'is no failure of the file (%s %s): it tries again by itself, twice as long apart each time',
    async (code, status) => {
      const { bucket, clock, send, fail, errors, phases } = setUp()
      await send('a')
      for (const wait of [1000, 2000, 4000]) {
        const before = bucket.names.length
        await fail('a', code, status)
        expect(phases.at(-1)).toBe('a waiting')
        await clock.advance(wait - 1)
        expect(bucket.names).toHaveLength(before)
        await clock.advance(1)
        expect(bucket.names).toHaveLength(before + 1)
      }
      expect(errors).toEqual({})
    },
  )

  it('is waited for a minute at most, and a second again once a file has arrived', async () => {
    const { bucket, clock, send, fail, finish } = setUp({ limit: 1 })
    await send('a', 'b')
    bucket.trouble = fault('storage/retry-limit-exceeded')
    await fail('a', 'storage/retry-limit-exceeded')
    await clock.advance(10 * 60_000)
    const before = bucket.looks.length
    await clock.advance(60_000)
    expect(bucket.looks).toHaveLength(before + 1)
    bucket.trouble = null
    await clock.advance(60_000)
    await finish('a')
    await fail('b', 'storage/retry-limit-exceeded')
    await clock.advance(1000)
    expect(bucket.names).toEqual(['a', 'a', 'b', 'b'])
  })

  it('that is back is taken at once', async () => {
    const { bucket, clock, network, send, fail } = setUp()
    await send('a')
    await fail('a', 'storage/retry-limit-exceeded')
    network.onLine = true
    await settled()
    expect(bucket.names).toEqual(['a', 'a'])
    expect(clock.waiting).toBe(1)
  })

  it('holds up the others as well', async () => {
    const { bucket, clock, send, fail } = setUp({ limit: 1 })
    await send('a', 'b')
    await fail('a', 'storage/retry-limit-exceeded')
    expect(bucket.names).toEqual(['a'])
    await clock.advance(1000)
    expect(bucket.names).toEqual(['a', 'a'])
  })

  it('can be paused and cancelled while it is waited for', async () => {
    const { uppy, bucket, clock, send, fail, phases } = setUp({ limit: 1 })
    await send('a', 'b')
    await fail('a', 'storage/retry-limit-exceeded')
    uppy.pauseResume('a')
    await settled()
    expect(phases.slice(-2)).toEqual(['a paused', 'b waiting'])
    uppy.removeFile('a')
    await clock.advance(1000)
    expect(bucket.names).toEqual(['a', 'b'])
  })
})

describe('an upload that does not move', () => {
  it('is said to wait, and to be sent again once it moves', async () => {
    const { bucket, clock, send, phases } = setUp()
    await send('abc')
    await clock.advance(STALLED_MS)
    expect(phases.at(-1)).toBe('abc waiting')
    bucket.put('abc').progress(1)
    expect(phases.at(-1)).toBe('abc sending')
    await clock.advance(STALLED_MS - 1)
    bucket.put('abc').progress(2)
    await clock.advance(1)
    bucket.put('abc').progress(1)
    await clock.advance(STALLED_MS - 2)
    expect(phases.at(-1)).toBe('abc sending')
    await clock.advance(1)
    expect(phases.at(-1)).toBe('abc waiting')
  })

  it('is given up in the end and begun anew: the SDK hangs where it gets no token', async () => {
    const { bucket, clock, send, finish, isThere } = setUp()
    await send('a')
    await clock.advance(ABANDONED_MS)
    expect(bucket.put('a').calls).toEqual(['cancel'])
    await clock.advance(1000)
    expect(bucket.looks).toEqual(['a'])
    expect(bucket.names).toEqual(['a', 'a'])
    await finish('a')
    expect(isThere('a')).toBe(true)
  })
})

it('leaves nothing behind when it is taken out', async () => {
  const { uppy, bucket, clock, network, send } = setUp()
  await send('a')
  uppy.destroy()
  await until(() => clock.waiting === 0)
  expect(bucket.put('a').calls).toEqual(['cancel'])
  expect(network.listening).toBe(0)
})
