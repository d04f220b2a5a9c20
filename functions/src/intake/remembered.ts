/** What a process remembers for a while, so that it need not ask again: bounded in age and in number. */
export class Remembered<V> {
  readonly #values = new Map<string, { readonly value: V; readonly until: number }>()
  readonly #milliseconds: number
  readonly #entries: number
  readonly #clock: () => number

  /**
   * `milliseconds`: how long a value may be out of date. `entries`: values at the most; the oldest goes first. `clock`: milliseconds, never
   * going back.
   */
  constructor(options: { readonly milliseconds: number; readonly entries: number; readonly clock: () => number }) {
    this.#milliseconds = options.milliseconds
    this.#entries = options.entries
    this.#clock = options.clock
  }

  /** Undefined where nothing is remembered, or no longer. */
  get(key: string): V | undefined {
    const known = this.#values.get(key)
    return known !== undefined && known.until > this.#clock() ? known.value : undefined
  }

  set(key: string, value: V): void {
    // Anew, so that it is the youngest.
    this.#values.delete(key)
    this.#values.set(key, { value, until: this.#clock() + this.#milliseconds })
    const [oldest] = this.#values.keys()
    if (this.#values.size > this.#entries && oldest !== undefined) this.#values.delete(oldest)
  }

  /** What is remembered, or else what `load` gives. What it throws is not remembered. */
  async of(key: string, load: () => Promise<V>): Promise<V> {
    const known = this.get(key)
    if (known !== undefined) return known
    const value = await load()
    this.set(key, value)
    return value
  }
}
