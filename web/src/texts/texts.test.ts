import { ENGLISH, LANGUAGES, chooseLocale, type Language, loadTexts } from './texts.ts'
import { counting } from './words.ts'

it('takes the first language that there is, as its region writes it, and English where there is none', () => {
  expect(chooseLocale(['fr-FR', 'de-AT', 'en'])).toEqual({ language: 'de', locale: 'de-AT' })
  expect(chooseLocale(['DE'])).toEqual({ language: 'de', locale: 'DE' })
  expect(chooseLocale(['fr'])).toEqual({ language: 'en', locale: 'en' })
  expect(chooseLocale([])).toEqual({ language: 'en', locale: 'en' })
})

it('leaves out what is no language, of which Intl would throw', () => {
  for (const tag of ['en-US@posix', 'de-', 'constructor', '']) expect(chooseLocale([tag]).locale).toBe('en')
})

it('counts as the language does', () => {
  const forms = { one: '# file', other: '# files' }
  expect([0, 1, 1234].map((count) => counting('en')(count, forms))).toEqual(['0 files', '1 file', '1,234 files'])
  expect(counting('de')(1234, { other: '# Dateien' })).toBe('1.234 Dateien')
})

/** Every text by its place; of functions that there is one. */
function placesOf(texts: unknown, place = ''): readonly (readonly [string, unknown])[] {
  if (typeof texts !== 'object' || texts === null) return [[place, texts]]
  return Object.entries(texts).flatMap(([name, each]) => placesOf(each, `${place}.${name}`))
}

it.each(Object.keys(LANGUAGES) as Language[])('has every text in %s, and none that is empty', async (language) => {
  const [own, english] = [placesOf(await loadTexts(language)), placesOf(await loadTexts('en'))]
  expect(own.map(([place]) => place).toSorted()).toEqual(english.map(([place]) => place).toSorted())
  // Of a sentence in two parts, one may be empty.
  expect(own.filter(([place, text]) => text === '' && !/\d$/.test(place))).toEqual([])
  expect(placesOf(ENGLISH).length).toBeGreaterThan(50)
})
