import { type Thumbnail, Thumbnails } from './thumbnails.ts'

function made(max: number) {
  const reads: { object: string; done: (blob: Blob) => void; fail: () => void }[] = []
  const open = new Set<string>()
  let urls = 0
  const thumbnails = new Thumbnails(
    {
      read: (object) =>
        new Promise((resolve, reject) =>
          reads.push({ object, done: resolve, fail: () => reject(new Error('offline')) }),
        ),
      createUrl: () => {
        const url = `blob:${++urls}`
        open.add(url)
        return url
      },
      revokeUrl: (url) => open.delete(url),
    },
    max,
  )
  const asked = () => reads.map(({ object }) => object)
  const answer = async (object: string) => {
    reads.find((read) => read.object === object)?.done(new Blob([]))
    // Two turns: the read's, and that of who waits for it.
    await Promise.resolve()
    await Promise.resolve()
  }
  const fail = async (object: string) => {
    reads.find((read) => read.object === object)?.fail()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { thumbnails, asked, answer, fail, open, reads }
}
const ignore = () => {}

it('loads a few at a time, and in their turn only those that are still wanted', async () => {
  const { thumbnails, asked, answer } = made(100)
  const stops = Array.from({ length: 9 }, (_, i) => thumbnails.want(`o${i}`, ignore))
  expect(asked()).toEqual(['o0', 'o1', 'o2', 'o3', 'o4', 'o5'])
  stops[6]?.()
  await answer('o0')
  expect(asked().slice(6)).toEqual(['o7'])
  await answer('o1')
  expect(asked().slice(7)).toEqual(['o8'])
})

it('gives the address to all who want it, once, and at once to who comes later', async () => {
  const { thumbnails, asked, answer, open } = made(100)
  const got: Thumbnail[] = []
  thumbnails.want('a', (thumbnail) => got.push(thumbnail))
  thumbnails.want('a', (thumbnail) => got.push(thumbnail))
  await answer('a')
  thumbnails.want('a', (thumbnail) => got.push(thumbnail))
  expect(got).toEqual(['blob:1', 'blob:1', 'blob:1'])
  expect(thumbnails.peek('a')).toBe('blob:1')
  expect(asked()).toEqual(['a'])
  expect(open.size).toBe(1)
})

it('keeps a number of them: what was wanted last, and whatever is shown', async () => {
  const { thumbnails, answer, open } = made(2)
  const stops = new Map<string, () => void>()
  for (const object of ['a', 'b', 'c', 'd']) {
    stops.set(object, thumbnails.want(object, ignore))
    await answer(object)
  }
  expect(open.size).toBe(4)
  stops.get('b')?.()
  stops.get('d')?.()
  expect([...open]).toEqual(['blob:1', 'blob:3'])
  stops.get('a')?.()
  stops.get('c')?.()
  expect(['a', 'b', 'c', 'd'].map((object) => thumbnails.peek(object))).toEqual(['blob:1', null, 'blob:3', null])
  stops.set('a', thumbnails.want('a', ignore))
  stops.get('a')?.()
  stops.set('e', thumbnails.want('e', ignore))
  await answer('e')
  // Of a and c, a was wanted later.
  expect(thumbnails.peek('c')).toBeNull()
  expect(thumbnails.peek('a')).toBe('blob:1')
})

it('gives no room to what was scrolled past before its turn came', async () => {
  const { thumbnails, answer } = made(8)
  const stop = thumbnails.want('a', ignore)
  await answer('a')
  stop()
  for (let i = 0; i < 6; i++) thumbnails.want(`slow${i}`, ignore)
  for (let i = 0; i < 9; i++) thumbnails.want(`past${i}`, ignore)()
  expect(thumbnails.peek('a')).toBe('blob:1')
})

it('says that one can’t be had, and asks again for who wants it next', async () => {
  const { thumbnails, asked, answer, fail, reads } = made(100)
  const got: Thumbnail[] = []
  const stop = thumbnails.want('a', (thumbnail) => got.push(thumbnail))
  await fail('a')
  expect(got).toEqual([null])
  stop()
  reads.length = 0
  thumbnails.want('a', (thumbnail) => got.push(thumbnail))
  expect(asked()).toEqual(['a'])
  await answer('a')
  expect(got).toEqual([null, 'blob:1'])
})

it('lets go of everything that is not shown, also of what is under way', async () => {
  const { thumbnails, answer, open } = made(100)
  thumbnails.want('a', ignore)()
  const stop = thumbnails.want('b', ignore)
  await answer('b')
  stop()
  thumbnails.want('c', ignore)
  await answer('c')
  thumbnails.clear()
  await answer('a')
  expect([...open]).toEqual(['blob:2'])
})
