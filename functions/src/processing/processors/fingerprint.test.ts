import sharp from 'sharp'
import { step } from '../profile.ts'
import { plain, quadrants, RED } from '../testing/images.ts'
import { processed } from '../testing/process.ts'
import { fingerprint } from './fingerprint.ts'

const hashOf = async (bytes: Uint8Array) => {
  const { findings, input } = await processed(bytes, step(fingerprint))
  const { perceptual, sha256 } = findings['fingerprint'] as { readonly perceptual: string; readonly sha256: string }
  expect(perceptual).toMatch(/^[0-9a-f]{16}$/)
  expect(sha256).toBe(input.sha256)
  return BigInt(`0x${perceptual}`)
}
const distance = (a: bigint, b: bigint) => (a ^ b).toString(2).replaceAll('0', '').length

/** Blobs at places and of colours that a seed decides: as different from each other as photos are. */
function scene(seed: number) {
  const [width, height] = [600, 400]
  const next = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  const circles = Array.from({ length: 12 }, () => ({
    x: next() * width,
    y: next() * height,
    r: 30 + next() * 120,
    colour: [next() * 255, next() * 255, next() * 255],
  }))
  const data = new Uint8Array(width * height * 3).fill(136)
  for (let at = 0; at < data.length; at += 3) {
    const [x, y] = [(at / 3) % width, Math.floor(at / 3 / width)]
    const over = circles.findLast((circle) => Math.hypot(circle.x - x, circle.y - y) < circle.r)
    if (over) data.set(over.colour, at)
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
}

test('what looks the same hashes nearly the same: smaller, recompressed, in another format', async () => {
  for (const seed of [101, 2002, 30_003]) {
    const image = scene(seed)
    const original = await hashOf(await image.clone().png().toBuffer())
    const others = [
      await image.clone().jpeg({ quality: 30 }).toBuffer(),
      await image.clone().webp({ quality: 40 }).toBuffer(),
      await image.clone().resize(200).jpeg().toBuffer(),
      await image.clone().resize(1500).png().toBuffer(),
    ]
    for (const bytes of others) expect(distance(await hashOf(bytes), original)).toBeLessThanOrEqual(8)
  }
})

test('what looks different hashes differently', async () => {
  const hashes = await Promise.all(
    [101, 2002, 30_003, 400_004, 5_000_005].map(async (seed) => hashOf(await scene(seed).png().toBuffer())),
  )
  const upsideDown = await hashOf(await scene(101).rotate(180).png().toBuffer())
  for (const [i, a] of hashes.entries()) {
    expect(distance(a, upsideDown)).toBeGreaterThan(12)
    for (const b of hashes.slice(i + 1)) expect(distance(a, b)).toBeGreaterThan(12)
  }
})

test('a plain image and one of a few pixels have one too', async () => {
  for (const [width, height] of [
    [1, 1],
    [3, 2],
    [3000, 1],
  ] as const)
    await hashOf(await plain(width, height, RED).png().toBuffer())
  await hashOf(await quadrants(31, 33).png().toBuffer())
})
