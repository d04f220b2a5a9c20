import { compareCells } from './cells.ts'

const cell = (customerId: string, outcome = 'processed') => ({
  date: '2026-11-23',
  customerId,
  source: 'web',
  format: 'jpeg',
  outcome,
})

it('orders text by code point, as BigQuery does, and not by UTF-16 units', () => {
  const names = ['B', 'a', 'a-', 'a_', 'aa', '\uFFFD', '\u{1F600}']
  const cells = names.map((name) => cell(name))
  expect(cells.toReversed().sort(compareCells)).toEqual(cells)
})

it('looks at the last part where all others are equal', () => {
  expect(compareCells(cell('a', 'corrupt'), cell('a', 'empty'))).toBeLessThan(0)
  expect(compareCells(cell('a'), cell('a'))).toBe(0)
})
