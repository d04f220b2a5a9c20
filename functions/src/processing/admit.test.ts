import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import type { Format } from '../contract/formats.ts'
import { admit, refuseBytes } from './admit.ts'
import { declaredSize } from './declared-size.ts'
import type { Needs } from './processor.ts'
import { STANDARD } from './profiles.ts'
import { giants, LIMITS, pages, plain, quadrants, RED, smallImages } from './testing/images.ts'
import { processorOf, profileOf } from './testing/processors.ts'

const text = (value: string) => new TextEncoder().encode(value)

test('a file of each accepted format is admitted with the facts of its header', async () => {
  const images = await smallImages()
  for (const [format, bytes] of Object.entries(images)) {
    const size = format === 'gif' ? { width: 24, height: 16, pages: 3 } : { width: 48, height: 32, pages: 1 }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const { admitted, facts } = await admit(bytes, STANDARD, LIMITS)
    expect({ admitted, facts: { ...facts, alpha: false } }).toEqual({
      admitted: true,
      facts: { format, ...size, alpha: false, bytes: bytes.length, sha256 },
    })
  }
})

test('width and height are those of the upright image', async () => {
  const bytes = await quadrants(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect((await admit(bytes, STANDARD, LIMITS)).facts).toMatchObject({ width: 20, height: 40 })
})

test('alpha and pages are read from the header', async () => {
  const cutOut = await plain(10, 10, RED, 0.5).png().toBuffer()
  expect((await admit(cutOut, STANDARD, LIMITS)).facts).toMatchObject({ alpha: true, pages: 1 })
  for (const format of ['gif', 'webp', 'tiff'] as const) {
    expect((await admit(await pages(10, 10, format), STANDARD, LIMITS)).facts).toMatchObject({ format, pages: 3 })
  }
})

test('an empty file is refused as empty', async () => {
  expect(await admit(new Uint8Array(), STANDARD, LIMITS)).toMatchObject({
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
  ['a PDF', text('%PDF-1.7\n'), 'a PDF document'],
  ['libvips’ own format', Uint8Array.from([0xb6, 0xa6, 0xf2, 0x08, ...new Uint8Array(64)]), 'of an unknown kind'],
])('%s is refused by what its bytes are', async (_name, bytes, what) => {
  const admission = await admit(bytes, STANDARD, LIMITS)
  expect(admission).toMatchObject({ admitted: false, error: { code: 'unsupported-format' }, facts: { width: 0 } })
  expect(admission).toHaveProperty('error.message', expect.stringContaining(`The file is ${what}, `))
  expect(admission).toHaveProperty(
    'error.message',
    expect.stringContaining('JPEG, PNG, WebP, AVIF, HEIC/HEIF, GIF or TIFF'),
  )
})

test('of a customer with formats of its own the others are refused, and told from what is never processed', async () => {
  const { png, webp } = await smallImages()
  const answer = async (bytes: Uint8Array, formats: readonly Format[] | null, allowSvg = false) => {
    const admission = await admit(bytes, STANDARD, { ...LIMITS, formats, allowSvg })
    return admission.admitted ? 'admitted' : { facts: admission.facts.format, ...admission.error }
  }
  const refused = (facts: Format, message: string) => ({ facts, code: 'unsupported-format', message })
  expect(await answer(png, ['jpeg', 'webp'])).toEqual(
    refused('png', 'The file is a PNG image, which is not taken for this account. Send it as JPEG or WebP.'),
  )
  expect(await answer(text('%PDF-1.7\n'), ['jpeg'])).toEqual(
    refused('pdf', 'The file is a PDF document, which is not processed. Send it as JPEG.'),
  )
  expect(await answer(png, [])).toMatchObject({
    message: expect.stringMatching(/send no images at present\.$/) as string,
  })
  expect(await answer(webp, ['jpeg', 'webp'])).toBe('admitted')
  expect(await answer(png, null)).toBe('admitted')

  const svg = text('<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="9" height="9"/></svg>')
  expect(await answer(svg, ['png'], true)).toMatchObject({ message: expect.stringContaining('is not taken') as string })
  expect(await answer(svg, ['svg', 'png'], true)).toBe('admitted')
  // A list cannot allow what the project does not.
  expect(await answer(svg, ['svg', 'png'])).toMatchObject({
    message: expect.stringMatching(/not processed\. Send it as PNG\.$/) as string,
  })
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
    const admission = await admit(bytes, STANDARD, LIMITS)
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
    const { facts, ...admission } = await admit(bytes, STANDARD, LIMITS)
    expect(facts).toMatchObject({ width: 65_535, height: 65_535 })
    expect(admission).toMatchObject({
      error: { code: 'too-large', message: expect.stringContaining('65,535') as string },
    })
    for (let end = 4; end < 40; end++) {
      expect(await admit(bytes.subarray(0, end), STANDARD, LIMITS)).toMatchObject({ admitted: false })
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
    const admission = await admit(bytes, STANDARD, { ...LIMITS, maxInputPixels: 179_999 })
    expect(admission).toMatchObject({ error: { code: 'too-large' }, facts: { width: 9000, height: 20, alpha: false } })
    expect(await admit(bytes, STANDARD, { ...LIMITS, maxInputPixels: 180_000 })).toMatchObject({ admitted: true })
  }
  const before = sharp.cache().memory.high
  files[0]?.writeUInt16LE(16_383, 26)
  files[0]?.writeUInt16LE(16_383, 28)
  expect(await admit(files[0] ?? new Uint8Array(), STANDARD, LIMITS)).toMatchObject({ error: { code: 'too-large' } })
  expect(sharp.cache().memory.high).toBe(before)
})

test('all pages count against the limit on pixels', async () => {
  const bytes = await pages(10, 10, 'gif')
  expect(await admit(bytes, STANDARD, { ...LIMITS, maxInputPixels: 300 })).toMatchObject({ admitted: true })
  expect(await admit(bytes, STANDARD, { ...LIMITS, maxInputPixels: 299 })).toMatchObject({
    error: { code: 'too-large', message: expect.stringContaining('10 x 10 pixels on 3 pages = 300 pixels') as string },
  })
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
    const admission = await admit(Uint8Array.from([...signature, ...text('garbage '.repeat(20))]), STANDARD, LIMITS)
    expect(admission).toMatchObject({
      admitted: false,
      error: { code: 'corrupt' },
      internal: expect.any(Error) as Error,
    })
    expect(admission).toHaveProperty('error.message', expect.not.stringContaining('Vips'))
  }
})

test('a side longer than the limit is refused with the figures', async () => {
  const bytes = await plain(30, 20, RED).png().toBuffer()
  expect(await admit(bytes, STANDARD, { ...LIMITS, maxInputEdge: 30 })).toMatchObject({ admitted: true })
  expect(await admit(bytes, STANDARD, { ...LIMITS, maxInputEdge: 29 })).toMatchObject({
    error: { code: 'too-large', message: 'The image declares 30 x 20 pixels; the limit is 29 pixels a side.' },
  })
})

test('more pages than the limit, and blocks that no camera writes, are refused with the figures', async () => {
  expect(await admit(await pages(10, 10, 'tiff'), STANDARD, { ...LIMITS, maxInputPages: 2 })).toMatchObject({
    error: { code: 'too-large', message: 'The image has 3 pages or frames; the limit is 2.' },
  })
  const profile = pngWith('iCCP', Buffer.concat([Buffer.from('x\0\0'), deflateSync(Buffer.alloc(5 * 2 ** 20, 'icc'))]))
  const exif = pngWith('eXIf', Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(5 * 2 ** 20)]))
  for (const [bytes, what] of [
    [await exif, 'EXIF block'],
    [await profile, 'colour profile'],
  ] as const) {
    const admission = await admit(bytes, STANDARD, LIMITS)
    // libpng keeps no profile that is none, whatever its size.
    if (what === 'colour profile' && admission.admitted) continue
    expect(admission).toMatchObject({
      error: { code: 'too-large', message: expect.stringContaining(`${what} has 5`) as string },
    })
  }
})

/** A PNG with one more chunk after its header. PNG 5.3. */
async function pngWith(type: string, data: Buffer): Promise<Buffer> {
  const { png } = await smallImages()
  const chunk = Buffer.alloc(12 + data.length)
  chunk.writeUInt32BE(data.length)
  chunk.write(type, 4, 'latin1')
  data.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length)
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)])
}

test('what the profile asks for beside decoding counts against the limit on memory, and a profile that asks wrongly is named', async () => {
  const { png } = await smallImages()
  const profile = (memoryBytes: () => number, needs: () => Needs = () => ({})) =>
    profileOf(processorOf('greedy', async () => ({}), { needs, budget: { milliseconds: 1, memoryBytes } }))
  expect(
    await admit(
      png,
      profile(() => 400 * 2 ** 20),
      LIMITS,
    ),
  ).toMatchObject({ admitted: true })
  expect(
    await admit(
      png,
      profile(() => LIMITS.maxDecodedBytes),
      LIMITS,
    ),
  ).toMatchObject({ error: { code: 'too-large' } })
  const throws = () => {
    throw new Error('no needs')
  }
  for (const needs of [() => ({ sizes: [0] }), () => ({ sizes: [NaN] }), throws]) {
    const admission = await admit(
      png,
      profile(() => 0, needs),
      LIMITS,
    )
    expect(admission).toMatchObject({ error: { code: 'processor-failed', processor: 'greedy' } })
  }
})

describe('an SVG', () => {
  const svg = (inner: string) => text(`<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">${inner}</svg>`)
  const allowing = { ...LIMITS, allowSvg: true }

  test('is admitted only where the setting allows it', async () => {
    const bytes = svg('<defs><g id="a"/></defs><use href="#a"/><rect width="9" height="9" fill="url(#g)"/>')
    expect(await admit(bytes, STANDARD, LIMITS)).toMatchObject({ error: { code: 'unsupported-format' } })
    expect(await admit(bytes, STANDARD, allowing)).toMatchObject({
      admitted: true,
      facts: { format: 'svg', width: 60, height: 40, pages: 1 },
    })
  })

  test.each([
    ['<image href="file:///etc/passwd"/>', 'file:///etc/passwd'],
    ["<image xlink:href = 'https://example.org/a.png'/>", 'example.org'],
    ['<image href="data:image/png;base64,iVBORw0KGgo="/>', 'data:image'],
    ['<use href="&#104;ttp://example.org/a.svg#b"/>', '#104'],
    ['<rect style="fill: url( \'http://example.org/x\' )"/>', 'http://example.org/x'],
    ['<style>@import "a.css";</style>', 'imported style sheet'],
    ['<?xml-stylesheet href="a.css"?>', 'style sheet'],
    ['<!ENTITY a "b">', 'entities'],
  ])('with %s is refused, and says for what', async (inner, what) => {
    expect(await admit(svg(inner), STANDARD, allowing)).toMatchObject({
      admitted: false,
      error: { code: 'unsupported-format', message: expect.stringContaining(what) as string },
    })
  })

  test('made of nothing but beginnings is looked through once', async () => {
    for (const beginning of ['<!DOCTYPE ', 'href=', "href = '", 'url(', 'url("', 'xlink:href  ', '<?xml-', '@impor']) {
      const bytes = svg(beginning.repeat(2 ** 21 / beginning.length))
      expect((await admit(bytes, STANDARD, allowing)).facts.bytes).toBe(bytes.length)
    }
  })

  test('that declares too much is refused by its figures', async () => {
    const bytes = text('<svg xmlns="http://www.w3.org/2000/svg" width="60000" height="60000"/>')
    expect(await admit(bytes, STANDARD, allowing)).toMatchObject({ error: { code: 'too-large' } })
  })
})
