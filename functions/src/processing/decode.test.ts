import sharp from 'sharp'
import { admit } from './admit.ts'
import { decode } from './decode.ts'
import type { DecodedImage, Pixels } from './processor.ts'
import { BLUE, type Colour, GREEN, LIMITS, pages, plain, quadrants, RED, WHITE } from './testing/images.ts'

async function decoded(bytes: Uint8Array, maxEdge = 1600): Promise<DecodedImage> {
  const { admitted, facts } = await admit(bytes, LIMITS)
  if (!admitted) throw new Error('not admitted')
  return decode(bytes, facts, maxEdge, LIMITS)
}

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
    const pixels = await (await decoded(bytes, 64)).pixels(edge)
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
    expectNear(at(await (await decoded(bytes)).pixels(), 5, 5), [255, 0, 0], 3)
  })

  test('from CMYK with a profile', async () => {
    const colour: Colour = [150, 120, 100]
    const bytes = await plain(32, 32, colour)
      .toColourspace('cmyk')
      .withIccProfile('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer()
    expect((await sharp(bytes).metadata()).channels).toBe(4)
    const pixels = await (await decoded(bytes)).pixels()
    expect(pixels.channels).toBe(3)
    // There and back through a press's smaller gamut.
    expectNear(at(pixels, 5, 5), colour, 20)
  })

  test('from CMYK without a profile, by libvips’ own', async () => {
    const bytes = await plain(32, 32, [150, 120, 100]).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()
    expect((await sharp(bytes).metadata()).hasProfile).toBe(false)
    expectNear(at(await (await decoded(bytes)).pixels(), 5, 5), [150, 120, 100], 12)
  })

  test('from 16 bit grey with alpha, to 8 bit RGBA', async () => {
    const bytes = await plain(8, 8, [90, 90, 90], 0.5).toColourspace('grey16').png().toBuffer()
    expect(await sharp(bytes).metadata()).toMatchObject({ depth: 'ushort', channels: 2 })
    const pixels = await (await decoded(bytes)).pixels()
    expect(pixels.channels).toBe(4)
    expectNear(at(pixels, 4, 4), [90, 90, 90, 128], 2)
  })

  test('from one channel, to RGB', async () => {
    const bytes = await plain(8, 8, [90, 90, 90]).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer()
    const pixels = await (await decoded(bytes)).pixels()
    expect(pixels.channels).toBe(3)
    expectNear(at(pixels, 4, 4), [90, 90, 90], 2)
  })
})

test('alpha is straight, and shrinking does not bleed the colour of what is transparent', async () => {
  const cutOut = await plain(64, 64, [0, 255, 0], 0)
    .composite([{ input: await plain(32, 64, RED, 1).png().toBuffer(), left: 0, top: 0 }])
    .png()
    .toBuffer()
  const pixels = await (await decoded(cutOut)).pixels(16)
  for (let x = 0; x < 16; x++) {
    const [r = 0, g = 0, , alpha = 0] = at(pixels, x, 8)
    if (alpha > 10) expectNear([r, g], [RED[0], RED[1]], 12)
  }
  expectNear(at(pixels, 1, 8), [...RED, 255], 2)
  expect(at(pixels, 14, 8)[3]).toBe(0)
})

test.each(['gif', 'webp', 'tiff'] as const)('only the first page of a %s is decoded', async (format) => {
  const image = await decoded(await pages(24, 16, format))
  const pixels = await image.pixels()
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
  const pixels = await (await decoded(bytes)).pixels()
  expect([pixels.width, pixels.height]).toEqual([expectedWidth, expectedHeight])
  expect(pixels.data.length).toBe(expectedWidth * expectedHeight * pixels.channels)
  expectNear(at(pixels, 0, 0), GREEN, 1)
})

test('each size is made once, and sizes that come to the same share it', async () => {
  const image = await decoded(await plain(300, 200, RED).png().toBuffer())
  expect(await image.pixels(100)).toBe(await image.pixels(100))
  expect(await image.pixels(400)).toBe(await image.pixels())
  expect(await image.pixels(99)).not.toBe(await image.pixels(100))
})

test.each([0, -1, 1.5, NaN, 1601])('asking for %p pixels is an error', async (edge) => {
  const image = await decoded(await plain(30, 20, RED).png().toBuffer())
  await expect(image.pixels(edge)).rejects.toThrow(RangeError)
})

test('a JPEG that ends early is refused as corrupt', async () => {
  const bytes = await quadrants(400, 300).jpeg().toBuffer()
  const half = bytes.subarray(0, bytes.length - 600)
  await expect(decoded(half)).rejects.toMatchObject({ name: 'Refusal', code: 'corrupt' })
})
