/**
 * What in an SVG points outside of it or hides its size, or null. librsvg follows nothing when it is given bytes without an address; this is the second lock,
 * and says to the customer what is wrong. Entities go, too: they are how a small text grows to a large one.
 */
export function externalReference(bytes: Uint8Array): string | null {
  const text = decodeText(bytes)
  // Expressions that look ahead to nothing far away: a file made of their beginnings must not take for ever.
  if (/<!ENTITY/i.test(text)) return 'entities'
  if (/<\?xml-stylesheet/i.test(text)) return 'a style sheet of its own'
  if (/@import/i.test(text)) return 'an imported style sheet'
  for (const [, , value = ''] of text.matchAll(/\b(?:xlink:)?href\s*=\s*(["'])(.*?)\1/gis)) {
    if (!isInside(value)) return `a reference to ${shortened(value)}`
  }
  for (const [, value = ''] of text.matchAll(/\burl\(\s*["']?([^)"']*)/gi)) {
    if (!isInside(value)) return `a reference to ${shortened(value)}`
  }
  return null
}

/** Within the drawing. An image embedded in it would be decoded by librsvg, past every limit of ours. */
const isInside = (reference: string) => /^\s*#/.test(reference)

const shortened = (value: string) => JSON.stringify(value.trim().slice(0, 60))

function decodeText(bytes: Uint8Array): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(utf16).decode(bytes)
}
