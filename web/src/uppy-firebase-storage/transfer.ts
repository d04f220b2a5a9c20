/** One file on its way, till it has arrived, failed or been cancelled. Knows nothing of Uppy but its queue of free places. */
import type { RateLimitedQueue } from '@uppy/core/utils'
import type { Destination, Sending, Stored } from './destination.ts'
import { codeOf, NAME_TAKEN, SILENT, UNREADABLE, UploadError, verdictOf } from './errors.ts'
import type { Clock, Line } from './line.ts'
import { md5Of } from './md5.ts'

/** `queued`: for a free place. `waiting`: for the connection, or for the server to answer. */
export type Phase = 'queued' | 'sending' | 'paused' | 'waiting'

export type Ended =
  | { readonly kind: 'stored'; readonly stored: Stored }
  | { readonly kind: 'failed'; readonly error: UploadError }
  | { readonly kind: 'cancelled' }

export interface Parcel {
  readonly destination: Destination
  readonly content: Blob
  readonly contentType: string
  /** It may be there already, from an earlier try: look before it is sent. */
  readonly lookFirst: boolean
  readonly paused: boolean
}

export interface Around {
  readonly places: RateLimitedQueue
  readonly line: Line
  readonly clock: Clock
  /** Rejects where the session has ended. */
  readonly refreshToken: () => Promise<unknown>
}

/** Without progress for that long, in milliseconds, it is said to wait. */
export const STALLED_MS = 10_000
/** And given up for a try from the start: longer than the SDK itself goes on trying, which may hang where a token can't be had. */
export const ABANDONED_MS = 90_000

const INTERRUPTED = Symbol('interrupted')

export class Transfer {
  readonly #parcel: Parcel
  readonly #around: Around
  readonly #onProgress: (sentBytes: number) => void
  readonly #onPhase: (phase: Phase) => void
  #phase: Phase | null = null
  #paused: boolean
  #cancelled = false
  #sending: Sending | null = null
  #movedAt = 0
  /** The furthest it came since then: what the SDK sends over again is not progress. */
  #furthest = 0
  #look: boolean
  /** What the last try ended with, as long as it is not known whether the object is there after all. */
  #problem: UploadError | null = null
  #renewed = false
  /** Resolves with the next thing that may change what to do. */
  #changed: Promise<undefined>
  #change: (nothing: undefined) => void = () => {}

  constructor(
    parcel: Parcel,
    around: Around,
    onProgress: (sentBytes: number) => void,
    onPhase: (phase: Phase) => void,
  ) {
    this.#parcel = parcel
    this.#around = around
    this.#onProgress = onProgress
    this.#onPhase = onPhase
    this.#paused = parcel.paused
    this.#look = parcel.lookFirst
    this.#changed = this.#nextChange()
  }

  pause(paused: boolean): void {
    this.#paused = paused
    this.wake()
  }

  cancel(): void {
    this.#cancelled = true
    this.#sending?.cancel()
    this.wake()
  }

  /** The line has changed. */
  wake(): void {
    const change = this.#change
    this.#changed = this.#nextChange()
    change(undefined)
  }

  /** Never rejects. */
  async run(): Promise<Ended> {
    while (!this.#cancelled) {
      const leave = await this.#enter()
      if (leave === null) continue
      try {
        const ended = await this.#hold()
        if (ended !== null) return ended
      } finally {
        leave()
      }
    }
    return { kind: 'cancelled' }
  }

  /** A free place, with what gives it back; null: paused or cancelled before there was one. */
  async #enter(): Promise<(() => void) | null> {
    if (this.#paused) {
      this.#enterPhase('paused')
      await this.#changed
      return null
    }
    let entered = false
    this.#enterPhase('queued')
    const request = this.#around.places.run(() => {
      entered = true
      this.wake()
      return () => {}
    })
    while (!entered && !this.#paused && !this.#cancelled) await this.#changed
    if (entered) return () => request.abort()
    request.abort()
    return null
  }

  /** Until it is over; null: paused or cancelled. The place is kept while the server can't be reached: nobody else could use it. */
  async #hold(): Promise<Ended | null> {
    while (!this.#cancelled && !this.#paused) {
      if (!this.#around.line.open) {
        this.#enterPhase('waiting')
        await this.#changed
        continue
      }
      this.#enterPhase('sending')
      try {
        const ended = this.#look ? await this.#lookFor() : await this.#send()
        if (ended !== null) return ended
      } catch (error) {
        const ended = await this.#judge(error)
        if (ended !== null) return ended
      }
    }
    return null
  }

  async #send(): Promise<Ended | null> {
    const { content, contentType, destination } = this.#parcel
    this.#movedAt = this.#around.clock.now()
    this.#furthest = 0
    if (this.#sending === null) this.#sending = destination.put(content, contentType, this.#moved)
    else this.#sending.resume()
    const stored = await this.#unlessInterrupted(this.#sending.stored)
    if (stored === INTERRUPTED) return null
    this.#around.line.works()
    return { kind: 'stored', stored }
  }

  /** An answer that was lost shows as an error although the object is there, and rules that let create alone deny the next try. */
  async #lookFor(): Promise<Ended | null> {
    const { content, destination } = this.#parcel
    this.#movedAt = this.#around.clock.now()
    const found = await this.#unlessInterrupted(destination.stat())
    if (found === INTERRUPTED) return null
    this.#look = false
    if (found !== null) {
      const same = found.bytes === content.size && (found.md5 === null || found.md5 === (await md5OrNull(content)))
      if (same) return { kind: 'stored', stored: found }
      return { kind: 'failed', error: new UploadError(NAME_TAKEN, true, this.#problem) }
    }
    return this.#problem === null ? null : { kind: 'failed', error: this.#problem }
  }

  /** Null: it goes on, after the object was looked for or the server can be reached again. */
  async #judge(error: unknown): Promise<Ended | null> {
    this.#sending = null
    if (this.#cancelled) return null
    let verdict = verdictOf(error)
    if (verdict === 'token' && !this.#renewed) {
      try {
        await this.#around.refreshToken()
        this.#renewed = true
        return null
      } catch (refused) {
        verdict = verdictOf(refused) === 'unreachable' ? 'unreachable' : 'failed'
      }
    }
    if (!(await isReadable(this.#parcel.content))) {
      return { kind: 'failed', error: new UploadError(UNREADABLE, true, error) }
    }
    if (verdict === 'unreachable') {
      this.#problem = null
      this.#look = true
      this.#around.line.lost()
      return null
    }
    // Looking for it failed as well: the next try looks again.
    if (this.#problem !== null) return { kind: 'failed', error: this.#problem }
    this.#problem = new UploadError(codeOf(error), false, error)
    this.#look = true
    return null
  }

  /** What it resolves with, as long as nobody pauses or cancels it and the browser is not cut off. Rejects once nothing moves. */
  async #unlessInterrupted<T>(promise: Promise<T>): Promise<T | typeof INTERRUPTED> {
    const settled = promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    const { clock, line } = this.#around
    let timer: unknown = null
    const look = () => {
      timer = null
      this.wake()
    }
    try {
      for (;;) {
        if (this.#cancelled) return INTERRUPTED
        // What can't be paused any more is about to be over; a question is simply asked again.
        if ((this.#paused || line.offline) && this.#sending?.pause() !== false) return INTERRUPTED
        const quiet = clock.now() - this.#movedAt
        timer ??= clock.setTimeout(look, quiet < STALLED_MS ? STALLED_MS - quiet : STALLED_MS)
        const first = await Promise.race([settled, this.#changed])
        if (first !== undefined) {
          if ('error' in first) throw first.error
          return first.value
        }
        const silence = clock.now() - this.#movedAt
        if (silence < STALLED_MS || this.#cancelled) continue
        if (silence >= ABANDONED_MS || !(await isReadable(this.#parcel.content))) {
          this.#sending?.cancel()
          throw new UploadError(SILENT, false)
        }
        if (!this.#paused) this.#enterPhase('waiting')
      }
    } finally {
      if (timer !== null) clock.clearTimeout(timer)
    }
  }

  readonly #moved = (sentBytes: number) => {
    if (this.#cancelled) return
    if (sentBytes > this.#furthest) {
      this.#furthest = sentBytes
      this.#movedAt = this.#around.clock.now()
      if (this.#phase === 'waiting' && !this.#paused && this.#around.line.open) this.#enterPhase('sending')
    }
    this.#onProgress(sentBytes)
  }

  #enterPhase(phase: Phase): void {
    if (phase === this.#phase || this.#cancelled) return
    this.#phase = phase
    this.#onPhase(phase)
  }

  #nextChange(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#change = resolve
    })
  }
}

/** Null for a file that can't be read any more: then it is not the one that is there. */
async function md5OrNull(content: Blob): Promise<string | null> {
  try {
    return await md5Of(content)
  } catch {
    return null
  }
}

async function isReadable(content: Blob): Promise<boolean> {
  try {
    await content.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}
