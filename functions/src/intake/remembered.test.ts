import { Remembered } from './remembered.ts'

let now: number
beforeEach(() => {
  now = 0
})
const remembered = (entries = 2) => new Remembered<string | null>({ milliseconds: 60, entries, clock: () => now })

it('asks once while what it knows is fresh, also where there is nothing', async () => {
  const known = remembered()
  const load = jest.fn(async () => null)
  await known.of('a', load)
  now = 59
  expect(await known.of('a', load)).toBeNull()
  expect(load).toHaveBeenCalledTimes(1)
  now = 60
  await known.of('a', load)
  expect(load).toHaveBeenCalledTimes(2)
})

it('does not remember a failure', async () => {
  const known = remembered()
  await expect(known.of('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
  expect(await known.of('a', async () => 'up')).toBe('up')
})

it('forgets the oldest where there are too many', () => {
  const known = remembered()
  known.set('a', '1')
  known.set('b', '2')
  known.set('a', '3')
  known.set('c', '4')
  expect(['a', 'b', 'c'].map((key) => known.get(key))).toEqual(['3', undefined, '4'])
})
