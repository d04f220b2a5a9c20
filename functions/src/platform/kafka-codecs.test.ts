import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import kafkajs from 'kafkajs'
import { registerCodecs, UndecodableBatch, type CodecName } from './kafka-codecs.ts'
import { BATCHES, PAYLOADS } from './testing/kafka-batches.ts'

const mockLoaded: string[] = []
jest.mock('snappy', () => (mockLoaded.push('snappy'), jest.requireActual<object>('snappy')))
jest.mock('lz4-napi', () => (mockLoaded.push('lz4'), jest.requireActual<object>('lz4-napi')))

const { CompressionCodecs, CompressionTypes } = kafkajs
const CODECS: readonly CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd']
const MiB = 1024 * 1024

interface Codec {
  compress(records: { buffer: Buffer }): Promise<Buffer>
  decompress(batch: Buffer): Promise<Buffer>
}

/** The codec as kafkajs looks it up. */
function registered(name: CodecName, maxBytes?: number): Codec {
  registerCodecs(maxBytes === undefined ? {} : { maxBytes })
  const types = {
    gzip: CompressionTypes.GZIP,
    snappy: CompressionTypes.Snappy,
    lz4: CompressionTypes.LZ4,
    zstd: CompressionTypes.ZSTD,
  } as const
  return CompressionCodecs[types[name]]() as Codec
}

const compress = (codec: CodecName, records: Buffer) => registered(codec).compress({ buffer: records })
const decompress = (codec: CodecName, batch: Buffer, maxBytes?: number) => registered(codec, maxBytes).decompress(batch)

/** Why a batch is refused. One that is read fails the test by its size: jest would print it byte by byte. */
async function refusal(batch: Promise<Buffer>): Promise<string> {
  const outcome = await batch.then(
    ({ length }) => new Error(`${length} bytes were read`),
    (error: unknown) => error,
  )
  if (outcome instanceof UndecodableBatch) return outcome.message
  throw outcome
}

/** Words with numbers, from a generator with a seed: neither all alike nor noise. */
function text(bytes: number): Buffer {
  let state = 1
  let words = ''
  while (words.length < bytes) {
    state = (state * 48271) % 2147483647
    words += `${['bucket', 'object', 'offset', 'partition'][state % 4]}-${state % 997} `
  }
  return Buffer.from(words.slice(0, bytes))
}

/** snappy-java's stream of these raw blocks. */
function xerial(...blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from('82534e41505059000000000100000001', 'hex')
  const framed = blocks.flatMap((block) => [Buffer.from([0, 0, block.length >> 8, block.length & 255]), block])
  return Buffer.concat([header, ...framed])
}

/** A frame of independent blocks of at most 64 KiB; the library under test looks at the checksum of the descriptor, 0x82. */
function lz4Frame(...blocks: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('04224d18604082', 'hex')]
  for (const block of blocks) {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

// Stands first: once loaded, a library stays.
it('loads a library with the first batch that needs it', async () => {
  await compress('gzip', PAYLOADS.small)
  await compress('zstd', PAYLOADS.small)
  expect(mockLoaded).toEqual([])
  await compress('lz4', PAYLOADS.small)
  expect(mockLoaded).toEqual(['lz4'])
  await compress('snappy', PAYLOADS.small)
  expect(mockLoaded).toEqual(['lz4', 'snappy'])
})

it.each(BATCHES)('reads $codec of $writer ($payload)', async ({ codec, payload, bytes }) => {
  // `equals`: jest looks at every byte by itself, and says so with every one of them.
  expect((await decompress(codec, bytes)).equals(PAYLOADS[payload])).toBe(true)
})

it.each(CODECS)('reads back what it writes in %s, of one byte, a few, and many blocks', async (codec) => {
  for (const payload of [Buffer.from([0]), PAYLOADS.incompressible, text(400_000), text(9 * MiB)]) {
    const batch = await compress(codec, payload)
    expect((await decompress(codec, batch)).equals(payload)).toBe(true)
    if (payload.length > 256) expect(batch.length).toBeLessThan(payload.length / 2)
  }
})

it("reads snappy-java's stream of many blocks", async () => {
  const payload = text(400_000)
  const blocks: Buffer[] = []
  for (let at = 0; at < payload.length; at += 32_768) {
    blocks.push(await compress('snappy', payload.subarray(at, at + 32_768)))
  }
  expect((await decompress('snappy', xerial(...blocks))).equals(payload)).toBe(true)
})

describe('a batch that would be larger than allowed', () => {
  it.each(BATCHES)('is refused, and one as large as allowed is not: $codec of $writer ($payload)', async (batch) => {
    const size = PAYLOADS[batch.payload].length
    expect((await decompress(batch.codec, batch.bytes, size)).length).toBe(size)
    expect(await refusal(decompress(batch.codec, batch.bytes, size - 1))).toContain(
      `more than the ${size - 1} bytes allowed`,
    )
  })

  const measured = existsSync('/proc/self/clear_refs') ? it : it.skip
  measured.each(CODECS)('takes no memory in %s', async (codec) => {
    const bomb = await compress(codec, Buffer.alloc(200 * MiB))
    const peak = () => Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
    writeFileSync('/proc/self/clear_refs', '5')
    const before = peak()
    expect(await refusal(decompress(codec, bomb, MiB))).toContain('more than the 1048576 bytes allowed')
    expect(peak() - before).toBeLessThan(20 * MiB)
  })

  it('is refused by the sum of its blocks', async () => {
    const block = await compress('snappy', Buffer.alloc(30_000))
    const batch = xerial(...Array.from({ length: 40 }, () => block))
    expect((await decompress('snappy', batch, 1_200_000)).length).toBe(1_200_000)
    expect(await refusal(decompress('snappy', batch, 1_199_999))).toContain('more than the 1199999 bytes allowed')
  })
})

describe('a damaged batch', () => {
  const small = BATCHES.filter(({ payload }) => payload !== 'large')

  it.each(small)('is refused wherever it is cut off: $codec of $writer ($payload)', async ({ codec, bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      await refusal(decompress(codec, bytes.subarray(0, length)))
    }
  })

  it.each(small)('gives bytes or is refused, whatever bit is wrong: $codec of $writer ($payload)', async (batch) => {
    for (let bit = 0; bit < batch.bytes.length * 8; bit++) {
      const damaged = Buffer.from(batch.bytes)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      const outcome = await decompress(batch.codec, damaged, 4096).catch((error: unknown) => error)
      expect(outcome instanceof UndecodableBatch || (outcome instanceof Buffer && outcome.length <= 4096)).toBe(true)
    }
  })

  it.each(CODECS)('of %s says so by its codec, and that trying again is no use', async (codec) => {
    const error = await decompress(codec, Buffer.from('not what it says it is')).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'UndecodableBatch', codec, retriable: false })
    expect(error).toHaveProperty('message', expect.stringContaining(`A ${codec} batch cannot be read: `))
  })

  const lz4Cases: readonly [string, Buffer, string][] = [
    [
      'bytes after its end',
      Buffer.concat([lz4Frame(Buffer.from([0x10, 65])), Buffer.from([1])]),
      '1 bytes follow its end',
    ],
    ['a block that ends in a match', lz4Frame(Buffer.from([0x10, 65, 1, 0])), 'a block is damaged'],
    ['a match from before its beginning', lz4Frame(Buffer.from([0x10, 65, 9, 0, 0x10, 65])), 'cannot be read'],
    [
      'a block over its limit',
      lz4Frame(Buffer.from([0x1f, 65, 1, 0, ...Array<number>(300).fill(255), 0, 0x50, 1, 2, 3, 4, 5])),
      'more than its 65536 bytes',
    ],
    ['a dictionary', Buffer.from('04224d186140000000000082', 'hex'), 'it needs a dictionary'],
    ['another version', Buffer.from('04224d18a04082', 'hex'), 'version 2'],
    ['an unknown block size', Buffer.from('04224d18603082', 'hex'), 'block size 3'],
  ]
  it.each(lz4Cases)('of lz4 is refused with %s', async (_, batch, problem) => {
    expect(await refusal(decompress('lz4', batch))).toContain(problem)
  })

  const snappyCases: readonly [string, Buffer, string][] = [
    [
      'a size that it cannot hold',
      Buffer.from([0x80, 0x80, 0x80, 0x40, 0, 65]),
      'a block of 6 bytes cannot hold the 134217728',
    ],
    ['a size that is no number', Buffer.alloc(20, 0xff), 'the size of a block'],
    [
      'a block longer than the rest',
      Buffer.concat([xerial(), Buffer.from('7fffffff0000', 'hex')]),
      'it ends in a block',
    ],
    ['a block without a size', xerial(Buffer.alloc(0)), 'the size of a block'],
    ['a header and no block', xerial(), 'it ends after its header'],
    ['a block that holds less than it says', xerial(Buffer.from([3, 0, 65])), 'snappy'],
  ]
  it.each(snappyCases)('of snappy is refused with %s', async (_, batch, problem) => {
    expect(await refusal(decompress('snappy', batch))).toContain(problem)
  })

  it('of zstd is refused when something else follows its frame', async () => {
    const batch = Buffer.concat([await compress('zstd', PAYLOADS.small), Buffer.from('something else')])
    await refusal(decompress('zstd', batch))
  })
})
