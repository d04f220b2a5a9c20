import { LONGEST_LABEL } from '../pieces/format.ts'
import { LANGUAGES, type Language, loadTexts } from '../texts/texts.ts'

it.each(Object.keys(LANGUAGES) as Language[])('labels of bars have room beside them: %s', async (language) => {
  const { reasons, sources } = (await loadTexts(language)).figures
  const labels = [...Object.values(reasons), ...Object.values(sources)]
  expect(labels.filter(({ length }) => length > LONGEST_LABEL)).toEqual([])
  expect(new Set(labels).size).toBe(labels.length)
})
