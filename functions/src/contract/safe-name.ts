/** What a file that is given away is called, and what type it has. Shared with the web client. No imports. */

/** Names that Windows keeps for devices. https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])\s*(\.|$)/i
// What can't be seen or changes the direction of text (a name would seem to end otherwise than it does), and what file systems refuse.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>:"/\\|?*]/gu
const ENDS = /^[\s.]+|[\s.]+$/g
/** In bytes of UTF-8, as most file systems count: they take 255, and an ending and a number are to come. */
const MAX_BYTES = 200

/** What a media type's files end with: what is not here is no picture that a browser shows, and ends with `bin`. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/webp': 'webp',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/avif': 'avif',
  'image/gif': 'gif',
}
export const extensionOf = (contentType: string) =>
  Object.hasOwn(EXTENSIONS, contentType) ? (EXTENSIONS[contentType] ?? 'bin') : 'bin'
/** The media type itself, where it is one of those; otherwise one that no browser opens. */
export const safeType = (contentType: string) =>
  Object.hasOwn(EXTENSIONS, contentType) ? contentType : 'application/octet-stream'

const bytesOf = (text: string) => new TextEncoder().encode(text).length

/** Text as a part of a file's name. It may be empty. */
const safePart = (text: string) => text.toWellFormed().replace(UNSAFE, '_').replace(ENDS, '')

/** Of a result's name, in characters: it comes from whoever made the profile. */
const MAX_RESULT_NAME = 40

/** What tells a result's file from the image's others, for the end of its name: ` fit-800`. */
export const mentionOf = (result: string) =>
  ` ${Array.from(safePart(result)).slice(0, MAX_RESULT_NAME).join('')}`.trimEnd()

/**
 * A name that no file system takes for a path, a device or a hidden file, and that ends as it seems to. `extension`: without its dot. `addition`:
 * what the name ends with before that, such as ` (2)`; a long name is cut before it.
 */
export function safeFileName(name: string, extension: string, addition = ''): string {
  const clean = safePart(name)
  const stem = cut(DEVICE.test(clean) ? `_${clean}` : clean, MAX_BYTES - bytesOf(addition))
  return `${stem === '' ? 'image' : stem}${addition}.${extension}`
}

function cut(text: string, most: number): string {
  if (bytesOf(text) <= most) return text
  let bytes = 0
  let kept = ''
  for (const character of text) {
    bytes += bytesOf(character)
    if (bytes > most) break
    kept += character
  }
  return kept.replace(ENDS, '')
}
