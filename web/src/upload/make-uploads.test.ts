import type { Format } from '../../../functions/src/contract/formats.ts'
import { MAX_UPLOAD_BYTES, MAX_WAITING_UPLOADS } from '../../../functions/src/contract/limits.ts'
import { parseRawName } from '../../../functions/src/contract/names.ts'
import { FakeBucket, FakeClock, FakeNetwork, fault, settled } from '../uppy-firebase-storage/fakes.ts'
import type { Kept, KeepEvents, KeptContent } from './keep.ts'
import { makeUploads } from './make-uploads.ts'
import type { Stored } from './send.ts'
import type { Surroundings } from './surroundings.ts'
import type { Uploads } from './uploads.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const png = (name: string, size = PNG.length) => {
  const bytes = new Uint8Array(size)
  bytes.set(PNG)
  return new File([bytes], name, { type: 'image/jpeg' })
}
const AT = new Date('2026-05-04T10:20:30Z')
const stored = (bytes = PNG.length): Stored => ({ bytes, md5: null, arrivedAt: AT })
const chosen = (...files: File[]) => files.map((file) => ({ file, folder: null }))

const opened: Uploads[] = []
afterEach(() => {
  for (const uploads of opened.splice(0)) uploads.close()
})

function setUp(more: Partial<Surroundings> = {}) {
  const [bucket, clock, network] = [new FakeBucket<Stored>(), new FakeClock(), new FakeNetwork()]
  const watching = new Set<(formats: readonly Format[] | null) => void>()
  const raw = {
    destination: bucket.destination,
    watchFormats(_customerId: string, listener: (formats: readonly Format[] | null) => void) {
      watching.add(listener)
      return () => watching.delete(listener)
    },
    refreshToken: () => Promise.resolve(),
  }
  const kept = new Map<string, KeptContent>()
  let events: KeepEvents | null = null
  const room = { left: true }
  const revoked: string[] = []
  const drawn: (string | null)[] = []
  const uploads = makeUploads(raw, 'birch', {
    clock,
    network,
    async openKeep(_customerId, listening) {
      events = listening
      return {
        async put(parcels) {
          for (const parcel of room.left ? parcels : []) kept.set(parcel.uploadId, parcel)
          return room.left
        },
        arrived: async (uploadId) => void kept.delete(uploadId),
        forget: async (uploadIds) => uploadIds.forEach((uploadId) => kept.delete(uploadId)),
        close: () => {},
      }
    },
    drawPreview: async () => drawn.shift() ?? null,
    revoke: (url) => revoked.push(url),
    reduceImage: async () => null,
    readReduce: () => false,
    writeReduce: () => {},
    ...more,
  })
  opened.push(uploads)
  /** What the page knows after all that could happen without time. */
  const items = async () => {
    await settled()
    await clock.advance(250)
    return uploads.state().items
  }
  const kinds = async () => (await items()).map(({ state }) => state.kind)
  const add = (...files: File[]) => uploads.add(chosen(...files))
  const idOf = (name: string) => uploads.state().items.find(({ fileName }) => fileName === name)?.uploadId ?? ''
  /** Of its object in the bucket. */
  const put = (name: string) => bucket.put(`web/birch/${idOf(name)}/${name}`)
  const may = (formats: readonly Format[] | null) => watching.forEach((listener) => listener(formats))
  const keep = () => events as unknown as KeepEvents
  return {
    uploads,
    bucket,
    clock,
    network,
    watching,
    may,
    kept,
    keep,
    room,
    revoked,
    drawn,
    items,
    kinds,
    add,
    idOf,
    put,
  }
}

describe('what is chosen', () => {
  it('is refused by its bytes, size and name, with the reason, and the others are sent under the type of their bytes', async () => {
    const { add, items, bucket } = setUp()
    const huge = png('huge.png')
    Object.defineProperty(huge, 'size', { value: MAX_UPLOAD_BYTES + 1 })
    const folder = png('holidays')
    folder.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('NotFoundError')) }) as unknown as Blob
    await add(
      new File(['Milk, bread, film.'], 'list.jpg', { type: 'image/jpeg' }),
      new File([], 'empty.png'),
      huge,
      folder,
      png('n'.repeat(256)),
      png('a/b.png'),
      png('a.jpg'),
    )
    const list = await items()
    expect(list.map(({ state }) => (state.kind === 'refused' ? state.problem.code : state.kind))).toEqual([
      'format',
      'empty',
      'too-large',
      'unreadable',
      'name',
      'name',
      'sending',
    ])
    expect(list.map(({ format }) => format).slice(0, 2)).toEqual(['text', 'unknown'])
    expect(list.at(-1)).toMatchObject({ format: 'png', bytes: PNG.length, originalBytes: null })
    expect(bucket.puts.map(({ contentType }) => contentType)).toEqual(['image/png'])
    expect(parseRawName(bucket.names[0] ?? '')).toEqual({
      source: 'web',
      customerId: 'birch',
      uploadId: list.at(-1)?.uploadId,
      fileName: 'a.jpg',
    })
  })

  it('is refused where the customer may not send it, by what is known of that at the time', async () => {
    const { add, may, items, watching, uploads } = setUp()
    await add(png('before.png'))
    may(['jpeg'])
    await add(png('not.png'))
    may(null)
    await add(png('after.png'))
    expect((await items()).map(({ state }) => state)).toMatchObject([
      { kind: 'sending' },
      { kind: 'refused', problem: { code: 'own-format', format: 'png', instead: ['jpeg'] } },
      { kind: 'sending' },
    ])
    uploads.close()
    expect(watching.size).toBe(0)
  })

  it('is refused beyond so many that wait, and taken again once some have arrived', async () => {
    const { add, kinds, put, uploads } = setUp()
    await add(...Array.from({ length: MAX_WAITING_UPLOADS + 2 }, (_, i) => png(`${i}.png`)))
    const all = await kinds()
    expect(all.slice(-3)).toEqual(['queued', 'refused', 'refused'])
    expect(uploads.state().items.at(-1)?.state).toMatchObject({ problem: { code: 'too-many', limit: 2000 } })
    put('0.png').finish(stored())
    await settled()
    await add(png('x.png'), png('y.png'))
    expect((await kinds()).slice(-2)).toEqual(['queued', 'refused'])
  })

  it('is two uploads where the same file is chosen twice', async () => {
    const { add, bucket } = setUp()
    const file = png('a.png')
    await add(file, file)
    await settled()
    expect(new Set(bucket.names).size).toBe(2)
  })

  it('is listed at once, in the order it was chosen', async () => {
    const { uploads, items, add } = setUp()
    const adding = uploads.add([{ file: png('a.png'), folder: 'Holiday/Day 1' }, ...chosen(png('b.png'))])
    expect(uploads.state().items).toMatchObject([
      { fileName: 'a.png', folder: 'Holiday/Day 1', state: { kind: 'checking' }, preview: 'pending' },
      { fileName: 'b.png', folder: null },
    ])
    await adding
    await add(png('c.png'))
    expect((await items()).map(({ fileName }) => fileName)).toEqual(['a.png', 'b.png', 'c.png'])
  })

  it('is read no further than its head', async () => {
    const { add } = setUp()
    const file = png('a.png')
    const slice = jest.spyOn(file, 'slice')
    const whole = jest.spyOn(file, 'arrayBuffer')
    await add(file)
    expect(slice.mock.calls).toEqual([[0, 4096]])
    expect(whole).not.toHaveBeenCalled()
  })
})

describe('what is sent', () => {
  it('is uploaded four at a time, and then listed with the server’s time', async () => {
    const { add, kinds, put, items, uploads } = setUp()
    await add(...['a', 'b', 'c', 'd', 'e'].map((name) => png(name)))
    expect(await kinds()).toEqual(['sending', 'sending', 'sending', 'sending', 'queued'])
    put('b').finish(stored())
    expect((await items())[1]?.state).toEqual({ kind: 'uploaded', arrivedAt: AT })
    expect((await kinds())[4]).toBe('sending')
    expect(uploads.isBusy()).toBe(true)
    for (const name of ['a', 'c', 'd', 'e']) put(name).finish(stored())
    expect(new Set(await kinds())).toEqual(new Set(['uploaded']))
    expect(uploads.isBusy()).toBe(false)
  })

  it('leaves all other items the same objects', async () => {
    const { add, items, put } = setUp()
    await add(png('a', 100), png('b', 100))
    const before = await items()
    expect(await items()).toBe(before)
    put('a').progress(50)
    const after = await items()
    expect(after).not.toBe(before)
    expect(after[0]).toMatchObject({ state: { kind: 'sending', sentBytes: 50 } })
    expect(after[1]).toBe(before[1])
  })

  it('is told of at most four times a second', async () => {
    const { add, items, put, uploads, clock } = setUp()
    await add(png('a', 100), png('b', 100))
    await items()
    let told = 0
    uploads.subscribe(() => told++)
    for (let i = 1; i <= 50; i++) {
      put(i % 2 === 0 ? 'a' : 'b').progress(i)
      await clock.advance(20)
    }
    expect(told).toBeGreaterThan(2)
    expect(told).toBeLessThanOrEqual(4)
  })

  it('adds up, with its speed and the time left', async () => {
    const { add, items, put, uploads, clock } = setUp()
    await add(new File(['text'], 'no.txt'), png('a', 1000), png('b', 3000))
    await items()
    expect(uploads.state()).toMatchObject({ totalBytes: 4000, sentBytes: 0, bytesPerSecond: null, secondsLeft: null })
    await clock.advance(2000)
    put('a').finish(stored(1000))
    await clock.advance(2000)
    const { totalBytes, sentBytes, bytesPerSecond, secondsLeft } = uploads.state()
    expect([totalBytes, sentBytes]).toEqual([4000, 1000])
    expect(bytesPerSecond).toBeGreaterThan(200)
    expect(bytesPerSecond).toBeLessThan(300)
    expect(secondsLeft).toBeGreaterThan(9)
    put('b').finish(stored(3000))
    await items()
    expect(uploads.state()).toMatchObject({ sentBytes: 4000, bytesPerSecond: null, secondsLeft: null })
  })

  it('waits while there is no connection, and goes on by itself', async () => {
    const { add, kinds, network, uploads, put } = setUp()
    await add(png('a', 100))
    put('a').progress(40)
    network.onLine = false
    expect(await kinds()).toEqual(['offline'])
    put('a').progress(40)
    expect(await kinds()).toEqual(['offline'])
    expect(uploads.state()).toMatchObject({ online: false, items: [{ state: { sentBytes: 40 } }] })
    expect(uploads.isBusy()).toBe(true)
    network.onLine = true
    expect(await kinds()).toEqual(['sending'])
    expect(uploads.state().online).toBe(true)
  })

  it('is paused and resumed, one or all, what is chosen later included', async () => {
    const { add, kinds, idOf, uploads } = setUp()
    await add(png('a'), png('b'))
    uploads.pause(idOf('a'))
    expect(await kinds()).toEqual(['paused', 'sending'])
    uploads.pause(idOf('a'))
    uploads.resume(idOf('a'))
    expect(await kinds()).toEqual(['sending', 'sending'])
    uploads.pauseAll()
    await add(png('c'))
    expect(await kinds()).toEqual(['paused', 'paused', 'paused'])
    expect(uploads.state().paused).toBe(true)
    expect(uploads.isBusy()).toBe(true)
    uploads.resume(idOf('c'))
    expect(await kinds()).toEqual(['paused', 'paused', 'sending'])
    uploads.resumeAll()
    expect(await kinds()).toEqual(['sending', 'sending', 'sending'])
    expect(uploads.state().paused).toBe(false)
  })

  it('fails with its reason, is not busy then, and is sent again under the same name', async () => {
    const { add, items, kinds, put, idOf, bucket, uploads, kept } = setUp()
    await add(png('a'), png('b'))
    put('a').fail(fault('storage/unauthorized'))
    put('b').fail(fault('storage/new'))
    expect((await items()).map(({ state }) => state)).toEqual([
      { kind: 'failed', problem: { code: 'denied' }, again: true },
      { kind: 'failed', problem: { code: 'other', detail: 'storage/new' }, again: true },
    ])
    expect(uploads.isBusy()).toBe(false)
    expect(kept.size).toBe(2)
    await add(png('c'))
    expect(await kinds()).toEqual(['failed', 'failed', 'sending'])
    uploads.retry(idOf('a'))
    expect(await kinds()).toEqual(['sending', 'failed', 'sending'])
    expect(bucket.looks.filter((name) => name.endsWith('/a'))).toHaveLength(2)
    uploads.retryAll()
    expect(await kinds()).toEqual(['sending', 'sending', 'sending'])
    expect(new Set(bucket.names).size).toBe(3)
    put('a').finish(stored())
    expect((await kinds())[0]).toBe('uploaded')
  })

  it('is not tried again where that can’t help', async () => {
    const { add, items, put, idOf, bucket, uploads, kept } = setUp()
    await add(png('a'))
    bucket.objects.set(bucket.names[0] ?? '', stored(9))
    put('a').fail(fault('storage/unauthorized'))
    expect((await items())[0]?.state).toEqual({ kind: 'failed', problem: { code: 'name-taken' }, again: false })
    uploads.retry(idOf('a'))
    await settled()
    expect(bucket.puts).toHaveLength(1)
    expect(kept.size).toBe(0)
  })

  it('is cancelled and taken off the list and out of what is kept', async () => {
    const { add, kinds, idOf, put, uploads, kept } = setUp()
    await add(...['a', 'b', 'c', 'd', 'e'].map((name) => png(name)))
    await settled()
    expect(kept.size).toBe(5)
    const { calls } = put('a')
    uploads.remove(idOf('a'))
    uploads.remove(idOf('e'))
    expect(calls).toContain('cancel')
    expect(await kinds()).toEqual(['sending', 'sending', 'sending'])
    expect([...kept.values()].map(({ fileName }) => fileName)).toEqual(['b', 'c', 'd'])
    put('b').finish(stored())
    await settled()
    uploads.cancelAll()
    expect(await kinds()).toEqual(['uploaded'])
    expect(kept.size).toBe(0)
  })

  it('is taken off the list once it has ended, when the customer says so', async () => {
    const { add, kinds, put, uploads, kept } = setUp()
    await add(new File(['text'], 'no.txt'), png('a'), png('b'), png('c'))
    put('a').finish(stored())
    put('b').fail(fault('storage/unauthorized'))
    await kinds()
    uploads.clearEnded()
    expect(await kinds()).toEqual(['sending'])
    expect(kept.size).toBe(1)
  })

  it('stops when its customer signs out, and stays kept', async () => {
    const { add, put, uploads, kept, clock, network } = setUp()
    await add(png('a'))
    await settled()
    const { calls } = put('a')
    uploads.close()
    await uploads.add(chosen(png('b')))
    await settled()
    expect(calls).toEqual(['cancel'])
    expect([...kept.values()].map(({ fileName }) => fileName)).toEqual(['a'])
    expect([clock.waiting, network.listening]).toEqual([0, 0])
  })
})

describe('what is kept', () => {
  const known = (uploadId: string): Kept => ({
    uploadId,
    fileName: `${uploadId}.png`,
    folder: null,
    format: 'png',
    contentType: 'image/png',
    objectName: `web/birch/${uploadId}/${uploadId}.png`,
    bytes: 8,
    originalBytes: null,
    reduce: false,
    order: 1,
  })

  it('goes on under its name, and is not sent again where it had arrived', async () => {
    const { keep, items, bucket, kept } = setUp()
    await settled()
    kept.set('x', { ...known('x'), content: png('x.png') })
    bucket.objects.set('web/birch/x/x.png', stored())
    keep().taken([known('x'), known('y')].map((each) => ({ ...each, content: png(each.fileName) })))
    expect(await items()).toMatchObject([
      { uploadId: 'x', state: { kind: 'uploaded', arrivedAt: AT } },
      { uploadId: 'y', state: { kind: 'sending' } },
    ])
    expect(bucket.names).toEqual(['web/birch/y/y.png'])
    expect(kept.size).toBe(0)
  })

  it('by another tab is shown, and taken over when that is gone', async () => {
    const { keep, kinds, bucket, uploads, drawn } = setUp()
    drawn.push('blob:z')
    await settled()
    keep().elsewhere([known('x'), known('y'), known('z')])
    expect(await kinds()).toEqual(['elsewhere', 'elsewhere', 'elsewhere'])
    expect(uploads.isBusy()).toBe(false)
    expect(uploads.state().totalBytes).toBe(0)
    keep().arrived('x', AT)
    keep().gone(['y'])
    expect(await kinds()).toEqual(['uploaded', 'elsewhere'])
    expect(bucket.names).toEqual([])
    keep().taken([{ ...known('z'), content: png('z.png') }])
    expect(await kinds()).toEqual(['uploaded', 'sending'])
    expect(uploads.state().items[1]?.preview).toEqual({ url: 'blob:z' })
    keep().elsewhere([known('z')])
    expect(await kinds()).toEqual(['uploaded', 'sending'])
  })

  it('is cancelled where another tab’s customer does so', async () => {
    const { add, keep, idOf, kinds, put, kept } = setUp()
    await add(png('a'), png('b'))
    await settled()
    const { calls } = put('a')
    keep().cancel([idOf('a'), 'unknown'])
    expect(await kinds()).toEqual(['sending'])
    expect(calls).toContain('cancel')
    expect(kept.size).toBe(1)
  })

  it('is said to be not all as long as something is not, and what is not is sent all the same', async () => {
    const { add, items, room, put, uploads } = setUp()
    room.left = false
    await add(png('a'))
    await items()
    expect(uploads.state()).toMatchObject({ kept: false, items: [{ state: { kind: 'sending' } }] })
    room.left = true
    await add(png('b'))
    put('a').finish(stored())
    await items()
    expect(uploads.state().kept).toBe(true)
  })

  it('is nothing where the browser keeps nothing', async () => {
    const { add, kinds, uploads, items } = setUp({ openKeep: () => Promise.reject(new Error('SecurityError')) })
    await items()
    expect(uploads.state().kept).toBe(false)
    await add(png('a'))
    expect(await kinds()).toEqual(['sending'])
    expect(uploads.state().kept).toBe(false)
  })
})

describe('previews', () => {
  it('come one after the other, say what can’t be shown, and are given back with their item', async () => {
    const { add, items, drawn, revoked, idOf, uploads } = setUp()
    drawn.push('blob:a', null, 'blob:c')
    await add(png('a'), png('b'), png('c'))
    await items()
    expect((await items()).map(({ preview }) => preview)).toEqual([{ url: 'blob:a' }, 'none', { url: 'blob:c' }])
    uploads.remove(idOf('a'))
    expect(revoked).toEqual(['blob:a'])
    uploads.close()
    expect(revoked).toEqual(['blob:a', 'blob:c'])
  })
})

describe('making photos smaller', () => {
  const small = new Blob(['small'], { type: 'image/png' })

  it('is remembered, and done before a file is sent', async () => {
    const written: boolean[] = []
    const { add, items, put, uploads, kept } = setUp({
      reduceImage: async (_content, contentType) => (contentType === 'image/png' ? small : null),
      writeReduce: (reduce) => written.push(reduce),
    })
    uploads.setReduce(true)
    expect([uploads.state().reduce, written]).toEqual([true, [true]])
    await add(png('a', 100))
    expect(await items()).toMatchObject([{ bytes: 5, originalBytes: 100, state: { kind: 'sending' } }])
    expect(put('a').content).toBe(small)
    expect([...kept.values()]).toMatchObject([{ reduce: false, content: small, bytes: 5 }])
    expect(uploads.state().totalBytes).toBe(5)
  })

  it('sends the file as it is where it fails or gains nothing', async () => {
    const answers = [Promise.reject(new Error('broken')), Promise.resolve(null)]
    const { add, items, put } = setUp({
      readReduce: () => true,
      reduceImage: () => answers.shift() ?? Promise.resolve(null),
    })
    await add(png('a', 100), png('b', 100))
    expect(await items()).toMatchObject([
      { bytes: 100, originalBytes: null, state: { kind: 'sending' } },
      { bytes: 100, originalBytes: null, state: { kind: 'sending' } },
    ])
    expect(put('a').content.size).toBe(100)
  })

  it('can be cancelled before it is done', async () => {
    const { promise, resolve } = Promise.withResolvers<Blob | null>()
    const { uploads, kinds, idOf, bucket, kept } = setUp({ readReduce: () => true, reduceImage: () => promise })
    void uploads.add(chosen(png('a', 100)))
    expect(await kinds()).toEqual(['checking'])
    expect(uploads.isBusy()).toBe(true)
    uploads.remove(idOf('a'))
    resolve(small)
    expect(await kinds()).toEqual([])
    expect([bucket.names, kept.size]).toEqual([[], 0])
  })
})
