import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { admit, decodedBytes, refuseBytes } from './admit.ts'
import { declaredSize } from './declared-size.ts'
import { giants, LIMITS, pages, plain, quadrants, RED, smallImages } from './testing/images.ts'

const text = (value: string) => new TextEncoder().encode(value)

test('a file of each accepted format is admitted with the facts of its header', async () => {
  const images = await smallImages()
  for (const [format, bytes] of Object.entries(images)) {
    const size = format === 'gif' ? { width: 24, height: 16, pages: 3 } : { width: 48, height: 32, pages: 1 }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const { admitted, facts } = await admit(bytes, LIMITS)
    expect({ admitted, facts: { ...facts, alpha: false } }).toEqual({
      admitted: true,
      facts: { format, ...size, alpha: false, bytes: bytes.length, sha256 },
    })
  }
})

test('width and height are those of the upright image', async () => {
  const bytes = await quadrants(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect((await admit(bytes, LIMITS)).facts).toMatchObject({ width: 20, height: 40 })
})

test('alpha and pages are read from the header', async () => {
  const cutOut = await plain(10, 10, RED, 0.5).png().toBuffer()
  expect((await admit(cutOut, LIMITS)).facts).toMatchObject({ alpha: true, pages: 1 })
  for (const format of ['gif', 'webp', 'tiff'] as const) {
    expect((await admit(await pages(10, 10, format), LIMITS)).facts).toMatchObject({ format, pages: 3 })
  }
})

test('an empty file is refused as empty', async () => {
  expect(await admit(new Uint8Array(), LIMITS)).toMatchObject({
    admitted: false,
    facts: { format: 'unknown', bytes: 0 },
    error: { code: 'empty' },
  })
})

test.each([
  ['text that is called .jpg', text('I am a picture, believe me'), 'text'],
  [
    'an SVG',
    text('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    'an SVG drawing',
  ],
  ['a HEIC', text('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), 'a HEIC/HEIF image'],
  ['a PDF', text('%PDF-1.7\n'), 'a PDF document'],
  ['libvips’ own format', Uint8Array.from([0xb6, 0xa6, 0xf2, 0x08, ...new Uint8Array(64)]), 'of an unknown kind'],
])('%s is refused by what its bytes are', async (_name, bytes, what) => {
  const admission = await admit(bytes, LIMITS)
  expect(admission).toMatchObject({ admitted: false, error: { code: 'unsupported-format' }, facts: { width: 0 } })
  expect(admission).toHaveProperty('error.message', expect.stringContaining(`The file is ${what}, `))
  expect(admission).toHaveProperty('error.message', expect.stringContaining('JPEG, PNG, WebP, AVIF, GIF or TIFF'))
})

test('too many bytes are refused with the limit and the figure', () => {
  expect(refuseBytes(1000, { maxInputBytes: 1000 })).toBeNull()
  expect(refuseBytes(1001, { maxInputBytes: 1000 })).toEqual({
    code: 'too-large',
    message: 'The file has 0.1 MiB (1,001 bytes); the limit is 0.1 MiB (1,000 bytes).',
  })
})

test('a header that declares 60000 x 60000 pixels is refused with the limit and the figure', async () => {
  for (const [format, bytes] of Object.entries(await giants(60_000))) {
    const admission = await admit(bytes, LIMITS)
    expect({ format, admission }).toMatchObject({
      format,
      admission: { admitted: false, error: { code: 'too-large' } },
    })
    expect(admission).toHaveProperty(
      'error.message',
      expect.stringMatching(/60,000 x 60,000.*limit is 100,000,000 pixels/),
    )
    expect(admission.facts).toMatchObject({ format, width: 60_000, height: 60_000 })
  }
})

test('a size beyond what a format’s decoder takes is refused with the figure too', async () => {
  const { jpeg, webp } = await giants(65_535)
  for (const bytes of [jpeg, webp]) {
    const { facts, ...admission } = await admit(bytes, LIMITS)
    expect(facts).toMatchObject({ width: 65_535, height: 65_535 })
    expect(admission).toMatchObject({
      error: { code: 'too-large', message: expect.stringContaining('65,535') as string },
    })
    for (let end = 4; end < 40; end++) {
      expect(await admit(bytes.subarray(0, end), LIMITS)).toMatchObject({ admitted: false })
    }
  }
})

test('a WebP that declares too many pixels is refused before libvips allocates its canvas', async () => {
  const image = plain(9000, 20, RED)
  const files = [
    await image.clone().webp().toBuffer(),
    await image.clone().webp({ lossless: true }).toBuffer(),
    await plain(9000, 20, RED, 0.5).webp().toBuffer(),
  ]
  expect(files.map((bytes) => bytes.toString('latin1', 12, 16))).toEqual(['VP8 ', 'VP8L', 'VP8X'])
  for (const bytes of files) {
    expect(declaredSize(bytes, 'webp')).toEqual({ width: 9000, height: 20 })
    const admission = await admit(bytes, { ...LIMITS, maxInputPixels: 179_999 })
    expect(admission).toMatchObject({ error: { code: 'too-large' }, facts: { width: 9000, height: 20, alpha: false } })
    expect(await admit(bytes, { ...LIMITS, maxInputPixels: 180_000 })).toMatchObject({ admitted: true })
  }
  const before = sharp.cache().memory.high
  files[0]?.writeUInt16LE(16_383, 26)
  files[0]?.writeUInt16LE(16_383, 28)
  expect(await admit(files[0] ?? new Uint8Array(), LIMITS)).toMatchObject({ error: { code: 'too-large' } })
  expect(sharp.cache().memory.high).toBe(before)
})

test('all pages count against the limit on pixels', async () => {
  const bytes = await pages(10, 10, 'gif')
  expect(await admit(bytes, { ...LIMITS, maxInputPixels: 300 })).toMatchObject({ admitted: true })
  expect(await admit(bytes, { ...LIMITS, maxInputPixels: 299 })).toMatchObject({
    error: { code: 'too-large', message: expect.stringContaining('10 x 10 pixels on 3 pages = 300 pixels') as string },
  })
})

test('channels and bytes per sample count against the limit on memory', async () => {
  const deep = await plain(10, 10, RED, 0.5).toColourspace('rgb16').png().toBuffer()
  expect(await admit(deep, { ...LIMITS, maxDecodedBytes: (10 + 300) * 10 * 4 * 2 })).toMatchObject({ admitted: true })
  expect(await admit(deep, { ...LIMITS, maxDecodedBytes: (10 + 300) * 10 * 4 * 2 - 1 })).toMatchObject({
    error: { code: 'too-large', message: expect.stringContaining('8 bits per colour') as string },
  })
})

test("a progressive JPEG's coefficients count as memory", () => {
  const jpeg = {
    format: 'jpeg',
    width: 10,
    height: 10,
    pages: 1,
    channels: 3,
    bytesPerSample: 1,
    alpha: false,
  } as const
  const rows = 300 * 10 * 3
  expect(decodedBytes({ ...jpeg, interlaced: false })).toBe(300 + rows)
  expect(decodedBytes({ ...jpeg, interlaced: true })).toBe(900 + rows)
})

test('a very long image, upright or turned, is refused for the rows that shrinking it would hold; long panoramas are not', async () => {
  const long = await plain(400_000, 2, RED, 0.5).png().toBuffer()
  const turned = await plain(400_000, 2, RED, 0.5).withMetadata({ orientation: 6 }).png().toBuffer()
  const admitted = { admitted: true, facts: { width: 400_000, height: 2 } }
  expect(await admit(long, { ...LIMITS, maxDecodedBytes: 462 * 2 ** 20 })).toMatchObject(admitted)
  for (const bytes of [long, turned]) {
    expect(await admit(bytes, { ...LIMITS, maxDecodedBytes: 460 * 2 ** 20 })).toMatchObject({
      admitted: false,
      error: { code: 'too-large' },
    })
  }
  const panorama = {
    format: 'jpeg',
    pages: 1,
    channels: 3,
    bytesPerSample: 1,
    alpha: false,
    interlaced: false,
  } as const
  expect(decodedBytes({ ...panorama, width: 60_000, height: 1600 })).toBeLessThan(LIMITS.maxDecodedBytes)
})

test('a valid signature with garbage after it is corrupt, and the cause is for logs', async () => {
  const signatures = [
    [0xff, 0xd8, 0xff, 0xe0],
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    [...text('RIFF\x10\0\0\0WEBP')],
    [...text('\0\0\0\x18ftypavif\0\0\0\0mif1avif')],
    [...text('GIF89a')],
    [...text('II*\0')],
  ]
  for (const signature of signatures) {
    const admission = await admit(Uint8Array.from([...signature, ...text('garbage '.repeat(20))]), LIMITS)
    expect(admission).toMatchObject({
      admitted: false,
      error: { code: 'corrupt' },
      internal: expect.any(Error) as Error,
    })
    expect(admission).toHaveProperty('error.message', expect.not.stringContaining('Vips'))
  }
})
