import * as fc from 'fast-check'
import { MAX_FINDINGS_BYTES } from '../contract/limits.ts'
import type { OutputDraft } from './processor.ts'
import { checkedFindings, checkedOutputs, InvalidYield, MAX_FINDINGS_DEPTH, MAX_OUTPUTS } from './yields.ts'

const output = (more: Partial<OutputDraft> = {}): OutputDraft => ({
  name: 'fit-200',
  extension: 'webp',
  contentType: 'image/webp',
  bytes: Uint8Array.of(1),
  width: 1,
  height: null,
  ...more,
})

test('good outputs are added after those before', () => {
  const [a, b] = [output({ name: 'a' }), output({ name: 'B-2', contentType: 'image/svg+xml' })]
  expect(checkedOutputs([a], [b])).toEqual([a, b])
  expect(checkedOutputs([a], undefined)).toEqual([a])
})

test.each<[string, Partial<OutputDraft>]>([
  ['an empty name', { name: '' }],
  ['a path', { name: '../other' }],
  ['a name with a slash', { name: 'a/b' }],
  ['a name that ends in a dash', { name: 'a-' }],
  ['a long name', { name: 'a'.repeat(65) }],
  ['a name that is taken', { name: 'taken' }],
  ['no extension', { extension: '' }],
  ['a dotted extension', { extension: '.webp' }],
  ['a malformed content type', { contentType: 'image' }],
  ['a content type with a line break', { contentType: 'image/webp\r\nx: y' }],
  ['no bytes', { bytes: new Uint8Array() }],
  ['bytes that are text', { bytes: 'text' as unknown as Uint8Array }],
  ['a width of 0', { width: 0 }],
  ['a fractional height', { height: 1.5 }],
  ['a height that is missing', { height: undefined as unknown as null }],
])('an output with %s is refused', (_what, more) => {
  expect(() => checkedOutputs([output({ name: 'taken' })], [output(more)])).toThrow(InvalidYield)
})

test('too many outputs are refused', () => {
  const many = Array.from({ length: MAX_OUTPUTS + 1 }, (_, i) => output({ name: `o${i}` }))
  expect(checkedOutputs([], many.slice(1))).toHaveLength(MAX_OUTPUTS)
  expect(() => checkedOutputs([], many)).toThrow(InvalidYield)
})

const nested = (depth: number): Record<string, unknown> => (depth === 0 ? {} : { deeper: nested(depth - 1) })
const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

test.each<[string, Record<string, unknown>]>([
  ['undefined', { a: undefined }],
  ['NaN', { a: NaN }],
  ['infinity', { a: -Infinity }],
  ['a bigint', { a: 1n }],
  ['a function', { toJSON: () => 'x' }],
  ['a symbol', { a: Symbol('x') }],
  ['a Date', { a: new Date(0) }],
  ['a Map', { a: new Map() }],
  ['bytes', { a: Uint8Array.of(1) }],
  ['a lone surrogate in text', { a: '\ud83d' }],
  ['a lone surrogate in a name', { '\ude00': 1 }],
  ['an array within an array', { a: [[1]] }],
  ['an array with a hole', { a: Array(1) }],
  ['an empty field name', { '': 1 }],
  ['a reserved field name', { a: { __x__: 1 } }],
  ['__proto__', JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>],
  ['a very long field name', { ['n'.repeat(1501)]: 1 }],
  ['too deep a map', nested(MAX_FINDINGS_DEPTH)],
  ['a cycle', cyclic],
])('findings with %s are refused', (_what, findings) => {
  expect(() => checkedFindings({}, 'p', findings)).toThrow(InvalidYield)
})

test('findings as deep as is allowed are taken, and arrays in maps in arrays', () => {
  expect(checkedFindings({}, 'p', nested(MAX_FINDINGS_DEPTH - 1))).toEqual({ p: nested(MAX_FINDINGS_DEPTH - 1) })
  expect(checkedFindings({}, 'p', { a: [{ b: [1] }] })).toEqual({ p: { a: [{ b: [1] }] } })
})

test('findings of all processors together are limited, in bytes of UTF-8', () => {
  const room = MAX_FINDINGS_BYTES - '{"p":{"a":""}}'.length
  expect(() => checkedFindings({}, 'p', { a: 'x'.repeat(room) })).not.toThrow()
  expect(() => checkedFindings({}, 'p', { a: 'x'.repeat(room + 1) })).toThrow(InvalidYield)
  expect(() => checkedFindings({}, 'p', { a: 'ü'.repeat(room / 2 + 1) })).toThrow(InvalidYield)
  expect(() => checkedFindings({ before: 'x'.repeat(room / 2) }, 'p', { a: 'x'.repeat(room / 2) })).toThrow(
    InvalidYield,
  )
})

test('findings are copied: what a processor changes later changes nothing', () => {
  const inner = { list: [1] }
  const kept = checkedFindings({}, 'p', { inner })
  inner.list.push(2)
  expect(kept).toEqual({ p: { inner: { list: [1] } } })
})

test('any value whatever is either refused or kept as the same JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string(),
        fc.anything({ withDate: true, withBigInt: true, withMap: true, withTypedArray: true }),
      ),
      (findings) => {
        let kept
        try {
          kept = checkedFindings({}, 'p', findings)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidYield)
          return
        }
        expect(JSON.stringify(kept.p)).toBe(JSON.stringify(findings))
      },
    ),
    { numRuns: 500, seed: 7 },
  )
})
