import { showTheme, themeOf } from './theme.ts'

it('goes by the device where nothing that it knows was chosen', () => {
  expect(themeOf(null)).toBe('system')
  expect(themeOf('sepia')).toBe('system')
  expect(themeOf('dark')).toBe('dark')
})

it('leaves it to the device by saying nothing', () => {
  const root = { dataset: {} as DOMStringMap }
  showTheme('dark', root)
  expect(root.dataset).toEqual({ theme: 'dark' })
  showTheme('light', root)
  expect(root.dataset).toEqual({ theme: 'light' })
  showTheme('system', root)
  expect(root.dataset).toEqual({})
})
