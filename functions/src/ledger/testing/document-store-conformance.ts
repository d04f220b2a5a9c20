import { increment, SERVER_TIME, WriteRejected } from '../document-store.ts'
import type { CountingStore, Data, Query, Transaction, WriteData } from '../document-store.ts'
import { Instant } from '../instant.ts'
import { transactionConformance } from './transaction-conformance.ts'

const day = (n: number) => Instant.parse('2026-11-23T12:00:00Z').plusDays(n)

/** This many maps, one in another. */
const nested = (levels: number): WriteData => ({ a: levels === 1 ? 1 : nested(levels - 1) })

/** In four fields, since one alone may be refused for its own length. */
const ofMebibytes = (mebibytes: number) =>
  Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`f${i}`, 'x'.repeat(mebibytes * 2 ** 18)]))

/**
 * What every {@link CountingStore} owes its callers: `make` gives an empty one for each test.
 *
 * The emulator enforces neither indexes nor the limits on index entries, and locks where Firestore may choose to be optimistic,
 * so nothing here rests on those; tests/rules/index-coverage.test.ts covers the indexes.
 */
export function documentStoreConformance(make: () => Promise<CountingStore>): void {
  let store: CountingStore
  beforeEach(async () => {
    store = await make()
  })
  const write = (body: (transaction: Transaction) => void) => store.transact(async (transaction) => body(transaction))
  const put = (documents: Readonly<Record<string, WriteData>>) =>
    write((transaction) => {
      for (const [path, data] of Object.entries(documents)) transaction.set(path, data)
    })
  const paths = async (query: Query) => (await store.query(query)).map(({ path }) => path)
  const instantAt = async (path: string) => (await store.get(path))?.['at'] as Instant

  describe('values', () => {
    it.each<[string, Data]>([
      ['null, booleans and numbers', { a: null, b: true, c: false, d: 0, e: -1, f: 0.1, g: 2 ** 53 - 1, h: 1e300 }],
      ['strings of any script, and empty ones', { a: '', b: 'ünï — 漢字 😀', c: 'line\nline\u0000', d: '\uffff' }],
      [
        'times to the microsecond',
        { a: Instant.parse('2026-11-23T12:00:00.123457Z'), b: Instant.parse('2026-11-23T12:00:00.000001Z') },
      ],
      ['times before 1970', { a: Instant.ofMicros(-1), b: Instant.parse('1900-01-01T00:00:00.000001Z') }],
      [
        'nested maps and arrays',
        { a: { b: { c: [1, { d: [], e: {} }, null] } }, f: [Instant.parse('2026-01-01T00:00:00Z')] },
      ],
      ['keys of counters', { cells: { 'web~jpeg~processed': { histogram: { '0': 1, '95': 2 } } } }],
      ['keys with dots, slashes, quotes and spaces', { 'a.b': { 'c/d': 1, 'e`f': 2, 'g\\h': 3, ' ': 4, '*~[]': 5 } }],
      ['keys of any script, and those that JavaScript uses', { 'ключ 😀': 1, constructor: { toString: 2 }, _x_: 3 }],
      ['an empty document', {}],
    ])('come back as they went in: %s', async (_what, data) => {
      await write((transaction) => transaction.create('c/created', data))
      await put({ 'c/set': data })
      await write((transaction) => transaction.merge('c/merged', data))
      for (const path of ['c/created', 'c/set', 'c/merged']) expect(await store.get(path)).toEqual(data)
      expect(await store.query({ collection: 'c', limit: 1 })).toEqual([{ path: 'c/created', data }])
    })

    it.each<[string, WriteData | { readonly a: undefined }]>([
      ['undefined', { a: undefined }],
      ['undefined in an array', { a: [undefined] } as unknown as WriteData],
      ['an array within an array', { a: [[1]] }],
      ['a lone surrogate', { a: 'x\ud800' }],
      ['a lone surrogate in a key', { a: { '\udc00': 1 } }],
      ['an empty key', { a: { '': 1 } }],
      ['a reserved key', { a: { __proto_: 1, __name__: 1 } }],
      ['the key __proto__', JSON.parse('{"a":{"__proto__":{"b":1}}}') as WriteData],
      ['a key of more than 1,500 bytes', { a: { ['é'.repeat(751)]: 1 } }],
      ['a server time within an array', { a: [SERVER_TIME] }],
      ['an increment within an array', { a: [{ b: increment(1) }] }],
      ['more than 20 levels', nested(22)],
      ['more than 1 MiB', ofMebibytes(2)],
      // Firestore's answer names the field, and must not be taken for one about an expired transaction.
      ['more than 1 MiB in a field named transaction', { transaction: 'x'.repeat(1.5 * 2 ** 20) }],
    ])('are refused for good, with all that was written beside them: %s', async (_what, bad) => {
      const data = bad as WriteData
      const path = 'c/bad'
      await expect(write((t) => (t.set('c/beside', {}), t.create(path, data)))).rejects.toThrow(WriteRejected)
      await expect(write((t) => (t.set('c/beside', {}), t.set(path, data)))).rejects.toThrow(WriteRejected)
      await expect(write((t) => (t.set('c/beside', {}), t.merge(path, data)))).rejects.toThrow(WriteRejected)
      expect(await paths({ collection: 'c' })).toEqual([])
    })

    it('take up to 20 levels and nearly 1 MiB', async () => {
      await put({ 'c/deep': nested(20), 'c/large': ofMebibytes(0.99) })
      expect(await paths({ collection: 'c' })).toEqual(['c/deep', 'c/large'])
    })
  })

  describe('a query', () => {
    it('takes one collection, or with group all of one name at any depth, in the order of paths by their segments', async () => {
      const all = ['g/x', 'a/c1-x/g/2', 'a/c1/g/1', 'a/c1/g/1/deeper/9/g/3', 'a/c1/other/1', 'a/g', 'b/c1/gg/1']
      await put(Object.fromEntries(all.map((path) => [path, { n: 1 }])))
      expect(await paths({ collection: 'a/c1/g' })).toEqual(['a/c1/g/1'])
      const group = ['a/c1/g/1', 'a/c1/g/1/deeper/9/g/3', 'a/c1-x/g/2', 'g/x']
      expect(await paths({ collection: 'g', group: true })).toEqual(group)
      expect(await paths({ collection: 'g', group: true, where: [['n', '==', 1]] })).toEqual(group)
      expect(await paths({ collection: 'nothing' })).toEqual([])
    })

    it.each<[string, NonNullable<Query['where']>, string]>([
      ['equality', [['n', '==', 2]], 'bc'],
      ['equality with null', [['at', '==', null]], 'e'],
      ['equality to the microsecond', [['at', '==', Instant.ofMicros(day(0).micros + 1)]], 'b'],
      ['equality in a nested map', [['m.k', '==', 'yes']], 'c'],
      [
        'two equalities',
        [
          ['n', '==', 2],
          ['m.k', '==', 'yes'],
        ],
        'c',
      ],
      ['a range, which skips other types', [['at', '<=', day(1)]], 'abc'],
      ['an open range', [['at', '<', day(1)]], 'ab'],
      ['a range from below', [['at', '>=', day(1)]], 'cd'],
      ['an open range from below', [['at', '>', day(1)]], 'd'],
      [
        'an interval and an equality',
        [
          ['n', '==', 2],
          ['at', '>=', day(0)],
          ['at', '<', day(1)],
        ],
        'b',
      ],
      ['no match', [['n', '==', '2']], ''],
    ])('finds by %s', async (_what, where, found) => {
      await put({
        'c/a': { n: 1, at: day(0) },
        'c/b': { n: 2, at: Instant.ofMicros(day(0).micros + 1) },
        'c/c': { n: 2, at: day(1), m: { k: 'yes' } },
        'c/d': { n: 3, at: day(2), m: 'no map' },
        'c/e': { n: 3, at: null, m: { k: 'no' } },
        'c/f': { n: 4, at: '2026-11-23' },
        'c/g': {},
      })
      expect((await paths({ collection: 'c', where, orderBy: 'at' })).map((path) => path.slice(2)).join('')).toBe(found)
    })

    it('orders by a value of any type, leaves out documents without it, and breaks ties by path', async () => {
      const values = [null, false, true, -1, 0.5, 7, day(0), day(1), 'A', 'a', 'b', '\uffff', '😀']
      const documents = values.map((n, i) => [`c/${String.fromCharCode(122 - i)}`, { n }] as const)
      await put({ ...Object.fromEntries(documents), 'c/zz': { n: 7 }, 'c/Z': { n: 7 }, 'c/none': { m: 1 } })
      expect(await paths({ collection: 'c', orderBy: 'n' })).toEqual(
        documents.flatMap(([path, { n }]) => (n === 7 ? ['c/Z', path, 'c/zz'] : [path])),
      )
    })

    it.each(['collection', 'group'])('pages through a %s with ties, each document once', async (kind) => {
      const all = ['a/1/g/x', 'a/1/g/y', 'a/1/g/z', 'a/1/g/😀']
      if (kind === 'group') all.push('a/10/g/x', 'a/2/g/a')
      await put(Object.fromEntries(all.map((path, i) => [path, { s: 1, at: day(i % 2) }])))
      const base = { where: [['s', '==', 1]], orderBy: 'at' } as const
      const query: Query =
        kind === 'group' ? { ...base, collection: 'g', group: true } : { ...base, collection: 'a/1/g' }
      const whole = await paths(query)
      expect(whole).toHaveLength(all.length)
      for (const limit of [1, 2, 3, 100]) {
        const found: string[] = []
        for (let page = await store.query({ ...query, limit }); page.length > 0 && found.length < 100;) {
          found.push(...page.map(({ path }) => path))
          const last = page.at(-1)
          page = await store.query({
            ...query,
            limit,
            startAfter: { value: last?.data['at'] ?? null, path: last?.path ?? '' },
          })
        }
        expect(found).toEqual(whole)
      }
    })

    it('ends before a document, whether or not that is there, of one collection or of a group', async () => {
      await put({
        'a/1/g/x': { n: 1 },
        'a/1/g/y': { n: 1 },
        'a/1-1/g/x': { n: 1 },
        'a/2/g/x': { n: 1 },
        'a/2/g/y': { n: 2 },
      })
      const where: Query['where'] = [['n', '==', 1]]
      const before = (path: string, n = 1) => ({ where, orderBy: 'n', endBefore: { value: n, path } })
      expect(await paths({ collection: 'a/1/g', ...before('a/1/g/y') })).toEqual(['a/1/g/x'])
      expect(await paths({ collection: 'a/1/g', ...before('a/1/g/xx') })).toEqual(['a/1/g/x'])
      expect(await paths({ collection: 'a/1/g', ...before('a/1/g/a', 2) })).toEqual(['a/1/g/x', 'a/1/g/y'])
      const group = { collection: 'g', group: true, ...before('a/1/g/~'), startAfter: { value: 1, path: 'a/1/g/!' } }
      expect(await paths(group)).toEqual(['a/1/g/x', 'a/1/g/y'])
      expect(await paths({ ...group, limit: 1 })).toEqual(['a/1/g/x'])
      expect(await paths({ ...group, endBefore: { value: 1, path: 'a/2/g/x' } })).toHaveLength(3)
    })

    it('gives the named fields alone, those of nested maps by their paths, and leaves out what is not there', async () => {
      await put({
        'c/a': { n: 1, at: day(0), m: { x: 1, y: 2, deep: { z: null } }, large: 'x'.repeat(1000) },
        'c/b': { n: 2, l: [1] },
      })
      const fields = ['n', 'at', 'm.x', 'm.deep.z', 'l']
      expect((await store.query({ collection: 'c', orderBy: 'n', fields })).map(({ data }) => data)).toEqual([
        { n: 1, at: day(0), m: { x: 1, deep: { z: null } } },
        { n: 2, l: [1] },
      ])
      expect(await store.query({ collection: 'c', where: [['n', '==', 2]], fields: ['l'], limit: 1 })).toEqual([
        { path: 'c/b', data: { l: [1] } },
      ])
    })

    it('counts what it would find, now or as of a moment that has passed', async () => {
      await put({ 'a/1/g/x': { n: 1, s: 'on' }, 'a/2/g/x': { n: 1, s: 'off' }, 'a/2/g/y': { n: 2, s: 'on' } })
      const group: Query = { collection: 'g', group: true }
      const then = await store.snapshot(async (reader) => {
        await reader.get('a/1/g/x')
        return reader.readTime()
      })
      await put({ 'a/3/g/x': { n: 1, s: 'on' } })
      await write((transaction) => transaction.delete('a/2/g/y'))
      expect(await store.count({ ...group, where: [['n', '==', 1]] })).toBe(3)
      expect(await store.count({ collection: 'a/2/g' })).toBe(1)
      expect(await store.count({ collection: 'nothing' })).toBe(0)
      const where: Query['where'] = [
        ['n', '==', 1],
        ['s', '==', 'on'],
      ]
      expect(await store.count({ ...group, where })).toBe(2)
      expect(await store.count({ ...group, where }, { at: then })).toBe(1)
      expect(await store.count(group, { at: then })).toBe(3)
    })

    it('starts after a document that is no longer there', async () => {
      await put({ 'c/a': { n: 1 }, 'c/c': { n: 1 }, 'c/d': { n: 2 } })
      for (const [value, path, found] of [
        [1, 'c/b', ['c/c', 'c/d']],
        [1.5, 'c/z', ['c/d']],
        [2, 'c/d', []],
      ] as const) {
        expect(await paths({ collection: 'c', orderBy: 'n', startAfter: { value, path } })).toEqual(found)
      }
    })
  })

  transactionConformance(() => store)

  describe('time', () => {
    it('SERVER_TIME is one moment for all that a transaction writes, later than its reads and than all before', async () => {
      let before = Instant.ofMicros(0)
      for (let i = 0; i < 3; i++) {
        const read = await store.transact(async (transaction) => {
          await transaction.get('c/a')
          transaction.set('c/a', { at: SERVER_TIME, deep: { at: SERVER_TIME } })
          transaction.merge('c/b', { at: SERVER_TIME })
          return transaction.readTime()
        })
        const at = await instantAt('c/a')
        expect(await store.get('c/a')).toEqual({ at, deep: { at } })
        expect(await instantAt('c/b')).toEqual(at)
        expect(at.isAfter(read)).toBe(true)
        expect(read.isAfter(before) || read.micros === before.micros).toBe(true)
        before = at
      }
    })

    it('the read time of a transaction is that of its latest read; before the first there is none', async () => {
      await store.transact(async (transaction) => {
        expect(() => transaction.readTime()).toThrow(Error)
        await transaction.query({ collection: 'c' })
        const first = transaction.readTime()
        await put({ 'd/a': { at: SERVER_TIME } })
        const written = (await transaction.get('d/a'))?.['at'] as Instant
        expect(written.isAfter(first)).toBe(true)
        expect(written.isAfter(transaction.readTime())).toBe(false)
      })
    })

    it('a snapshot sees one moment while others write, and says which', async () => {
      await put({ 'c/a': { n: 1, at: SERVER_TIME }, 'c/b': { n: 1 } })
      const seen = await store.snapshot(async (reader) => {
        expect(() => reader.readTime()).toThrow(Error)
        const a = await reader.get('c/a')
        const time = reader.readTime()
        await put({ 'c/a': { n: 2 }, 'c/b': { n: 2, at: SERVER_TIME }, 'c/c': { n: 2 } })
        const [b, c, all] = await Promise.all([reader.get('c/b'), reader.get('c/c'), reader.query({ collection: 'c' })])
        expect(reader.readTime()).toEqual(time)
        return { a: a?.['n'], b: b?.['n'], c, all: all.map(({ data }) => data['n']), after: a?.['at'] as Instant, time }
      })
      expect(seen).toMatchObject({ a: 1, b: 1, c: null, all: [1, 1] })
      expect(seen.after.isAfter(seen.time)).toBe(false)
      expect((await instantAt('c/b')).isAfter(seen.time)).toBe(true)
      expect(await paths({ collection: 'c' })).toEqual(['c/a', 'c/b', 'c/c'])
    })

    it('a snapshot of a moment that has passed sees what was there then, written, changed and deleted since', async () => {
      await put({ 'c/a': { n: 1 }, 'c/b': { n: 1 } })
      const then = await store.snapshot(async (reader) => {
        await reader.get('c/a')
        return reader.readTime()
      })
      await put({ 'c/a': { n: 2 } })
      await put({ 'c/a': { n: 3 }, 'c/c': { n: 3 } })
      await write((transaction) => transaction.delete('c/b'))
      const seen = async () =>
        store.snapshot(
          async (reader) => {
            const [a, all] = [await reader.get('c/a'), await reader.query({ collection: 'c', orderBy: 'n' })]
            expect(reader.readTime()).toEqual(then)
            return { a, all: all.map(({ path, data }) => [path, data['n']]), c: await reader.get('c/c') }
          },
          { at: then },
        )
      const was = {
        a: { n: 1 },
        all: [
          ['c/a', 1],
          ['c/b', 1],
        ],
        c: null,
      }
      expect(await seen()).toEqual(was)
      await put({ 'c/b': { n: 4 } })
      expect(await seen()).toEqual(was)
    })

    it('a snapshot throws what its body throws', async () => {
      await expect(store.snapshot(async () => Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError)
    })
  })
}
