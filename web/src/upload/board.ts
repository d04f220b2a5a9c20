/** What is listed: items that stay the same objects until they change, told of at most four times a second. */
import type { Clock } from '../uppy-firebase-storage/line.ts'
import { paced, secondsLeftOf, speedOf, startPace, totalsOf, type Pace } from './totals.ts'
import type { UploadItem, UploadsState, UploadState } from './uploads.ts'

const SHORTEST_MS = 250
/** While something is being sent, the speed is told anew even if nothing moves. */
const TICK_MS = 1000

type Flags = Pick<UploadsState, 'online' | 'paused' | 'reduce' | 'kept'>

export class Board {
  readonly #clock: Clock
  readonly #items = new Map<string, UploadItem>()
  readonly #listeners = new Set<() => void>()
  #flags: Flags
  #list: readonly UploadItem[] = []
  #listed = true
  #state: UploadsState
  #toldAt = -Infinity
  #timer: unknown = null
  /** When the timer goes off. */
  #due = Infinity
  #closed = false
  #pace: Pace | null = null
  #sending = 0

  constructor(clock: Clock, flags: Flags) {
    this.#clock = clock
    this.#flags = flags
    this.#state = this.#compute()
  }

  readonly state = (): UploadsState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  item(uploadId: string): UploadItem | undefined {
    return this.#items.get(uploadId)
  }

  items(): Iterable<UploadItem> {
    return this.#items.values()
  }

  /** Adds it, or replaces the one of that id. */
  put(item: UploadItem): void {
    this.#count(this.#items.get(item.uploadId), item)
    this.#items.set(item.uploadId, item)
    this.#changed()
  }

  /** Nothing where it is not listed any more. */
  change(uploadId: string, patch: Partial<Omit<UploadItem, 'uploadId'>>): void {
    const item = this.#items.get(uploadId)
    if (item !== undefined) this.put({ ...item, ...patch })
  }

  enter(uploadId: string, state: UploadState): void {
    this.change(uploadId, { state })
  }

  remove(uploadIds: Iterable<string>): void {
    for (const uploadId of uploadIds) {
      this.#count(this.#items.get(uploadId), undefined)
      this.#items.delete(uploadId)
    }
    this.#changed()
  }

  set(flags: Partial<Flags>): void {
    const next = { ...this.#flags, ...flags }
    if (JSON.stringify(next) === JSON.stringify(this.#flags)) return
    this.#flags = next
    this.#schedule()
  }

  get flags(): Flags {
    return this.#flags
  }

  /** What has gone over the wire since the last time, in bytes. */
  moved(bytes: number): void {
    if (this.#pace !== null && bytes > 0) this.#pace = paced(this.#pace, this.#clock.now(), bytes)
  }

  /** At once: after what the customer did. */
  tell(): void {
    this.#disarm()
    this.#toldAt = this.#clock.now()
    if (this.#sending === 0) this.#pace = null
    this.#state = this.#compute()
    if (this.#sending > 0) this.#arm(this.#toldAt + TICK_MS)
    for (const listener of this.#listeners) listener()
  }

  close(): void {
    this.#disarm()
    this.#closed = true
    this.#listeners.clear()
  }

  #changed(): void {
    this.#listed = false
    this.#schedule()
  }

  #schedule(): void {
    this.#arm(Math.max(this.#clock.now(), this.#toldAt + SHORTEST_MS))
  }

  /** Unless it is told sooner anyway. */
  #arm(due: number): void {
    if (this.#due <= due || this.#closed) return
    this.#disarm()
    this.#due = due
    this.#timer = this.#clock.setTimeout(() => this.tell(), due - this.#clock.now())
  }

  #disarm(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#due = Infinity
  }

  #count(before: UploadItem | undefined, after: UploadItem | undefined): void {
    this.#sending += Number(after?.state.kind === 'sending') - Number(before?.state.kind === 'sending')
    if (this.#sending > 0) this.#pace ??= startPace(this.#clock.now())
  }

  #compute(): UploadsState {
    if (!this.#listed) {
      this.#list = [...this.#items.values()]
      this.#listed = true
    }
    const { totalBytes, sentBytes } = totalsOf(this.#list)
    const bytesPerSecond = this.#pace === null ? null : speedOf(this.#pace, this.#clock.now())
    const secondsLeft = secondsLeftOf(totalBytes - sentBytes, bytesPerSecond)
    return { items: this.#list, totalBytes, sentBytes, bytesPerSecond, secondsLeft, ...this.#flags }
  }
}
