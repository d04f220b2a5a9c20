/** Whether an image may be decoded, by its size and its header alone: no pixel is touched here. */
import { createHash } from 'node:crypto'
import { isAccepted, sniffFormat, type Format } from '../contract/formats.ts'
import type { ImageError } from '../contract/outcomes.ts'
import type { InputFacts } from '../contract/record.ts'
import { declaredSize } from './declared-size.ts'
import { type Sizes, sizesOf } from './decode.ts'
import {
  corruptFile,
  emptyFile,
  externalSvg,
  formatNotTaken,
  processorFailed,
  tooLargeBlock,
  tooLong,
  tooManyBytes,
  tooManyPages,
  tooManyPixels,
  tooMuchMemory,
  unsupportedFormat,
} from './image-errors.ts'
import { neededBytes } from './memory.ts'
import type { Needs } from './processor.ts'
import type { Profile } from './profile.ts'
import { type Header, isOutOfMemory, readHeader, unblockSvg } from './sharp.ts'
import { externalReference } from './svg.ts'

/** A part of config/settings.ts, and of what the customer may send. */
export interface Limits {
  readonly maxInputBytes: number
  /** Width x height x pages. */
  readonly maxInputPixels: number
  /** The longer side, in pixels. */
  readonly maxInputEdge: number
  /** Of a GIF, WebP or TIFF. */
  readonly maxInputPages: number
  /** Of memory, as {@link neededBytes} counts it. */
  readonly maxDecodedBytes: number
  readonly allowSvg: boolean
  /** The only ones that the customer may send; null, or absent: every one that is processed. */
  readonly formats?: readonly Format[] | null
}

export type Admission =
  | {
      readonly admitted: true
      readonly facts: InputFacts
      readonly header: Header
      readonly sizes: Sizes
      /** Memory that the whole work will take at most. */
      readonly neededBytes: number
    }
  /** `facts` has width, height and pages 0 where the header could not be read. `internal` is for logs. */
  | { readonly admitted: false; readonly facts: InputFacts; readonly error: ImageError; readonly internal?: unknown }

/** Says why a file of this many bytes is refused unread, or null. Callers ask before they download. */
export function refuseBytes(bytes: number, limits: Pick<Limits, 'maxInputBytes'>): ImageError | null {
  if (bytes === 0) return emptyFile()
  return bytes > limits.maxInputBytes ? tooManyBytes(bytes, limits.maxInputBytes) : null
}

/** Admits or refuses; bad input is never thrown. Throws only where memory has run out. */
export async function admit(bytes: Uint8Array, profile: Profile, limits: Limits): Promise<Admission> {
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
  const own = limits.formats?.filter((one) => one !== 'svg' || limits.allowSvg) ?? null
  if (!isAccepted(format) && !(format === 'svg' && limits.allowSvg)) return refuse(unsupportedFormat(format, own))
  if (own !== null && !own.includes(format)) return refuse(formatNotTaken(format, own))
  if (format === 'svg') {
    const outside = externalReference(bytes)
    if (outside !== null) return refuse(externalSvg(outside))
    await unblockSvg()
  }

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
  const facts = { ...unread, ...declared }
  const tooMuch = overLimits(header, facts, limits)
  if (tooMuch !== null) return refuse(tooMuch, declared)

  const asked = asks(profile, facts)
  if ('failed' in asked) return refuse(asked.failed, declared, asked.internal)
  const needed = neededBytes(header, asked.sizes) + asked.memoryBytes
  if (needed > limits.maxDecodedBytes) {
    return refuse(tooMuchMemory(declared, needed, limits.maxDecodedBytes), declared)
  }
  return { admitted: true, facts, header, sizes: asked.sizes, neededBytes: needed }
}

/** A colour profile for print takes 2 MiB; what is longer is there to be decoded. Bytes. */
const MAX_BLOCK_BYTES = 4 * 2 ** 20

function overLimits(header: Header, facts: InputFacts, limits: Limits): ImageError | null {
  const { width, height, pages } = facts
  if (pages > limits.maxInputPages) return tooManyPages(pages, limits.maxInputPages)
  // Of a TIFF only the first page is decoded.
  const decoded = { width, height, pages: facts.format === 'tiff' ? 1 : pages }
  if (width * height * decoded.pages > limits.maxInputPixels) return tooManyPixels(decoded, limits.maxInputPixels)
  if (Math.max(width, height) > limits.maxInputEdge) return tooLong(facts, limits.maxInputEdge)
  if (header.iccBytes > MAX_BLOCK_BYTES) return tooLargeBlock('colour profile', header.iccBytes, MAX_BLOCK_BYTES)
  if (header.exifBytes > MAX_BLOCK_BYTES) return tooLargeBlock('EXIF block', header.exifBytes, MAX_BLOCK_BYTES)
  return null
}

type Asked =
  | { readonly sizes: Sizes; readonly memoryBytes: number }
  | { readonly failed: ImageError; readonly internal: unknown }

/** What the profile's steps ask for. They run one after the other, so the largest of their budgets is what counts. */
function asks({ steps }: Profile, facts: InputFacts): Asked {
  let memoryBytes = 0
  const needs: Needs[] = []
  for (const { processor, settings } of steps) {
    try {
      const need = processor.needs?.(settings, facts) ?? {}
      sizesOf(facts, [need])
      needs.push(need)
      memoryBytes = Math.max(memoryBytes, processor.budget.memoryBytes?.(settings, facts) ?? 0)
    } catch (error) {
      return { failed: processorFailed(processor.name), internal: error }
    }
  }
  return { sizes: sizesOf(facts, needs), memoryBytes }
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
