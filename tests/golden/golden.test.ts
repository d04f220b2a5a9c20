/** Colour is right: what the engine decodes beside what Pillow and LittleCMS make of the same files (make.py). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pixelmatch from 'pixelmatch'
import { sharp } from '../../demo/sharp.ts'
import { admit } from '../../functions/src/processing/admit.ts'
import { decode } from '../../functions/src/processing/decode.ts'
import type { Pixels } from '../../functions/src/processing/processor.ts'
import { LIMITS } from '../../functions/src/processing/testing/images.ts'
import { asking } from '../../functions/src/processing/testing/processors.ts'

const inputs = readdirSync(join(__dirname, 'inputs'))
const input = (name: string) => readFileSync(join(__dirname, 'inputs', name))

/** RGBA. */
interface Image {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

async function decoded(bytes: Uint8Array): Promise<Image> {
  const admission = await admit(bytes, asking({ sizes: [1000] }), LIMITS)
  if (!admission.admitted) throw new Error(admission.error.message, { cause: admission.internal })
  const { facts, header, sizes } = admission
  const image = await decode(bytes, facts, header, sizes, LIMITS, new AbortController().signal)
  return withAlpha(await image.pixels(1000))
}

async function expected(name: string): Promise<Image> {
  const png = sharp(readFileSync(join(__dirname, 'expected', `${name}.png`))).ensureAlpha()
  const { data, info } = await png.raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

function withAlpha({ data, width, height, channels }: Pixels): Image {
  const rgba = new Uint8Array(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * channels, (i + 1) * channels), i * 4)
  return { data: rgba, width, height }
}

/** The share of pixels that look different, and the mean difference of a channel; of what is clear only that it is. */
async function difference(one: Image, other: Image) {
  expect([one.width, one.height]).toEqual([other.width, other.height])
  const differing = pixelmatch(one.data, other.data, undefined, one.width, one.height, {
    threshold: 0.08,
    includeAA: true,
  })
  let sum = 0
  for (let i = 0; i < one.data.length; i += 4) {
    const clear = one.data[i + 3] === 0 && other.data[i + 3] === 0
    for (let channel = clear ? 3 : 0; channel < 4; channel++) {
      sum += Math.abs((one.data[i + channel] ?? 0) - (other.data[i + channel] ?? 0))
    }
  }
  return { share: differing / (one.width * one.height), mean: sum / one.data.length }
}

/** Mean difference of a channel, of 255, that lossy coding makes; WebP halves the resolution of colour. The rest is exact but for rounding. */
const tolerance = (name: string) => (name === 'lossy.webp' ? 2.5 : /\.(jpg|avif)$/.test(name) ? 1.2 : 0.2)

test.each(inputs)('%s has its colours', async (name) => {
  const { share, mean } = await difference(await decoded(input(name)), await expected(name))
  expect(mean).toBeLessThan(tolerance(name))
  expect(share).toBeLessThan(name === 'lossy.webp' ? 0.03 : 0.002)
})

describe('a wrong decoding is seen:', () => {
  const raw = async (name: string, change: (image: ReturnType<typeof sharp>) => ReturnType<typeof sharp>) => {
    const { data, info } = await change(sharp(input(name), { ignoreIcc: true }))
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { data, width: info.width, height: info.height }
  }
  const asItIs = (image: ReturnType<typeof sharp>) => image

  test.each(inputs.filter((name) => name.startsWith('p3')))('the profile of %s left out', async (name) => {
    const { mean } = await difference(await raw(name, asItIs), await expected(name))
    expect(mean).toBeGreaterThan(tolerance(name) * 1.5)
  })

  test.each(['orientation-2.jpg', 'orientation-3.jpg', 'orientation-4.jpg'])('%s not turned', async (name) => {
    const { share } = await difference(await raw(name, asItIs), await expected(name))
    expect(share).toBeGreaterThan(0.2)
  })

  test.each(['alpha.png', 'grey-alpha-16.png', 'alpha.avif'])('%s without its transparency', async (name) => {
    const { mean } = await difference(await raw(name, (image) => image.removeAlpha()), await expected(name))
    expect(mean).toBeGreaterThan(10)
  })
})
