import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA } from 'thumbhash'
import { step } from '../profile.ts'
import { plain, RED } from '../testing/images.ts'
import { processed } from '../testing/process.ts'
import { thumbhash } from './thumbhash.ts'

async function hashOf(bytes: Uint8Array): Promise<Buffer> {
  const { findings } = await processed(bytes, step(thumbhash))
  return Buffer.from((findings['thumbhash'] as { readonly base64: string }).base64, 'base64')
}

test('has the colour of the image', async () => {
  const { r, g, b } = thumbHashToAverageRGBA(await hashOf(await plain(300, 200, RED).png().toBuffer()))
  expect(r * 255).toBeCloseTo(RED[0], -1.5)
  expect(g * 255).toBeCloseTo(RED[1], -1.5)
  expect(b * 255).toBeCloseTo(RED[2], -1.5)
})

test.each([
  [300, 200],
  [200, 300],
  [20_000, 2],
  [1, 1],
])('of %i x %i has some 25 bytes and its proportions', async (width, height) => {
  const hash = await hashOf(await plain(width, height, RED).png().toBuffer())
  expect(hash.length).toBeGreaterThan(4)
  expect(hash.length).toBeLessThan(40)
  // A coarse figure by its nature: a few steps between 1:7 and 7:1.
  expect(thumbHashToApproximateAspectRatio(hash) > 1).toBe(width > height)
})
