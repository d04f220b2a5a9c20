/** Whether an image may be decoded, by its size and its header alone: no pixel is touched here. */
import { createHash } from 'node:crypto'
import { isAccepted, sniffFormat } from '../contract/formats.ts'
import type { ImageError } from '../contract/outcomes.ts'
import type { InputFacts } from '../contract/record.ts'
import { declaredSize } from './declared-size.ts'
import {
  corruptFile,
  emptyFile,
  tooManyBytes,
  tooManyPixels,
  tooMuchMemory,
  unsupportedFormat,
} from './image-errors.ts'
import { type Header, isOutOfMemory, readHeader } from './sharp.ts'

/** A part of config/settings.ts. */
export interface Limits {
  readonly maxInputBytes: number
  /** Width x height x pages. */
  readonly maxInputPixels: number
  /** Of memory, as {@link decodedBytes} counts it. */
  readonly maxDecodedBytes: number
}

export type Admission =
  | { readonly admitted: true; readonly facts: InputFacts }
  /** `facts` has width, height and pages 0 where the header could not be read. `internal` is for logs. */
  | { readonly admitted: false; readonly facts: InputFacts; readonly error: ImageError; readonly internal?: unknown }

/** Says why a file of this many bytes is refused unread, or null. Callers ask before they download. */
export function refuseBytes(bytes: number, limits: Pick<Limits, 'maxInputBytes'>): ImageError | null {
  if (bytes === 0) return emptyFile()
  return bytes > limits.maxInputBytes ? tooManyBytes(bytes, limits.maxInputBytes) : null
}

/**
 * Rows of the image that libvips holds at most while it shrinks one, beside the samples: some 140 without alpha and 300 with it,
 * measured with sharp 0.35. In a photo that is nothing; an image of 1,000,000 x 67 pixels takes five times its samples by it.
 */
const ROWS_HELD = 300

/**
 * Most bytes that decoding holds at once. libjpeg keeps a progressive JPEG's coefficients, two bytes each, beside the
 * samples, whatever size is asked for. A row is as long as the longer edge, since EXIF may have the image turned.
 */
export function decodedBytes(header: Header): number {
  const { width, height, pages, channels, bytesPerSample } = header
  const samples = width * height * pages * channels
  const coefficientBytes = header.format === 'jpeg' && header.interlaced ? 2 : 0
  const rowBytes = Math.max(width, height) * channels * bytesPerSample
  return samples * (bytesPerSample + coefficientBytes) + ROWS_HELD * rowBytes
}

/** Admits or refuses; bad input is never thrown. Throws only where memory has run out. */
export async function admit(bytes: Uint8Array, limits: Limits): Promise<Admission> {
  const unread = unreadFacts(bytes)
  const { format } = unread
  const refuse = (error: ImageError, declared?: Partial<InputFacts>, internal?: unknown): Admission => ({
    admitted: false,
    facts: { ...unread, ...declared },
    error,
    ...(internal === undefined ? {} : { internal }),
  })

  const refusal = refuseBytes(bytes.length, limits)
  if (refusal !== null) return refuse(refusal)
  if (!isAccepted(format)) return refuse(unsupportedFormat(format))

  const refuseDeclared = (internal?: unknown): Admission | null => {
    const size = declaredSize(bytes, format)
    if (size === null || size.width * size.height <= limits.maxInputPixels) return null
    const declared = { ...size, pages: 1 }
    return refuse(tooManyPixels(declared, limits.maxInputPixels), declared, internal)
  }
  // libvips allocates a WebP's canvas with its header.
  const refusedUnread = format === 'webp' ? refuseDeclared() : null
  if (refusedUnread !== null) return refusedUnread

  let header: Header | null
  try {
    header = await readHeader(bytes)
  } catch (error) {
    if (isOutOfMemory(error)) throw error
    return refuseDeclared(error) ?? refuse(corruptFile(format), undefined, error)
  }
  // Our own reading of the signature and libvips' must agree, or a polyglot would be counted as one and decoded as another.
  if (header?.format !== format) {
    return refuse(
      corruptFile(format),
      {},
      new Error(`libvips reads the header as ${header?.format ?? 'another format'}`),
    )
  }

  const { width, height, pages, alpha } = header
  const declared = { width, height, pages, alpha }
  if (width * height * pages > limits.maxInputPixels) {
    return refuse(tooManyPixels(declared, limits.maxInputPixels), declared)
  }
  const needed = decodedBytes(header)
  if (needed > limits.maxDecodedBytes) {
    return refuse(tooMuchMemory(declared, needed, limits.maxDecodedBytes), declared)
  }
  return { admitted: true, facts: { ...unread, ...declared } }
}

/** What is known of a file whose header has not been read: sizes and pages are 0. */
export function unreadFacts(bytes: Uint8Array): InputFacts {
  return {
    format: sniffFormat(bytes),
    width: 0,
    height: 0,
    pages: 0,
    alpha: false,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}
