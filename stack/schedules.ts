/** The scheduled functions as the local stack runs them: Cloud Scheduler has no emulator. */
import type { Schedule } from './clock.ts'

type Timing = Pick<Schedule, 'everySeconds' | 'graceSeconds'> & {
  /** How long one run is waited for. */
  readonly withinSeconds: number
}

/** The time between two runs is short, so that nobody has to wait. */
const SCHEDULES = {
  reconcile: { everySeconds: 5, withinSeconds: 15, graceSeconds: 5 },
  rollup: { everySeconds: 5, withinSeconds: 60, graceSeconds: 5 },
  exportToBigQuery: { everySeconds: 15, withinSeconds: 15, graceSeconds: 5 },
  recount: { everySeconds: 30, withinSeconds: 30, graceSeconds: 0 },
  // Takes records for up to a minute while there are any, and may be cut off at any time.
  bridgeKafka: { everySeconds: 5, withinSeconds: 75, graceSeconds: 0 },
} as const satisfies Record<string, Timing>
export type ScheduledFunction = keyof typeof SCHEDULES

/** Runs a scheduled function once. Rejects with its answer where it fails. */
export type Invoke = (name: ScheduledFunction, calledOff?: AbortSignal) => Promise<void>

/** `functionsUrl` is the functions emulator's, with project and region. */
export const invoker =
  (functionsUrl: string): Invoke =>
  async (name, calledOff) => {
    // The emulator calls what an event starts by its name and generation.
    const url = `${functionsUrl}/${name}-0`
    // The emulator never answers where a process was killed while it started.
    const limit = AbortSignal.timeout(SCHEDULES[name].withinSeconds * 1000)
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: calledOff === undefined ? limit : AbortSignal.any([limit, calledOff]),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`)
  }

/** For the clock: all of them but those in `without`. */
export const schedules = (invoke: Invoke, without: readonly ScheduledFunction[]): Schedule[] =>
  (Object.keys(SCHEDULES) as ScheduledFunction[])
    .filter((name) => !without.includes(name))
    .map((name) => {
      const { everySeconds, graceSeconds } = SCHEDULES[name]
      return { name, everySeconds, graceSeconds, run: (calledOff) => invoke(name, calledOff) }
    })
