/** What admission counts for an image, beside what a process of its own is seen to take. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sharp } from '../../functions/node_modules/sharp/dist/index.mjs'
import { sharp } from '../../demo/sharp.ts'
import { landscape } from '../../demo/scene.ts'

const PROGRAM = join(__dirname, '../../functions/src/processing/testing/memory-of.ts')
const folder = mkdtempSync(join(tmpdir(), 'darkroom-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))

let large: Sharp
beforeAll(() => {
  const { data, ...raw } = landscape(3000, 2000, 3)
  large = sharp(data, { raw }).resize(6000, 4000)
})
const animation = async () => {
  const frames = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      large
        .clone()
        .resize(800, 600)
        .modulate({ brightness: 1 + i / 40 })
        .png({ compressionLevel: 1 })
        .toBuffer(),
    ),
  )
  return sharp(frames, { join: { animated: true } })
}

const cases: Readonly<Record<string, readonly [make: () => Sharp | Promise<Sharp>, settings?: object]>> = {
  'a JPEG of 24 megapixels': [() => large.clone().jpeg()],
  'a progressive JPEG of 24 megapixels': [() => large.clone().jpeg({ progressive: true })],
  'a PNG of 24 megapixels': [() => large.clone().png({ compressionLevel: 1 })],
  'a 16 bit PNG': [() => large.clone().resize(4000).toColourspace('rgb16').png({ compressionLevel: 1 })],
  'an interlaced PNG': [() => large.clone().resize(4000).png({ progressive: true, compressionLevel: 1 })],
  'a PNG with transparency': [() => large.clone().resize(4000).ensureAlpha(0.5).png({ compressionLevel: 1 })],
  'a WebP': [() => large.clone().webp({ effort: 0 })],
  'a WebP without loss': [() => large.clone().resize(4000).webp({ lossless: true, effort: 0 })],
  'an AVIF': [() => large.clone().resize(3000).avif({ effort: 0 })],
  'a TIFF': [() => large.clone().tiff({ compression: 'lzw' })],
  'an animated GIF': [async () => (await animation()).gif({ effort: 1 })],
  'an animated WebP': [async () => (await animation()).webp({ effort: 0 })],
  'a JPEG kept as large as it is': [() => large.clone().resize(3000).jpeg(), { renditions: [{}] }],
  'a JPEG made into an AVIF': [() => large.clone().jpeg(), { renditions: [{ width: 1600, format: 'avif' }] }],
}

/** Below this the figure is the allocator's more than the image's. Bytes. */
const WORTH_COUNTING = 24 * 2 ** 20

// It reads the high-water mark of resident memory, which only Linux can set back, and not every sandbox lets it.
const measured = existsSync('/proc/self/clear_refs') ? test : test.skip
measured.each(Object.entries(cases))(
  '%s takes no more than is counted, and not less than half',
  async (name, [make, settings]) => {
    const file = join(folder, name)
    writeFileSync(file, await (await make()).toBuffer())
    const args = ['--expose-gc', PROGRAM, file, ...(settings === undefined ? [] : [JSON.stringify(settings)])]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (stdout === '') throw new Error(stderr)
    const { peakBytes, countedBytes } = JSON.parse(stdout) as {
      readonly peakBytes: number
      readonly countedBytes: number
    }
    expect(peakBytes).toBeLessThanOrEqual(countedBytes)
    expect(countedBytes).toBeLessThanOrEqual(2 * Math.max(peakBytes, WORTH_COUNTING))
  },
  60_000,
)
