/** Images that tests make: each as a real encoder writes it, and forged ones by the offsets of their formats' standards. */
import sharp, { type Sharp } from 'sharp'
import type { AcceptedFormat } from '../../contract/formats.ts'

/** As config/settings.ts has them by default. */
export const LIMITS = {
  maxInputBytes: 50 * 2 ** 20,
  maxInputPixels: 100_000_000,
  maxInputEdge: 100_000,
  maxInputPages: 1000,
  maxDecodedBytes: 768 * 2 ** 20,
  allowSvg: false,
}

export type Colour = readonly [number, number, number]
export const RED: Colour = [200, 30, 30]
export const GREEN: Colour = [30, 160, 40]
export const BLUE: Colour = [30, 50, 190]
export const WHITE: Colour = [240, 240, 240]

/** Red and green above, blue and white below: every one of the 8 orientations looks different. */
export function quadrants(width: number, height: number): Sharp {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const above = y < height / 2
      data.set(x < width / 2 ? (above ? RED : BLUE) : above ? GREEN : WHITE, at)
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
}

export function plain(width: number, height: number, [r, g, b]: Colour, alpha?: number): Sharp {
  return sharp({
    create:
      alpha === undefined
        ? { width, height, channels: 3, background: { r, g, b } }
        : { width, height, channels: 4, background: { r, g, b, alpha } },
  })
}

/** Three pages of `width` x `height`. */
export async function pages(width: number, height: number, format: 'gif' | 'webp' | 'tiff'): Promise<Buffer> {
  const frames = await Promise.all([RED, GREEN, BLUE].map((colour) => plain(width, height, colour).png().toBuffer()))
  return sharp(frames, { join: { animated: true } })
    .toFormat(format)
    .toBuffer()
}

/** A small, real image of each format, with enough in it to be worth damaging. */
export async function smallImages(): Promise<Record<Exclude<AcceptedFormat, 'heic'>, Buffer>> {
  const image = quadrants(48, 32)
  const [jpeg, png, webp, avif, gif, tiff] = await Promise.all([
    image
      .clone()
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .jpeg()
      .toBuffer(),
    image.clone().png().toBuffer(),
    image.clone().webp().toBuffer(),
    image.clone().avif({ effort: 0 }).toBuffer(),
    pages(24, 16, 'gif'),
    image.clone().tiff({ compression: 'lzw' }).toBuffer(),
  ])
  return { jpeg, png, webp, avif, gif, tiff }
}

/** Files of a few bytes or kilobytes that declare `edge` x `edge` pixels. */
export async function giants(edge: number): Promise<Record<'png' | 'jpeg' | 'gif' | 'tiff' | 'webp', Uint8Array>> {
  const small = await smallImages()
  const animated = await pages(16, 16, 'webp')
  return {
    // PNG 11.2.2: IHDR's width and height are at 16, its checksum over type and data at 29
    png: patched(small.png, (view) => {
      view.setUint32(16, edge)
      view.setUint32(20, edge)
      view.setUint32(29, crc32(new Uint8Array(view.buffer, view.byteOffset + 12, 17)))
    }),
    // ITU T.81 B.2.2: height and width follow SOF's length and precision
    jpeg: patched(small.jpeg, (view, bytes) => {
      const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]))
      view.setUint16(frame + 5, edge)
      view.setUint16(frame + 7, edge)
    }),
    // GIF89a 20: a frame's size follows its descriptor's 0x2c and position. libnsgif does not believe the screen's own size.
    gif: patched(small.gif, (view, bytes) => {
      const frame = bytes.indexOf(Buffer.from([0x21, 0xf9, 4])) + 8
      for (const at of [6, frame + 5]) {
        view.setUint16(at, edge, true)
        view.setUint16(at + 2, edge, true)
      }
    }),
    // TIFF 6.0: entries of 12 bytes; 256 is ImageWidth, 257 ImageLength
    tiff: patched(small.tiff, (view) => {
      const directory = view.getUint32(4, true)
      for (let i = 0; i < view.getUint16(directory, true); i++) {
        const entry = directory + 2 + 12 * i
        if (![256, 257].includes(view.getUint16(entry, true))) continue
        view.setUint16(entry + 2, 4, true)
        view.setUint32(entry + 8, edge, true)
      }
    }),
    // WebP container, "Extended File Format": canvas width and height less one, 24 bits each, at 24
    webp: patched(animated, (_view, bytes) => {
      bytes.writeUIntLE(edge - 1, 24, 3)
      bytes.writeUIntLE(edge - 1, 27, 3)
    }),
  }
}

function patched(original: Buffer, patch: (view: DataView, bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(original)
  patch(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes)
  return bytes
}

/** PNG annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1
  }
  return ~crc >>> 0
}
