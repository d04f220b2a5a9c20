/** What the callables of both pages have in common: who calls, and what is said where they fail. */
import type { Log } from '../intake/log.ts'

/** Whose token came with the call; it was verified. */
export interface Caller {
  readonly uid: string
  readonly token: Readonly<Record<string, unknown>>
}

/** With the message it is fit for whoever called. https://firebase.google.com/docs/reference/node/firebase-functions.https#httpsfunctionserrorcode */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code:
    | 'unauthenticated'
    | 'permission-denied'
    | 'invalid-argument'
    | 'failed-precondition'
    | 'resource-exhausted'
    | 'internal'
  constructor(code: Refused['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface Failure {
  readonly log: Log
  readonly random: () => string
  /** `admin` or `customer`, for the log. */
  readonly whose: string
  readonly call: string
  readonly caller: Caller | null
}

/** What is not said to whoever called is in the log, under a name that is. */
export function refusalOf({ log, random, whose, call, caller }: Failure, error: unknown): Refused {
  const uid = caller?.uid ?? null
  if (error instanceof Refused) {
    if (error.code === 'permission-denied') log.warn(`${whose} call refused`, { call, uid })
    return error
  }
  if (error instanceof RangeError) return new Refused('invalid-argument', error.message, { cause: error })
  const id = random()
  log.error(`${whose} call failed`, { call, uid, id, error })
  return new Refused('internal', `Something went wrong. It is in the log as ${id}.`, { cause: error })
}
