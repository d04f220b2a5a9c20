import * as v from 'valibot'
import type { Format } from '../../contract/formats.ts'
import type { InputFacts } from '../../contract/record.ts'
import { isAnimation } from '../decode.ts'
import { fitInside, type Size } from '../fit.ts'
import { defineProcessor, type Animation, type DecodedImage, type OutputDraft, type Pixels } from '../processor.ts'
import { coverPixels, encode, encodeAnimation, padPixels, type Encoding } from '../sharp.ts'

/** WebP holds no more. Pixels. */
const MAX_EDGE = 16_383
const edge = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_EDGE))

const rendition = v.strictObject({
  /** Pixels of the box; without a height it is a square, without both it is the image's own size. */
  width: v.optional(edge),
  height: v.optional(edge),
  /**
   * `inside`: as large as fits into the box. `cover`: fills the box and is cropped. `pad`: fits, with `background` around it. Nothing is ever
   * enlarged: an image smaller than its box is made at its own size, cropped to the box's proportions, or padded.
   */
  fit: v.optional(v.picklist(['inside', 'cover', 'pad']), 'inside'),
  /** `original`: that of the file, where it is one that browsers show; otherwise JPEG, or PNG where there is transparency. */
  format: v.optional(v.picklist(['webp', 'avif', 'jpeg', 'png', 'original']), 'webp'),
  /** 1..100, by the codec's own scale. */
  quality: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
  /** Higher is slower and smaller, by the codec's own scale: WebP 0..6, AVIF 0..4 (in a box of more than 2048 pixels 0..2), PNG 0..9. */
  effort: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9))),
  /** What a crop keeps: what catches the eye, where most detail is, or the middle. */
  crop: v.optional(v.picklist(['attention', 'entropy', 'centre']), 'attention'),
  /** `#rrggbb` or `#rrggbbaa`: around a padded image, and behind transparency where the format has none. */
  background: v.optional(v.pipe(v.string(), v.regex(/^#([0-9a-f]{6}|[0-9a-f]{8})$/i)), '#ffffff'),
  /** `keep`: an animation stays one where the format can, WebP and GIF. `first`: its first frame. */
  animation: v.optional(v.picklist(['keep', 'first']), 'keep'),
  /** What the output is called; left out: `fit-800`, `cover-300x200-avif` and the like. */
  name: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/))),
})
type Rendition = v.InferOutput<typeof rendition>

/** Equal to the eye, and the fastest that is: docs/benchmarks.md, "Processing". */
export const QUALITY = { webp: 80, avif: 55, jpeg: 82, png: 100, gif: 100, tiff: 100 } as const
export const EFFORT = { webp: 2, avif: 2, jpeg: 0, png: 6, gif: 4, tiff: 0 } as const

/**
 * Copies of the image in other sizes and formats, several at once. Of those that would be the same file, since the image reaches neither
 * box, only the smallest is made. So the right one for a box is the smallest that fills it, or else the largest there is.
 */
export const renditions = defineProcessor({
  name: 'renditions',
  version: 2,
  settings: v.strictObject({
    renditions: v.pipe(
      v.optional(v.array(rendition), [{ width: 200 }, { width: 800 }, { width: 1600 }]),
      v.minLength(1),
      v.maxLength(30),
      v.check((list) => new Set(list.map(nameOf)).size === list.length, 'two renditions have one name'),
      v.check(
        (list) => list.every(({ fit, width }) => fit === 'inside' || width !== undefined),
        'cover and pad need a width',
      ),
      v.check(
        (list) => list.every((one) => (one.effort ?? 0) <= mostEffort(one)),
        'the effort is more than the format takes: WebP 6, PNG 9, AVIF (and so `original`) 4 in a box of up to 2048 pixels, else 2',
      ),
    ),
  }),
  budget: {
    milliseconds: 60_000,
    // All are made at once, and an encoder holds its input in a form of its own beside what it writes.
    memoryBytes: ({ renditions: list }, facts) =>
      distinct(list, facts).reduce((sum, one) => sum + encodingBytes(one, facts), 0),
  },
  needs({ renditions: list }, facts) {
    const wanted = distinct(list, facts)
    const edges = (some: readonly Rendition[]) => some.map((one) => longer(decodedSize(one, facts)))
    return {
      sizes: edges(wanted.filter((one) => !animates(one, facts))),
      frames: edges(wanted.filter((one) => animates(one, facts))),
    }
  },
  async run(image, { renditions: list }) {
    return { outputs: await Promise.all(distinct(list, image.facts).map((one) => make(image, one))) }
  },
})

async function make(image: DecodedImage, one: Rendition): Promise<OutputDraft> {
  const { facts } = image
  const size = longer(decodedSize(one, facts))
  const format = formatFor(one.format, facts)
  const encoding: Encoding = {
    format,
    quality: one.quality ?? QUALITY[format],
    effort: one.effort ?? EFFORT[format],
    background: one.background,
  }
  const described = (bytes: Uint8Array, { width, height }: Size): OutputDraft => ({
    name: nameOf(one),
    extension: format === 'jpeg' ? 'jpg' : format,
    contentType: `image/${format}`,
    bytes,
    width,
    height,
  })
  const animation = animates(one, facts) ? await image.animation(size) : null
  if (animation === null) {
    const pixels = await fitted(await image.pixels(size), one, facts)
    return described(await encode(pixels, encoding), pixels)
  }
  // What catches the eye differs from frame to frame: a crop must not jump about.
  const still = { ...one, crop: 'centre' } as const
  const changed = await eachFrame(animation, (frame) => fitted(frame, still, facts))
  return described(await encodeAnimation(changed, encoding), {
    width: changed.strip.width,
    height: changed.frameHeight,
  })
}

/** Cropped or padded as the rendition asks for. */
async function fitted(pixels: Pixels, one: Rendition, facts: Size): Promise<Pixels> {
  if (one.fit === 'inside') return pixels
  const size = outputSize(one, facts)
  if (one.fit === 'pad') return padPixels(pixels, size, one.background)
  return coverPixels(pixels, size, one.crop)
}

/** An animation whose every frame went through `change`, which gives all the same size. */
async function eachFrame(animation: Animation, change: (frame: Pixels) => Promise<Pixels>): Promise<Animation> {
  const { strip, frameHeight, delays } = animation
  const { width, channels } = strip
  const bytes = width * frameHeight * channels
  const frames: Pixels[] = []
  for (let i = 0; i < delays.length; i++) {
    const data = strip.data.subarray(i * bytes, (i + 1) * bytes)
    frames.push(await change({ data, width, height: frameHeight, channels }))
  }
  const [first] = frames
  if (first === undefined) return animation
  const data = Buffer.concat(frames.map((frame) => frame.data))
  return { ...animation, frameHeight: first.height, strip: { ...first, data, height: first.height * frames.length } }
}

/** Bytes that encoding takes for each pixel, and what it makes; WebP keeps transparency without loss. docs/benchmarks.md, "Memory". */
const BYTES_PER_PIXEL = { webp: 7, avif: 42, jpeg: 11, png: 5, gif: 6 } as const
const WITH_ALPHA = { ...BYTES_PER_PIXEL, webp: 20, avif: 52, jpeg: 14 } as const
/** Frames are put together anew for each rendition, beside what the encoder keeps of them. */
const ANIMATION = 6

function encodingBytes(one: Rendition, facts: InputFacts): number {
  const { width, height } = outputSize(one, facts)
  const format = formatFor(one.format, facts)
  const alpha = facts.alpha || one.fit === 'pad'
  const still = (alpha ? WITH_ALPHA : BYTES_PER_PIXEL)[format]
  return width * height * (animates(one, facts) ? facts.pages * ANIMATION : still)
}

/** What a codec takes; and what bounds AVIF's time, which nothing can interrupt: docs/decisions/hostile-images.md, "What can't be interrupted". */
function mostEffort(one: Rendition): number {
  if (one.format === 'webp') return 6
  if (one.format !== 'avif' && one.format !== 'original') return 9
  return longer(boxOf(one)) <= 2048 ? 4 : 2
}

const longer = ({ width, height }: Size) => Math.max(width, height)

function boxOf({ width, height }: Rendition): Size {
  if (width === undefined) return { width: MAX_EDGE, height: height ?? MAX_EDGE }
  return { width, height: height ?? width }
}

/** The size at which the image is asked for: before it is cropped or padded. */
function decodedSize(one: Rendition, facts: Size): Size {
  const box = boxOf(one)
  if (one.fit !== 'cover') return fitInside(facts, box)
  const scale = Math.min(1, Math.max(box.width / facts.width, box.height / facts.height))
  return { width: Math.ceil(facts.width * scale), height: Math.ceil(facts.height * scale) }
}

function outputSize(one: Rendition, facts: Size): Size {
  const box = boxOf(one)
  switch (one.fit) {
    case 'inside':
      return fitInside(facts, box)
    case 'pad':
      return box
    case 'cover': {
      // A smaller image is cropped to the proportions of the box.
      const scale = Math.min(1, facts.width / box.width, facts.height / box.height)
      const side = (pixels: number) => Math.max(1, Math.round(pixels * scale))
      return { width: side(box.width), height: side(box.height) }
    }
  }
}

function formatFor(
  wanted: Rendition['format'],
  { format, alpha }: { readonly format: Format; readonly alpha: boolean },
) {
  if (wanted !== 'original') return wanted
  const same = (['jpeg', 'png', 'webp', 'avif', 'gif'] as const).find((known) => known === format)
  return same ?? (alpha ? 'png' : 'jpeg')
}

function animates(one: Rendition, facts: InputFacts): boolean {
  return one.animation === 'keep' && isAnimation(facts) && ['webp', 'gif'].includes(formatFor(one.format, facts))
}

function nameOf({ name, fit, width, height, format }: Rendition): string {
  if (name !== undefined) return name
  const box = width === undefined && height === undefined ? 'full' : [width ?? 'x', height].filter(Boolean).join('x')
  return [fit === 'inside' ? 'fit' : fit, box, ...(format === 'webp' ? [] : [format])].join('-')
}

/** Without those that would be the same file as a smaller box's. One that was given a name is always made. */
function distinct(list: readonly Rendition[], facts: InputFacts): readonly Rendition[] {
  const files = new Set<string>()
  const ascending = [...list].sort((a, b) => longer(boxOf(a)) - longer(boxOf(b)))
  const kept = ascending.filter((one) => {
    const { name, width: _width, height: _height, ...rest } = one
    const file = JSON.stringify([rest, outputSize(one, facts)])
    const fresh = name !== undefined || !files.has(file)
    files.add(file)
    return fresh
  })
  return list.filter((one) => kept.includes(one))
}
