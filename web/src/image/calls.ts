/** Asking for something to be done to many images: in calls of as many as one may name. */
import { type ImageRefusal, type ImagesAction, MAX_IMAGES_PER_CALL } from '../../../functions/src/contract/customer.ts'
import type { Call } from '../backend.ts'

/**
 * Why a call was not answered: the session has ended, or is not allowed to; too many were made; the server or the connection is in trouble; it was
 * refused for a reason that the server gives as a sentence.
 */
export type CallProblem =
  | { readonly code: 'signed-out' | 'denied' | 'too-many' | 'unreachable' }
  | { readonly code: 'refused'; readonly sentence: string }

export interface Outcome {
  readonly done: readonly string[]
  /** How many were left as they were, by the reason. */
  readonly refused: Readonly<Partial<Record<ImageRefusal, number>>>
  /** Null: every one was asked for. */
  readonly problem: CallProblem | null
  /** How many were not asked for, or without an answer. */
  readonly unasked: number
}

/** Never rejects. One call after another; after one that fails, or once the signal is aborted, no more are made. */
export async function actOn(
  call: Call,
  action: ImagesAction,
  imageIds: readonly string[],
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (images: number) => void },
): Promise<Outcome> {
  const ids = [...new Set(imageIds)]
  const done: string[] = []
  const refused: Partial<Record<ImageRefusal, number>> = {}
  const outcome = (problem: CallProblem | null, asked: number) => ({
    done,
    refused,
    problem,
    unasked: Math.max(0, ids.length - asked),
  })
  for (let from = 0; from < ids.length; from += MAX_IMAGES_PER_CALL) {
    if (signal.aborted) return outcome(null, from)
    try {
      const answer = await call('customerImages', { action, imageIds: ids.slice(from, from + MAX_IMAGES_PER_CALL) })
      done.push(...answer.done)
      for (const reason of Object.values(answer.refused)) refused[reason] = (refused[reason] ?? 0) + 1
    } catch (error) {
      return outcome(callProblemOf(error), from)
    }
    onProgress(Math.min(ids.length, from + MAX_IMAGES_PER_CALL))
  }
  return outcome(null, ids.length)
}

/** https://firebase.google.com/docs/reference/js/functions#functionserrorcode: what never got there is `internal`. */
export function callProblemOf(error: unknown): CallProblem {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  // Where nobody wrote a sentence, the SDK gives the code's own name.
  const sentence = typeof message === 'string' && message.includes(' ') ? message : null
  switch (code) {
    case 'functions/unauthenticated':
      return { code: 'signed-out' }
    case 'functions/permission-denied':
      return { code: 'denied' }
    case 'functions/resource-exhausted':
      return sentence === null ? { code: 'too-many' } : { code: 'refused', sentence }
    case 'functions/invalid-argument':
    case 'functions/failed-precondition':
      return sentence === null ? { code: 'unreachable' } : { code: 'refused', sentence }
    default:
      return { code: 'unreachable' }
  }
}
