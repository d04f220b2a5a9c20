import sharp from 'sharp'
import type { OutputDraft } from '../processor.ts'
import { defineProfile, step } from '../profile.ts'
import { BLUE, GREEN, pages, plain, quadrants, RED, WHITE, type Colour } from '../testing/images.ts'
import { processed } from '../testing/process.ts'
import { renditions } from './renditions.ts'

type Wanted = NonNullable<Parameters<typeof step<typeof renditions>>[1]> extends infer S ? S : never
const make = async (bytes: Uint8Array, settings: Wanted = {}) =>
  (await processed(bytes, step(renditions, settings))).outputs
const boxes = (outputs: readonly OutputDraft[]) =>
  outputs.map(({ name, width, height }) => `${name}: ${width}x${height}`)

/** The colour at a place, in parts of the width and height; four channels where there are. */
async function colourAt({ bytes }: OutputDraft, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
  return [...data.subarray(at, at + info.channels)]
}
async function expectColour(output: OutputDraft, x: number, y: number, expected: readonly number[]): Promise<void> {
  const actual = await colourAt(output, x, y)
  const distance = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN))))
  if (!(distance <= 14))
    throw new Error(`${output.name} has ${actual.join()} at ${x}, ${y}: expected ${expected.join()}`)
}
const only = (outputs: readonly OutputDraft[]): OutputDraft => {
  expect(outputs).toHaveLength(1)
  return outputs[0] as OutputDraft
}

test.each([
  [3200, 1600, ['fit-200: 200x100', 'fit-800: 800x400', 'fit-1600: 1600x800']],
  [1600, 1200, ['fit-200: 200x150', 'fit-800: 800x600', 'fit-1600: 1600x1200']],
  [1000, 500, ['fit-200: 200x100', 'fit-800: 800x400', 'fit-1600: 1000x500']],
  [801, 1, ['fit-200: 200x1', 'fit-800: 800x1', 'fit-1600: 801x1']],
  [800, 800, ['fit-200: 200x200', 'fit-800: 800x800']],
  [100, 500, ['fit-200: 40x200', 'fit-800: 100x500']],
  [200, 200, ['fit-200: 200x200']],
  [1, 1, ['fit-200: 1x1']],
])('an image of %i x %i is made in the sizes it reaches, and once at its own', async (width, height, expected) => {
  expect(boxes(await make(await plain(width, height, RED).png().toBuffer()))).toEqual(expected)
})

test('a rendition that was given a name is always made', async () => {
  const outputs = await make(await plain(50, 40, RED).png().toBuffer(), {
    renditions: [{ width: 100 }, { width: 200 }, { width: 300, name: 'print' }, {}],
  })
  expect(boxes(outputs)).toEqual(['fit-100: 50x40', 'print: 50x40'])
})

describe('each format is what it says', () => {
  test.each([
    ['webp', 'webp', 'image/webp'],
    ['avif', 'avif', 'image/avif'],
    ['jpeg', 'jpg', 'image/jpeg'],
    ['png', 'png', 'image/png'],
  ] as const)('%s', async (format, extension, contentType) => {
    const output = only(await make(await quadrants(80, 60).png().toBuffer(), { renditions: [{ width: 40, format }] }))
    expect(output).toMatchObject({ extension, contentType, width: 40, height: 30 })
    expect(output.name).toBe(format === 'webp' ? 'fit-40' : `fit-40-${format}`)
    const { format: actual, compression, space, hasProfile } = await sharp(output.bytes).metadata()
    expect(compression === 'av1' ? 'avif' : actual).toBe(format)
    expect({ space, hasProfile }).toEqual({ space: 'srgb', hasProfile: false })
    for (const [x, y, colour] of [
      [0.2, 0.2, RED],
      [0.8, 0.2, GREEN],
      [0.2, 0.8, BLUE],
      [0.8, 0.8, WHITE],
    ] as const) {
      await expectColour(output, x, y, colour)
    }
  })

  test.each([
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
    ['avif', 'image/avif'],
    ['gif', 'image/gif'],
    ['tiff', 'image/jpeg'],
  ] as const)('the original of a %s is %s', async (format, contentType) => {
    const bytes = await quadrants(80, 60).toFormat(format).toBuffer()
    const outputs = await make(bytes, { renditions: [{ width: 40, format: 'original' }] })
    expect(only(outputs)).toMatchObject({ contentType, name: 'fit-40-original' })
  })

  test.each([
    ['webp', [0, 6]],
    ['avif', [0, 4]],
    ['png', [0, 9]],
    ['jpeg', [0, 9]],
    ['original', [0, 4]],
  ] as const)('%s takes every effort that its settings take', async (format, efforts) => {
    for (const effort of efforts) {
      for (const bytes of [await quadrants(20, 10).gif().toBuffer(), await quadrants(20, 10).avif().toBuffer()]) {
        expect(await make(bytes, { renditions: [{ width: 10, format, effort }] })).toHaveLength(1)
      }
    }
  })

  test('a TIFF with transparency becomes a PNG', async () => {
    const bytes = await plain(80, 60, RED, 0.5).tiff({ compression: 'lzw' }).toBuffer()
    const outputs = await make(bytes, { renditions: [{ width: 40, format: 'original' }] })
    expect(only(outputs).contentType).toBe('image/png')
  })
})

describe('fit', () => {
  const wide = () => quadrants(400, 100).png().toBuffer()

  test.each([
    [{ width: 120 }, 'fit-120: 120x30'],
    [{ height: 50 }, 'fit-xx50: 200x50'],
    [{ width: 120, height: 10 }, 'fit-120x10: 40x10'],
    [{}, 'fit-full: 400x100'],
    [{ width: 90, height: 60, fit: 'cover' }, 'cover-90x60: 90x60'],
    [{ width: 300, height: 300, fit: 'cover' }, 'cover-300x300: 100x100'],
    [{ width: 300, height: 200, fit: 'cover' }, 'cover-300x200: 150x100'],
    [{ width: 90, height: 60, fit: 'pad' }, 'pad-90x60: 90x60'],
    [{ width: 600, fit: 'pad' }, 'pad-600: 600x600'],
  ] as const)('%j of 400 x 100 is %s', async (rendition, expected) => {
    const output = only(await make(await wide(), { renditions: [rendition] }))
    expect(boxes([output])).toEqual([expected])
    expect(await sharp(output.bytes).metadata()).toMatchObject({ width: output.width, height: output.height })
  })

  test('a cover never falls a pixel short, whatever the proportions', async () => {
    for (const [width, height] of [
      [301, 199],
      [333, 250],
      [1001, 667],
      [199, 301],
    ] as const) {
      const outputs = await make(await plain(width, height, RED).png().toBuffer(), {
        renditions: [{ width: 97, height: 71, fit: 'cover', crop: 'centre' }],
      })
      expect(boxes(outputs)).toEqual(['cover-97x71: 97x71'])
    }
  })

  test('a smart crop keeps what catches the eye', async () => {
    const spot = await plain(60, 60, [255, 20, 20]).png().toBuffer()
    const image = await plain(600, 100, [90, 90, 90])
      .composite([{ input: spot, left: 520, top: 20 }])
      .png()
      .toBuffer()
    const renditionOf = (crop: 'attention' | 'centre') => ({
      renditions: [{ width: 90, height: 90, fit: 'cover' as const, crop }],
    })
    const redness = async (crop: 'attention' | 'centre') => {
      const { channels } = await sharp(only(await make(image, renditionOf(crop))).bytes).stats()
      return (channels[0]?.mean ?? 0) - (channels[1]?.mean ?? 0)
    }
    expect(await redness('centre')).toBeLessThan(5)
    expect(await redness('attention')).toBeGreaterThan(40)
  })

  test('a padded image stands in the middle of its background', async () => {
    const output = only(
      await make(await plain(40, 20, RED).png().toBuffer(), {
        renditions: [{ width: 80, fit: 'pad', background: '#0000ff80', format: 'png' }],
      }),
    )
    await expectColour(output, 0.5, 0.5, [...RED, 255])
    for (const [x, y] of [
      [0.05, 0.5],
      [0.95, 0.5],
      [0.5, 0.1],
      [0.5, 0.9],
    ] as const) {
      await expectColour(output, x, y, [0, 0, 255, 128])
    }
  })
})

describe('transparency', () => {
  const clear = () => plain(80, 60, RED, 0.5).png().toBuffer()
  test.each(['webp', 'avif', 'png'] as const)('is kept in %s', async (format) => {
    const output = only(await make(await clear(), { renditions: [{ width: 40, format }] }))
    await expectColour(output, 0.5, 0.5, [...RED, 128])
  })
  test.each([
    ['#ffffff', [228, 143, 143]],
    ['#000000', [100, 15, 15]],
  ] as const)('is laid over %s in a JPEG', async (background, expected) => {
    const output = only(await make(await clear(), { renditions: [{ width: 40, format: 'jpeg', background }] }))
    await expectColour(output, 0.5, 0.5, expected)
  })
})

describe('an animation', () => {
  const colours: readonly Colour[] = [RED, GREEN, BLUE]
  const moving = async (format: 'gif' | 'webp') =>
    sharp(await pages(60, 40, format), { pages: -1 })
      .toFormat(format, { delay: [50, 120, 300], loop: 3 })
      .toBuffer()

  test.each([
    ['gif', 'original', 'gif'],
    ['gif', 'webp', 'webp'],
    ['webp', 'original', 'webp'],
  ] as const)('of a %s stays one as %s', async (from, format, to) => {
    for (const fit of ['inside', 'cover', 'pad'] as const) {
      const output = only(await make(await moving(from), { renditions: [{ width: 30, height: 20, fit, format }] }))
      expect(output).toMatchObject({ width: 30, height: 20 })
      expect(await sharp(output.bytes).metadata()).toMatchObject({
        format: to,
        pages: 3,
        loop: 3,
        delay: [50, 120, 300],
      })
      for (let page = 0; page < 3; page++) {
        const bytes = await sharp(output.bytes, { page }).png().toBuffer()
        for (const y of [0.05, 0.95]) await expectColour({ ...output, bytes }, 0.5, y, colours[page] ?? [])
      }
    }
  })

  test.each([
    ['first', 'webp'],
    ['keep', 'jpeg'],
    ['keep', 'avif'],
  ] as const)('is its first frame where it says %s, in %s', async (animation, format) => {
    const output = only(await make(await moving('gif'), { renditions: [{ width: 30, animation, format }] }))
    expect((await sharp(output.bytes).metadata()).pages ?? 1).toBe(1)
    await expectColour(output, 0.5, 0.5, RED)
  })

  test('of a TIFF there is none: its first page', async () => {
    const output = only(await make(await pages(60, 40, 'tiff'), { renditions: [{ width: 30 }] }))
    expect((await sharp(output.bytes).metadata()).pages ?? 1).toBe(1)
    await expectColour(output, 0.5, 0.5, RED)
  })
})

test('no metadata of the original gets into a rendition: a WebP holds its pixels alone', async () => {
  const bytes = await quadrants(900, 600)
    .withExif({ IFD0: { Artist: 'Jane' } })
    .withIccProfile('p3')
    .jpeg()
    .toBuffer()
  for (const output of await make(bytes)) expect(chunks(output.bytes)).toEqual(['VP8 '])
})

/** A WebP's chunks, by name. https://developers.google.com/speed/webp/docs/riff_container */
function chunks(webp: Uint8Array): string[] {
  const bytes = Buffer.from(webp)
  const names: string[] = []
  for (let at = 12; at + 8 <= bytes.length;) {
    names.push(bytes.toString('latin1', at, at + 4))
    const size = bytes.readUInt32LE(at + 4)
    at += 8 + size + (size % 2)
  }
  return names
}

test.each([
  [{ renditions: [] }, 'renditions'],
  [{ renditions: [{ width: 0 }] }, 'renditions.0.width'],
  [{ renditions: [{ width: 16_384 }] }, 'renditions.0.width'],
  [{ renditions: [{ width: 10, quality: 101 }] }, 'renditions.0.quality'],
  [{ renditions: [{ width: 10, background: 'red' }] }, 'renditions.0.background'],
  [{ renditions: [{ fit: 'cover' as const, height: 9 }] }, 'cover and pad need a width'],
  [{ renditions: [{ width: 10, format: 'avif' as const, effort: 5 }] }, 'the effort is more than the format takes'],
  [{ renditions: [{ format: 'avif' as const, effort: 3 }] }, 'the effort is more than the format takes'],
  [{ renditions: [{ width: 10, effort: 7 }] }, 'the effort is more than the format takes'],
  [{ renditions: [{ width: 10 }, { width: 10, quality: 3 }] }, 'two renditions have one name'],
])('settings %j are refused', (settings, problem) => {
  expect(() => defineProfile('p', [step(renditions, settings)])).toThrow(problem)
})
