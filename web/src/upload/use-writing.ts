import { useMemo } from 'react'
import { useFormat, useLocale } from '../ui/locale.tsx'
import type { Writing } from './sentences.ts'

/** What sentences are written with. */
export function useWriting(): Writing {
  const { texts, locale } = useLocale()
  const { bytes } = useFormat()
  return useMemo(() => ({ texts, locale, bytes }), [texts, locale, bytes])
}
