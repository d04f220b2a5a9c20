import type { Pixels } from './processor.ts'

const SHORT = 3
const LONG = 4
const UNDEFINED = 7

/**
 * Pixels with a colour profile as an uncompressed TIFF of one strip: the one container in which sharp takes samples that are not sRGB.
 * TIFF 6.0, sections 2, 3, 6 and 18; the profile's tag is ICC.1:2022, B.4.
 */
export function tiffOf({ data, width, height, channels }: Pixels, icc: Uint8Array | null): Uint8Array {
  const entries: (readonly [tag: number, type: number, values: readonly number[] | Uint8Array])[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, Array.from({ length: channels }, () => 8)], // bits per sample
    [259, SHORT, [1]], // not compressed
    [262, SHORT, [2]], // RGB
    [273, LONG, [0]], // where the strip begins: filled in below
    [277, SHORT, [channels]],
    [278, LONG, [height]], // rows in the strip
    [279, LONG, [data.length]],
    ...(channels === 4 ? ([[338, SHORT, [2]]] as const) : []), // alpha, not premultiplied
    ...(icc === null ? [] : ([[34_675, UNDEFINED, icc]] as const)),
  ]
  const directory = 8
  const end = directory + 2 + entries.length * 12 + 4
  const size = (type: number, count: number) => count * (type === SHORT ? 2 : type === LONG ? 4 : 1)
  const beside = entries.reduce(
    (sum, [, type, { length }]) => sum + (size(type, length) > 4 ? even(size(type, length)) : 0),
    0,
  )
  const strip = end + beside

  const bytes = Buffer.alloc(strip + data.length)
  bytes.write('II', 0, 'latin1')
  bytes.writeUInt16LE(42, 2)
  bytes.writeUInt32LE(directory, 4)
  bytes.writeUInt16LE(entries.length, directory)
  let free = end
  entries.forEach(([tag, type, values], i) => {
    const at = directory + 2 + i * 12
    bytes.writeUInt16LE(tag, at)
    bytes.writeUInt16LE(type, at + 2)
    bytes.writeUInt32LE(values.length, at + 4)
    const fits = size(type, values.length) <= 4
    const to = fits ? at + 8 : free
    if (!fits) {
      bytes.writeUInt32LE(free, at + 8)
      free += even(size(type, values.length))
    }
    values.forEach((value: number, j: number) => {
      if (type === SHORT) bytes.writeUInt16LE(value, to + 2 * j)
      else if (type === LONG) bytes.writeUInt32LE(tag === 273 ? strip : value, to + 4 * j)
      else bytes.writeUInt8(value, to + j)
    })
  })
  bytes.set(data, strip)
  return bytes
}

const even = (bytes: number) => bytes + (bytes % 2)
