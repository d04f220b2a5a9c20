import { columnsIn, moved, rowsMoved } from './moves.ts'

/** 0 1 2 / 3 4 5 / 6 7 */
const grid = { columns: 3, rows: 2, count: 8 }

it.each([
  ['ArrowRight', 2, 3],
  ['ArrowRight', 7, 7],
  ['ArrowLeft', 3, 2],
  ['ArrowLeft', 0, 0],
  ['ArrowDown', 1, 4],
  ['ArrowDown', 4, 7],
  // There is none below it: the last one is next to that.
  ['ArrowDown', 5, 7],
  ['ArrowDown', 6, 6],
  ['ArrowUp', 4, 1],
  ['ArrowUp', 1, 1],
  ['PageDown', 1, 7],
  ['PageUp', 7, 1],
  ['PageUp', 4, 1],
  ['Home', 5, 0],
  ['End', 1, 7],
] as const)('goes by %s from %i to %i', (key, from, to) => {
  expect(moved(key, from, grid)).toBe(to)
})

it('leaves other keys alone', () => {
  expect(moved('a', 1, grid)).toBeNull()
  expect(moved('Tab', 1, grid)).toBeNull()
})

it('has as many columns as find room, and at least one', () => {
  expect(columnsIn(1000, 200, 0)).toBe(5)
  expect(columnsIn(1000, 200, 10)).toBe(4)
  expect(columnsIn(1040, 200, 10)).toBe(5)
  expect(columnsIn(50, 200, 10)).toBe(1)
})

it('finds how far what is looked at has moved', () => {
  const before = ['d', 'c', 'b', 'a']
  expect(rowsMoved(before, before, 2, 2)).toBe(0)
  expect(rowsMoved(before, ['f', 'e', ...before], 2, 2)).toBe(1)
  expect(rowsMoved(before, ['e', ...before], 2, 2)).toBe(0)
  expect(rowsMoved(before, ['b', 'a'], 2, 2)).toBe(-1)
  // The first that is left counts, and none is left.
  expect(rowsMoved(before, ['f', 'e', 'd', 'c', 'x', 'a'], 2, 2)).toBe(1)
  expect(rowsMoved(before, ['x'], 2, 2)).toBe(0)
})
