import sharp from 'sharp'
import { admit } from './admit.ts'
import { decode, type ImageInWork } from './decode.ts'
import type { Animation, Pixels } from './processor.ts'
import { BLUE, type Colour, GREEN, LIMITS, pages, plain, quadrants, RED, WHITE } from './testing/images.ts'
import { asking } from './testing/processors.ts'

async function decoded(bytes: Uint8Array, ...sizes: readonly number[]): Promise<ImageInWork> {
  const admission = await admit(
    bytes,
    asking({ sizes: sizes.length === 0 ? [1600] : sizes, frames: [1600, 12] }),
    LIMITS,
  )
  if (!admission.admitted) throw new Error('not admitted')
  const { facts, header, sizes: asked } = admission
  return decode(bytes, facts, header, asked, LIMITS, new AbortController().signal)
}

const noisy = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: 'white', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .png()
    .toBuffer()

const at = ({ data, width, channels }: Pixels, x: number, y: number) => [
  ...data.subarray((y * width + x) * channels, (y * width + x) * channels + channels),
]
function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number) {
  const distance = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN))))
  if (!(distance <= tolerance)) throw new Error(`[${actual.join()}] is not within ${tolerance} of [${expected.join()}]`)
}

/** EXIF 2.3, 4.6.4 A: what the upright image has at its upper left and its upper right. */
const orientations: readonly (readonly [number, Colour, Colour])[] = [
  [1, RED, GREEN],
  [2, GREEN, RED],
  [3, WHITE, BLUE],
  [4, BLUE, WHITE],
  [5, RED, BLUE],
  [6, BLUE, RED],
  [7, WHITE, GREEN],
  [8, GREEN, WHITE],
]

test.each(orientations)('EXIF orientation %i is applied', async (orientation, upperLeft, upperRight) => {
  const bytes = await quadrants(64, 32).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer()
  for (const edge of [64, 20]) {
    const pixels = await (await decoded(bytes, 64, 20)).pixels(edge)
    const [long, short] = [edge, edge / 2]
    expect([pixels.width, pixels.height]).toEqual(orientation < 5 ? [long, short] : [short, long])
    expectNear(at(pixels, 1, 1), upperLeft, 12)
    expectNear(at(pixels, pixels.width - 2, 1), upperRight, 12)
  }
})

describe('colours become sRGB', () => {
  test('from Display P3: sRGB’s red is (234, 51, 35) there (CSS Color 4, section 10)', async () => {
    const bytes = await plain(32, 32, [255, 0, 0]).withIccProfile('p3').png().toBuffer()
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer()
    expectNear([...stored.subarray(0, 3)], [234, 51, 35], 3)
    expectNear(at(await (await decoded(bytes)).pixels(1600), 5, 5), [255, 0, 0], 3)
  })

  test('from CMYK with a profile', async () => {
    const colour: Colour = [150, 120, 100]
    const bytes = await plain(32, 32, colour)
      .toColourspace('cmyk')
      .withIccProfile('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer()
    expect((await sharp(bytes).metadata()).channels).toBe(4)
    const pixels = await (await decoded(bytes)).pixels(1600)
    expect(pixels.channels).toBe(3)
    // There and back through a press's smaller gamut.
    expectNear(at(pixels, 5, 5), colour, 20)
  })

  test('from CMYK without a profile, by libvips’ own', async () => {
    const bytes = await plain(32, 32, [150, 120, 100]).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()
    expect((await sharp(bytes).metadata()).hasProfile).toBe(false)
    expectNear(at(await (await decoded(bytes)).pixels(1600), 5, 5), [150, 120, 100], 12)
  })

  test('from 16 bit grey with alpha, to 8 bit RGBA', async () => {
    const bytes = await plain(8, 8, [90, 90, 90], 0.5).toColourspace('grey16').png().toBuffer()
    expect(await sharp(bytes).metadata()).toMatchObject({ depth: 'ushort', channels: 2 })
    const pixels = await (await decoded(bytes)).pixels(1600)
    expect(pixels.channels).toBe(4)
    expectNear(at(pixels, 4, 4), [90, 90, 90, 128], 2)
  })

  test('from one channel, to RGB', async () => {
    const bytes = await plain(8, 8, [90, 90, 90]).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer()
    const pixels = await (await decoded(bytes)).pixels(1600)
    expect(pixels.channels).toBe(3)
    expectNear(at(pixels, 4, 4), [90, 90, 90], 2)
  })
})

test('alpha is straight, and shrinking does not bleed the colour of what is transparent', async () => {
  const cutOut = await plain(64, 64, [0, 255, 0], 0)
    .composite([{ input: await plain(32, 64, RED, 1).png().toBuffer(), left: 0, top: 0 }])
    .png()
    .toBuffer()
  const pixels = await (await decoded(cutOut, 16)).pixels(16)
  for (let x = 0; x < 16; x++) {
    const [r = 0, g = 0, , alpha = 0] = at(pixels, x, 8)
    if (alpha > 10) expectNear([r, g], [RED[0], RED[1]], 12)
  }
  expectNear(at(pixels, 1, 8), [...RED, 255], 2)
  expect(at(pixels, 14, 8)[3]).toBe(0)
})

test.each(['gif', 'webp', 'tiff'] as const)('only the first page of a %s is decoded', async (format) => {
  const image = await decoded(await pages(24, 16, format))
  const pixels = await image.pixels(1600)
  expect(image.facts.pages).toBe(3)
  expect([pixels.width, pixels.height]).toEqual([24, 16])
  expectNear(at(pixels, 5, 5), RED, 20)
})

test.each([
  [3000, 1000, 1600, 533],
  [1000, 3000, 533, 1600],
  [1600, 1600, 1600, 1600],
  [300, 200, 300, 200],
  [1, 1, 1, 1],
  [20_000, 1, 1600, 1],
])('%i x %i is decoded to %i x %i', async (width, height, expectedWidth, expectedHeight) => {
  const bytes = await plain(width, height, GREEN).png().toBuffer()
  const pixels = await (await decoded(bytes)).pixels(1600)
  expect([pixels.width, pixels.height]).toEqual([expectedWidth, expectedHeight])
  expect(pixels.data.length).toBe(expectedWidth * expectedHeight * pixels.channels)
  expectNear(at(pixels, 0, 0), GREEN, 1)
})

test('each size is made once, and sizes that come to the same share it', async () => {
  const image = await decoded(await plain(300, 200, RED).png().toBuffer(), 1600, 400, 100, 99)
  expect(await image.pixels(100)).toBe(await image.pixels(100))
  expect(await image.pixels(400)).toBe(await image.pixels(1600))
  expect(await image.pixels(99)).not.toBe(await image.pixels(100))
})

test.each([0, -1, 1.5, NaN, 15, 29])('asking for %p pixels, which nobody said he needs, is an error', async (edge) => {
  const image = await decoded(await plain(30, 20, RED).png().toBuffer(), 1600, 10)
  await expect(image.pixels(edge)).rejects.toThrow(RangeError)
})

test('a size is the same whichever were asked for before it', async () => {
  const bytes = await noisy(900, 611)
  const [one, other] = [await decoded(bytes, 800, 200, 100), await decoded(bytes, 800, 200, 100)]
  const first = await one.pixels(100)
  await other.pixels(200)
  expect(await other.pixels(100)).toEqual(first)
  // From the original's size: 136 x 100 x ... fitted from 200 x 136 again would be a pixel off.
  expect([first.width, first.height]).toEqual([100, 68])
})

test('a JPEG that ends early is corrupt; nothing is decoded where nobody asks for pixels', async () => {
  const jpeg = await quadrants(400, 300).jpeg().toBuffer()
  const bytes = jpeg.subarray(0, jpeg.length - 600)
  await expect(decoded(bytes)).rejects.toMatchObject({ code: 'corrupt' })
  const admission = await admit(bytes, asking({}), LIMITS)
  if (!admission.admitted) throw new Error('not admitted')
  const { facts, header, sizes } = admission
  const unread = await decode(bytes, facts, header, sizes, LIMITS, new AbortController().signal)
  await expect(unread.pixels(10)).rejects.toThrow('expected one of the sizes')
})

describe('an animation', () => {
  test.each(['gif', 'webp'] as const)('has each of its frames, of a %s', async (format) => {
    const image = await decoded(await pages(24, 16, format))
    const animation = await image.animation(12)
    expect(animation).toMatchObject({ frameHeight: 8, strip: { width: 12, height: 24 } })
    expect(animation?.delays).toHaveLength(3)
    ;[RED, GREEN, BLUE].forEach((colour, frame) => {
      for (const y of [0, 7]) expectNear(at((animation as Animation).strip, 6, frame * 8 + y), colour, 20)
    })
  })

  test('is not what a TIFF of several pages is, nor a single frame', async () => {
    expect(await (await decoded(await pages(24, 16, 'tiff'))).animation(12)).toBeNull()
    expect(await (await decoded(await plain(24, 16, RED).gif().toBuffer())).animation(12)).toBeNull()
  })

  test('whose frames ask to be shown for no time at all plays as browsers play it', async () => {
    const frames = await Promise.all([RED, BLUE].map((colour) => plain(8, 8, colour).png().toBuffer()))
    const bytes = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [0, 70] })
      .toBuffer()
    expect((await (await decoded(bytes)).animation(1600))?.delays).toEqual([100, 70])
  })
})

test('what a step draws is in every size and frame after it, and not before', async () => {
  const image = await decoded(await pages(24, 16, 'gif'), 1600, 12)
  const before = await image.pixels(12)
  const drawn = await image.drawn(async (page) => {
    const data = page.data.map((_sample, i) => (i % page.channels === 3 ? 255 : 7))
    return { ...page, data }
  })
  expectNear(at(before, 3, 3), RED, 20)
  expectNear(at(await image.pixels(12), 3, 3), RED, 20)
  for (const edge of [12, 1600]) expectNear(at(await drawn.pixels(edge), 3, 3), [7, 7, 7], 0)
  expect(new Set((await drawn.animation(12))?.strip.data)).toEqual(new Set([7, 255]))
})
