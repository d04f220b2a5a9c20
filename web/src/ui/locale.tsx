/** The page's language, and how it writes numbers and dates. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import {
  chooseLocale,
  ENGLISH,
  type Language,
  loadOuterTexts,
  loadTexts,
  type OuterTexts,
  type Texts,
} from '../texts/texts.ts'
import { formatBytes, formatDay, formatNumber, formatTime } from './format.ts'
import { readStored, writeStored } from './stored.ts'

interface OuterLocale {
  readonly texts: OuterTexts
  readonly language: Language
  /** BCP 47, such as `de-AT`. */
  readonly locale: string
  /** Kept with the browser. */
  readonly choose: (language: Language) => void
}

interface Locale extends OuterLocale {
  readonly texts: Texts
}

const STORED = 'darkroom-language'
const OuterContext = createContext<OuterLocale>({ texts: ENGLISH, language: 'en', locale: 'en', choose: () => {} })
const Context = createContext<Locale | null>(null)

/** The user's choice, or else the browser's languages. */
const wanted = () => [readStored(STORED) ?? '', ...navigator.languages].filter((one) => one !== '')

/** Shows nothing until the language's texts for whoever is not signed in are there: they come with the page, or in small files. */
export function LocaleProvider({ children }: { readonly children: ReactNode }) {
  const [chosen, setChosen] = useState(() => chooseLocale(wanted()))
  const [texts, setTexts] = useState<{ readonly of: Language; readonly texts: OuterTexts } | null>(
    chosen.language === 'en' ? { of: 'en', texts: ENGLISH } : null,
  )
  const { language, locale } = chosen
  useEffect(() => {
    document.documentElement.lang = language
    let over = false
    // Where they can't be loaded, English is better than nothing.
    loadOuterTexts(language).then(
      (loaded) => over || setTexts({ of: language, texts: loaded }),
      () => over || setTexts({ of: language, texts: ENGLISH }),
    )
    return () => {
      over = true
    }
  }, [language])

  const value = useMemo(
    () => ({
      texts: texts?.texts ?? ENGLISH,
      language,
      locale,
      choose: (next: Language) => {
        writeStored(STORED, next)
        setChosen(chooseLocale([next, ...navigator.languages.filter((one) => one.startsWith(next))].toReversed()))
      },
    }),
    [texts, language, locale],
  )
  if (texts === null) return null
  return (
    <OuterContext value={value}>
      <I18nProvider locale={locale}>{children}</I18nProvider>
    </OuterContext>
  )
}

/** All texts, for {@link Inside}: null while they are loaded, or why they can't be. Another language is shown once it is there. */
export function useInside(): Locale | string | null {
  const outer = useContext(OuterContext)
  const [texts, setTexts] = useState<Texts | string | null>(null)
  const { language } = outer
  useEffect(() => {
    let over = false
    loadTexts(language).then(
      (loaded) => over || setTexts(loaded),
      (error: unknown) => over || setTexts((last) => (last === null ? String(error) : last)),
    )
    return () => {
      over = true
    }
  }, [language])
  return useMemo(() => (texts === null || typeof texts === 'string' ? texts : { ...outer, texts }), [outer, texts])
}

/** What only those see who are signed in. */
export const Inside = Context

/** Anywhere. */
export const useOuterLocale = () => useContext(OuterContext)
export const useOuterTexts = () => useContext(OuterContext).texts

/** Below {@link Inside}. */
export function useLocale(): Locale {
  const locale = useContext(Context)
  if (locale === null) throw new Error('these texts are not loaded for whoever is not signed in')
  return locale
}
export const useTexts = () => useLocale().texts

/** How figures are written here. */
export function useFormat() {
  const { locale } = useOuterLocale()
  return useMemo(
    () => ({
      bytes: (bytes: number) => formatBytes(bytes, locale),
      number: (value: number) => formatNumber(value, locale),
      time: (time: Date) => formatTime(time, locale),
      day: (time: Date) => formatDay(time, locale),
    }),
    [locale],
  )
}
