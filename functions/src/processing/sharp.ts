/**
 * The only file that imports sharp, and only when the first pixel is touched: loading it costs some 60 ms and 20 MB that
 * claiming, skipping and refusing an image do not need.
 */
import type { Metadata, Sharp, SharpOptions } from 'sharp'
import type { AcceptedFormat } from '../contract/formats.ts'
import { millisecondsLeft } from './deadline.ts'
import { fitInside, type Size } from './fit.ts'
import { isLosslessWebp } from './declared-size.ts'
import { isSrgbProfile } from './icc.ts'
import type { Animation, Pixels } from './processor.ts'

/** What a file's header declares. */
export interface Header {
  readonly format: DecodableFormat
  /** Pixels, upright: after the EXIF orientation is applied. */
  readonly width: number
  readonly height: number
  readonly pages: number
  readonly channels: number
  readonly bytesPerSample: number
  readonly alpha: boolean
  /** A progressive JPEG or an interlaced PNG: all of it is held in memory before its first row is known. */
  readonly interlaced: boolean
  /** Of a JPEG, by its chroma subsampling: 1.5 with 4:2:0. */
  readonly samplesPerPixel: number
  /** Of a WebP. */
  readonly lossless: boolean
  /** Bytes of the colour profile and of the EXIF block; 0 where there is none. */
  readonly iccBytes: number
  readonly exifBytes: number
  /** The colour profile says that the samples are sRGB, as they are taken to be without one. */
  readonly srgbProfile: boolean
  /** Milliseconds for each frame of an animation, as the file has them. */
  readonly delays: readonly number[]
  /** How often an animation plays; 0 is for ever. */
  readonly loop: number
}

/** SVG only where a setting allows it. */
export type DecodableFormat = AcceptedFormat | 'svg'

/** libvips' loaders of the accepted formats. Every other loader (SVG, its own, whatever a build adds) stays blocked. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}Buffer`)

/** Seconds after which libvips gives up by itself where the work has no deadline of its own. */
const MAX_NATIVE_SECONDS = 120

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

const SUBSAMPLED: Readonly<Record<string, number>> = { '4:2:0': 1.5, '4:2:2': 2 }

type SharpModule = (typeof import('sharp'))['default']

let loaded: Promise<SharpModule> | undefined

async function loadSharp(): Promise<SharpModule> {
  const { default: sharp } = await import('sharp')
  // Every image is seen once: libvips' cache of operations would only hold memory.
  sharp.cache(false)
  // One thread to an image: the three encodings of one image already fill the cores (docs/benchmarks.md, "Processing").
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS })
  return sharp
}

/** Loads sharp ahead of need. Rejects where sharp has no build for this machine. */
export async function warmSharp(): Promise<void> {
  await (loaded ??= loadSharp())
}

async function open(bytes: Uint8Array | null, options: SharpOptions): Promise<Sharp> {
  const sharp = await (loaded ??= loadSharp())
  // Native work ends with the step it is for: nobody waits for it any more, and it would hold a thread and its memory.
  const seconds = Math.max(1, Math.min(MAX_NATIVE_SECONDS, Math.ceil(millisecondsLeft() / 1000)))
  const image = bytes === null ? sharp(options) : sharp(bytes, { unlimited: false, ...options })
  return image.timeout({ seconds })
}

/** Lets libvips load SVG from now on: never called where the setting does not allow it. */
export async function unblockSvg(): Promise<void> {
  const sharp = await (loaded ??= loadSharp())
  sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] })
}

/**
 * Reads the header alone; no pixel is decoded, so no limit on pixels applies yet. Null where libvips knows the file as
 * something that is not accepted. Throws libvips' own error where the header can't be read.
 */
export async function readHeader(bytes: Uint8Array): Promise<Header | null> {
  const image = await open(bytes, { limitInputPixels: false, failOn: 'none' })
  const metadata = await image.metadata()
  const format = formatOf(metadata)
  if (format === null) return null
  return {
    format,
    width: metadata.autoOrient.width,
    height: metadata.autoOrient.height,
    pages: metadata.pages ?? 1,
    channels: metadata.channels,
    bytesPerSample: BYTES_PER_SAMPLE[metadata.depth] ?? 16,
    alpha: metadata.hasAlpha,
    interlaced: metadata.isProgressive,
    samplesPerPixel: SUBSAMPLED[metadata.chromaSubsampling ?? ''] ?? metadata.channels,
    lossless: format === 'webp' && isLosslessWebp(bytes),
    iccBytes: metadata.icc?.length ?? 0,
    exifBytes: metadata.exif?.length ?? 0,
    srgbProfile: metadata.icc !== undefined && isSrgbProfile(metadata.icc),
    delays: metadata.delay ?? [],
    loop: metadata.loop ?? 0,
  }
}

/** The EXIF block as it stands in the file; null where there is none. */
export async function readExif(bytes: Uint8Array): Promise<Uint8Array | null> {
  const { exif } = await (await open(bytes, { limitInputPixels: false, failOn: 'none' })).metadata()
  return exif ?? null
}

/** The colour profile as it stands in the file; null where there is none. */
export async function readIcc(bytes: Uint8Array): Promise<Uint8Array | null> {
  const { icc } = await (await open(bytes, { limitInputPixels: false, failOn: 'none' })).metadata()
  return icc ?? null
}

function formatOf({ format, compression }: Metadata): DecodableFormat | null {
  if (format === 'heif') return compression === 'av1' ? 'avif' : compression === 'hevc' ? 'heic' : null
  return LOADABLE.find((known) => known === format) ?? null
}

const LOADABLE = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'svg'] as const

/**
 * Decodes the first page upright, in 8-bit sRGB (converted by the profile in the file; CMYK without one by libvips' own),
 * fitted inside `edge` without enlargement. JPEG and WebP are shrunk while they load.
 *
 * `failOn: 'error'`: truncated and damaged data throws. `'warning'` would also refuse what every viewer shows, such as
 * unknown TIFF tags and stray bytes between JPEG markers (docs/decisions/hostile-images.md).
 */
export async function decodePixels(
  bytes: Uint8Array,
  header: Size & Pick<Header, 'srgbProfile'>,
  edge: number,
  limitInputPixels: number,
): Promise<Pixels> {
  const size = fitInside(header, edge)
  const image = await open(bytes, { ...decoding(header, limitInputPixels), autoOrient: true, page: 0, pages: 1 })
  if (size.width !== header.width || size.height !== header.height) image.resize({ ...size, fit: 'fill' })
  return toPixels(image)
}

/** Decodes all frames of an animation at their own size, one below the other. */
export async function decodeStrip(
  bytes: Uint8Array,
  header: Pick<Header, 'srgbProfile'>,
  limitInputPixels: number,
): Promise<Pixels> {
  return toPixels(await open(bytes, { ...decoding(header, limitInputPixels), pages: -1 }))
}

const decoding = ({ srgbProfile }: Pick<Header, 'srgbProfile'>, limitInputPixels: number) =>
  ({ limitInputPixels, failOn: 'error', ignoreIcc: srgbProfile }) as const

/** Resizes to exactly `width` x `height`. */
export async function resizePixels(pixels: Pixels, { width, height }: Size): Promise<Pixels> {
  return toPixels((await openPixels(pixels)).resize({ width, height, fit: 'fill' }))
}

/** Where a crop looks: libvips' guess at what catches the eye, where most detail is, or the middle. */
export type CropPosition = 'attention' | 'entropy' | 'centre'

/** Fills `size` whole and cuts off what stands over. */
export async function coverPixels(pixels: Pixels, size: Size, position: CropPosition): Promise<Pixels> {
  return toPixels((await openPixels(pixels)).resize({ ...size, fit: 'cover', position }))
}

/** Puts the image in the middle of a canvas of `size`, which must be no smaller. */
export async function padPixels(pixels: Pixels, size: Size, background: string): Promise<Pixels> {
  const left = Math.floor((size.width - pixels.width) / 2)
  const top = Math.floor((size.height - pixels.height) / 2)
  const right = size.width - pixels.width - left
  const bottom = size.height - pixels.height - top
  const image = await openPixels(pixels)
  // Without alpha in the image a transparent background has nowhere to be kept.
  return toPixels(image.ensureAlpha().extend({ left, top, right, bottom, background }))
}

/** Lays `overlay` over `base` with its upper left corner at `left`, `top`; what stands over is cut off. */
export async function overlayPixels(base: Pixels, overlay: Pixels, left: number, top: number): Promise<Pixels> {
  const image = await openPixels(base)
  image.composite([{ input: Buffer.from(overlay.data), raw: shapeOf(overlay), left, top }])
  return toPixels(base.channels === 3 ? image.removeAlpha() : image)
}

/**
 * Sets text in one line, as large as fits into `box`, white on transparent. `fontFile` is the path of a TrueType file with the family
 * `font`: what fonts a machine has must make no difference.
 */
export async function textPixels(text: string, box: Size, font: string, fontFile: string): Promise<Pixels> {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const markup = `<span foreground="white">${escaped}</span>`
  return toPixels(
    await open(null, { text: { text: markup, font, fontfile: fontFile, ...box, rgba: true, wrap: 'none' } }),
  )
}

export interface Encoding {
  readonly format: 'webp' | 'avif' | 'jpeg' | 'png' | 'gif' | 'tiff'
  /** 1..100, by the codec's own scale. Without meaning for PNG, GIF and TIFF, which lose nothing but GIF's colours. */
  readonly quality: number
  /** Higher is slower and smaller; by the codec's own scale. */
  readonly effort: number
  /** Stands behind what is transparent where the format knows no transparency (JPEG). */
  readonly background: string
}

/** Encodes in sRGB. Pixels carry no metadata, so none can get into the file. */
export async function encode(pixels: Pixels, encoding: Encoding): Promise<Uint8Array> {
  return encoded(await openPixels(pixels), encoding)
}

/** Encodes an animation as GIF or WebP. */
export async function encodeAnimation(animation: Animation, encoding: Encoding): Promise<Uint8Array> {
  const { strip, frameHeight, delays, loop } = animation
  const raw = { ...shapeOf(strip), pageHeight: frameHeight }
  return encoded(await open(strip.data, { raw, limitInputPixels: false }), encoding, { delay: [...delays], loop })
}

async function encoded(
  image: Sharp,
  encoding: Encoding,
  animation?: { delay: number[]; loop: number },
): Promise<Uint8Array> {
  const { format, quality, effort, background } = encoding
  switch (format) {
    case 'webp':
      return image.webp({ quality, effort, ...animation }).toBuffer()
    case 'avif':
      return image.avif({ quality, effort }).toBuffer()
    case 'jpeg':
      return image.flatten({ background }).jpeg({ quality, progressive: true }).toBuffer()
    case 'png':
      return image.png({ compressionLevel: effort }).toBuffer()
    case 'gif':
      return image.gif({ effort: Math.max(1, effort), ...animation }).toBuffer()
    case 'tiff':
      return image.tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer()
  }
}

const openPixels = (pixels: Pixels) => open(pixels.data, { raw: shapeOf(pixels), limitInputPixels: false })

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
