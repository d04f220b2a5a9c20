import { counted, formatBytes, formatName } from './format.ts'

it.each([
  [0, '0 bytes'],
  [1023, '1,023 bytes'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [200 * 1024, '200 KiB'],
  [50 * 2 ** 20, '50 MiB'],
  [3 * 2 ** 40, '3 TiB'],
  [3 * 2 ** 60, '3,072 PiB'],
])('writes %i bytes as %s', (bytes, written) => {
  expect(formatBytes(bytes, 'en-GB')).toBe(written)
})

it('writes bytes as each language does, whichever was written before', () => {
  const written = ['en-GB', 'de', 'en-GB'].map((locale) => [formatBytes(1023, locale), formatBytes(1536, locale)])
  expect(written).toEqual([
    ['1,023 bytes', '1.5 KiB'],
    ['1.023 Byte', '1,5 KiB'],
    ['1,023 bytes', '1.5 KiB'],
  ])
})

it('calls formats by their own names', () => {
  expect([formatName('webp'), formatName('pdf')]).toEqual(['WebP', 'a PDF document'])
})

it('has one and many', () => {
  expect([counted(1, 'image'), counted(2, 'image')]).toEqual(['1 image', '2 images'])
})
