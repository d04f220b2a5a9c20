/** Every processor of the profile over every kind of image, through real sharp. */
import { thumbHashToAverageRGBA, thumbHashToApproximateAspectRatio } from 'thumbhash'
import sharp from 'sharp'
import { processImage, type ProcessedImage } from '../process-image.ts'
import type { OutputDraft } from '../processor.ts'
import { DEFAULT_PROFILE, PROCESSORS } from '../profile.ts'
import { LIMITS, pages, plain, quadrants, RED, smallImages } from '../testing/images.ts'

type ProcessorName = (typeof PROCESSORS)[number]['name']

async function processed(bytes: Uint8Array): Promise<ProcessedImage> {
  const result = await processImage(bytes, DEFAULT_PROFILE, LIMITS, new AbortController().signal)
  if (result.outcome !== 'processed') throw new Error(`${result.outcome}: ${result.error.message}`)
  return result
}

/** What must hold for any image, by processor. The compiler asks for a row for each processor in the list. */
const holds: Record<ProcessorName, (result: ProcessedImage) => void | Promise<void>> = {
  facts({ input, findings }) {
    expect(findings.facts).toEqual(input)
  },
  async renditions({ input, outputs }) {
    expect(outputs.length).toBeGreaterThan(0)
    for (const { name, bytes, width, height, extension, contentType } of outputs) {
      const box = Number(name.replace('fit-', ''))
      const metadata = await sharp(bytes).metadata()
      expect(metadata).toMatchObject({ format: 'webp', width, height, space: 'srgb', hasProfile: false })
      expect(metadata.exif ?? metadata.xmp ?? metadata.icc ?? metadata.iptc ?? metadata.orientation).toBeUndefined()
      expect(Math.max(metadata.width, metadata.height)).toBe(Math.min(box, Math.max(input.width, input.height)))
      expect([extension, contentType]).toEqual(['webp', 'image/webp'])
    }
  },
  thumbhash({ input, findings }) {
    const { base64 } = findings.thumbhash as { base64: string }
    const hash = Buffer.from(base64, 'base64')
    expect(hash.length).toBeGreaterThan(4)
    expect(hash.length).toBeLessThan(40)
    // A coarse figure by its nature: a few steps between 1:7 and 7:1.
    expect(thumbHashToApproximateAspectRatio(hash) > 1).toBe(input.width > input.height)
  },
}

const inputs: Record<string, () => Promise<Uint8Array>> = {
  JPEG: async () => (await smallImages()).jpeg,
  PNG: async () => (await smallImages()).png,
  WebP: async () => (await smallImages()).webp,
  AVIF: async () => (await smallImages()).avif,
  GIF: async () => (await smallImages()).gif,
  TIFF: async () => (await smallImages()).tiff,
  'a CMYK JPEG': () => quadrants(60, 40).toColourspace('cmyk').jpeg().toBuffer(),
  'a 16 bit PNG with alpha': () => plain(60, 40, RED, 0.5).toColourspace('rgb16').png().toBuffer(),
  'a 16 bit grey PNG': () => plain(60, 40, [90, 90, 90]).toColourspace('grey16').png().toBuffer(),
  'an animated WebP': () => pages(60, 40, 'webp'),
  'a multi-page TIFF': () => pages(60, 40, 'tiff'),
  'a progressive JPEG': () => quadrants(900, 600).jpeg({ progressive: true }).toBuffer(),
  'a turned JPEG': () => quadrants(2000, 3000).withMetadata({ orientation: 8 }).jpeg().toBuffer(),
  'one very wide': () => plain(20_000, 2, RED).png().toBuffer(),
  'a large one': () => quadrants(3000, 2000).jpeg().toBuffer(),
}

test.each(Object.keys(inputs))('each processor keeps its promises for %s', async (name) => {
  const make = inputs[name]
  const result = await processed((await make?.()) ?? new Uint8Array())
  for (const check of Object.values(holds)) await check(result)
  expect(Object.keys(result.durations)).toEqual(['admit', 'decode', ...PROCESSORS.map((processor) => processor.name)])
})

const boxes = (outputs: readonly OutputDraft[]) =>
  outputs.map(({ name, width, height }) => `${name}: ${width}x${height}`)

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
  const { outputs } = await processed(await plain(width, height, RED).png().toBuffer())
  expect(boxes(outputs)).toEqual(expected)
})

test('no EXIF, GPS, XMP, ICC or comment of the original gets into a rendition', async () => {
  const secret = 'Jane Doe'
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description>${secret}</rdf:Description></rdf:RDF></x:xmpmeta>`
  const bytes = await quadrants(900, 600)
    .withExif({ IFD0: { Artist: secret }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } })
    .withXmp(xmp)
    .withIccProfile('p3')
    .jpeg()
    .toBuffer()
  const original = await sharp(bytes).metadata()
  expect(original.exif).toBeDefined()
  expect(original.xmp).toBeDefined()
  expect(bytes.includes(secret)).toBe(true)
  const { outputs } = await processed(bytes)
  expect(outputs).toHaveLength(3)
  for (const output of outputs) {
    expect(Buffer.from(output.bytes).includes(secret)).toBe(false)
    // A WebP's chunks, by name: pixels alone. https://developers.google.com/speed/webp/docs/riff_container
    expect(chunks(output.bytes)).toEqual(['VP8 '])
  }
})

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

test('alpha is kept in renditions', async () => {
  const { outputs } = await processed(await plain(300, 300, RED, 0.5).png().toBuffer())
  for (const { bytes } of outputs) expect((await sharp(bytes).metadata()).hasAlpha).toBe(true)
})

test('the thumbhash has the colour of the image', async () => {
  const { findings } = await processed(await plain(300, 200, RED).png().toBuffer())
  const { r, g, b } = thumbHashToAverageRGBA(Buffer.from((findings.thumbhash as { base64: string }).base64, 'base64'))
  expect(r * 255).toBeCloseTo(RED[0], -1.5)
  expect(g * 255).toBeCloseTo(RED[1], -1.5)
  expect(b * 255).toBeCloseTo(RED[2], -1.5)
})

test('the same bytes make the same outputs', async () => {
  const bytes = await quadrants(500, 300).jpeg().toBuffer()
  const [first, second] = [await processed(bytes), await processed(bytes)]
  expect(first.outputs).toEqual(second.outputs)
  expect(first.findings).toEqual(second.findings)
})
