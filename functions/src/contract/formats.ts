/** What a file is, by its first bytes alone. Shared with the web client: no imports. */

/** The formats that are processed. */
export const ACCEPTED_FORMATS = ['jpeg', 'png', 'webp', 'avif', 'heic', 'gif', 'tiff'] as const
/** Formats that are recognised, so that a refusal can name them. */
export const REFUSED_FORMATS = [
  // Processed where the setting ALLOW_SVG says so.
  'svg',
  'bmp',
  'ico',
  'jxl',
  'jp2',
  'psd',
  'camera-raw',
  'pdf',
  'video',
  'zip',
  'html',
  'text',
  'unknown',
] as const
export type AcceptedFormat = (typeof ACCEPTED_FORMATS)[number]
export type Format = AcceptedFormat | (typeof REFUSED_FORMATS)[number]
export const FORMATS: readonly [Format, ...Format[]] = [...ACCEPTED_FORMATS, ...REFUSED_FORMATS]

/** What a customer may be limited to. The last is processed only where ALLOW_SVG says so. */
export const SENDABLE_FORMATS: readonly Format[] = [...ACCEPTED_FORMATS, 'svg']
export const isSendable = (format: unknown): format is Format => SENDABLE_FORMATS.includes(format as Format)

/** How many of a file's first bytes {@link sniffFormat} looks at. */
export const SNIFF_BYTES = 4096

/** What to call a format in a sentence. */
export const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  jpeg: 'a JPEG image',
  png: 'a PNG image',
  webp: 'a WebP image',
  avif: 'an AVIF image',
  heic: 'a HEIC/HEIF image',
  gif: 'a GIF image',
  tiff: 'a TIFF image',
  svg: 'an SVG drawing',
  bmp: 'a BMP image',
  ico: 'an icon file',
  jxl: 'a JPEG XL image',
  jp2: 'a JPEG 2000 image',
  psd: 'a Photoshop document',
  'camera-raw': "a camera's raw file",
  pdf: 'a PDF document',
  video: 'a video or sound file',
  zip: 'a ZIP archive',
  html: 'an HTML page',
  text: 'text',
  unknown: 'of an unknown kind',
}

/** Formats in a sentence, such as "JPEG, PNG or WebP". */
export function formatList(formats: readonly Format[]): string {
  const names = formats.map((format) => FORMAT_NAMES[format].replace(/^an? (\S+) (image|drawing)$/, '$1'))
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' or ')
}

/** Media types by which browsers send the accepted formats. storage.rules repeats them; a test holds them equal. */
export const ACCEPTED_MEDIA_TYPES = ACCEPTED_FORMATS.map((format) => `image/${format}`)

export function isAccepted(format: Format): format is AcceptedFormat {
  return (ACCEPTED_FORMATS as readonly string[]).includes(format)
}

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
const starts = (bytes: Uint8Array, ...signature: number[]) => signature.every((byte, i) => bytes[i] === byte)

/**
 * ISO base media files name their kind in `ftyp`: the major brand, a version, then compatible brands (ISO/IEC 14496-12, 4.3).
 * The major brand decides where it says enough; `mif1` alone says only "an image" (ISO/IEC 23008-12, 10.2).
 */
function isoMediaFormat(bytes: Uint8Array): Format {
  const boxEnd = Math.min(((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0), bytes.length, 256)
  const brands = [ascii(bytes, 8, 12)]
  for (let at = 16; at + 4 <= boxEnd; at += 4) brands.push(ascii(bytes, at, at + 4))
  for (const brand of brands) {
    if (brand === 'avif' || brand === 'avis') return 'avif'
    if (/^he(ic|ix|vc|vx|im|is)$/.test(brand)) return 'heic'
    if (brand === 'crx ') return 'camera-raw'
    if (brand === 'jp2 ' || brand === 'jpx ') return 'jp2'
  }
  return brands.some((brand) => brand === 'mif1' || brand === 'msf1') ? 'heic' : 'video'
}

/** Windows' bitmap header after the 14 bytes of the file's: its own size says its version. Plain text may begin with BM. */
function isBmp(bytes: Uint8Array): boolean {
  return starts(bytes, 0x42, 0x4d) && [12, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0) && bytes[15] === 0
}

function textFormat(bytes: Uint8Array): Format {
  if (starts(bytes, 0xff, 0xfe) || starts(bytes, 0xfe, 0xff)) return 'text' // UTF-16's byte order marks
  let text: string
  try {
    // Streaming, since the head may end within a character.
    const head = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, SNIFF_BYTES), { stream: true })
    text = head.trimStart().toLowerCase()
  } catch {
    return 'unknown'
  }
  // eslint-disable-next-line no-control-regex -- text has no control characters but white space
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)) return 'unknown'
  if (/^(<!doctype html|<html|<head|<body|<script)/.test(text)) return 'html'
  return /<([a-z]+:)?svg[\s>]/.test(text) ? 'svg' : 'text'
}

/** Tells a file's format from its first bytes (the first {@link SNIFF_BYTES} are enough). Never throws. */
export function sniffFormat(bytes: Uint8Array): Format {
  if (bytes.length === 0) return 'unknown'
  if (starts(bytes, 0xff, 0xd8, 0xff)) return 'jpeg'
  if (starts(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png'
  // A resource interchange file: an image only as WebP, otherwise AVI or WAVE.
  if (ascii(bytes, 0, 4) === 'RIFF') return ascii(bytes, 8, 12) === 'WEBP' ? 'webp' : 'video'
  if (/^GIF8[79]a/.test(ascii(bytes, 0, 6))) return 'gif'
  // Raw files in TIFF's clothes: Canon CR2; Olympus and Panasonic have signatures of their own.
  if (starts(bytes, 0x49, 0x49, 0x2a, 0) && ascii(bytes, 8, 10) === 'CR') return 'camera-raw'
  if (/^(IIRO|IIRS|MMOR|IIU\0|FUJI)/.test(ascii(bytes, 0, 4))) return 'camera-raw'
  // TIFF 6.0 section 2 (42) and BigTIFF (43)
  if (starts(bytes, 0x49, 0x49, 0x2a, 0) || starts(bytes, 0x4d, 0x4d, 0, 0x2a)) return 'tiff'
  if (starts(bytes, 0x49, 0x49, 0x2b, 0) || starts(bytes, 0x4d, 0x4d, 0, 0x2b)) return 'tiff'
  if (ascii(bytes, 4, 8) === 'ftyp') return isoMediaFormat(bytes)
  if (starts(bytes, 0xff, 0x0a) || starts(bytes, 0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20)) return 'jxl'
  if (starts(bytes, 0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20)) return 'jp2'
  if (ascii(bytes, 0, 4) === '8BPS') return 'psd'
  if (ascii(bytes, 0, 5) === '%PDF-') return 'pdf'
  if (isBmp(bytes)) return 'bmp'
  if (starts(bytes, 0, 0, 1, 0)) return 'ico'
  if (starts(bytes, 0x1a, 0x45, 0xdf, 0xa3)) return 'video' // Matroska, WebM
  if (starts(bytes, 0x50, 0x4b, 3, 4)) return 'zip'
  return textFormat(bytes)
}
