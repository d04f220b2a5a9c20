/**
 * How much memory an image will take, by its header alone: what admission rests on. The figures are measured with sharp 0.35, one thread to an
 * image (docs/benchmarks.md, "Memory"); tests/faults/memory.test.ts holds them between the real peak and twice that.
 */
import { isAnimation, type Sizes } from './decode.ts'
import { fitInside, type Size } from './fit.ts'
import type { Header } from './sharp.ts'

/** What any image takes: buffers of the codecs, threads, what the allocator keeps. */
const BASE_BYTES = 2 * 2 ** 20

/** Bytes that decoding takes for a pixel where a codec has the whole image in memory. */
const BYTES_PER_PIXEL = { avif: 20, avifDeep: 27, heic: 15, gif: 5, svg: 4.5, webpLossless: 4.5 } as const

/** Most bytes that decoding holds at once, with all the sizes that are made of it. */
export function neededBytes(header: Header, sizes: Sizes): number {
  const [largest] = sizes.pages
  const page = largest === undefined ? 0 : decodingBytes(header, largest)
  const made = sizes.pages.reduce((sum, edge) => sum + pixelsIn(fitInside(header, edge)) * (header.alpha ? 4 : 3), 0)
  if (!isAnimation(header) || sizes.frames.length === 0) return BASE_BYTES + page + made
  // All frames at their own size, with what the codec holds beside them; and once more at each smaller size.
  const strip = 2 * stripBytes(header, Infinity)
  const smaller = sizes.frames.filter((edge) => edge < Math.max(header.width, header.height))
  return BASE_BYTES + Math.max(page, strip) + made + smaller.reduce((sum, edge) => sum + stripBytes(header, edge), 0)
}

const pixelsIn = ({ width, height }: Size) => width * height
const stripBytes = (header: Header, edge: number) => pixelsIn(fitInside(header, edge)) * header.pages * 4

function decodingBytes(header: Header, edge: number): number {
  const pixels = pixelsIn(header)
  const scale = Math.max(1, Math.max(header.width, header.height) / edge)
  switch (header.format) {
    case 'avif':
      return pixels * (header.bytesPerSample > 1 ? BYTES_PER_PIXEL.avifDeep : BYTES_PER_PIXEL.avif)
    case 'heic':
    case 'gif':
    case 'svg':
      return pixels * BYTES_PER_PIXEL[header.format]
    case 'jpeg': {
      // libjpeg shrinks by 2, 4 or 8 while it decodes; of a progressive file it keeps all coefficients, two bytes each.
      const shrink = scale >= 8 ? 8 : scale >= 4 ? 4 : scale >= 2 ? 2 : 1
      const coefficients = header.interlaced ? 2 * pixels * header.samplesPerPixel : 0
      return coefficients + streamedBytes(header, shrink)
    }
    case 'webp': {
      if (header.lossless) return pixels * BYTES_PER_PIXEL.webpLossless
      const shrink = Math.floor(scale)
      return (pixels / shrink ** 2) * header.channels + streamedBytes(header, shrink)
    }
    case 'png':
      if (header.interlaced) return 1.1 * pixels * header.channels * header.bytesPerSample
      return streamedBytes(header, 1)
    case 'tiff':
      return streamedBytes(header, 1)
  }
}

/**
 * What libvips holds of an image that it shrinks as it reads it: rows, as many as the image has and some more, 2000 at most. A row is as long
 * as the longer edge, since EXIF may have the image turned. In a photo that is little; an image of 1,000,000 x 67 pixels takes four
 * times its samples.
 */
function streamedBytes({ width, height, channels, bytesPerSample, alpha }: Header, shrink: number): number {
  const [longer, shorter] = [Math.max(width, height) / shrink, Math.min(width, height) / shrink]
  const upright = Math.min(2000, 300 + 1.2 * (width >= height ? shorter : longer)) * (width / shrink)
  const rows = Math.max(upright, Math.min(2000, 300 + 1.2 * shorter) * longer)
  // Colours are multiplied by alpha before they are mixed, and divided by it after.
  return rows * channels * bytesPerSample * (alpha ? 1.15 : 1)
}
