/**
 * Reads and writes a batch in each compression a Kafka producer may choose. kafkajs itself has only gzip, and gives up
 * the consumer when a batch of another codec comes.
 *
 * What a producer sends is not trusted: how much a batch would expand to is known, or cut off, before the memory is
 * taken. The work itself is done by Node's zlib and two native libraries, off the event loop; a library is loaded with
 * the first batch that needs it.
 */
import { unzip, gzip, zstdCompress, zstdDecompress, type ZlibOptions, type ZstdOptions } from 'node:zlib'
import kafkajs from 'kafkajs'
import { once } from './once.ts'

// By default: Node finds none of this CommonJS module's names.
const { CompressionCodecs, CompressionTypes } = kafkajs

/** A codec by the name that Kafka's `compression.type` gives it. */
export type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** What kafkajs calls. The records come in kafkajs' own encoder, of which only the bytes matter. */
interface Codec {
  compress(records: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(batch: Buffer): Promise<Buffer>
}

/** A batch that is damaged, cut off, or larger than allowed. Its message says which. */
export class UndecodableBatch extends Error {
  override readonly name = 'UndecodableBatch'
  readonly codec: CodecName
  /** kafkajs tries again after any error that does not deny it, and the same bytes would come again. */
  readonly retriable = false

  // No `cause`: kafkajs wraps an error and keeps that error's cause in its place, if there is one.
  constructor(codec: CodecName, problem: string) {
    super(`A ${codec} batch cannot be read: ${problem}`)
    this.codec = codec
  }
}

export interface CodecLimits {
  /** The most bytes that one batch may have when it is decompressed. 256 MiB unless given. */
  readonly maxBytes?: number
}

/** Teaches kafkajs gzip, snappy, lz4 and zstd, for the whole process. Called again, the last limit holds. */
export function registerCodecs({ maxBytes = 256 * 1024 * 1024 }: CodecLimits = {}): void {
  CompressionCodecs[CompressionTypes.GZIP] = always(gzipCodec(maxBytes))
  CompressionCodecs[CompressionTypes.Snappy] = always(snappyCodec(maxBytes))
  CompressionCodecs[CompressionTypes.LZ4] = always(lz4Codec(maxBytes))
  CompressionCodecs[CompressionTypes.ZSTD] = always(zstdCodec(maxBytes))
}

const always = (codec: Codec) => () => codec

function tooLarge(codec: CodecName, maxBytes: number): UndecodableBatch {
  return new UndecodableBatch(codec, `decompressed it has more than the ${maxBytes} bytes allowed`)
}

/** Runs a library's decoder, whose errors are of no class of their own. */
async function decoding<T>(codec: CodecName, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode()
  } catch (error) {
    throw new UndecodableBatch(codec, error instanceof Error ? error.message : String(error))
  }
}

// --- gzip and zstd, by Node's zlib ---

/** Bytes that zlib writes at a time: with its own 16 KiB, a batch of some MiB takes eight times as long. */
const CHUNK = 256 * 1024

/** The result of a zlib function called with `info`, which @types/node leaves out: https://nodejs.org/api/zlib.html#class-options */
interface Inflated {
  readonly buffer: Buffer
  /** `bytesWritten`: how much of the input was read. */
  readonly engine: { readonly bytesWritten: number }
}

type Inflate = (
  batch: Buffer,
  options: ZlibOptions & ZstdOptions,
  done: (error: (Error & { code?: string }) | null, result: Buffer) => void,
) => void

/** `taken`: how much of what is allowed earlier frames have. */
function inflate(codec: CodecName, run: Inflate, batch: Buffer, maxBytes: number, taken = 0): Promise<Inflated> {
  // zlib takes no limit of 0, so that one byte too many may come.
  const maxOutputLength = Math.max(1, maxBytes - taken)
  return new Promise((resolve, reject) =>
    run(batch, { chunkSize: CHUNK, maxOutputLength, info: true }, (error, result) => {
      if (error === null) resolve(result as unknown as Inflated)
      else if (error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(codec, maxBytes))
      else reject(new UndecodableBatch(codec, error.message))
    }),
  )
}

function deflate(run: (records: Buffer, done: (error: Error | null, result: Buffer) => void) => void, records: Buffer) {
  return new Promise<Buffer>((resolve, reject) =>
    run(records, (error, result) => (error === null ? resolve(result) : reject(error))),
  )
}

const gzipCodec = (maxBytes: number): Codec => ({
  compress: ({ buffer }) => deflate(gzip, buffer),
  // Like kafkajs and librdkafka this also takes a zlib header; Kafka's own clients write gzip's.
  decompress: async (batch) => (await inflate('gzip', unzip, batch, maxBytes)).buffer,
})

const zstdCodec = (maxBytes: number): Codec => ({
  compress: ({ buffer }) => deflate(zstdCompress, buffer),
  async decompress(batch) {
    // Node stops at the end of the first frame and would leave out the rest without a word.
    const frames: Buffer[] = []
    let size = 0
    for (let rest = batch; frames.length === 0 || rest.length > 0;) {
      const { buffer, engine } = await inflate('zstd', zstdDecompress, rest, maxBytes, size)
      frames.push(buffer)
      size += buffer.length
      if (size > maxBytes) throw tooLarge('zstd', maxBytes)
      rest = rest.subarray(engine.bytesWritten)
    }
    return frames.length === 1 ? frames[0]! : Buffer.concat(frames, size)
  },
})

// --- snappy ---

const snappy = once(() => import('snappy'))

const snappyCodec = (maxBytes: number): Codec => ({
  // One raw block, as librdkafka writes it: Java's reader takes it as well as its own framing.
  compress: async ({ buffer }) => (await snappy()).compress(buffer),
  async decompress(batch) {
    const block = snappyBlock(batch, maxBytes)
    const { uncompress } = await snappy()
    // A string comes only when one asks for it.
    return decoding('snappy', async () => (await uncompress(block)) as Buffer)
  },
})

/** How a stream of snappy-java begins, which Kafka's Java clients write. Then come two version numbers of 4 bytes. */
const XERIAL_MAGIC = Buffer.from('\x82SNAPPY\x00', 'latin1')
const XERIAL_HEADER_BYTES = 16

/**
 * The batch as one raw block. snappy-java's stream is a row of blocks, each with its length (int32, big-endian) before
 * it; since a copy in a block counts back from where it stands, their contents in a row are a block too.
 *
 * @throws UndecodableBatch if the block would be larger than `maxBytes`, or if the framing is broken
 */
function snappyBlock(batch: Buffer, maxBytes: number): Buffer {
  if (!batch.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    checkSnappySize(snappyPreamble(batch).size, batch.length, maxBytes)
    return batch
  }
  if (batch.length <= XERIAL_HEADER_BYTES) throw new UndecodableBatch('snappy', 'it ends after its header')
  const contents: Buffer[] = []
  let size = 0
  for (let at = XERIAL_HEADER_BYTES; at < batch.length;) {
    if (at + 4 > batch.length) throw new UndecodableBatch('snappy', "it ends in a block's length")
    const end = at + 4 + batch.readUInt32BE(at)
    if (end > batch.length) throw new UndecodableBatch('snappy', 'it ends in a block')
    const block = batch.subarray(at + 4, end)
    const preamble = snappyPreamble(block)
    size += preamble.size
    checkSnappySize(preamble.size, block.length, maxBytes)
    if (size > maxBytes) throw tooLarge('snappy', maxBytes)
    contents.push(block.subarray(preamble.bytes))
    at = end
  }
  return Buffer.concat([varint(size), ...contents])
}

/**
 * What a raw block says of its size, in a varint of at most 32 bits:
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
function snappyPreamble(block: Buffer): { readonly size: number; readonly bytes: number } {
  let size = 0
  for (let bytes = 0; bytes < 5 && bytes < block.length; bytes++) {
    const byte = block[bytes]!
    size += (byte & 0x7f) * 2 ** (7 * bytes)
    if (byte < 0x80) return { size, bytes: bytes + 1 }
  }
  throw new UndecodableBatch('snappy', 'the size of a block is cut off or is no number')
}

/** The library takes the memory that the preamble asks for. No element gives more than 64 bytes for 3. */
function checkSnappySize(size: number, compressedBytes: number, maxBytes: number): void {
  if (size > maxBytes) throw tooLarge('snappy', maxBytes)
  if (size > (compressedBytes * 64) / 3) {
    throw new UndecodableBatch('snappy', `a block of ${compressedBytes} bytes cannot hold the ${size} it says`)
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  return Buffer.from([...bytes, value])
}

// --- lz4 ---

const lz4 = once(() => import('lz4-napi'))

const lz4Codec = (maxBytes: number): Codec => ({
  // Independent blocks, the only ones that Kafka's Java reader takes.
  compress: async ({ buffer }) => (await lz4()).compressFrame(buffer),
  async decompress(batch) {
    // The library reads a frame to its end however long that is, and takes a frame without an end for a whole one.
    checkLz4Frame(batch, maxBytes)
    const { decompressFrame } = await lz4()
    return decoding('lz4', () => decompressFrame(batch))
  },
})

/**
 * Walks a frame without decompressing it: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 *
 * @throws UndecodableBatch if the frame would expand to more than `maxBytes`, or is not one whole frame
 */
function checkLz4Frame(frame: Buffer, maxBytes: number): void {
  const cutOff = () => new UndecodableBatch('lz4', 'it is cut off')
  if (frame.length < 7) throw cutOff()
  if (frame.readUInt32LE(0) !== 0x184d2204) throw new UndecodableBatch('lz4', 'it does not begin as an LZ4 frame')
  const flags = frame[4]!
  if (flags >> 6 !== 1) throw new UndecodableBatch('lz4', `version ${flags >> 6} of the frame format is not known`)
  const has = (flag: number, bytes: number) => ((flags & flag) === 0 ? 0 : bytes)
  if (has(0x01, 4) > 0) throw new UndecodableBatch('lz4', 'it needs a dictionary')
  const blockChecksum = has(0x10, 4)
  const contentChecksum = has(0x04, 4)
  const blockSizeId = (frame[5]! >> 4) & 7
  if (blockSizeId < 4) throw new UndecodableBatch('lz4', `block size ${blockSizeId} is not known`)
  const blockMax = 4 ** (blockSizeId + 4)

  let at = 4 + 2 + has(0x08, 8) + 1
  let size = 0
  for (;;) {
    if (at + 4 > frame.length) throw cutOff()
    const header = frame.readUInt32LE(at)
    at += 4
    if (header === 0) break
    const stored = header >= 0x80000000
    const bytes = header % 0x80000000
    if (at + bytes + blockChecksum > frame.length) throw cutOff()
    const blockSize = stored ? bytes : lz4BlockSize(frame, at, at + bytes)
    if (blockSize > blockMax) throw new UndecodableBatch('lz4', `a block has more than its ${blockMax} bytes`)
    size += blockSize
    if (size > maxBytes) throw tooLarge('lz4', maxBytes)
    at += bytes + blockChecksum
  }
  at += contentChecksum
  if (at > frame.length) throw cutOff()
  if (at < frame.length) throw new UndecodableBatch('lz4', `${frame.length - at} bytes follow its end`)
}

/**
 * How many bytes the compressed block between two places expands to: the sum of its literals' and its matches' lengths.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
function lz4BlockSize(frame: Buffer, at: number, end: number): number {
  /** A length of 15 goes on in the bytes that follow, up to one that is not 255. */
  const length = (nibble: number): number => {
    let sum = nibble
    if (nibble === 15) {
      let byte = 255
      while (byte === 255 && at < end) sum += byte = frame[at++]!
    }
    return sum
  }
  let size = 0
  while (at < end) {
    const token = frame[at++]!
    const literals = length(token >> 4)
    at += literals
    size += literals
    // A block ends with literals and no match.
    if (at === end) return size
    at += 2
    size += length(token & 15) + 4
  }
  throw new UndecodableBatch('lz4', 'a block is damaged')
}
