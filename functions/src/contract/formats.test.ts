import {
  ACCEPTED_FORMATS,
  FORMAT_NAMES,
  type Format,
  formatList,
  isAccepted,
  REFUSED_FORMATS,
  SNIFF_BYTES,
  sniffFormat,
} from './formats.ts'

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)))
const ftyp = (...brands: string[]) => {
  const [major = '', ...compatible] = brands
  return bytes([0, 0, 0, 16 + 4 * compatible.length], 'ftyp', major, [0, 0, 0, 0], ...compatible, [0, 0, 0, 8], 'meta')
}
const bmp = bytes('BM', [0, 1, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0], [40, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0])

/** Every format has at least one row: the compiler sees to it. */
const examples: Record<Format, readonly Uint8Array[]> = {
  jpeg: [bytes([0xff, 0xd8, 0xff, 0xe0]), bytes([0xff, 0xd8, 0xff, 0xe1], '<svg>')],
  png: [bytes([0x89], 'PNG\r\n', [0x1a, 0x0a])],
  webp: [bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 ')],
  avif: [ftyp('avif', 'mif1', 'miaf'), ftyp('avis'), ftyp('mif1', 'avif', 'miaf')],
  gif: [bytes('GIF87a'), bytes('GIF89a<script>alert(1)</script>')],
  tiff: [bytes('II*\0'), bytes('MM\0*'), bytes('II+\0'), bytes('MM\0+')],
  heic: [ftyp('heic', 'mif1'), ftyp('mif1', 'heic'), ftyp('mif1'), ftyp('heic', 'mif1', 'avif')],
  svg: [
    bytes('<svg xmlns="http://www.w3.org/2000/svg">'),
    bytes('\n<?xml version="1.0"?>\n<!-- made -->\n<!DOCTYPE svg PUBLIC "x">\n<SVG>'),
    bytes([0xef, 0xbb, 0xbf], '<svg:svg >'),
  ],
  bmp: [bmp],
  ico: [bytes([0, 0, 1, 0, 1, 0])],
  jxl: [bytes([0xff, 0x0a]), bytes([0, 0, 0, 0x0c], 'JXL \r\n')],
  jp2: [bytes([0, 0, 0, 0x0c], 'jP  \r\n')],
  psd: [bytes('8BPS\0\x01')],
  'camera-raw': [
    bytes('II*\0', [16, 0, 0, 0], 'CR', [2, 0]),
    bytes('IIRO'),
    bytes('FUJIFILMCCD-RAW'),
    ftyp('crx ', 'isom'),
  ],
  pdf: [bytes('%PDF-1.7')],
  video: [ftyp('isom', 'mp42'), ftyp('qt  '), bytes('RIFF', [0, 0, 0, 0], 'AVI '), bytes([0x1a, 0x45, 0xdf, 0xa3])],
  zip: [bytes('PK', [3, 4])],
  html: [bytes('<!DOCTYPE html><svg viewBox="0">'), bytes('  <html>')],
  text: [
    bytes('just words'),
    bytes('BM is how this begins, and then it goes on'),
    bytes([0xff, 0xfe], 'a\0'),
    bytes('{"a":1}'),
  ],
  unknown: [bytes(), bytes([0, 1, 2, 3]), bytes([0x1f, 0x8b, 8]), bytes([0xff, 0xd8])],
}

test.each(Object.entries(examples))('%s is told by its bytes', (format, samples) => {
  expect(samples.map(sniffFormat)).toEqual(samples.map(() => format))
})

test('each format has a name for a sentence, and is either accepted or refused', () => {
  const formats = Object.keys(FORMAT_NAMES)
  expect(formats.toSorted()).toEqual([...ACCEPTED_FORMATS, ...REFUSED_FORMATS].toSorted())
  expect(formats.filter((format) => isAccepted(format as Format))).toEqual([...ACCEPTED_FORMATS])
})

test('a list of formats reads as a sentence does', () => {
  expect(
    ([[], ['jpeg'], ['jpeg', 'svg'], ['jpeg', 'heic', 'tiff']] as const).map((formats) => formatList(formats)),
  ).toEqual(['', 'JPEG', 'JPEG or SVG', 'JPEG, HEIC/HEIF or TIFF'])
})

test('no beginning of a file, however short, makes it throw', () => {
  for (const sample of Object.values(examples).flat()) {
    for (let end = 0; end <= sample.length; end++)
      expect(FORMAT_NAMES).toHaveProperty([sniffFormat(sample.subarray(0, end))])
  }
})

test('the first SNIFF_BYTES decide, even where they end within a character', () => {
  const text = new TextEncoder().encode(`a${'ü'.repeat(SNIFF_BYTES)}`)
  expect(sniffFormat(text)).toBe('text')
  expect(sniffFormat(text.subarray(0, SNIFF_BYTES))).toBe('text')
})
