import { extended, NOTHING, remaining, toggled } from './selection.ts'

const ids = ['e', 'd', 'c', 'b', 'a']

it('selects one, and lets it go', () => {
  const one = toggled(NOTHING, 'c')
  expect([...one]).toEqual(['c'])
  expect([...toggled(one, 'c')]).toEqual([])
  expect([...NOTHING]).toEqual([])
})

it('selects all from the last one on, in either direction, and keeps what was selected', () => {
  expect([...extended(new Set(['a']), ids, 'd', 'b')]).toEqual(['a', 'd', 'c', 'b'])
  expect([...extended(NOTHING, ids, 'b', 'd')]).toEqual(['d', 'c', 'b'])
})

it('selects that one alone where the last one is gone, and nothing that is not there', () => {
  expect([...extended(NOTHING, ids, 'x', 'b')]).toEqual(['b'])
  expect([...extended(NOTHING, ids, null, 'b')]).toEqual(['b'])
  expect([...extended(NOTHING, ids, 'a', 'x')]).toEqual([])
})

it('loses those that vanish and no others', () => {
  const selection = new Set(['a', 'd'])
  expect(remaining(selection, ids)).toBe(selection)
  expect([...remaining(selection, ['e', 'd'])]).toEqual(['d'])
})
