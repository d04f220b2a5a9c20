import fc from 'fast-check'
import { namePartsOf, nameSearchOf } from './customer.ts'

const finds = (typed: string, fileName: string) => {
  const search = nameSearchOf(typed)
  return search !== null && namePartsOf(fileName).includes(search.part) && search.matches(fileName)
}

it('is the beginnings of the words of a name, each once', () => {
  expect(namePartsOf('IMG_2041 (1).jpg')).toEqual(['im', 'img', '20', '204', '2041', '1', 'jp', 'jpg'])
  expect(namePartsOf('a-a-a')).toEqual(['a'])
  expect(namePartsOf('….__')).toEqual([])
})

it('finds a name by whole words or their beginnings, in any order, without case, accents and width', () => {
  for (const typed of ['Übersicht', 'UBERS', 'ub', '2026 uber', 'png übersicht', 'ｐｎｇ', 'café', 'ubersicht-cafe'])
    expect([typed, finds(typed, 'Übersicht Café 2026.png')]).toEqual([typed, true])
  for (const typed of ['sicht', 'übersichten', 'png jpg', '2027'])
    expect([typed, finds(typed, 'Übersicht Café 2026.png')]).toEqual([typed, false])
  expect(finds('写真', '写真 1.jpg')).toBe(true)
})

it('asks for the longest word, as far as it is kept, and compares the rest itself', () => {
  expect(nameSearchOf('of Donaudampfschifffahrt')?.part).toBe('donaudampfsc')
  expect(finds('donaudampfschifffahrt', 'Donaudampfschiff.jpg')).toBe(false)
  expect(finds('donaudampfschi', 'Donaudampfschiff.jpg')).toBe(true)
})

it('has nothing to ask where nothing was typed that a name could have', () => {
  for (const typed of ['', ' ', '-_.', '<>']) expect(nameSearchOf(typed)).toBeNull()
})

it('finds every name by each of its first six words, and never keeps more than 66 short ones', () => {
  const letter = fc.constantFrom(...Array.from('aÜñ1-_. ﬁ👍写\u202e<'))
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 255 }), fc.string({ unit: letter, maxLength: 255 }))
  fc.assert(
    fc.property(name, (fileName) => {
      const parts = namePartsOf(fileName)
      expect(parts.length).toBeLessThanOrEqual(66)
      for (const part of parts) expect(Array.from(part).length).toBeLessThanOrEqual(12)
      // One character alone is asked for as a whole word.
      const words =
        fileName
          .normalize('NFKD')
          .replace(/\p{M}/gu, '')
          .match(/[\p{L}\p{N}]+/gu) ?? []
      for (const word of words.slice(0, 6)) expect([word, finds(word, fileName)]).toEqual([word, true])
    }),
  )
})
