/**
 * The only file that imports sharp, and only when the first pixel is touched: loading it costs some 60 ms and 20 MB that
 * claiming, skipping and refusing an image do not need.
 */
import type { Sharp, SharpOptions } from 'sharp'
import type { AcceptedFormat } from '../contract/formats.ts'
import { fitInside } from './fit.ts'
import type { Pixels } from './processor.ts'

/** What a file's header declares. */
export interface Header {
  readonly format: AcceptedFormat
  /** Pixels, upright: after the EXIF orientation is applied. */
  readonly width: number
  readonly height: number
  readonly pages: number
  readonly channels: number
  readonly bytesPerSample: number
  readonly alpha: boolean
  /** A progressive JPEG or an interlaced PNG: all of it is held in memory before its first row is known. */
  readonly interlaced: boolean
}

/** libvips' loaders of the accepted formats. Every other loader (SVG, its own, whatever a build adds) stays blocked. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}Buffer`)

/** After this libvips gives up by itself, so that work nobody waits for any more does not hold a thread for ever. */
const NATIVE_TIMEOUT = { seconds: 120 }

const BYTES_PER_SAMPLE: Readonly<Record<string, number>> = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
  uint: 4,
  int: 4,
  float: 4,
  complex: 8,
  double: 8,
  dpcomplex: 16,
}

type SharpModule = (typeof import('sharp'))['default']

let loaded: Promise<SharpModule> | undefined

async function loadSharp(): Promise<SharpModule> {
  const { default: sharp } = await import('sharp')
  // Every image is seen once: libvips' cache of operations would only hold memory.
  sharp.cache(false)
  // One thread to an image: the three encodings of one image already fill the cores (docs/benchmarks.md, "Overhead").
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS })
  return sharp
}

/** Loads sharp ahead of need. Rejects where sharp has no build for this machine. */
export async function warmSharp(): Promise<void> {
  await (loaded ??= loadSharp())
}

async function open(bytes: Uint8Array, options: SharpOptions): Promise<Sharp> {
  const sharp = await (loaded ??= loadSharp())
  return sharp(bytes, { unlimited: false, ...options }).timeout(NATIVE_TIMEOUT)
}

/**
 * Reads the header alone; no pixel is decoded, so no limit on pixels applies yet. Null where libvips knows the file as
 * something that is not accepted. Throws libvips' own error where the header can't be read.
 */
export async function readHeader(bytes: Uint8Array): Promise<Header | null> {
  const image = await open(bytes, { limitInputPixels: false, failOn: 'none' })
  const metadata = await image.metadata()
  const format = metadata.format === 'heif' && metadata.compression === 'av1' ? 'avif' : metadata.format
  if (!isLoadable(format)) return null
  return {
    format,
    width: metadata.autoOrient.width,
    height: metadata.autoOrient.height,
    pages: metadata.pages ?? 1,
    channels: metadata.channels,
    bytesPerSample: BYTES_PER_SAMPLE[metadata.depth] ?? 16,
    alpha: metadata.hasAlpha,
    interlaced: metadata.isProgressive,
  }
}

function isLoadable(format: string): format is AcceptedFormat {
  return ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'].includes(format)
}

/**
 * Decodes the first page upright, in 8-bit sRGB (converted by the profile in the file; CMYK without one by libvips' own),
 * fitted inside `maxEdge` without enlargement. JPEG and WebP are shrunk while they load.
 *
 * `failOn: 'error'`: truncated and damaged data throws. `'warning'` would also refuse what every viewer shows, such as
 * unknown TIFF tags and stray bytes between JPEG markers (docs/decisions/hostile-images.md).
 */
export async function decodePixels(
  bytes: Uint8Array,
  upright: { readonly width: number; readonly height: number },
  maxEdge: number,
  limitInputPixels: number,
): Promise<Pixels> {
  const size = fitInside(upright, maxEdge)
  const image = await open(bytes, { limitInputPixels, failOn: 'error', autoOrient: true, page: 0, pages: 1 })
  if (size.width !== upright.width || size.height !== upright.height) image.resize({ ...size, fit: 'fill' })
  return toPixels(image)
}

/** Resizes to exactly `width` x `height`. */
export async function resizePixels(pixels: Pixels, width: number, height: number): Promise<Pixels> {
  const image = await open(pixels.data, { raw: shapeOf(pixels), limitInputPixels: false })
  return toPixels(image.resize({ width, height, fit: 'fill' }))
}

/** Encodes as WebP in sRGB. Pixels carry no metadata, so none can get into the file. `quality` 1..100, `effort` 0..6. */
export async function encodeWebp(
  pixels: Pixels,
  options: { readonly quality: number; readonly effort: number },
): Promise<Uint8Array> {
  const image = await open(pixels.data, { raw: shapeOf(pixels), limitInputPixels: false })
  return image.webp(options).toBuffer()
}

const shapeOf = ({ width, height, channels }: Pixels) => ({ width, height, channels })

async function toPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  if (info.channels !== 3 && info.channels !== 4) throw new Error(`expected RGB or RGBA, got ${info.channels} channels`)
  return { data, width: info.width, height: info.height, channels: info.channels }
}

/** Whether libvips gave up by its own clock. */
export function isNativeTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('timeout:')
}

/**
 * Whether this process has run out of memory, which is the platform's fault and not the image's: {@link readHeader} came
 * before and its figures were within the limits. A codec's own complaint of a size (libheif's security limits, libtiff) is
 * not meant: that comes from a damaged file, and would come again with each retry.
 */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && (error.code === 'ENOMEM' || error.code === 'ERR_MEMORY_ALLOCATION_FAILED')) return true
  return /^(vips_tracked: out of memory|Array buffer allocation failed)/.test(error.message)
}
