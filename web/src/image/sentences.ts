/** What happened, in sentences: for notices, and for the text in a ZIP. */
import { IMAGE_REFUSALS, type ImagesAction } from '../../../functions/src/contract/customer.ts'
import type { Texts } from '../texts/texts.ts'
import type { CallProblem, Outcome } from './calls.ts'
import type { ZipProblem } from './zip.ts'
import type { ZipPlan } from './zip-plan.ts'

export const callProblemSentence = ({ image }: Texts, problem: CallProblem): string =>
  problem.code === 'refused' ? problem.sentence : image.callProblems[problem.code]

/** How many it was done to, how many not and why, and what to do. */
export function outcomeSentence(texts: Texts, action: ImagesAction, outcome: Outcome): string {
  const { image } = texts
  const { done, refused, problem, unasked } = outcome
  return [
    done.length > 0 ? image.did[action](done.length) : '',
    ...IMAGE_REFUSALS.map((reason) => {
      const count = refused[reason] ?? 0
      return count === 0 ? '' : image.refusals[reason](count)
    }),
    unasked > 0 ? image.unasked[action](unasked) : '',
    problem === null ? '' : callProblemSentence(texts, problem),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

/** Null: everything is in it. Names are as in the ZIP: nothing in them changes how the text reads. */
export function notIncludedText({ image }: Texts, plan: ZipPlan, problems: readonly ZipProblem[]): string | null {
  if (problems.length === 0 && plan.left.length === 0) return null
  const lines = [
    ...problems.map(({ file, reason }) => `${file.name}: ${image.zipReasons[reason]}`),
    ...plan.left.map(({ fileName, status }) => `${plainName(fileName)}: ${image.zipLeft[status]}`),
  ]
  return [image.zipNote, '', ...lines, ''].join('\n')
}

const plainName = (name: string) => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '_')

export function zipSentence({ image }: Texts, plan: ZipPlan, problems: readonly ZipProblem[]): string {
  return [
    image.zipSaved(plan.files.length - problems.length),
    problems.length > 0 ? image.zipMissing(problems.length) : '',
    plan.left.length > 0 ? image.zipLeftOut(plan.left.length) : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}
