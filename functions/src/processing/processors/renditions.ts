import type { DecodedImage, OutputDraft, Processor } from '../processor.ts'
import { encodeWebp } from '../sharp.ts'

const settings = {
  /** Longer edges in pixels, ascending. */
  sizes: [200, 800, 1600],
  /** libwebp's scale of 100. */
  quality: 80,
  /** libwebp's scale of 0..6. */
  effort: 4,
} as const

/**
 * WebP copies that fit inside 1600, 800 and 200 pixels, without enlargement. An image that does not reach a size is made once
 * at its own size, under the name of the smallest size it fits in; the larger sizes would be the same file and are left out.
 * So the right one for a box is the smallest that fills it, or else the largest there is.
 */
export const renditions = {
  name: 'renditions',
  version: 1,
  settings,
  deadlineMs: 60_000,
  async run(image) {
    const { width, height } = image.facts
    const reached = settings.sizes.findIndex((size) => size >= Math.max(width, height))
    const sizes = reached === -1 ? settings.sizes : settings.sizes.slice(0, reached + 1)
    return { outputs: await Promise.all(sizes.map((size) => rendition(image, size))) }
  },
} as const satisfies Processor

async function rendition(image: DecodedImage, size: number): Promise<OutputDraft> {
  const pixels = await image.pixels(size)
  const bytes = await encodeWebp(pixels, { quality: settings.quality, effort: settings.effort })
  return {
    name: `fit-${size}`,
    extension: 'webp',
    contentType: 'image/webp',
    bytes,
    width: pixels.width,
    height: pixels.height,
  }
}
