import { createHash, randomBytes } from 'node:crypto'
import { md5Of } from './md5.ts'

const expected = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64')

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 64, 3 * 2 ** 20 + 57])(
  'gives the MD5 of %i bytes, in Base64',
  async (length) => {
    const bytes = new Uint8Array(randomBytes(length))
    expect(await md5Of(new Blob([bytes]))).toBe(expected(bytes))
  },
)
