/**
 * The size that a header declares, without libvips: above 65,500 pixels in a JPEG and 16,383 in a WebP it only says that the
 * header is bad, while the customer is owed the figure; and to read a WebP's header it allocates the canvas, up to 1 GiB.
 */
import type { Format } from '../contract/formats.ts'

export interface DeclaredSize {
  readonly width: number
  readonly height: number
}

/** Null where the header names no size. Never throws. */
export function declaredSize(bytes: Uint8Array, format: Format): DeclaredSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (format === 'jpeg') return jpegFrame(view)
    if (format === 'webp') return webpCanvas(view)
    return null
  } catch (error) {
    if (error instanceof RangeError) return null // the file ends within the header
    throw error
  }
}

/** ITU T.81 B.1.1.4 and B.2.2: segments of marker and length, till the frame header. */
function jpegFrame(view: DataView): DeclaredSize | null {
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1)
    // SOF0 to SOF15, but DHT, JPG and DAC, which lie among them
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    }
  }
  return null
}

/**
 * The extended format's canvas, 24 bits a side, less one; or the one image's size, 14 bits a side, lossy (RFC 6386, 9.1) or
 * lossless and less one. https://developers.google.com/speed/webp/docs/riff_container
 */
function webpCanvas(view: DataView): DeclaredSize | null {
  const chunk = view.getUint32(12)
  if (chunk === VP8X) {
    const edge = (at: number) => 1 + (view.getUint16(at, true) | (view.getUint8(at + 2) << 16))
    return { width: edge(24), height: edge(27) }
  }
  if (chunk === VP8) return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (chunk !== VP8L) return null
  const bits = view.getUint32(21, true)
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
}

/** Whether any of a WebP's images is compressed without loss: by the names of its chunks, and those of its frames. Never throws. */
export function isLosslessWebp(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 12; at + 8 <= bytes.length;) {
    const chunk = view.getUint32(at)
    if (chunk === VP8L) return true
    // A frame's own chunks follow its 16 bytes of place and time.
    const size = chunk === ANMF ? 16 : view.getUint32(at + 4, true)
    at += 8 + size + (size % 2)
  }
  return false
}

const ANMF = 0x414e4d46
const VP8X = 0x56503858
const VP8 = 0x56503820
const VP8L = 0x5650384c
