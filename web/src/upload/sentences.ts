/** What went wrong with a file and what to do, as sentences of the page's language. */
import type { CheckProblem } from '../../../functions/src/contract/checks.ts'
import type { Format } from '../../../functions/src/contract/formats.ts'
import type { Texts } from '../texts/texts.ts'
import type { Card } from '../gallery/cards.ts'
import type { SendProblem, UploadItem } from './uploads.ts'

export interface Writing {
  readonly texts: Pick<Texts, 'common' | 'upload'>
  /** BCP 47. */
  readonly locale: string
  readonly bytes: (bytes: number) => string
}

/** Such as "JPEG, PNG or WebP". */
export const formatList = ({ texts, locale }: Writing, formats: readonly Format[]) =>
  new Intl.ListFormat(locale, { type: 'disjunction' }).format(formats.map((format) => texts.common.formats[format]))

export function refusalOf(problem: CheckProblem, writing: Writing): string {
  const { refusals } = writing.texts.upload
  switch (problem.code) {
    case 'name':
      return refusals.name
    case 'empty':
      return refusals.empty
    case 'unreadable':
      return refusals.unreadable
    case 'too-large':
      return refusals.tooLarge(writing.bytes(problem.bytes), writing.bytes(problem.limit))
    case 'too-many':
      return refusals.tooMany(problem.limit)
    case 'format':
    case 'own-format': {
      const is = writing.texts.common.formats[problem.format]
      const why = problem.code === 'format' ? refusals.format(is) : refusals.ownFormat(is)
      const way =
        problem.instead.length === 0 ? refusals.takesNone : refusals.sendAs(formatList(writing, problem.instead))
      return `${why} ${way}`
    }
  }
}

export function failureOf(problem: SendProblem, { texts }: Writing): string {
  const { failures } = texts.upload
  // The server's own words, of whatever direction: they stay by themselves.
  if (problem.code === 'other') return failures.other(`\u2068${problem.detail}\u2069`)
  return failures[problem.code]
}

/** Null: nothing is wrong with it. */
export function problemOf({ state }: UploadItem, card: Card | undefined, writing: Writing): string | null {
  if (state.kind === 'refused') return refusalOf(state.problem, writing)
  if (state.kind === 'failed') return failureOf(state.problem, writing)
  if (state.kind !== 'uploaded' || card?.status !== 'failed' || card.deletedAt !== null) return null
  return card.error === null ? null : writing.texts.common.errors[card.error.code]
}
