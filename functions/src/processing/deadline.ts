import { AsyncLocalStorage } from 'node:async_hooks'

/** Thrown by {@link withDeadline} when the time is over. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
}

/** When the work that is under way must end, by performance.now(). */
const endsAt = new AsyncLocalStorage<number>()

/** Milliseconds that the work which calls this has left; Infinity outside of {@link withDeadline}. */
export const millisecondsLeft = (): number => (endsAt.getStore() ?? Infinity) - performance.now()

/**
 * Runs `work` and waits at most `milliseconds`. The signal it is given aborts then, and with `signal`; work that ignores it
 * is left to itself, and what becomes of it later is dropped. Native work knows its time by {@link millisecondsLeft}. Throws
 * {@link DeadlineExceeded}, or `signal`'s reason.
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const inner = new AbortController()
  const stopped = Promise.withResolvers<never>()
  const stop = (reason: unknown) => {
    stopped.reject(reason)
    inner.abort(reason)
  }
  const onAbort = () => stop(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => stop(new DeadlineExceeded(`longer than ${milliseconds} ms`)), milliseconds)
  const end = performance.now() + Math.min(milliseconds, millisecondsLeft())
  try {
    // Promise.race also handles the loser's rejection, so late failures never become unhandled ones.
    return await Promise.race([endsAt.run(end, () => work(inner.signal)), stopped.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
