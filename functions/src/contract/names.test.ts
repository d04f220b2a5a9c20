import fc from 'fast-check'
import { CUSTOMER_ID, imageIdOf, parseRawName, processedName, rawName, SOURCES, traceIdOf } from './names.ts'

describe('raw names', () => {
  it('come apart into source, customer, upload and file', () => {
    expect(parseRawName('web/c1/u-1/Ferien (3).jpg')).toEqual({
      source: 'web',
      customerId: 'c1',
      uploadId: 'u-1',
      fileName: 'Ferien (3).jpg',
    })
    expect(parseRawName('kafka/acme/photos-0-12-1700000000000/image')).toMatchObject({ source: 'kafka' })
  })

  it.each([
    ['', 'expected'],
    ['web/', 'expected'],
    ['web/c1/', 'expected'],
    ['web/c1/u1/', 'empty'],
    ['web/c1/u1/a/b.jpg', 'expected'],
    ['ftp/c1/u1/a.jpg', 'source'],
    ['web//u1/a.jpg', 'customer id'],
    ['web/-c/u1/a.jpg', 'customer id'],
    ['web/__x__/u1/a.jpg', 'customer id'],
    ['web/a.b/u1/a.jpg', 'customer id'],
    [`web/${'c'.repeat(129)}/u1/a.jpg`, 'customer id'],
    ['web/web/u1/a.jpg', 'customer id'],
    ['web/kafka/u1/a.jpg', 'customer id'],
    ['web/c1/../a.jpg', 'upload id'],
    ['web/c1/ü/a.jpg', 'upload id'],
    ['web/c1/u1/a\u0000.jpg', 'control character'],
    ['web/c1/u1/a\nb.jpg', 'control character'],
    [`web/c1/u1/${'n'.repeat(256)}`, 'longer'],
    ['web/c1/u1/\ud800.jpg', 'Unicode'],
  ])('%j is not an image', (name, problem) => {
    expect(parseRawName(name)).toEqual({ problem: expect.stringContaining(problem) as string })
  })

  it('are put together only from valid parts, and come apart again', () => {
    expect(() => rawName({ source: 'web', customerId: '../x', uploadId: 'u', fileName: 'f' })).toThrow(RangeError)
    expect(() =>
      rawName({ source: 'web', customerId: 'c', uploadId: 'u'.repeat(300), fileName: '界'.repeat(255) }),
    ).toThrow('1024 bytes')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), (fileName) => {
        const parts = { source: 'web', customerId: 'c', uploadId: 'u', fileName } as const
        let name: string
        try {
          name = rawName(parts)
        } catch {
          return
        }
        expect(parseRawName(name)).toEqual(parts)
      }),
    )
  })
})

it('identifies an image by its name alone', async () => {
  const id = await imageIdOf('web/c1/u1/a.jpg')
  expect(id).toMatch(/^[0-9a-f]{40}$/)
  expect(await imageIdOf('web/c1/u1/a.jpg')).toBe(id)
  expect(await imageIdOf('web/c1/u2/a.jpg')).not.toBe(id)
})

it('names results by attempt, so that two attempts never mix', () => {
  expect(processedName({ customerId: 'c', imageId: 'i' }, 2, 'fit-800', 'webp')).toBe('c/i/2/fit-800.webp')
})

it('names no result as a raw object is named, so that none is processed again wherever it is put', () => {
  const customer = fc.oneof(fc.constantFrom(...SOURCES), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/))
  const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/)
  const id = fc.stringMatching(/^[0-9a-f]{40}$/)
  fc.assert(
    fc.property(customer, id, fc.integer({ min: 1 }), word, word, (customerId, imageId, attempt, output, extension) => {
      fc.pre(CUSTOMER_ID.test(customerId))
      expect(parseRawName(processedName({ customerId, imageId }, attempt, output, extension))).toHaveProperty('problem')
    }),
  )
  for (const source of SOURCES) expect(source).not.toMatch(CUSTOMER_ID)
})

it('gives an image a trace that its id tells', () => {
  expect(traceIdOf('0123456789abcdef0123456789abcdef01234567')).toBe('0123456789abcdef0123456789abcdef')
})
