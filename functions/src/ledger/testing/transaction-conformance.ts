import { AlreadyExists, increment, SERVER_TIME } from '../document-store.ts'
import type { Data, DocumentStore, Transaction, WriteData } from '../document-store.ts'

const count = (data: Data | null) => (data?.['n'] as number | undefined) ?? 0

/** The part of {@link documentStoreConformance} about transactions. `current` gives the store of the running test. */
export function transactionConformance(current: () => DocumentStore): void {
  const write = (body: (transaction: Transaction) => void) => current().transact(async (t) => body(t))

  describe('a transaction', () => {
    it('creates what is not there, and answers with what its body returned', async () => {
      expect(await current().transact(async (t) => (t.create('c/a', { n: 1 }), 'answer'))).toBe('answer')
      expect(await current().get('c/a')).toEqual({ n: 1 })
    })

    it('fails with AlreadyExists where the document is there, and writes nothing else', async () => {
      await write((t) => t.set('c/a', { n: 1 }))
      const again = write((t) => {
        t.set('c/before', {})
        t.create('c/a', { n: 2 })
        t.set('c/after', {})
      })
      await expect(again).rejects.toThrow(AlreadyExists)
      expect(await current().query({ collection: 'c' })).toEqual([{ path: 'c/a', data: { n: 1 } }])
    })

    it('deletes, also what is not there; and what was deleted can be created again', async () => {
      await write((t) => t.set('c/a', { n: 1 }))
      await write((t) => (t.delete('c/a'), t.delete('c/absent')))
      expect(await current().get('c/a')).toBeNull()
      await write((t) => t.create('c/a', { n: 2 }))
      expect(await current().get('c/a')).toEqual({ n: 2 })
    })

    it('applies several writes to one document in their order', async () => {
      await write((t) => {
        t.set('c/a', { n: 1, m: { x: 1 } })
        t.merge('c/a', { n: increment(2), m: { y: 2 } })
        t.merge('c/a', { n: increment(3) })
      })
      expect(await current().get('c/a')).toEqual({ n: 6, m: { x: 1, y: 2 } })
    })

    it.each<[string, Data | null, WriteData, Data]>([
      ['sets what is named and leaves the rest', { a: 1, b: 2 }, { b: 3, c: null }, { a: 1, b: 3, c: null }],
      ['merges maps at any depth', { m: { n: { x: 1, y: 2 } } }, { m: { n: { y: 3 } } }, { m: { n: { x: 1, y: 3 } } }],
      ['makes the document where it is not there', null, { m: { x: 1 } }, { m: { x: 1 } }],
      ['makes an empty document of nothing', null, {}, {}],
      ['changes nothing by nothing', { a: 1 }, {}, { a: 1 }],
      ['replaces arrays, and maps by other values', { a: [1, 2], m: { x: 1 } }, { a: [3], m: 4 }, { a: [3], m: 4 }],
      ['replaces other values by maps', { m: 4, l: [1] }, { m: { x: 1 }, l: { y: 1 } }, { m: { x: 1 }, l: { y: 1 } }],
      ['adds to numbers, whole or not', { n: 5, f: 0.5 }, { n: increment(-7), f: increment(1) }, { n: -2, f: 1.5 }],
      [
        'adds to nothing as to 0, in maps that are not there',
        { m: { here: 1 } },
        { n: increment(2), m: { deep: { x: increment(3) } } },
        { n: 2, m: { here: 1, deep: { x: 3 } } },
      ],
      [
        'puts a number where there was none',
        { n: 'text', m: { x: 1 } },
        { n: increment(1), m: increment(2) },
        { n: 1, m: 2 },
      ],
      [
        'takes keys as they are, dots and all',
        { cells: { 'a.b': { 'c/d': 1 } } },
        { cells: { 'a.b': { 'c/d': increment(1) }, 'web~jpeg~processed': { '0': increment(1) }, 'x`y\\': 1 } },
        { cells: { 'a.b': { 'c/d': 2 }, 'web~jpeg~processed': { '0': 1 }, 'x`y\\': 1 } },
      ],
      [
        'takes keys that every object inherits',
        { m: {} },
        { m: { toString: increment(1), constructor: { x: 1 } } },
        { m: { toString: 1, constructor: { x: 1 } } },
      ],
      ['replaces a map by an empty one', { m: { x: 1 } }, { m: {} }, { m: {} }],
    ])('merge %s', async (_what, before, merged, after) => {
      if (before !== null) await write((t) => t.set('c/a', before))
      await write((t) => t.merge('c/a', merged))
      expect(await current().get('c/a')).toEqual(after)
    })

    it('set replaces the whole document, and so do its increments', async () => {
      await write((t) => t.set('c/a', { a: 1, n: 5, m: { x: 1 } }))
      await write((t) => t.set('c/a', { n: increment(2), m: { y: increment(1) } }))
      expect(await current().get('c/a')).toEqual({ n: 2, m: { y: 1 } })
    })

    it('refuses to read after it wrote', async () => {
      const getting = current().transact(async (t) => (t.set('c/a', {}), t.get('c/b')))
      await expect(getting).rejects.toThrow(/reads/)
      const querying = current().transact(async (t) => (t.set('c/a', {}), t.query({ collection: 'c' })))
      await expect(querying).rejects.toThrow(/reads/)
      expect(await current().get('c/a')).toBeNull()
    })

    it('writes nothing and throws the same when its body throws', async () => {
      const mine = new RangeError('mine')
      const failed = current().transact(async (t) => {
        await t.get('c/a')
        t.set('c/a', { at: SERVER_TIME })
        throw mine
      })
      await expect(failed).rejects.toBe(mine)
      expect(await current().query({ collection: 'c' })).toEqual([])
    })

    it('sees nobody write between its reads and its writes: of changes made at once none is lost', async () => {
      let runs = 0
      const add = (by: number) =>
        current().transact(async (t) => {
          runs++
          const n = count(await t.get('c/sum'))
          // One that reads a second document takes longer: the other has its chance in between.
          await t.get(`c/${by}`)
          t.set('c/sum', { n: n + by })
          t.merge('c/total', { n: increment(by) })
          return n + by
        })
      const answers = await Promise.all([add(1), add(10), add(100)])
      expect(await current().get('c/sum')).toEqual({ n: 111 })
      expect(await current().get('c/total')).toEqual({ n: 111 })
      expect(answers).toContain(111)
      expect(new Set(answers).size).toBe(3)
      expect(runs).toBeGreaterThanOrEqual(3)
    })

    it('runs its body again where another was faster, and only the last run counts', async () => {
      const read: number[] = []
      const both = Promise.withResolvers<void>()
      const started = new Set<string>()
      const take = (name: string) =>
        current().transact(async (t) => {
          const n = count(await t.get('c/a'))
          read.push(n)
          started.add(name)
          if (started.size === 2) both.resolve()
          await both.promise
          t.set('c/a', { n: n + 1 })
          t.create(`c/${name}-${n}`, {})
        })
      await Promise.all([take('x'), take('y')])
      expect(read.slice(0, 2)).toEqual([0, 0])
      expect(read.at(-1)).toBe(1)
      const made = (await current().query({ collection: 'c' })).map(({ path }) => path)
      expect([
        ['c/a', 'c/x-0', 'c/y-1'],
        ['c/a', 'c/x-1', 'c/y-0'],
      ]).toContainEqual(made)
    })

    it('creates a document once, however many try at once', async () => {
      const tries = [1, 2, 3].map((n) =>
        current().transact(async (t) => {
          if ((await t.get('c/a')) !== null) return 'found'
          t.create('c/a', { n })
          return 'created'
        }),
      )
      expect((await Promise.all(tries)).sort()).toEqual(['created', 'found', 'found'])
    })

    it('is run again where what its query would find has changed', async () => {
      const join = (name: string) =>
        current().transact(async (t) => {
          const there = await t.query({ collection: 'members', where: [['in', '==', true]] })
          if (there.length > 0) return false
          t.create(`members/${name}`, { in: true })
          return true
        })
      expect((await Promise.all([join('x'), join('y')])).filter(Boolean)).toHaveLength(1)
      expect(await current().query({ collection: 'members' })).toHaveLength(1)
    })
  })
}
