/** What is said of a replay, before it and after. Pure functions. */
import type { LetterFates, ReplayAnswer } from '../../../../functions/src/contract/admin.ts'
import { counted } from '../../ui/format.ts'
import { number } from '../../pieces/format.ts'
import type { LettersReplayed } from './rounds.ts'

type Counts = Omit<ReplayAnswer, 'more' | 'fates'>

/** Above a list: "4 failed images match." `rest`: such as ", and there are more", or nothing. */
export function shownText(what: string, shown: number, rest: string): string {
  if (shown === 0) return `No ${what} matches.`
  if (rest !== '') return `The newest ${counted(shown, what)}${rest}.`
  return `${counted(shown, what)} ${shown === 1 ? 'matches' : 'match'}.`
}

/** Such as "132 images match: 120 can be tried again, 2 are being tried already, 10 can’t: their originals have expired." */
export function planText({ matching, replayable, rawExpired, busy, deleted }: Counts): string {
  if (matching === 0) return 'No failed image matches any more.'
  const parts = [
    `${number(replayable)} can be tried again`,
    ...(busy > 0 ? [`${isOrAre(busy)} being tried already`] : []),
    ...(rawExpired > 0 ? [`${number(rawExpired)} can’t: ${originals(rawExpired)} expired`] : []),
    ...(deleted > 0 ? [`${number(deleted)} left out: ${owners(deleted)}`] : []),
  ]
  return `${counted(matching, 'failed image')} ${matching === 1 ? 'matches' : 'match'}: ${parts.join(', ')}.`
}

export function endText({ matching, replayable, rawExpired, busy, deleted }: Counts, rest: boolean): string {
  const parts = [
    `${counted(replayable, 'image')} ${replayable === 1 ? 'is' : 'are'} being tried again`,
    ...(busy > 0 ? [`${busy === 1 ? '1 was' : `${number(busy)} were`} being tried already`] : []),
    ...(rawExpired > 0 ? [`${number(rawExpired)} can’t be: ${originals(rawExpired)} expired`] : []),
    ...(deleted > 0 ? [`${number(deleted)} left out: ${owners(deleted)}`] : []),
  ]
  const stopped = rest ? `Stopped after ${counted(matching, 'image')}. ` : ''
  return `${stopped}${parts.join(', ')}.`
}

const isOrAre = (count: number) => (count === 1 ? '1 is' : `${number(count)} are`)
const owners = (count: number) => (count === 1 ? 'its owner deleted it' : 'their owners deleted them')
const originals = (count: number) => (count === 1 ? 'its original has' : 'their originals have')

/** Why letters are not sent, in the order in which it is told. */
const REASONS_NOT_SENT: readonly (readonly [fate: keyof LetterFates, meaning: string])[] = [
  ['already', 'replayed before'],
  ['leftOut', 'kept without their bytes, so that the sender has to send them again'],
  ['idConflict', 'with the id of an earlier record, so that the sender has to send them under another'],
  ['notOurs', 'written by somebody else'],
  ['otherTopic', 'from another topic'],
  ['tooLarge', 'larger than the topic takes (its max.message.bytes)'],
]

const notSent = (counts: LetterFates) =>
  REASONS_NOT_SENT.filter(([fate]) => counts[fate] > 0).map(([fate, meaning]) => `${number(counts[fate])} ${meaning}`)

/** The command has all the time it takes. */
export const UNREAD = 'Time was up before all were read: “npm run admin -- dlq” reads them all.'

const sentence = (begin: string, rest: readonly string[]) =>
  rest.length === 0 ? `${begin}.` : `${begin}. Left out: ${rest.join('; ')}.`

export function lettersPlanText(counts: LettersReplayed): string {
  const { matching, replayable, complete } = counts
  const about = complete ? '' : ` ${UNREAD}`
  if (matching === 0) return `No dead letter matches any more.${about}`
  const begin = `${counted(matching, 'dead letter')} ${matching === 1 ? 'matches' : 'match'}: ${number(replayable)} can be sent again`
  return `${sentence(begin, notSent(counts))}${about}`
}

export function lettersEndText(counts: LettersReplayed, rest: boolean): string {
  const { replayable, complete } = counts
  const about = complete || rest ? '' : ` ${UNREAD}`
  const begin = `${counted(replayable, 'record')} ${replayable === 1 ? 'was' : 'were'} sent to ${replayable === 1 ? 'its' : 'their'} topic again`
  return `${rest ? 'Stopped before all were read. ' : ''}${sentence(begin, notSent(counts))}${about}`
}
