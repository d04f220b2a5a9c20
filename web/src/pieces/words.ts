/** What the pieces say, which is up to the page that they are on. */
import { createContext, useContext } from 'react'
import type { Format } from '../../../functions/src/contract/formats.ts'
import type { Source } from '../../../functions/src/contract/names.ts'
import type { ErrorCode } from '../../../functions/src/contract/outcomes.ts'

export interface PieceWords {
  /** How numbers and days are written, BCP 47; undefined: as the browser does. */
  readonly locale: string | undefined
  /** On the button, and its name for those who can't see what it stands beside. */
  readonly csv: string
  readonly download: (title: string) => string
  /** What opens the table of a chart, and the table's name. */
  readonly table: string
  readonly asTable: (title: string) => string
  /** In place of a table's rows. */
  readonly none: string
  readonly allRows: string
  /** Before the sum of a bar's parts. */
  readonly together: string
  readonly charts: ChartWords
}

/** Of the charts of days. Titles name the files, too. */
export interface ChartWords {
  readonly ended: string
  readonly formats: string
  readonly formatsNote: string
  readonly sources: string
  readonly reasons: string
  readonly nothingFailed: string
  readonly day: string
  readonly month: string
  readonly source: string
  readonly reason: string
  readonly images: string
  readonly processed: string
  readonly failed: string
  readonly bytesIn: string
  /** Formats that are not named by themselves. */
  readonly others: string
  readonly formatName: (format: Format) => string
  readonly sourceName: (source: Source) => string
  readonly reasonName: (reason: ErrorCode) => string
}

const Context = createContext<PieceWords | null>(null)
export const Words = Context.Provider

export function useWords(): PieceWords {
  const words = useContext(Context)
  if (words === null) throw new Error('a piece is used outside of Words')
  return words
}
