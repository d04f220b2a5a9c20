import { ObjectConflict, ObjectGone, type ObjectStat, type ObjectStore } from '../object-store.ts'
import { crc32c } from './memory-objects.ts'

export interface ObjectsUnderTest {
  readonly objects: ObjectStore
  /** What only somebody outside the pipeline does. */
  overwrite(name: string, bytes: Uint8Array, contentType: string): Promise<void>
  /** What only the lifecycle does. */
  remove(name: string): Promise<void>
}

const bytesOf = (text: string) => new TextEncoder().encode(text)
const namesOf = (stats: readonly ObjectStat[]) => stats.map(({ name }) => name)

/**
 * What every {@link ObjectStore} owes its callers: `make` gives an empty one for each test.
 *
 * Two things the emulator cannot show, so that memory-objects.test.ts tests them of the twin alone: of two creations at the very
 * same moment one wins (it keeps no precondition), and U+E000 to U+FFFF are listed before pairs (it sorts by UTF-16 units).
 */
export function objectStoreConformance(make: () => Promise<ObjectsUnderTest>): void {
  let test: ObjectsUnderTest
  beforeEach(async () => {
    test = await make()
  })
  const create = (name: string, content = name) => test.objects.create(name, bytesOf(content), 'text/plain')

  describe('an object', () => {
    it('that is not there has no stat, and no bytes in any generation', async () => {
      expect(await test.objects.stat('web/c1/u1/absent.jpg')).toBeNull()
      await expect(test.objects.read('web/c1/u1/absent.jpg', '1')).rejects.toThrow(ObjectGone)
    })

    it('is described alike by create, stat and list', async () => {
      // RFC 3720 appendix B.4's own example of CRC32C: 32 bytes, rising from 0.
      const bytes = Uint8Array.from({ length: 32 }, (_, i) => i)
      const created = await test.objects.create('a/b.jpg', bytes, 'image/jpeg')
      expect(created).toEqual({
        name: 'a/b.jpg',
        generation: expect.stringMatching(/^[1-9]\d*$/) as string,
        bytes: 32,
        contentType: 'image/jpeg',
        metadata: {},
        crc32c: Buffer.from('46dd794e', 'hex').toString('base64'),
        createdAt: created.createdAt,
      })
      expect(created.createdAt.micros).toBeGreaterThan(0)
      expect(await test.objects.stat('a/b.jpg')).toEqual(created)
      expect(await test.objects.list({ limit: 10 })).toEqual([created])
    })

    it.each([
      ['no bytes', new Uint8Array()],
      ['every byte', Uint8Array.from({ length: 256 }, (_, i) => i)],
      ['a part of a larger buffer', new Uint8Array(new ArrayBuffer(100), 10, 20).fill(7)],
      ['what looks like compressed data', Uint8Array.of(0x1f, 0x8b, 8, 0, 0)],
      ['a mebibyte', new Uint8Array(2 ** 20).fill(200)],
    ])('gives back %s', async (_what, bytes) => {
      const { generation, crc32c: sum, bytes: size } = await test.objects.create('a', bytes, 'image/png')
      expect(size).toBe(bytes.length)
      expect(sum).toBe(crc32c(bytes))
      const read = await test.objects.read('a', generation)
      expect(Buffer.compare(Buffer.from(read), Buffer.from(bytes))).toBe(0)
    })

    it.each([
      'web/c1/u1/holiday photo.jpg',
      'web/c1/u1/ünï — 漢字 😀.jpg',
      'web/c1/u1/e\u0301 is not \u00e9.jpg',
      'web/c1/u1/a#b?c=d&e%2Ff%zz+g.jpg',
      `web/c1/u1/'"<>\\{}[]()*!~;:@$,^|\`.jpg`,
      'web/c1/u1/..',
      'folder/',
    ])('may be called %s', async (name) => {
      const created = await create(name)
      expect(created.name).toBe(name)
      expect(await test.objects.stat(name)).toEqual(created)
      expect(Buffer.from(await test.objects.read(name, created.generation)).toString()).toBe(name)
      expect(await test.objects.list({ limit: 10 })).toEqual([created])
      await expect(create(name, 'other')).rejects.toThrow(ObjectConflict)
    })

    it('keeps the metadata that it was created with, and takes none from a second creation', async () => {
      const metadata = { ceId: 'a "1"', ceSubject: 'größe 漢字 😀 100%.jpg' }
      const first = await test.objects.create('a', bytesOf('same'), 'image/jpeg', metadata)
      expect(first.metadata).toEqual(metadata)
      await test.objects.create('a', bytesOf('same'), 'image/jpeg', { ceId: 'other' })
      expect((await test.objects.stat('a'))?.metadata).toEqual(metadata)
    })

    it('is created once: again with equal bytes is success, whatever the type said, and changes nothing', async () => {
      const first = await create('a', 'same')
      expect(await test.objects.create('a', bytesOf('same'), 'image/jpeg')).toEqual(first)
      expect(await test.objects.stat('a')).toEqual(first)
    })

    it.each([
      ['other bytes', 'original', 'imposter'],
      ['fewer bytes', 'original', ''],
      ['bytes where there were none', '', 'original'],
    ])('is never overwritten: %s are a conflict', async (_what, content, other) => {
      const first = await create('a', content)
      await expect(create('a', other)).rejects.toThrow(ObjectConflict)
      expect(await test.objects.stat('a')).toEqual(first)
      expect(Buffer.from(await test.objects.read('a', first.generation)).toString()).toBe(content)
    })

    it('that somebody overwrote has a new generation, and the old one is gone', async () => {
      const first = await create('a', 'first')
      await test.overwrite('a', bytesOf('second'), 'text/plain')
      const second = await test.objects.stat('a')
      expect(second).toMatchObject({ bytes: 6, crc32c: crc32c(bytesOf('second')) })
      expect(second?.generation).not.toBe(first.generation)
      await expect(test.objects.read('a', first.generation)).rejects.toThrow(ObjectGone)
      expect(Buffer.from(await test.objects.read('a', second?.generation ?? '')).toString()).toBe('second')
    })

    it('that was removed is gone, and can be created again as another generation', async () => {
      const first = await create('a', 'first')
      await test.remove('a')
      expect(await test.objects.stat('a')).toBeNull()
      expect(await test.objects.list({ limit: 10 })).toEqual([])
      await expect(test.objects.read('a', first.generation)).rejects.toThrow(ObjectGone)
      const second = await create('a', 'other')
      expect(second.generation).not.toBe(first.generation)
    })
  })

  describe('a deleted object', () => {
    it('is gone, and can be created again as another generation', async () => {
      const first = await create('a/1', 'first')
      await create('a/2')
      await test.objects.delete('a/1', first.generation)
      expect(await test.objects.stat('a/1')).toBeNull()
      expect(namesOf(await test.objects.list({ limit: 10 }))).toEqual(['a/2'])
      await expect(test.objects.read('a/1', first.generation)).rejects.toThrow(ObjectGone)
      const second = await create('a/1', 'other')
      expect(second.generation).not.toBe(first.generation)
    })

    it('may be deleted again, which changes nothing, whatever stands there by then', async () => {
      const first = await create('a', 'first')
      await test.objects.delete('a', first.generation)
      await test.objects.delete('a', first.generation)
      await test.objects.delete('absent', '1')
      const second = await create('a', 'second')
      await test.objects.delete('a', first.generation)
      expect(await test.objects.stat('a')).toEqual(second)
    })

    it.each(['a b#c?d%2Fe', '漢/😀', 'folder/'])('may be called %s', async (name) => {
      const { generation } = await create(name)
      await test.objects.delete(name, generation)
      expect(await test.objects.stat(name)).toBeNull()
    })
  })

  describe('a list', () => {
    const NAMES = ['A', 'a', 'a b', 'a#', 'a%2F', 'a-', 'a/', 'a/1', 'a/10', 'a/2', 'a0', 'b/c/d', 'é', '漢', '😀']
    const list = async (limit: number, startAfter?: string) =>
      namesOf(await test.objects.list({ limit, ...(startAfter !== undefined && { startAfter }) }))
    const fill = async () => {
      for (const name of NAMES.toReversed()) await create(name)
    }

    it('of nothing is empty', async () => {
      expect(await list(10)).toEqual([])
      expect(await list(10, 'a')).toEqual([])
    })

    it('is in the order of names by their bytes, at most as many as asked for', async () => {
      await fill()
      expect(await list(100)).toEqual(NAMES)
      expect(await list(NAMES.length)).toEqual(NAMES)
      expect(await list(3)).toEqual(NAMES.slice(0, 3))
    })

    it.each([
      ['a name that is there', 'a/1', ['a/10', 'a/2', 'a0']],
      ['one that is not there', 'a/11', ['a/2', 'a0', 'b/c/d']],
      ['one before all', '!', ['A', 'a', 'a b']],
      ['the last', '😀', []],
      ['one after all', '😀x', []],
      ['one that needs escaping', 'a#', ['a%2F', 'a-', 'a/']],
      ['a name in another script', 'é', ['漢', '😀']],
    ])('starts after %s', async (_what, startAfter, names) => {
      await fill()
      expect(await list(3, startAfter)).toEqual(names)
    })

    it.each([
      ['a/', ['a/', 'a/1', 'a/10', 'a/2']],
      ['a/1', ['a/1', 'a/10']],
      ['a#', ['a#']],
      ['漢', ['漢']],
      ['none', []],
    ])('has only names that begin with %s, where that is asked for', async (prefix, names) => {
      await fill()
      expect(namesOf(await test.objects.list({ prefix, limit: 100 }))).toEqual(names)
      expect(namesOf(await test.objects.list({ prefix, limit: 1 }))).toEqual(names.slice(0, 1))
      const [first = ''] = names
      const rest = await test.objects.list({ prefix, startAfter: first, limit: 100 })
      expect(namesOf(rest)).toEqual(names.slice(1))
    })

    it('goes through everything in pages of any size', async () => {
      await fill()
      for (const limit of [1, 2, 5, NAMES.length, 100]) {
        const found: string[] = []
        for (let page = await list(limit); page.length > 0 && found.length < 100;) {
          found.push(...page)
          page = await list(limit, found.at(-1))
        }
        expect(found).toEqual(NAMES)
      }
    })
  })
}
