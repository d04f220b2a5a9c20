import { rgbaToThumbHash } from 'thumbhash'
import * as v from 'valibot'
import { defineProcessor, type Pixels } from '../processor.ts'

/** A blurred placeholder of some 25 bytes, as base64, to show till a rendition is there. https://evanw.github.io/thumbhash */
export const thumbhash = defineProcessor({
  name: 'thumbhash',
  version: 2,
  settings: v.strictObject({
    /** The longer edge that is hashed, in pixels; the algorithm takes at most 100. */
    edge: v.optional(v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(100)), 100),
  }),
  budget: { milliseconds: 10_000 },
  needs: ({ edge }) => ({ sizes: [edge] }),
  async run(image, { edge }) {
    const pixels = await image.pixels(edge)
    const hash = rgbaToThumbHash(pixels.width, pixels.height, rgbaOf(pixels))
    return { findings: { base64: Buffer.from(hash).toString('base64') } }
  },
})

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
