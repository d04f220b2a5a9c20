/** How much there is to send, how fast it goes and how long it takes: functions of plain values. */
import type { UploadItem } from './uploads.ts'

/** Over how long the speed is taken, in milliseconds. */
const WINDOW_MS = 5000
/** After so short a time it says nothing. */
const SHORTEST_MS = 1000

/** Of what this tab has sent, is sending or is to send: what was refused or has failed is not, nor what another tab sends. */
export function totalsOf(items: Iterable<UploadItem>): { readonly totalBytes: number; readonly sentBytes: number } {
  let [totalBytes, sentBytes] = [0, 0]
  for (const { bytes, state } of items) {
    if (state.kind === 'refused' || state.kind === 'failed' || state.kind === 'elsewhere') continue
    totalBytes += bytes
    if (state.kind === 'uploaded') sentBytes += bytes
    else if ('sentBytes' in state) sentBytes += Math.min(state.sentBytes, bytes)
  }
  return { totalBytes, sentBytes }
}

export interface Pace {
  /** When sending began, in milliseconds of whatever clock. */
  readonly since: number
  readonly steps: readonly { readonly at: number; readonly bytes: number }[]
}

export const startPace = (now: number): Pace => ({ since: now, steps: [] })

/** `bytes`: how many were sent since the step before. */
export function paced({ since, steps }: Pace, now: number, bytes: number): Pace {
  return { since, steps: [...steps.filter(({ at }) => at > now - WINDOW_MS), { at: now, bytes }] }
}

/** In bytes a second; null: not for long enough. */
export function speedOf({ since, steps }: Pace, now: number): number | null {
  const from = Math.max(since, now - WINDOW_MS)
  if (now - from < SHORTEST_MS) return null
  const sent = steps.reduce((sum, { at, bytes }) => (at > from ? sum + bytes : sum), 0)
  return (sent * 1000) / (now - from)
}

/** Null where it can't be told, such as when nothing moves. */
export function secondsLeftOf(bytesLeft: number, bytesPerSecond: number | null): number | null {
  if (bytesPerSecond === null || bytesPerSecond <= 0) return null
  return Math.ceil(bytesLeft / bytesPerSecond)
}
