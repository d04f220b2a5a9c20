/** A replay takes as many calls as it takes: each ends when its time is up, and the page asks again. Pure but for what it is given. */
import type { LettersAnswer, ReplayAnswer } from '../../../../functions/src/contract/admin.ts'

/** What is replayed, and how its counts read. */
export interface Work<Answer> {
  /** One call; `last`: the answer before, null at first. */
  readonly ask: (start: boolean, operation: string, last: Answer | null) => Promise<Answer>
  /** Whether another call would go on. */
  readonly more: (answer: Answer, start: boolean) => boolean
  /** Of several calls together. */
  readonly add: (sum: Answer, answer: Answer) => Answer
  /** How many of a plan can be replayed. */
  readonly possible: (plan: Answer) => number
  readonly planText: (plan: Answer) => string
  readonly endText: (sum: Answer, rest: boolean) => string
  /** What the button says that starts it. */
  readonly actionText: (plan: Answer) => string
}

export interface Rounds<Answer> {
  readonly start: boolean
  /** A name for each call. */
  readonly newOperation: () => string
  /** Before each call: its name, and what the ones before have done together. */
  readonly onCall: (operation: string, sum: Answer | null) => void
  /** Asked between two calls. */
  readonly stopped: () => boolean
}

/** Asks until there is no more. `rest`: it was stopped before that. */
export async function inRounds<Answer>(
  { ask, more, add }: Pick<Work<Answer>, 'ask' | 'more' | 'add'>,
  { start, newOperation, onCall, stopped }: Rounds<Answer>,
): Promise<{ readonly sum: Answer; readonly rest: boolean }> {
  let sum: Answer | null = null
  for (let last: Answer | null = null; ;) {
    const operation = newOperation()
    onCall(operation, sum)
    last = await ask(start, operation, last)
    sum = sum === null ? last : add(sum, last)
    if (!more(last, start)) return { sum, rest: false }
    if (stopped()) return { sum, rest: true }
  }
}

export const addReplays = (a: ReplayAnswer, b: ReplayAnswer): ReplayAnswer => ({
  matching: a.matching + b.matching,
  replayable: a.replayable + b.replayable,
  rawExpired: a.rawExpired + b.rawExpired,
  busy: a.busy + b.busy,
  deleted: a.deleted + b.deleted,
  more: b.more,
})

export type LettersReplayed = Extract<LettersAnswer, { readonly action: 'replay' }>

/** Each call looks at all letters from the beginning: the last one says of all but those that were sent what became of them. */
export const addLetters = (a: LettersReplayed, b: LettersReplayed): LettersReplayed => ({
  ...b,
  replayable: a.replayable + b.replayable,
  already: Math.max(0, b.already - a.replayable),
})
