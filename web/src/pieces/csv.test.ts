import { csvOf } from './csv.ts'

const column = (key: string) => ({ key, title: key, cell: (row: Record<string, string | number>) => row[key] ?? '' })
const field = (value: string | number) => csvOf([column('x')], [{ x: value }]).slice('x\r\n'.length, -'\r\n'.length)

it('writes a line for the titles and one for each row, each with its end', () => {
  const columns = [column('name'), { ...column('bytes'), cell: () => '1 KiB', text: () => 1024 }]
  expect(csvOf(columns, [{ name: 'Ada' }, { name: 'Bo' }])).toBe('name,bytes\r\nAda,1024\r\nBo,1024\r\n')
})

it.each([
  ['a,b', '"a,b"'],
  ['say "cheese"', '"say ""cheese"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['<b>, as it is', '"<b>, as it is"'],
  [' kept ', ' kept '],
])('writes %j as %j', (value, written) => {
  expect(field(value)).toBe(written)
})

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1'])('lets no spreadsheet run %j', (value) => {
  expect(field(value).replace(/^"/, '')).toBe(`'${value}${/[\r\n]/.test(value) ? '"' : ''}`)
})

it('leaves alone what only has such a character in it, and numbers', () => {
  expect([field('1=1'), field('a@b.example'), field(-5), field(0.25)]).toEqual(['1=1', 'a@b.example', '-5', '0.25'])
})

it('does not write what it has no text for', () => {
  expect(() => csvOf([{ key: 'x', title: 'x', cell: () => null }], [{}])).toThrow('the column x needs a text')
})
