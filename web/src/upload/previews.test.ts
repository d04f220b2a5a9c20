import { FakeClock, settled } from '../uppy-firebase-storage/fakes.ts'
import { Previews } from './previews.ts'

function setUp(ms = 100) {
  const clock = new FakeClock()
  const drawn: string[] = []
  const revoked: string[] = []
  const told = new Map<string, unknown>()
  const previews = new Previews(
    {
      clock,
      async drawPreview(content) {
        drawn.push(await content.text())
        await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
        return `blob:${drawn.at(-1)}`
      },
      revoke: (url) => revoked.push(url),
    },
    (uploadId, preview) => told.set(uploadId, preview),
  )
  const add = (...names: string[]) => {
    for (const name of names) previews.add(name, new Blob([name]))
    return settled()
  }
  return { clock, drawn, revoked, told, previews, add }
}

it('are drawn one at a time, with twice the time of rest', async () => {
  const { clock, drawn, told, add } = setUp()
  await add('a', 'b')
  await clock.advance(299)
  expect(drawn).toEqual(['a'])
  await clock.advance(1)
  expect(drawn).toEqual(['a', 'b'])
  await clock.advance(100)
  expect([...told]).toEqual([
    ['a', { url: 'blob:a' }],
    ['b', { url: 'blob:b' }],
  ])
  await clock.advance(1000)
  await add('c')
  expect(drawn).toEqual(['a', 'b', 'c'])
})

it('rest longer once those that are seen at first are drawn, and not when they were few', async () => {
  const { clock, drawn, add } = setUp()
  await add(...Array.from({ length: 20 }, (_, i) => `${i}`))
  await clock.advance(15 * 300)
  expect(drawn).toHaveLength(16)
  await clock.advance(999)
  expect(drawn).toHaveLength(16)
  await clock.advance(3 * 1000 + 1)
  expect(drawn).toHaveLength(20)
  await clock.advance(2000)
  await add('x', 'y')
  await clock.advance(300)
  expect(drawn).toHaveLength(22)
})

it('are none for large files, and for more than three hundred', async () => {
  const { told, previews, add } = setUp()
  previews.add('large', { size: 26 * 2 ** 20 } as Blob)
  await add(...Array.from({ length: 301 }, (_, i) => `${i}`))
  expect([...told]).toEqual([
    ['large', 'none'],
    ['300', 'none'],
  ])
})

it('are given back, those too that were being drawn', async () => {
  const { clock, revoked, told, previews, add } = setUp()
  await add('a', 'b', 'c')
  await clock.advance(100)
  previews.drop('a')
  previews.drop('c')
  await clock.advance(250)
  previews.drop('b')
  await clock.advance(1000)
  expect(revoked).toEqual(['blob:a', 'blob:b'])
  expect([...told.keys()]).toEqual(['a'])
})

it('end with the page', async () => {
  const { clock, drawn, revoked, previews, add } = setUp()
  await add('a', 'b', 'c')
  await clock.advance(350)
  previews.close()
  await clock.advance(1000)
  expect(revoked).toEqual(['blob:a', 'blob:b'])
  expect(drawn).toEqual(['a', 'b'])
  expect(clock.waiting).toBe(0)
})
