/** Whether the server can be reached, as far as the browser and the uploads can tell: one for all files. */

/** `setTimeout` and the like, in milliseconds; tests have their own. */
export interface Clock {
  now(): number
  setTimeout(act: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

/** What a browser's window and navigator tell. */
export interface Network {
  readonly onLine: boolean
  addEventListener(kind: 'online' | 'offline', listener: () => void): void
  removeEventListener(kind: 'online' | 'offline', listener: () => void): void
}

export const browserClock: Clock = {
  now: () => performance.now(),
  setTimeout: (act, ms) => setTimeout(act, ms),
  clearTimeout: (timer) => clearTimeout(timer as number),
}

export const browserNetwork: Network = {
  get onLine() {
    return navigator.onLine
  },
  addEventListener: (kind, listener) => addEventListener(kind, listener),
  removeEventListener: (kind, listener) => removeEventListener(kind, listener),
}

const SHORTEST_MS = 1000
const LONGEST_MS = 60_000

export class Line {
  readonly #clock: Clock
  readonly #network: Network
  readonly #changed: () => void
  #offline: boolean
  #delay = SHORTEST_MS
  /** While it waits for the server to come back. */
  #timer: unknown = null

  constructor(clock: Clock, network: Network, changed: () => void) {
    this.#clock = clock
    this.#network = network
    this.#changed = changed
    this.#offline = !network.onLine
    network.addEventListener('online', this.#online)
    network.addEventListener('offline', this.#lostAll)
  }

  /** By the browser: what is on its way has lost its connection. */
  get offline(): boolean {
    return this.#offline
  }

  /** Whether it is worth trying. */
  get open(): boolean {
    return !this.#offline && this.#timer === null
  }

  /** The server could not be reached: nobody tries for a while, twice as long each time. */
  lost(): void {
    if (!this.open) return
    this.#timer = this.#clock.setTimeout(this.#again, this.#delay)
    this.#delay = Math.min(2 * this.#delay, LONGEST_MS)
    this.#changed()
  }

  /** A file has arrived. That the server answers a question says little, and progress is but what the browser has handed on. */
  works(): void {
    this.#delay = SHORTEST_MS
  }

  close(): void {
    this.#network.removeEventListener('online', this.#online)
    this.#network.removeEventListener('offline', this.#lostAll)
    this.#stopWaiting()
  }

  readonly #again = () => {
    this.#timer = null
    this.#changed()
  }

  readonly #online = () => {
    this.#offline = false
    this.#delay = SHORTEST_MS
    this.#stopWaiting()
    this.#changed()
  }

  readonly #lostAll = () => {
    this.#offline = true
    this.#changed()
  }

  #stopWaiting(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
