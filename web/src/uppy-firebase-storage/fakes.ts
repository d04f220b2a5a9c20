/** For tests: a clock, a network and a bucket that do what the test says. */
import type { Destination, Sending, Stored } from './destination.ts'
import type { Clock, Network } from './line.ts'

export class FakeClock implements Clock {
  #now = 0
  #timers = new Set<{ readonly at: number; readonly act: () => void }>()

  now(): number {
    return this.#now
  }

  setTimeout(act: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, act }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as { readonly at: number; readonly act: () => void })
  }

  /** Runs what is due on the way, and what that brings about. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#now = next.at
      this.#timers.delete(next)
      next.act()
      await settled()
    }
    this.#now = end
    await settled()
  }

  get waiting(): number {
    return this.#timers.size
  }
}

/** All that could go on without a timer has. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

export class FakeNetwork implements Network {
  #onLine = true
  readonly #listeners = { online: new Set<() => void>(), offline: new Set<() => void>() }

  get onLine(): boolean {
    return this.#onLine
  }

  set onLine(onLine: boolean) {
    this.#onLine = onLine
    for (const listener of this.#listeners[onLine ? 'online' : 'offline']) listener()
  }

  addEventListener(kind: 'online' | 'offline', listener: () => void): void {
    this.#listeners[kind].add(listener)
  }

  removeEventListener(kind: 'online' | 'offline', listener: () => void): void {
    this.#listeners[kind].delete(listener)
  }

  get listening(): number {
    return this.#listeners.online.size + this.#listeners.offline.size
  }
}

export const fault = (code: string, status?: number) => Object.assign(new Error(code), { code, status })

type Put<S extends Stored> = Sending & {
  readonly name: string
  readonly content: Blob
  readonly contentType: string
  readonly stored: Promise<S>
  readonly progress: (sentBytes: number) => void
  readonly calls: string[]
  /** The object is there, and the upload says so. */
  finish(stored: S): void
  fail(error: Error): void
}

/** Its uploads end when the test says so; `objects` is what is there. */
export class FakeBucket<S extends Stored> {
  readonly puts: Put<S>[] = []
  readonly objects = new Map<string, S>()
  readonly looks: string[] = []
  /** What looking for an object meets. */
  trouble: Error | null = null

  readonly destination = (
    name: string,
  ): Destination & {
    put(content: Blob, contentType: string, onProgress: (sentBytes: number) => void): Put<S>
    stat(): Promise<S | null>
  } => ({
    put: (content, contentType, progress) => {
      const end = Promise.withResolvers<S>()
      end.promise.catch(() => {})
      let over = false
      const calls: string[] = []
      const call = (kind: string) => () => {
        calls.push(kind)
        return !over
      }
      const put: Put<S> = {
        name,
        content,
        contentType,
        progress,
        calls,
        stored: end.promise,
        pause: call('pause'),
        resume: call('resume'),
        cancel: call('cancel'),
        finish: (stored) => {
          over = true
          this.objects.set(name, stored)
          end.resolve(stored)
        },
        fail: (error) => {
          over = true
          end.reject(error)
        },
      }
      this.puts.push(put)
      return put
    },
    stat: async () => {
      this.looks.push(name)
      if (this.trouble !== null) throw this.trouble
      return this.objects.get(name) ?? null
    },
  })

  /** The last upload of that name. */
  put(name: string): Put<S> {
    const put = this.puts.findLast((each) => each.name === name)
    if (put === undefined)
      throw new Error(`${name} is not on its way, but ${this.puts.map((each) => each.name).join()}`)
    return put
  }

  get names(): readonly string[] {
    return this.puts.map(({ name }) => name)
  }
}
