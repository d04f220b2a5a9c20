import { inParallel } from './parallel.ts'

it('gives results in the order of the items, with never more at work than the limit', async () => {
  let atWork = 0
  let most = 0
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
    most = Math.max(most, ++atWork)
    for (let i = 0; i < item; i++) await Promise.resolve()
    atWork--
    return item * 10
  })
  expect(results).toEqual([50, 10, 40, 20, 30])
  expect(most).toBe(2)
})

it('waits for what is at work when one fails, begins nothing new, and throws', async () => {
  const ended: number[] = []
  const running = inParallel([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('first')
    for (let i = 0; i < 10; i++) await Promise.resolve()
    ended.push(item)
  })
  await expect(running).rejects.toThrow('first')
  expect(ended).toEqual([2])
})
