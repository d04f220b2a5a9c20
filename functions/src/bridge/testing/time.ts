import { setImmediate } from 'node:timers/promises'

/** Turns of the event loop without any operation after which nothing more is to be expected. */
const QUIET = 3

/** Time that passes only while a test waits for something and nothing else happens: then from one sleeper to the next. */
export class Time {
  now = 0
  #quiet = 0
  #ended = false
  /** By which sleepers can be woken. */
  readonly signals = new Set<AbortSignal>()
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  readonly sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.signals.add(signal)
      if (signal.aborted) return resolve()
      const wake = () => {
        this.#sleepers.delete(sleeper)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper = { at: this.now + Math.ceil(milliseconds), wake }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', wake)
    })

  /** Something happens: time stands still. */
  touch(): void {
    this.#quiet = 0
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await this.#turn(Infinity)
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds
    while (this.now < end) await this.#turn(end)
  }

  /** Resolves as the promise does: time passes until then. */
  async of<T>(promise: Promise<T>): Promise<T> {
    let over = false
    const settled = promise.finally(() => (over = true))
    settled.catch(() => {})
    await this.until(() => over)
    return settled
  }

  /** Whoever still waits, in a test that has failed, waits no longer. */
  end(): void {
    this.#ended = true
  }

  async #turn(latest: number): Promise<void> {
    if (this.#ended) throw new Error('the test is over')
    await setImmediate()
    if (this.#quiet++ < QUIET) return
    const next = Math.min(latest, ...[...this.#sleepers].map(({ at }) => at))
    if (next !== Infinity) this.now = next
    for (const { at, wake } of this.#sleepers) if (at <= this.now) wake()
  }
}
