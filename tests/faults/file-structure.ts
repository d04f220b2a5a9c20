/** Where the parts of a file lie, read leniently: what a mutation aims at. Offsets are in bytes from the file's start. */
import { crc32 } from 'node:zlib'
import type { AcceptedFormat } from '../../functions/src/contract/formats.ts'

/** A number in a header: a length, a dimension, a count, an offset. */
export interface Field {
  readonly at: number
  readonly size: 1 | 2 | 3 | 4 | 8
  readonly littleEndian: boolean
}

export interface Structure {
  /** Where one part ends and the next begins (segments, chunks, blocks, boxes, directory entries), ascending. */
  readonly cuts: readonly number[]
  readonly fields: readonly Field[]
  /** Those of {@link fields} that declare a width or a height, of the image, a frame or a tile. */
  readonly dimensions: readonly Field[]
}

interface Notes {
  readonly cuts: number[]
  readonly fields: Field[]
  readonly dimensions: Field[]
}

const field =
  (littleEndian: boolean) =>
  (at: number, size: Field['size']): Field => ({ at, size, littleEndian })
const big = field(false)
const little = field(true)

/** ITU T.81 B.1.1 and B.2.2. Within a scan, 0xff is followed by 0 or by a restart marker. */
function jpeg(bytes: Buffer, { cuts, fields, dimensions }: Notes): void {
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0 || ((bytes[at + 1] ?? 0) & 0xf8) === 0xd0) {
      at++
      continue
    }
    cuts.push(at)
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xd9) break
    fields.push(big(at + 2, 2))
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (frame) {
      dimensions.push(big(at + 5, 2), big(at + 7, 2))
      fields.push(big(at + 4, 1), big(at + 9, 1), big(at + 11, 1))
    }
    if (marker === 0xda) fields.push(big(at + 4, 1), big(at + 5, 1))
    at += 2 + bytes.readUInt16BE(at + 2)
  }
}

/** PNG 1.2, 3.2 and 4.1.1. */
function png(bytes: Buffer, { cuts, fields, dimensions }: Notes): void {
  dimensions.push(big(16, 4), big(20, 4))
  fields.push(big(24, 1), big(25, 1), big(28, 1))
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    cuts.push(at)
    fields.push(big(at, 4))
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container; VP8's size by RFC 6386, 9.1, VP8L's by its own header. */
function webp(bytes: Buffer, { cuts, fields, dimensions }: Notes): void {
  fields.push(little(4, 4))
  for (let at = 12; at + 8 <= bytes.length;) {
    cuts.push(at)
    fields.push(little(at + 4, 4))
    const type = bytes.toString('latin1', at, at + 4)
    if (type === 'VP8X') {
      fields.push(little(at + 8, 1))
      dimensions.push(little(at + 12, 3), little(at + 15, 3))
    }
    if (type === 'VP8 ') dimensions.push(little(at + 14, 2), little(at + 16, 2))
    if (type === 'VP8L') dimensions.push(little(at + 9, 4))
    if (type === 'ANMF') {
      fields.push(...[8, 11, 20].map((skip) => little(at + skip, 3)), little(at + 28, 4))
      dimensions.push(little(at + 14, 3), little(at + 17, 3))
    }
    const size = bytes.readUInt32LE(at + 4)
    at += 8 + size + (size % 2)
  }
}

/** GIF89a, 18 to 27. */
function gif(bytes: Buffer, { cuts, fields, dimensions }: Notes): void {
  const colours = (flags = 0) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  const pastBlocks = (from: number) => {
    let at = from
    while ((bytes[at] ?? 0) > 0) at += 1 + (bytes[at] ?? 0)
    return at + 1
  }
  dimensions.push(little(6, 2), little(8, 2))
  fields.push(little(10, 1))
  for (let at = 13 + colours(bytes[10]); at < bytes.length;) {
    cuts.push(at)
    if (bytes[at] === 0x21) {
      fields.push(little(at + 2, 1), little(at + 4, 2))
      at = pastBlocks(at + 2)
    } else if (bytes[at] === 0x2c) {
      fields.push(little(at + 1, 2), little(at + 3, 2), little(at + 9, 1))
      dimensions.push(little(at + 5, 2), little(at + 7, 2))
      at += 10 + colours(bytes[at + 9])
      fields.push(little(at, 1))
      at = pastBlocks(at + 1)
    } else break
  }
}

/** ImageWidth, ImageLength, RowsPerStrip, TileWidth and TileLength: TIFF 6.0, 8 and 15. */
const TIFF_SIZES = [256, 257, 278, 322, 323]
/** TIFF 6.0, 2: directories of 12-byte entries; in a BigTIFF of 20 bytes, with counts and offsets of 8. */
function tiff(bytes: Buffer, { cuts, fields, dimensions }: Notes): void {
  const littleEndian = bytes[0] === 0x49
  const at16 = (at: number) => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const at32 = (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const wide = at16(2) === 43
  const number = field(littleEndian)
  const offset = wide ? 8 : 4
  const [head, entry] = wide ? [8, 20] : [2, 12]
  let link = wide ? 8 : 4
  const seen = new Set<number>()
  for (let at = at32(link); at > 0 && !seen.has(at); at = at32(link)) {
    seen.add(at)
    const count = at16(at)
    fields.push(number(link, offset), number(at, 2))
    for (let i = 0, from = at + head; i < count; i++, from += entry) {
      cuts.push(from)
      fields.push(number(from, 2), number(from + 2, 2), number(from + 4, offset), number(from + 4 + offset, offset))
      if (TIFF_SIZES.includes(at16(from))) dimensions.push(number(from + 4 + offset, offset))
    }
    link = at + head + entry * count
    fields.push(number(link, offset))
    cuts.push(link)
  }
}

const PARENTS = ['meta', 'iprp', 'ipco', 'iinf']
/** ISO/IEC 14496-12, 4.2 and 23008-12, 6.5: boxes of length and type. `ispe` has the size after version and flags. */
function avif(bytes: Buffer, notes: Notes, from = 0, to = bytes.length): void {
  const { cuts, fields, dimensions } = notes
  for (let at = from; at + 8 <= to;) {
    cuts.push(at)
    fields.push(big(at, 4))
    const size = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'ispe') dimensions.push(big(at + 12, 4), big(at + 16, 4))
    if (['iloc', 'ipma', 'av1C', 'pixi', 'irot', 'imir', 'colr', 'iref', 'infe', 'auxC'].includes(type)) {
      for (let skip = 8; skip + 4 <= Math.min(size, 40); skip += 4) fields.push(big(at + skip, 4), big(at + skip, 2))
    }
    const skip = type === 'meta' ? 12 : type === 'iinf' ? 14 : 8
    if (PARENTS.includes(type)) avif(bytes, notes, at + skip, Math.min(at + size, to))
    if (size < 8) break
    at += size
  }
}

const READERS = { jpeg, png, webp, gif, tiff, avif, heic: avif } satisfies Record<
  AcceptedFormat,
  (bytes: Buffer, notes: Notes) => void
>

/** What can be made out of a file before it ends or stops making sense. */
export function structureOf(format: AcceptedFormat, bytes: Buffer): Structure {
  const notes: Notes = { cuts: [], fields: [], dimensions: [] }
  try {
    READERS[format](bytes, notes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  const within = ({ at, size }: Field) => at + size <= bytes.length
  const dimensions = notes.dimensions.filter(within)
  return {
    cuts: [...new Set(notes.cuts)].filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b),
    fields: [...notes.fields.filter(within), ...dimensions],
    dimensions,
  }
}

/** Makes the chunks' checksums right again in place, so that a decoder gets past them to what was changed. PNG 1.2, 3.4. */
export function mendChecksums(bytes: Buffer): void {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at)
    if (end + 4 > bytes.length) return
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end)
    at = end + 4
  }
}
