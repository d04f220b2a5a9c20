/**
 * Which of one partition's records are done, and so how far may be committed: an offset moves only past records that are all durable, or dead
 * letters. Pure. Offsets may have gaps (compacted topics, transactions), and only rise.
 */
export class Progress {
  readonly #open: { readonly offset: number; done: boolean }[] = []
  readonly #byOffset = new Map<number, { readonly offset: number; done: boolean }>()
  #committable: number | null = null
  #last: number | null = null

  /** The record has been taken on. */
  begin(offset: number): void {
    const record = { offset, done: false }
    this.#open.push(record)
    this.#byOffset.set(offset, record)
    this.#last = offset
  }

  /** The record is durable, or a dead letter. */
  end(offset: number): void {
    const record = this.#byOffset.get(offset)
    if (record === undefined) return
    record.done = true
    while (this.#open[0]?.done === true) {
      const first = this.#open.shift() as { readonly offset: number }
      this.#byOffset.delete(first.offset)
      this.#committable = first.offset + 1
    }
  }

  /** The next offset to read; null where nothing may be committed yet. */
  get committable(): number | null {
    return this.#committable
  }

  /** The latest record that was taken on; null where there is none. */
  get last(): number | null {
    return this.#last
  }
}
