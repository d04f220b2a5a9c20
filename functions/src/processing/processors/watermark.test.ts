import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Pixels } from '../processor.ts'
import { defineProfile, step, type Step } from '../profile.ts'
import { pages, plain } from '../testing/images.ts'
import { processed } from '../testing/process.ts'
import { processorOf } from '../testing/processors.ts'
import { renditions } from './renditions.ts'
import { watermark } from './watermark.ts'

const GREY = [60, 60, 60] as const

/** The pixels that a step after (or before) the mark sees. */
async function marked(bytes: Uint8Array, settings: object, order: 'after' | 'before' = 'after'): Promise<Pixels> {
  let seen: Pixels | undefined
  const sees = step(
    processorOf('sees', async (image) => ((seen = await image.pixels(400)), {}), { needs: () => ({ sizes: [400] }) }),
  )
  const steps: readonly Step[] = [step(watermark, settings), sees]
  await processed(bytes, ...(order === 'after' ? steps : steps.toReversed()))
  if (seen === undefined) throw new Error('not seen')
  return seen
}

/** The box of all pixels that are not grey as the image was, or null. */
function changed({ data, width, height, channels }: Pixels) {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Math.abs((data[(y * width + x) * channels] ?? 0) - GREY[0]) < 4) continue
      ;[left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)]
    }
  }
  return right < 0 ? null : { left, top, right, bottom }
}

let grey: Buffer
let logo: string
beforeAll(async () => {
  grey = await plain(400, 300, GREY).png().toBuffer()
  logo = (await plain(40, 20, [250, 250, 250]).png().toBuffer()).toString('base64')
})

test.each([
  ['top-left', { left: 9, top: 9, right: 108, bottom: 58 }],
  ['top-right', { left: 291, top: 9, right: 390, bottom: 58 }],
  ['bottom-left', { left: 9, top: 241, right: 108, bottom: 290 }],
  ['bottom-right', { left: 291, top: 241, right: 390, bottom: 290 }],
  ['centre', { left: 150, top: 125, right: 249, bottom: 174 }],
])('an image is laid at %s, a quarter of the width, and nowhere else', async (position, box) => {
  expect(changed(await marked(grey, { image: logo, position }))).toEqual(box)
})

test('a text and an image at once are refused', () => {
  expect(() => defineProfile('p', [step(watermark, { text: 'a', image: logo })])).toThrow(
    'expected either a text or an image',
  )
})

test('opacity mixes the mark with what is below it', async () => {
  const { data, width } = await marked(grey, { image: logo, opacity: 0.5, position: 'centre' })
  expect(Math.abs((data[(150 * width + 200) * 3] ?? 0) - 155)).toBeLessThan(4)
})

test('text stands within its box, and what looks like markup is text', async () => {
  const box = changed(await marked(grey, { text: '© Acme 2026' }))
  expect(box).toMatchObject({ right: expect.any(Number) as number })
  expect(box?.left).toBeGreaterThan(285)
  expect(box?.right).toBeLessThan(391)
  expect(box?.top).toBeGreaterThan(220)
  const [text, markup] = [await marked(grey, { text: 'a' }), await marked(grey, { text: '<b>a</b> &amp;' })]
  expect(changed(markup)).not.toEqual(changed(text))
})

test('steps before it see the image unmarked', async () => {
  expect(changed(await marked(grey, { image: logo }, 'before'))).toBeNull()
})

test('every size and every frame made after it is marked', async () => {
  const settings = { image: logo, position: 'top-left', width: 0.5, margin: 0, opacity: 1 } as const
  const gif = await pages(80, 60, 'gif')
  const { outputs } = await processed(
    gif,
    step(watermark, settings),
    step(renditions, { renditions: [{ width: 80 }, { width: 40 }, { width: 80, format: 'jpeg' }] }),
  )
  expect(outputs).toHaveLength(3)
  for (const { bytes } of outputs) {
    const { pages: frames = 1 } = await sharp(bytes).metadata()
    for (let page = 0; page < frames; page++) {
      const [r = 0, g = 0, b = 0] = await sharp(bytes, { page }).toColourspace('srgb').raw().toBuffer()
      expect(Math.min(r, g, b)).toBeGreaterThan(215)
    }
  }
})

test.each([
  [1, 1],
  [3000, 1],
  [1, 3000],
  [7, 5],
])('an image of %i x %i is marked as far as there is room', async (width, height) => {
  const bytes = await plain(width, height, GREY).png().toBuffer()
  for (const settings of [{ image: logo }, { text: 'Acme' }]) {
    expect((await marked(bytes, settings)).width).toBe(
      Math.min(400, Math.max(1, Math.round((width * 400) / Math.max(width, height, 400)))),
    )
  }
})

test('text is set in the font that comes along, also where the machine has none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-fonts-'))
  try {
    const config = join(folder, 'fonts.conf')
    writeFileSync(
      config,
      `<?xml version="1.0"?><fontconfig><dir>${folder}</dir><cachedir>${folder}</cachedir></fontconfig>`,
    )
    const program = `
      const { textPixels } = await import(${JSON.stringify(join(__dirname, '../sharp.ts'))})
      const { FONT, fontFile } = await import(${JSON.stringify(join(__dirname, 'watermark.ts'))})
      const widths = []
      for (const text of ['iiii', 'MMMM']) {
        const { width, height } = await textPixels(text, { width: 4000, height: 100 }, FONT, fontFile())
        widths.push(width / height)
      }
      console.log(JSON.stringify(widths))`
    const [narrow, wide] = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, FONTCONFIG_FILE: config },
      }),
    ) as [number, number]
    // Boxes, which stand for glyphs that no font has, are all of one width.
    expect(wide).toBeGreaterThan(narrow * 2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([
  [{}, 'expected either a text or an image'],
  [{ image: 'not base64!' }, 'watermark, image'],
  [{ image: noPicture() }, 'expected a PNG, WebP or JPEG'],
  [{ text: '' }, 'watermark, text'],
  [{ text: 'a', opacity: 0 }, 'watermark, opacity'],
])('settings %j are refused', (settings, problem) => {
  expect(() => defineProfile('p', [step(watermark, settings)])).toThrow(problem)
})

function noPicture(): string {
  return Buffer.from('x').toString('base64')
}
