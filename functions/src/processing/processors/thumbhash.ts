import { rgbaToThumbHash } from 'thumbhash'
import type { Pixels, Processor } from '../processor.ts'

/** A blurred placeholder of some 25 bytes, as base64, to show till a rendition is there. https://evanw.github.io/thumbhash */
export const thumbhash = {
  name: 'thumbhash',
  version: 1,
  /** The longer edge that is hashed, in pixels; the algorithm takes at most 100. */
  settings: { edge: 100 },
  deadlineMs: 10_000,
  async run(image) {
    const pixels = await image.pixels(thumbhash.settings.edge)
    const hash = rgbaToThumbHash(pixels.width, pixels.height, rgbaOf(pixels))
    return { findings: { base64: Buffer.from(hash).toString('base64') } }
  },
} as const satisfies Processor

function rgbaOf({ data, width, height, channels }: Pixels): Uint8Array {
  if (channels === 4) return data
  const rgba = new Uint8Array(width * height * 4).fill(255)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from] ?? 0
    rgba[to + 1] = data[from + 1] ?? 0
    rgba[to + 2] = data[from + 2] ?? 0
  }
  return rgba
}
