export interface Stopwatch {
  /** Since it was started, whole. */
  readonly milliseconds: () => number
  /** Whether more than so many seconds have gone by. */
  readonly isPast: (seconds: number) => boolean
}

export function stopwatch(): Stopwatch {
  const started = performance.now()
  const elapsed = () => performance.now() - started
  return { milliseconds: () => Math.round(elapsed()), isPast: (seconds) => elapsed() > seconds * 1000 }
}
