import { useMemo } from 'react'
import type { PieceWords } from '../pieces/words.ts'
import { useLocale } from '../ui/locale.tsx'

/** What tables and charts say on the customer's page. */
export function useFigureWords(): PieceWords {
  const { texts, locale } = useLocale()
  return useMemo(() => {
    const { common, figures } = texts
    return {
      locale,
      ...figures.pieces,
      charts: {
        ...figures.charts,
        images: figures.images,
        processed: figures.processed,
        failed: figures.failed,
        bytesIn: figures.bytesIn,
        formatName: (format) => capitalised(common.formats[format], locale),
        sourceName: (source) => figures.sources[source],
        reasonName: (reason) => figures.reasons[reason],
      },
    }
  }, [texts, locale])
}

/** Names of formats are as in a sentence. */
const capitalised = (text: string, locale: string) => text.slice(0, 1).toLocaleUpperCase(locale) + text.slice(1)
