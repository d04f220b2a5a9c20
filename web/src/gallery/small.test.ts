import { debounced } from './debounced.ts'
import { Lru } from './lru.ts'
import { isSame } from './same.ts'

describe('debounced', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('acts once nothing more comes, on the last value', () => {
    const acted: string[] = []
    const act = debounced((value: string) => acted.push(value), 250)
    act('h')
    jest.advanceTimersByTime(200)
    act('ho')
    jest.advanceTimersByTime(249)
    expect(acted).toEqual([])
    jest.advanceTimersByTime(1)
    expect(acted).toEqual(['ho'])
  })

  it('acts at once when asked to, and not at all when it is called off', () => {
    const acted: string[] = []
    const act = debounced((value: string) => acted.push(value), 250)
    act('a')
    act.flush()
    act.flush()
    act('b')
    act.cancel()
    jest.runAllTimers()
    expect(acted).toEqual(['a'])
  })
})

it('keeps what was asked for last', () => {
  const lru = new Lru<number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  expect(lru.get('a')).toBe(1)
  lru.set('c', 3)
  expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([1, undefined, 3])
})

it.each([
  [1, 1, true],
  [null, {}, false],
  [new Date(5), new Date(5), true],
  [new Date(5), new Date(6), false],
  [new Date(5), {}, false],
  [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
  [{ a: [1, { b: null }] }, { a: [1, { b: 0 }] }, false],
  [{ a: 1 }, { a: 1, b: undefined }, false],
  [[1, 2], [1, 2, 3], false],
])('finds %j and %j the same: %s', (a, b, same) => {
  expect(isSame(a, b)).toBe(same)
  expect(isSame(b, a)).toBe(same)
})
