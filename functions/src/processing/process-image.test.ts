import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { ERROR_CODES } from '../contract/outcomes.ts'
import { processImage, type ProcessingResult } from './process-image.ts'
import { STANDARD } from './profiles.ts'
import { giants, LIMITS, pages, plain, quadrants, RED, smallImages } from './testing/images.ts'
import { processorOf, profileOf } from './testing/processors.ts'

const never = new AbortController().signal
const processed = (bytes: Uint8Array, limits = LIMITS) => processImage(bytes, STANDARD, limits, never)

/** What every result owes its caller, whatever went in. */
function expectOutcome(result: ProcessingResult, bytes: Uint8Array): void {
  expect(['processed', ...ERROR_CODES]).toContain(result.outcome)
  expect(result.input.bytes).toBe(bytes.length)
  expect(result.profileVersion).toBe(STANDARD.version)
  expect(Object.keys(result.durations)[0]).toBe('admit')
  if (result.outcome === 'processed') {
    expect(result.outputs.length).toBeGreaterThan(0)
    return
  }
  expect(result.error.code).toBe(result.outcome)
  expect(result.error.message).toMatch(/^[A-Z].*\.$/)
  expect(result.error.message).not.toMatch(/vips|sharp|\bat \/|undefined/i)
}

test('an image that is too large for its header is refused before a pixel is decoded', async () => {
  for (const bytes of Object.values(await giants(60_000))) {
    const result = await processed(bytes)
    expect(result).toMatchObject({ outcome: 'too-large', input: { width: 60_000 } })
    expect(Object.keys(result.durations)).toEqual(['admit'])
  }
})

test('each format, cut off at any place, ends with an outcome, and within its pixels as corrupt', async () => {
  for (const [format, bytes] of Object.entries(await smallImages())) {
    for (let end = 0; end < bytes.length; end += Math.max(1, Math.floor(bytes.length / 40))) {
      const cut = bytes.subarray(0, end)
      const result = await processed(cut)
      expectOutcome(result, cut)
      // A GIF that has lost its later frames still has its first; what ends a file may be missed by nobody.
      if (end < bytes.length / 2 && format !== 'gif') expect(result.outcome).not.toBe('processed')
    }
  }
})

test.each([
  ['a JPEG that ends in half', async () => halved(await quadrants(600, 400).jpeg().toBuffer())],
  ['a PNG that ends in half', async () => halved(await noise(600, 400).png().toBuffer())],
  ['a WebP that ends in half', async () => halved(await noise(600, 400).webp().toBuffer())],
  ['an AVIF that ends in half', async () => halved(await noise(300, 200).avif({ effort: 0 }).toBuffer())],
  ['a GIF that ends in half', async () => halved(await noise(600, 400).gif().toBuffer())],
  ['a TIFF that ends in half', async () => halved(await noise(600, 400).tiff({ compression: 'lzw' }).toBuffer())],
  ['a PNG with a damaged row', async () => damaged(await noise(600, 400).png().toBuffer())],
])('%s is corrupt', async (_name, make) => {
  expect((await processed(await make())).outcome).toBe('corrupt')
})

const noise = (width: number, height: number) =>
  plain(width, height, RED).composite([
    {
      input: {
        create: { width, height, channels: 3, background: 'white', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
      },
      blend: 'multiply',
    },
  ])
const halved = (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1)
function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.fill(0x55, copy.length >> 1, (copy.length >> 1) + 64)
  return copy
}

test('bytes after an image’s end, as some cameras leave them, do no harm', async () => {
  const { jpeg, png, gif, webp } = await smallImages()
  for (const bytes of [jpeg, png, gif, webp]) {
    const longer = Buffer.concat([bytes, Buffer.from('<script>alert(1)</script>'), Buffer.alloc(1000)])
    expect((await processed(longer)).outcome).toBe('processed')
  }
})

test('one format glued to another is what it begins as', async () => {
  const { jpeg, png, gif } = await smallImages()
  expect((await processed(Buffer.concat([png, jpeg]))).input.format).toBe('png')
  expect((await processed(Buffer.concat([gif, Buffer.from('PK\x03\x04'), png]))).input.format).toBe('gif')
  expect(await processed(Buffer.concat([Buffer.from('GIF89a/*'), jpeg]))).toMatchObject({
    outcome: 'corrupt',
    input: { format: 'gif' },
  })
  expect(await processed(Buffer.concat([Buffer.from('<svg '), jpeg]))).toMatchObject({ outcome: 'unsupported-format' })
})

test('flipped, cut, repeated and inserted bytes never throw, crash or hang', async () => {
  const images = Object.values(await smallImages())
  const more = [
    await pages(16, 16, 'webp'),
    await pages(16, 16, 'tiff'),
    await quadrants(32, 32).jpeg({ progressive: true }).toBuffer(),
  ]
  const limits = { ...LIMITS, maxInputPixels: 1_000_000 }
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const change = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), place, value: fc.nat(255) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), place, value: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('insert' as const), place, value: fc.nat(64) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), place, value: fc.nat(64) }) },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...images, ...more),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      async (image, changes) => {
        let bytes = Buffer.from(image)
        for (const { kind, place: where, value } of changes) {
          // Headers are where damage does most: the first 64 bytes take half of it.
          const at = Math.floor(where < 0.5 ? where * 2 * Math.min(64, bytes.length) : (where - 0.5) * 2 * bytes.length)
          if (kind === 'set' && at < bytes.length) bytes[at] = value
          if (kind === 'cut') bytes = bytes.subarray(0, at)
          if (kind === 'insert')
            bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(value, value), bytes.subarray(at)])
          if (kind === 'drop') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + value)])
        }
        expectOutcome(await processed(bytes, limits), bytes)
      },
    ),
    { numRuns: 400, seed: 20_261_123 },
  )
}, 120_000)

test('an abort before and during the work is thrown with its reason', async () => {
  const bytes = await quadrants(64, 64).png().toBuffer()
  const reason = new Error('shutting down')
  await expect(processImage(bytes, STANDARD, LIMITS, AbortSignal.abort(reason))).rejects.toBe(reason)
  const stop = new AbortController()
  const stopping = processorOf('stopping', async () => {
    stop.abort(reason)
    return {}
  })
  const profile = profileOf(
    stopping,
    processorOf('after', async () => ({})),
  )
  await expect(processImage(bytes, profile, LIMITS, stop.signal)).rejects.toBe(reason)
})

test('a failed processor leaves the facts and durations so far', async () => {
  const profile = profileOf(processorOf('failing', () => Promise.reject(new Error('x'))))
  expect(await processImage(await quadrants(20, 10).png().toBuffer(), profile, LIMITS, never)).toMatchObject({
    outcome: 'processor-failed',
    input: { format: 'png', width: 20 },
    error: { processor: 'failing' },
    durations: {
      admit: expect.any(Number) as number,
      decode: expect.any(Number) as number,
      failing: expect.any(Number) as number,
    },
    profileVersion: profile.version,
  })
})

const shared = join(__dirname, '../../../../shared/images')
const expectedFailures: Readonly<Record<string, string>> = {
  '65536-uint32-limit.png': 'too-large',
  'giant-image.jpg': 'too-large',
  'struct-image-04-t.svg': 'unsupported-format',
  'README.md': 'unsupported-format',
  'truncated.jpg': 'corrupt',
  'truncated.png': 'corrupt',
}
const photos = existsSync(shared) ? readdirSync(shared) : []

if (photos.length > 0) {
  test.each(photos)('%s of the shared images ends as it should', async (name) => {
    const bytes = readFileSync(join(shared, name))
    const result = await processed(bytes)
    expectOutcome(result, bytes)
    expect(result.outcome).toBe(expectedFailures[name] ?? 'processed')
  })
}
