/** Decodes a file once; every size that processors ask for is made from that. */
import type { InputFacts } from '../contract/record.ts'
import { fitInside, type Size } from './fit.ts'
import { corruptFile, Refusal } from './image-errors.ts'
import type { Animation, DecodedImage, Needs, Pixels, Yield } from './processor.ts'
import {
  decodePixels,
  decodeStrip,
  type Header,
  isNativeTimeout,
  isOutOfMemory,
  readHeader,
  readIcc,
  resizePixels,
} from './sharp.ts'

type Draw = NonNullable<Yield['draw']>

/** An image on its way through the steps of a profile. */
export interface ImageInWork extends DecodedImage {
  /** The image as the steps after a step see it that changes its pixels. */
  drawn(draw: Draw): Promise<ImageInWork>
}

/** Longer edges that will be asked for, all of them, each once, the largest first: {@link sizesOf}. */
export interface Sizes {
  readonly pages: readonly number[]
  readonly frames: readonly number[]
}

/**
 * Decodes the first page at the largest size; nothing where no size is asked for. Other pages of a TIFF are not decoded, so damage there
 * goes unnoticed. Throws a {@link Refusal} `corrupt`, or the platform's own error where memory or time ran out.
 */
export async function decode(
  bytes: Uint8Array,
  facts: InputFacts,
  header: Header,
  sizes: Sizes,
  limits: { readonly maxInputPixels: number },
  signal: AbortSignal,
): Promise<ImageInWork> {
  const read = async <T>(reading: () => Promise<T>): Promise<T> => {
    try {
      return await reading()
    } catch (error) {
      signal.throwIfAborted()
      if (isOutOfMemory(error) || isNativeTimeout(error)) throw error
      throw new Refusal(corruptFile(facts.format), { cause: error })
    }
  }
  const [largest] = sizes.pages
  const page = largest === undefined ? null : await read(() => firstPage(bytes, header, largest, limits, signal))
  let strip: Promise<Pixels> | undefined
  const frames = () => (strip ??= read(() => decodeStrip(bytes, header, limits.maxInputPixels)))
  return inWork({ bytes, facts, header, sizes, page, frames }, [])
}

async function firstPage(
  bytes: Uint8Array,
  header: Header,
  edge: number,
  limits: { readonly maxInputPixels: number },
  signal: AbortSignal,
): Promise<Pixels> {
  if (header.format !== 'heic') return decodePixels(bytes, header, edge, limits.maxInputPixels)
  // libvips as sharp brings it has no HEVC; from here on it is a TIFF like any other.
  const { decodeHeic } = await import('./heic.ts')
  const tiff = await decodeHeic(bytes, header, await readIcc(bytes), signal)
  const read = await readHeader(tiff)
  if (read === null) throw new Error('the decoded HEIC is no TIFF')
  return decodePixels(tiff, read, edge, limits.maxInputPixels)
}

interface Source {
  readonly bytes: Uint8Array
  readonly facts: InputFacts
  readonly header: Header
  readonly sizes: Sizes
  /** At the largest size, with all that was drawn so far; null where no step asks for pixels. */
  readonly page: Pixels | null
  readonly frames: () => Promise<Pixels>
}

function inWork(source: Source, draws: readonly Draw[]): ImageInWork {
  const { bytes, facts, header, sizes, page } = source
  const made = new Map<number, Promise<Pixels>>()

  const pixels = (edge: number): Promise<Pixels> => {
    const at = sizes.pages.indexOf(within(facts, edge))
    if (page === null || at === -1) throw notNamed('pixels', edge, sizes.pages)
    let result = made.get(at)
    if (result === undefined) {
      const size = fitInside(facts, edge)
      result =
        at === 0
          ? Promise.resolve(page)
          : // From the next larger one that somebody asks for, so the result is the same whichever were asked for before. Each size is
            // reckoned from the original's, or rounding would drift.
            pixels(sizes.pages[at - 1] as number).then((larger) => sameSize(larger, size) ?? resizePixels(larger, size))
      made.set(at, result)
    }
    return result
  }

  const animation = async (edge: number): Promise<Animation | null> => {
    if (!isAnimation(facts)) return null
    if (!sizes.frames.includes(within(facts, edge))) throw notNamed('animation', edge, sizes.frames)
    const all = await source.frames()
    const whole = { width: all.width, height: all.height / facts.pages }
    const size = fitInside(whole, edge)
    const timing = { delays: delaysOf(header, facts.pages), loop: header.loop }
    if (draws.length === 0 && size.height === whole.height) return { strip: all, frameHeight: size.height, ...timing }
    const frames: Pixels[] = []
    // One after the other: a strip resized as a whole would bleed from frame to frame.
    for (const frame of framesOf(all, whole.height)) {
      let drawn = sameSize(frame, size) ?? (await resizePixels(frame, size))
      for (const draw of draws) drawn = await draw(drawn)
      frames.push(drawn)
    }
    return {
      strip: joined(frames, size),
      frameHeight: size.height,
      ...timing,
    }
  }

  const unheard = <T>(promise: Promise<T>): Promise<T> => {
    // A processor may be stopped between asking and awaiting: its failure must not end the process as an unhandled one.
    promise.catch(() => {})
    return promise
  }
  return {
    format: facts.format,
    facts,
    bytes,
    pixels: (edge) => unheard((async () => pixels(edge))()),
    animation: (edge) => unheard(animation(edge)),
    drawn: async (draw) => inWork({ ...source, page: page && (await draw(page)) }, [...draws, draw]),
  }
}

/** Whether all pages are one moving picture; a TIFF's are not. */
export const isAnimation = ({ format, pages }: Pick<InputFacts, 'format' | 'pages'>) =>
  pages > 1 && (format === 'gif' || format === 'webp')

/** What steps ask for, put in order: the largest first, none larger than the image. Throws a RangeError for what is no size. */
export function sizesOf(facts: InputFacts, needs: readonly Needs[]): Sizes {
  const ordered = (edges: readonly number[]) =>
    [...new Set(edges.map((edge) => within(facts, edge)))].sort((a, b) => b - a)
  return {
    pages: ordered(needs.flatMap(({ sizes = [] }) => sizes)),
    frames: isAnimation(facts) ? ordered(needs.flatMap(({ frames = [] }) => frames)) : [],
  }
}

/** Throws a RangeError where `edge` is no size. */
function within({ width, height }: Size, edge: number): number {
  if (!(edge >= 1) || (edge !== Infinity && !Number.isInteger(edge))) {
    throw new RangeError(`a size of ${edge}: expected a whole number of pixels, at least 1`)
  }
  return Math.min(edge, Math.max(width, height))
}

const notNamed = (what: string, edge: number, sizes: readonly number[]) =>
  new RangeError(`${what}(${edge}): expected one of the sizes that the processor says it needs (${sizes.join(', ')})`)

const sameSize = (pixels: Pixels, { width, height }: Size) =>
  pixels.width === width && pixels.height === height ? pixels : null

function* framesOf({ data, width, channels }: Pixels, height: number): Generator<Pixels> {
  const bytes = width * height * channels
  for (let at = 0; at < data.length; at += bytes) yield { width, height, channels, data: data.subarray(at, at + bytes) }
}

function joined(frames: readonly Pixels[], { width, height }: Size): Pixels {
  const channels = frames[0]?.channels ?? 4
  return { data: Buffer.concat(frames.map(({ data }) => data)), width, height: height * frames.length, channels }
}

/** Browsers show what asks for less than 20 ms for 100: https://webkit.org/b/14413. So does everyone who opens the result. */
const delaysOf = ({ delays }: Header, pages: number): number[] =>
  Array.from({ length: pages }, (_, i) => ((delays[i] ?? 100) < 20 ? 100 : (delays[i] ?? 100)))
