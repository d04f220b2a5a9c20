/**
 * The languages of the customer's page. What is shown before anybody is signed in, in English, comes with the page; all else is loaded when it is
 * wanted.
 */
import { account } from './en/account.ts'
import { common } from './en/common.ts'
import type { Texts } from './en/index.ts'

export type { Texts }
/** What is shown before anybody is signed in. */
export type OuterTexts = Pick<Texts, 'common' | 'account'>
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES
export const ENGLISH: OuterTexts = { common, account }

const LOADERS: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => (await import('./en/index.ts')).en,
  de: async () => (await import('./de/index.ts')).de,
}

export const loadTexts = (language: Language) => LOADERS[language]()

const OUTER_LOADERS: Readonly<Record<Language, () => Promise<OuterTexts>>> = {
  en: async () => ENGLISH,
  async de() {
    const [one, other] = await Promise.all([import('./de/common.ts'), import('./de/account.ts')])
    return { ...one, ...other }
  },
}

export const loadOuterTexts = (language: Language) => OUTER_LOADERS[language]()

/**
 * The first of the wanted languages (BCP 47, such as `de-AT`) that there is, and how numbers and dates are then written. A browser may name what is no
 * language at all (`@posix`), of which Intl throws.
 */
export function chooseLocale(wanted: readonly string[]): { readonly language: Language; readonly locale: string } {
  for (const locale of wanted) {
    const [language = ''] = locale.toLowerCase().split('-')
    if (Object.hasOwn(LANGUAGES, language) && isLocale(locale)) return { language: language as Language, locale }
  }
  return { language: 'en', locale: 'en' }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
