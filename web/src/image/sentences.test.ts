import { IMAGE_REFUSALS } from '../../../functions/src/contract/customer.ts'
import { DEFAULT_RAW_DAYS } from '../../../functions/src/contract/limits.ts'
import { SETTING_DEFINITIONS } from '../../../functions/src/config/settings.ts'
import { loadTexts } from '../texts/texts.ts'
import { callProblemSentence, notIncludedText, outcomeSentence, zipSentence } from './sentences.ts'
import { card } from './testing/cards.ts'
import { planOf } from './zip-plan.ts'

const NONE = { done: [], refused: {}, problem: null, unasked: 0 }
const languages = ['en', 'de'] as const

it('says how many were done, how many not and why, and what to do', async () => {
  const texts = await loadTexts('en')
  const refused = { busy: 2, 'raw-expired': 1 }
  expect(outcomeSentence(texts, 'retry', { ...NONE, done: ['a'], refused })).toBe(
    '1 image is tried again. The file of 1 image is no longer kept: send it again. ' +
      '2 images are being processed just now: try them again in a minute.',
  )
  const cut = { ...NONE, done: ['a', 'b'], problem: { code: 'unreachable' as const }, unasked: 3 }
  expect(outcomeSentence(texts, 'delete', cut)).toBe(
    '2 images are deleted. 3 images were not deleted. The server can’t be reached. Check the connection, then try again.',
  )
  expect(outcomeSentence(texts, 'restore', NONE)).toBe('')
})

it.each(languages)('has a sentence for every refusal and problem, of one and of many, in %s', async (language) => {
  const texts = await loadTexts(language)
  for (const reason of IMAGE_REFUSALS) {
    for (const count of [1, 1234]) {
      const sentence = outcomeSentence(texts, 'retry', { ...NONE, refused: { [reason]: count } })
      expect(sentence).toMatch(count === 1 ? /\b1\b.*\.$/ : /\b1[.,]234\b.*\.$/)
      expect(sentence).not.toMatch(/[#]|undefined|NaN/)
    }
  }
  for (const code of ['signed-out', 'denied', 'too-many', 'unreachable'] as const) {
    expect(callProblemSentence(texts, { code })).toMatch(/^\p{Lu}.+\.$/u)
  }
  expect(callProblemSentence(texts, { code: 'refused', sentence: 'There is no such link.' })).toBe(
    'There is no such link.',
  )
})

it.each(languages)('names in the ZIP what is not in it and why, one a line, in %s', async (language) => {
  const texts = await loadTexts(language)
  const plan = planOf([card('a.jpg'), card('b\u202e\u2028\n.jpg', { status: 'failed', outputs: [] })], 'all')
  const [file] = plan.files
  if (file === undefined) throw new TypeError('no file')
  const text = notIncludedText(texts, plan, [{ file, reason: 'missing' }])
  expect(text?.split('\n')).toEqual([
    texts.image.zipNote,
    '',
    `a.webp: ${texts.image.zipReasons.missing}`,
    `b___.jpg: ${texts.image.zipLeft.failed}`,
    '',
  ])
  expect(notIncludedText(texts, planOf([card('a.jpg')], 'all'), [])).toBeNull()
})

it('says what became of a ZIP', async () => {
  const texts = await loadTexts('en')
  const plan = planOf([card('a'), card('b'), card('c', { status: 'waiting', outputs: [] })], 'all')
  const [file] = plan.files
  if (file === undefined) throw new TypeError('no file')
  expect(zipSentence(texts, plan, [{ file, reason: 'denied' }])).toBe(
    '1 file is saved in the ZIP. 1 could not be loaded: the list in the ZIP says which, and why. ' +
      '1 image without results was left out.',
  )
})

it('says of originals what the setting does where nobody sets it', () => {
  expect(SETTING_DEFINITIONS.RAW_DAYS.default).toBe(String(DEFAULT_RAW_DAYS))
})
