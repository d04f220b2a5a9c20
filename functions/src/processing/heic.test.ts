import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { admit } from './admit.ts'
import { decode } from './decode.ts'
import { processImage } from './process-image.ts'
import type { Pixels } from './processor.ts'
import { STANDARD } from './profiles.ts'
import { BLUE, type Colour, GREEN, LIMITS, RED, WHITE } from './testing/images.ts'
import { asking } from './testing/processors.ts'
import { tiffOf } from './tiff.ts'

const fixture = (name: string) => readFileSync(join(__dirname, 'testing/fixtures', name))
const never = new AbortController().signal

async function decoded(bytes: Uint8Array, signal = never): Promise<Pixels> {
  const admission = await admit(bytes, asking({ sizes: [1600] }), LIMITS)
  if (!admission.admitted) throw new Error(admission.error.message)
  const { facts, header, sizes } = admission
  return (await decode(bytes, facts, header, sizes, LIMITS, signal)).pixels(1600)
}
const corners = ({ data, width, height, channels }: Pixels) =>
  [2, width - 3].flatMap((x) =>
    [2, height - 3].map((y) => [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)]),
  )
function expectCorners(pixels: Pixels, expected: readonly Colour[], tolerance = 4) {
  corners(pixels).forEach((colour, i) => {
    const distance = Math.max(
      ...(expected[i] ?? []).map((value, channel) => Math.abs(value - (colour[channel] ?? NaN))),
    )
    if (!(distance <= tolerance)) throw new Error(`corner ${i} is ${colour.join()}, not ${expected[i]?.join()}`)
  })
}

/** Left above, left below, right above, right below. */
const UPRIGHT = [RED, BLUE, GREEN, WHITE]

test.each([
  ['quadrants.heic', 3],
  ['ten-bit.heic', 3],
  ['alpha.heic', 4],
] as const)('%s has its colours', async (name, channels) => {
  const pixels = await decoded(fixture(name))
  expect([pixels.width, pixels.height, pixels.channels]).toEqual([64, 48, channels])
  expectCorners(pixels, UPRIGHT)
  if (channels === 4) expect(corners(pixels).map((colour) => colour[3])).toEqual([255, 255, 128, 128])
})

test('one that is to be turned is turned, once', async () => {
  expectCorners(await decoded(fixture('turned.heic')), [WHITE, GREEN, BLUE, RED])
})

test('its colour profile is kept till it is converted', async () => {
  const { icc } = await sharp(fixture('p3.heic')).metadata()
  // What these numbers of Display P3 come to in sRGB.
  const expected = await Promise.all(
    UPRIGHT.map(async (colour) => {
      const tiff = tiffOf({ data: Uint8Array.from(colour), width: 1, height: 1, channels: 3 }, icc ?? null)
      const [r = 0, g = 0, b = 0] = await sharp(tiff).toColourspace('srgb').raw().toBuffer()
      return [r, g, b] as const
    }),
  )
  const pixels = await decoded(fixture('p3.heic'))
  expectCorners(pixels, expected)
  expect(Math.abs((corners(pixels)[0]?.[0] ?? 0) - RED[0])).toBeGreaterThan(10)
})

test('goes the whole way', async () => {
  const result = await processImage(fixture('p3.heic'), STANDARD, LIMITS, never)
  expect(result).toMatchObject({ outcome: 'processed', input: { format: 'heic', width: 64, height: 48 } })
  if (result.outcome !== 'processed') return
  expect(result.outputs.map(({ contentType }) => contentType)).toEqual(['image/webp'])
})

test('one that ends early, or is damaged anywhere, ends as corrupt or processed and never throws', async () => {
  const whole = fixture('quadrants.heic')
  const outcomes = new Set<string>()
  for (let at = 16; at < whole.length; at += 23) {
    const damaged = Buffer.from(whole)
    damaged.fill(0x55, at, at + 8)
    for (const bytes of [whole.subarray(0, at), damaged]) {
      outcomes.add((await processImage(bytes, STANDARD, LIMITS, never)).outcome)
    }
  }
  for (const outcome of outcomes) expect(['processed', 'corrupt', 'unsupported-format', 'too-large']).toContain(outcome)
  expect(outcomes).toContain('corrupt')
}, 60_000)

test('an abort ends its thread and is thrown with its reason, while a neighbour is decoded', async () => {
  const stop = new AbortController()
  const reason = new Error('no longer wanted')
  const [one, other] = [decoded(fixture('quadrants.heic'), stop.signal), decoded(fixture('alpha.heic'))]
  setImmediate(() => stop.abort(reason))
  await expect(one).rejects.toBe(reason)
  expect((await other).channels).toBe(4)
  await expect(decoded(fixture('quadrants.heic'), AbortSignal.abort(reason))).rejects.toBe(reason)
})
