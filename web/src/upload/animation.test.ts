import { isAnimated } from './animation.ts'

const bytes = (...parts: (string | readonly number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)))
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const chunk = (type: string, length: number) =>
  [...bytes([0, 0, length >> 8, length & 255], type), ...Array.from({ length: length + 4 }, () => 7)] as const
const webp = (flags: number) => bytes('RIFF', [0, 0, 0, 0], 'WEBP', 'VP8X', [10, 0, 0, 0, flags])

it('knows an APNG by what comes before its first data', () => {
  expect(isAnimated(bytes(PNG, chunk('IHDR', 13), chunk('tEXt', 300), chunk('acTL', 8)))).toBe(true)
  expect(isAnimated(bytes(PNG, chunk('IHDR', 13), chunk('IDAT', 8), chunk('acTL', 8)))).toBe(false)
  expect(isAnimated(bytes(PNG, chunk('IHDR', 13)))).toBe(false)
})

it('knows a WebP that moves by its header', () => {
  expect([isAnimated(webp(2)), isAnimated(webp(0x10)), isAnimated(bytes('RIFF    WEBPVP8 '))]).toEqual([
    true,
    false,
    false,
  ])
})

it('says nothing of what is cut off or nonsense', () => {
  expect([isAnimated(bytes()), isAnimated(bytes(PNG)), isAnimated(bytes(PNG, [255, 255, 255, 255], 'abcd'))]).toEqual([
    false,
    false,
    false,
  ])
})
