import type { Format } from '../../../functions/src/contract/formats.ts'
import { parseRawName } from '../../../functions/src/contract/names.ts'
import type { Destination, Stored } from './send.ts'
import { Uploader } from './uploader.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const png = (name: string) => new File([new Uint8Array(PNG)], name, { type: 'image/jpeg' })
const STORED: Stored = { bytes: PNG.length, md5: null, arrivedAt: new Date('2026-05-04T10:20:30Z') }

/** A bucket whose uploads end when the test says so. */
function bucket() {
  const puts: {
    readonly name: string
    readonly contentType: string
    readonly signal: AbortSignal
    readonly end: PromiseWithResolvers<Stored>
  }[] = []
  const destination = (name: string): Destination => ({
    put(_content, contentType, _onProgress, signal) {
      const end = Promise.withResolvers<Stored>()
      signal.addEventListener('abort', () => end.reject(new Error('storage/canceled')))
      puts.push({ name, contentType, signal, end })
      return end.promise
    },
    stat: async () => null,
  })
  const watching = new Set<(formats: readonly Format[] | null) => void>()
  const watchFormats = (_customerId: string, listener: (formats: readonly Format[] | null) => void) => {
    watching.add(listener)
    return () => watching.delete(listener)
  }
  return { puts, destination, watching, watchFormats }
}

function setUp() {
  const raw = bucket()
  const uploader = new Uploader(raw, 'birch')
  const states = () => uploader.queue().map(({ state }) => state.kind)
  /** Resolves with the first change after which that is so. */
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return
        stop()
        resolve()
      }
      const stop = uploader.subscribe(look)
      look()
    })
  return { ...raw, uploader, states, until }
}

it('refuses what the customer may not send, by what is known of that at the time', async () => {
  const { uploader, states, watching } = setUp()
  const may = (formats: readonly Format[] | null) => {
    for (const listener of watching) listener(formats)
  }
  await uploader.add([png('before.png')])
  may(['jpeg'])
  await uploader.add([png('not.png')])
  may(null)
  await uploader.add([png('after.png')])
  expect(states()).toEqual(['sending', 'refused', 'sending'])
  expect(uploader.queue()[1]?.state).toMatchObject({ reason: expect.stringContaining('Send it as JPEG.') as string })
  uploader.close()
  expect(watching.size).toBe(0)
})

it('lists a refused file with its reason and sends only the others, under the type of their bytes', async () => {
  const { uploader, puts, states } = setUp()
  await uploader.add([new File(['Milk, bread, film.'], 'list.jpg', { type: 'image/jpeg' }), png('a.jpg')])
  expect(states()).toEqual(['refused', 'sending'])
  expect(uploader.queue()[0]?.state).toMatchObject({ reason: expect.stringContaining('text') as string })
  expect(puts.map(({ contentType }) => contentType)).toEqual(['image/png'])
  expect(parseRawName(puts[0]?.name ?? '')).toEqual({
    source: 'web',
    customerId: 'birch',
    uploadId: uploader.queue()[1]?.uploadId,
    fileName: 'a.jpg',
  })
})

it('refuses what can’t be read, such as a folder that was dropped', async () => {
  const { uploader, states } = setUp()
  const folder = png('holidays')
  folder.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('NotFoundError')) }) as unknown as Blob
  await uploader.add([folder])
  expect(states()).toEqual(['refused'])
})

it('reads no more of a file than its head', async () => {
  const { uploader } = setUp()
  const file = png('a.png')
  const slice = jest.spyOn(file, 'slice')
  const whole = jest.spyOn(file, 'arrayBuffer')
  await uploader.add([file])
  expect(slice.mock.calls).toEqual([[0, 4096]])
  expect(whole).not.toHaveBeenCalled()
})

it('begins the next when one has arrived', async () => {
  const { uploader, puts, states, until } = setUp()
  await uploader.add(['a', 'b', 'c', 'd'].map(png))
  expect(states()).toEqual(['sending', 'sending', 'sending', 'queued'])
  puts[1]?.end.resolve(STORED)
  await until(() => states()[3] === 'sending')
  expect(states()[1]).toBe('uploaded')
  expect(uploader.isBusy()).toBe(true)
})

it('retries under the name of the first try', async () => {
  const { uploader, puts, states, until } = setUp()
  await uploader.add([png('a.png')])
  puts[0]?.end.reject(new Error('lost'))
  await until(() => states()[0] === 'failed')
  uploader.retry(uploader.queue()[0]?.uploadId ?? '')
  expect(states()).toEqual(['sending'])
  expect(puts.map(({ name }) => name)).toEqual([puts[0]?.name, puts[0]?.name])
})

it('takes a cancelled upload off the list, aborts it and goes on with the next', async () => {
  const { uploader, puts, states } = setUp()
  await uploader.add(['a', 'b', 'c', 'd'].map(png))
  uploader.remove(uploader.queue()[0]?.uploadId ?? '')
  expect(puts[0]?.signal.aborted).toBe(true)
  expect(states()).toEqual(['sending', 'sending', 'sending'])
  await new Promise(setImmediate)
  expect(states()).toEqual(['sending', 'sending', 'sending'])
})

it('aborts all when its customer signs out, and takes nothing more', async () => {
  const { uploader, puts } = setUp()
  await uploader.add([png('a.png')])
  uploader.close()
  await uploader.add([png('b.png')])
  expect(puts.map(({ signal }) => signal.aborted)).toEqual([true])
  expect(uploader.queue()).toEqual([])
})
