import { crc32 } from 'node:zlib'
import { makeZip } from 'client-zip'
import { card, output } from './testing/cards.ts'
import { readZip } from './testing/read-zip.ts'
import { contentsOf, NothingInIt, readProblemOf, type ZipOptions, type ZipProblem } from './zip.ts'
import { planOf } from './zip-plan.ts'

const images = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    card(`image ${i}`, { outputs: [output('fit-800', 800, { object: `o${i}` })] }),
  )
const planOfMany = (count: number) => planOf(images(count), 'largest')
const failing = (code: string) => Object.assign(new Error(code), { code })

function setUp(read: ZipOptions['read'], note: ZipOptions['note'] = () => null) {
  const controller = new AbortController()
  const problems: ZipProblem[] = []
  const progress: [number, number][] = []
  const options: ZipOptions = {
    read,
    signal: controller.signal,
    note,
    onProblem: (problem) => void problems.push(problem),
    onProgress: (files, bytes) => void progress.push([files, bytes]),
  }
  return { options, problems, progress, controller }
}

const bytesOf = async (stream: ReadableStream<Uint8Array>) => new Uint8Array(await new Response(stream).arrayBuffer())
const blobOf = (object: string) => new Blob([`bytes of ${object}`])

it('makes a ZIP that a reader takes apart again, whole', async () => {
  const { options, progress, problems } = setUp(async (object) => blobOf(object))
  const entries = readZip(await bytesOf(makeZip(contentsOf(planOfMany(3), options))))
  expect(entries.map(({ name, content }) => [name, content])).toEqual([
    ['image 0.webp', 'bytes of o0'],
    ['image 1.webp', 'bytes of o1'],
    ['image 2.webp', 'bytes of o2'],
  ])
  for (const { content, crc } of entries) expect(crc).toBe(crc32(content))
  expect(progress).toEqual([
    [1, 11],
    [2, 22],
    [3, 33],
  ])
  expect(problems).toEqual([])
})

it('goes on past what is missing or denied, and says so at the end', async () => {
  const read = async (object: string) => {
    if (object === 'o0') throw failing('storage/object-not-found')
    if (object === 'o2') throw failing('storage/unauthorized')
    if (object === 'o4') throw failing('storage/retry-limit-exceeded')
    return blobOf(object)
  }
  const { options, problems, progress } = setUp(read, () => `${problems.length} are not in it`)
  const entries = readZip(await bytesOf(makeZip(contentsOf(planOfMany(5), options))))
  expect(entries.map(({ name, content }) => [name, content])).toEqual([
    ['image 1.webp', 'bytes of o1'],
    ['image 3.webp', 'bytes of o3'],
    ['not-included.txt', '3 are not in it'],
  ])
  expect(problems.map(({ file, reason }) => [file.name, reason])).toEqual([
    ['image 0.webp', 'missing'],
    ['image 2.webp', 'denied'],
    ['image 4.webp', 'unreachable'],
  ])
  expect(progress.at(-1)).toEqual([5, 22])
})

it('makes no ZIP of nothing', async () => {
  const { options, problems } = setUp(() => Promise.reject(failing('storage/unauthorized')))
  await expect(bytesOf(makeZip(contentsOf(planOfMany(2), options)))).rejects.toThrow(NothingInIt)
  expect(problems).toHaveLength(2)
})

it('does not try each of thousands while the server can’t be reached', async () => {
  let tries = 0
  const { options, problems } = setUp((object) => {
    if (object === 'o0') return Promise.resolve(blobOf(object))
    tries++
    return Promise.reject(failing('storage/retry-limit-exceeded'))
  })
  await bytesOf(makeZip(contentsOf(planOfMany(1000), options)))
  expect(problems).toHaveLength(999)
  expect(tries).toBeLessThanOrEqual(4)
})

it('holds two results at most, whatever the reader’s pace', async () => {
  let begun = 0
  const { options } = setUp((object) => {
    begun++
    return Promise.resolve(blobOf(object))
  })
  const contents = contentsOf(planOfMany(10), options)
  for (let written = 0; written < 10; written++) {
    await contents.next()
    // The one that is being written and the one after it.
    expect(begun).toBeLessThanOrEqual(written + 2)
  }
  expect((await contents.next()).done).toBe(true)
  expect(begun).toBe(10)
})

it('ends at once when it is called off, although a result is on its way for ever', async () => {
  const { options, controller } = setUp((object) =>
    object === 'o0' ? Promise.resolve(blobOf(object)) : new Promise<Blob>(() => {}),
  )
  let aborted: unknown = null
  const target = new WritableStream<Uint8Array>({
    abort(reason) {
      aborted = reason
    },
  })
  // The first is written, and the second is waited for.
  const onProgress = () => queueMicrotask(() => controller.abort())
  const stream = makeZip(contentsOf(planOfMany(3), { ...options, onProgress }))
  await expect(stream.pipeTo(target, { signal: controller.signal })).rejects.toThrow('aborted')
  expect(aborted).toBe(controller.signal.reason)
})

it('ends the stream itself when it is called off, for those who collect it', async () => {
  const asked = Promise.withResolvers<null>()
  const { options, controller } = setUp(() => {
    asked.resolve(null)
    return new Promise<Blob>(() => {})
  })
  const collected = bytesOf(makeZip(contentsOf(planOfMany(3), options)))
  await asked.promise
  controller.abort()
  await expect(collected).rejects.toThrow('aborted')
})

it('reads nothing more once it is called off', async () => {
  let begun = 0
  const { options, controller } = setUp(() => {
    begun++
    return Promise.resolve(new Blob(['x']))
  })
  const contents = contentsOf(planOfMany(10), options)
  await contents.next()
  controller.abort()
  await expect(contents.next()).rejects.toThrow('aborted')
  expect(begun).toBe(2)
})

it.each([
  [failing('storage/object-not-found'), 'missing'],
  [failing('storage/unauthenticated'), 'denied'],
  [failing('storage/unknown'), 'unreachable'],
  [null, 'unreachable'],
  ['text', 'unreachable'],
])('says of %p: %s', (error, reason) => {
  expect(readProblemOf(error)).toBe(reason)
})
