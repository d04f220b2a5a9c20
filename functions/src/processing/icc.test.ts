import sharp from 'sharp'
import { isSrgbProfile } from './icc.ts'
import { plain, quadrants } from './testing/images.ts'

const profileOf = async (image: ReturnType<typeof plain>) =>
  (await sharp(await image.png().toBuffer()).metadata()).icc as Buffer
const builtIn = (name: string) => profileOf(quadrants(8, 8).withIccProfile(name))
/** Replaces the curves, which all three share, by a table of `entries`. ICC.1:2022, 10.6. */
function withCurve(icc: Buffer, curve: (x: number) => number, entries: number): Buffer {
  const table = Buffer.alloc(12 + 2 * entries)
  table.write('curv', 0, 'latin1')
  table.writeUInt32BE(entries, 8)
  for (let i = 0; i < entries; i++) table.writeUInt16BE(Math.round(curve(i / (entries - 1)) * 65_535), 12 + 2 * i)
  const bytes = Buffer.concat([icc, table])
  for (let i = 0; i < icc.readUInt32BE(128); i++) {
    const entry = 132 + 12 * i
    if (/TRC/.test(icc.toString('latin1', entry, entry + 4))) bytes.writeUInt32BE(icc.length, entry + 4)
  }
  return bytes
}
const srgb = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)

test('sRGB is told by its primaries and curves, however they are written', async () => {
  const icc = await builtIn('srgb')
  expect(isSrgbProfile(icc)).toBe(true)
  for (const entries of [256, 1024, 4096]) expect(isSrgbProfile(withCurve(icc, srgb, entries))).toBe(true)
})

test('what is not sRGB is not: other primaries, other curves, other spaces', async () => {
  const icc = await builtIn('srgb')
  expect(isSrgbProfile(await builtIn('p3'))).toBe(false)
  expect(isSrgbProfile(withCurve(icc, (x) => x ** 2.2, 1024))).toBe(false)
  expect(isSrgbProfile(withCurve(icc, (x) => x, 2))).toBe(false)
  expect(isSrgbProfile(withCurve(icc, srgb, 3))).toBe(false)
  const cmyk = await sharp(
    await quadrants(8, 8).toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer(),
  ).metadata()
  expect(isSrgbProfile(cmyk.icc as Buffer)).toBe(false)
})

test('a lookup table decides before primaries and curves: what it says is not looked into', async () => {
  const icc = Buffer.from(await builtIn('srgb'))
  icc.write('A2B0', 132, 'latin1')
  const tags = Array.from({ length: icc.readUInt32BE(128) }, (_, i) =>
    icc.toString('latin1', 132 + 12 * i, 136 + 12 * i),
  )
  expect(tags).toEqual(expect.arrayContaining(['A2B0', 'rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC']))
  expect(isSrgbProfile(icc)).toBe(false)
})

test('one that ends early, or is no profile, is none', async () => {
  const icc = await builtIn('srgb')
  const curveEnd = icc.length
  for (let end = 0; end < 300; end += 3) expect(isSrgbProfile(icc.subarray(0, end))).toBe(false)
  expect(isSrgbProfile(Buffer.alloc(curveEnd, 0xff))).toBe(false)
})
