import * as v from 'valibot'
import { defineProcessor, type Pixels } from '../processor.ts'

const EDGE = 32
const KEPT = 8

/**
 * A perceptual hash of 64 bits, in 16 hexadecimal digits: images that look alike differ in few bits (up to some 8 after rescaling and
 * recompression), others in about half. The lowest 8 x 8 frequencies of a cosine transform against their median, as pHash does
 * (Zauner, 2010, 3.2). Equal bytes are told by the record's SHA-256; a perceptual hash is a likeness and never an identity.
 */
export const fingerprint = defineProcessor({
  name: 'fingerprint',
  version: 1,
  settings: v.strictObject({}),
  budget: { milliseconds: 10_000 },
  needs: () => ({ sizes: [EDGE * 4] }),
  async run(image) {
    return { findings: { sha256: image.facts.sha256, perceptual: perceptualHash(await image.pixels(EDGE * 4)) } }
  },
})

export function perceptualHash(pixels: Pixels): string {
  const lowest = lowestFrequencies(squareLuma(pixels))
  // The first is the mean brightness, which dwarfs the rest.
  const median = lowest.slice(1).sort((a, b) => a - b)[Math.floor((lowest.length - 1) / 2)] ?? 0
  return lowest
    .reduce((bits, value) => (bits << 1n) | (value > median ? 1n : 0n), 0n)
    .toString(16)
    .padStart(16, '0')
}

/** Brightness in 32 x 32 squares, each the mean of what lies in it, over white. */
function squareLuma({ data, width, height, channels }: Pixels): Float64Array {
  const luma = new Float64Array(EDGE * EDGE)
  for (let j = 0; j < EDGE; j++) {
    const [top, bottom] = part(j, height)
    for (let i = 0; i < EDGE; i++) {
      const [left, right] = part(i, width)
      let sum = 0
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const at = (y * width + x) * channels
          const grey = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)
          const alpha = channels === 4 ? (data[at + 3] ?? 255) / 255 : 1
          sum += grey * alpha + 255 * (1 - alpha)
        }
      }
      luma[j * EDGE + i] = sum / ((right - left) * (bottom - top))
    }
  }
  return luma
}

/** The pixels of one of 32 parts of an edge: at least one. */
function part(i: number, length: number): readonly [from: number, to: number] {
  const from = Math.min(length - 1, Math.floor((i * length) / EDGE))
  return [from, Math.max(from + 1, Math.floor(((i + 1) * length) / EDGE))]
}

const COSINES = Array.from({ length: KEPT }, (_k, k) =>
  Float64Array.from({ length: EDGE }, (_n, n) => Math.cos((Math.PI / EDGE) * (n + 0.5) * k)),
)

/** The lowest 8 x 8 of the two-dimensional DCT-II, row by row. */
function lowestFrequencies(square: Float64Array): number[] {
  const rows = Array.from({ length: EDGE }, (_, j) => {
    const row = square.subarray(j * EDGE, (j + 1) * EDGE)
    return COSINES.map((cosine) => cosine.reduce((sum, value, n) => sum + value * (row[n] ?? 0), 0))
  })
  return COSINES.flatMap((cosine) =>
    Array.from({ length: KEPT }, (_, k) => cosine.reduce((sum, value, j) => sum + value * (rows[j]?.[k] ?? 0), 0)),
  )
}
