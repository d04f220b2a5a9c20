/**
 * A batch that can't be decompressed must stop its own partition and no other. kafkajs gives up the whole answer, and says of which
 * partition it was neither then nor later. So in place of such a batch it is given records that can be read: as many as the batch says it has,
 * at their offsets, each with a mark that {@link undecodableOf} knows.
 */
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { registerCodecs, UndecodableBatch, type CodecLimits } from './kafka-codecs.ts'

// By default: Node finds none of this CommonJS module's names.
const { CompressionCodecs, CompressionTypes } = kafkajs

/** No producer's header is called so: a NUL is in it. */
const MARK = '\0undecodable'
/** Of the header of a batch, in bytes, by magic 2. https://kafka.apache.org/documentation/#recordbatch */
const HEADER_BYTES = 61
const MAGIC_AT = 16
const COUNT_AT = 57
/** More would be too many to hold as objects, whatever their bytes. */
const MAX_RECORDS = 100_000

/** Why the batch in whose place this record stands can't be read; null for every real record. */
export function undecodableOf({ headers }: Pick<KafkaMessage, 'headers'>): string | null {
  const mark = headers?.[MARK]
  return mark === undefined ? null : String(mark)
}

/** As {@link registerCodecs}, but never gives up an answer over one batch. */
export function readableCodecs(limits: CodecLimits): void {
  registerCodecs(limits)
  const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
  for (const type of [GZIP, Snappy, LZ4, ZSTD] as const) {
    const codec = (CompressionCodecs[type] as () => Codec)()
    const readable: Codec = {
      compress: (encoder) => codec.compress(encoder),
      async decompress(batch) {
        const count = countOf(batch)
        try {
          if (count !== null && count > MAX_RECORDS)
            throw new Error(`a batch of ${count} records, and at most ${MAX_RECORDS} are read`)
          return await codec.decompress(batch)
        } catch (error) {
          if (!(error instanceof UndecodableBatch) || count === null) throw error
          return marked(count, error.message)
        }
      },
    }
    CompressionCodecs[type] = () => readable
  }
}

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(batch: Buffer): Promise<Buffer>
}

/** kafkajs gives a view of the answer, in which the batch's header stands right before. Null where that is not so. */
function countOf(batch: Buffer): number | null {
  if (batch.byteOffset < HEADER_BYTES) return null
  const header = Buffer.from(batch.buffer, batch.byteOffset - HEADER_BYTES, HEADER_BYTES)
  return header[MAGIC_AT] === 2 ? header.readInt32BE(COUNT_AT) : null
}

/** Records as in a batch. https://kafka.apache.org/documentation/#record */
function marked(count: number, reason: string): Buffer {
  const name = Buffer.from(MARK)
  const text = Buffer.from(reason)
  const records: Buffer[] = []
  for (let offset = 0; offset < count; offset++) {
    const header = Buffer.concat([varint(name.length), name, varint(text.length), text])
    // Attributes, no time after the first, the offset after the first, neither key nor value, one header.
    const body = Buffer.concat([Buffer.of(0), varint(0), varint(offset), varint(-1), varint(-1), varint(1), header])
    records.push(varint(body.length), body)
  }
  return Buffer.concat(records)
}

/** Zigzag, then seven bits to a byte. https://protobuf.dev/programming-guides/encoding/#signed-ints */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = (value << 1) ^ (value >> 31)
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}
