/** Kafka's dead letters on the admin's page: which there are, and sending them to their topic once more. */
import { KafkaFault } from '../bridge/kafka.ts'
import {
  LETTER_REASONS,
  type Letter,
  type LetterFilter,
  type LettersAnswer,
  type LettersRequest,
} from '../contract/admin.ts'
import type { CallContext } from './callable.ts'
import { Refused } from './refused.ts'
import type { DeadLetter } from './dead-letter.ts'
import {
  listDeadLetters,
  planReplay,
  replayDeadLetters,
  type DeadLetters,
  type LetterSelection,
} from './dead-letters.ts'

/**
 * `deps`: null where there is no Kafka. Both ways all dead letters are read, until time is up. Throws a RangeError where there is no such reason,
 * and a {@link Refused} that says what is wrong with Kafka.
 */
export async function adminLetters(
  deps: DeadLetters | null,
  request: LettersRequest,
  { by, progress, outOfTime }: CallContext,
): Promise<LettersAnswer> {
  if (deps === null) return { action: 'none' }
  const selection = selectionOf(request.filter)
  const timed = { ...deps, outOfTime, progress: (counts: object) => progress({ ...counts }) }
  try {
    if (request.action === 'list') return await list(timed, selection, request.limit)
    const replayed = request.start ? replayDeadLetters(timed, selection, by) : planReplay(timed, selection)
    return { action: 'replay', ...(await replayed) }
  } catch (error) {
    // Its message is made for whoever has to mend it.
    if (error instanceof KafkaFault) throw new Refused('failed-precondition', error.message, { cause: error })
    throw error
  }
}

async function list(deps: DeadLetters, selection: LetterSelection, limit: number): Promise<LettersAnswer> {
  const letters: Letter[] = []
  const visit = (letter: DeadLetter) => void letters.unshift(shown(letter))
  const { summary, complete } = await listDeadLetters(deps, { ...selection, limit }, visit)
  const matching = [...summary.values()].reduce((sum, { letters: of }) => sum + of, 0)
  return { action: 'list', letters, more: matching - letters.length, complete }
}

function selectionOf({ reason, ...filter }: LetterFilter): LetterSelection {
  if (reason === undefined) return filter
  const known = LETTER_REASONS.find((each) => each === reason)
  if (known === undefined) {
    throw new RangeError(`the reason ${JSON.stringify(reason)}: expected one of ${LETTER_REASONS.join(', ')}`)
  }
  return { ...filter, reason: known }
}

function shown({ at, from, subject, replayed, ...letter }: DeadLetter): Letter {
  const { partition, offset, reason, detail, customer, bytes } = letter
  const time = new Date(at)
  return {
    partition,
    offset,
    reason,
    detail,
    origin: from === null ? '' : `${from.topic}/${from.partition}/${from.offset}`,
    customer,
    fileName: subject,
    bytes,
    at: Number.isNaN(time.getTime()) ? '' : time.toISOString(),
    replayed: replayed && { at: replayed.at.toString(), by: replayed.by },
  }
}
