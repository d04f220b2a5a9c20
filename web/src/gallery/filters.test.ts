import { addressOf, filterOf, filtersIn, isDay, isFiltered, isSearch, viewOf } from './filters.ts'

const view = (address: string) => viewOf(new URLSearchParams(address))

it.each([
  '',
  'state=failed',
  'state=deleted&format=heic&source=kafka&from=2026-02-01&to=2026-02-28&name=summer+holi',
  'name=%C3%A9t%C3%A9',
])('takes the address "%s" and gives the same back', (address) => {
  expect(addressOf(view(address)).toString()).toBe(address)
})

it.each([
  'state=deleting',
  'format=svg',
  'format=',
  'source=mail',
  'from=2026-02-30',
  'from=1-2-3',
  'to=0202-01-01',
  'x=1',
])('asks for nothing by "%s"', (address) => {
  expect(isFiltered(view(address))).toBe(false)
  expect(filterOf(view(address))).toEqual({})
})

it('makes of days the moments at which they begin and end where the browser is', () => {
  expect(filterOf(view('from=2026-03-29&to=2026-03-29'))).toEqual({
    from: new Date(2026, 2, 29),
    // Not 24 hours later: some days have 23 or 25.
    to: new Date(2026, 2, 30),
  })
  expect(filterOf(view('to=2026-12-31'))).toEqual({ to: new Date(2027, 0, 1) })
})

it('searches from two characters on', () => {
  expect(filterOf(view('name=a'))).toEqual({})
  expect(filterOf(view('name=.-'))).toEqual({})
  expect(filterOf(view('name=ab'))).toEqual({ name: 'ab' })
  expect(isSearch('x y')).toBe(false)
  expect(isSearch('x yz')).toBe(true)
})

it('cuts a name that nobody can have typed, and what is no text', () => {
  expect(view(`name=${'x'.repeat(5000)}`).name).toHaveLength(100)
})

it('counts the filters without the search', () => {
  expect(filtersIn(view('name=abc'))).toBe(0)
  expect(filtersIn(view('name=abc&state=failed&from=2026-01-01'))).toBe(2)
})

it('knows a day from what is half typed', () => {
  expect(['2026-02-28', '2028-02-29', '2026-02-29', '0020-01-01', ''].map(isDay)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
