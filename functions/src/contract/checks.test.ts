import { checkFile, mediaTypeOf } from './checks.ts'
import { ACCEPTED_MEDIA_TYPES } from './formats.ts'
import { MAX_UPLOAD_BYTES } from './limits.ts'

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
const text = (content: string) => new TextEncoder().encode(content)

it('lets a file go whose bytes are an image, whatever its name says, under the media type of its bytes', () => {
  expect(checkFile({ name: 'a.png', size: 4, head: JPEG })).toBeNull()
  expect(mediaTypeOf(JPEG)).toBe('image/jpeg')
  expect(checkFile({ name: 'no-ending', size: 6, head: text('GIF89a') })).toBeNull()
  expect(ACCEPTED_MEDIA_TYPES).toContain(mediaTypeOf(text('GIF89a')))
  expect(mediaTypeOf(text('Hello'))).toBe('application/octet-stream')
})

it('takes a file of exactly the limit, and none of a byte more', () => {
  expect(checkFile({ name: 'a.jpg', size: MAX_UPLOAD_BYTES, head: JPEG })).toBeNull()
  expect(checkFile({ name: 'a.jpg', size: MAX_UPLOAD_BYTES + 1, head: JPEG })).toEqual({
    reason: 'The file has 50.1 MiB; the limit is 50 MiB.',
    problem: { code: 'too-large', bytes: MAX_UPLOAD_BYTES + 1, limit: MAX_UPLOAD_BYTES },
  })
})

it.each([
  ['an empty file', { name: 'a.jpg', size: 0, head: new Uint8Array() }, 'empty'],
  ['text', { name: 'a.jpg', size: 5, head: text('Hello') }, 'is text'],
  ['a drawing', { name: 'a.svg', size: 11, head: text('<svg></svg>') }, 'SVG'],
  ['a name with a control character', { name: 'a\n.jpg', size: 4, head: JPEG }, 'control character'],
  ['a name that is too long', { name: 'a'.repeat(256), size: 4, head: JPEG }, 'longer'],
])('refuses %s and says why', (_what, file, reason) => {
  expect(checkFile(file)).toMatchObject({ reason: expect.stringContaining(reason) as string })
})

it('refuses what the customer may not send, and names what it may', () => {
  const file = { name: 'a.jpg', size: 4, head: JPEG }
  expect(checkFile(file, ['jpeg'])).toBeNull()
  expect(checkFile(file, ['png', 'webp'])).toEqual({
    problem: { code: 'own-format', format: 'jpeg', instead: ['png', 'webp'] },
    reason: 'The file is a JPEG image, which is not taken for this account. Send it as PNG or WebP.',
  })
  expect(checkFile({ ...file, head: text('Hello') }, ['png'])).toEqual({
    problem: { code: 'format', format: 'text', instead: ['png'] },
    reason: 'The file is text, which is not processed. Send it as PNG.',
  })
  // Drawings are refused here whatever the list says.
  for (const none of [[], ['svg']] as const) {
    expect(checkFile(file, none)).toMatchObject({
      reason: expect.stringMatching(/send no images at present\.$/) as string,
    })
  }
})

it('names every format that is taken in the sentence of a refusal', () => {
  expect(checkFile({ name: 'a', size: 5, head: text('Hello') })).toMatchObject({
    reason: 'The file is text, which is not processed. Send it as JPEG, PNG, WebP, AVIF, HEIC/HEIF, GIF or TIFF.',
  })
})
