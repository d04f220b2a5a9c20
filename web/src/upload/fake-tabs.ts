/** For tests: tabs of one browser, with its locks and channels. A tab can die without another word. */
import type { Browser } from './keep.ts'

interface Request {
  readonly tab: object
  readonly granted: () => void
}
interface Listening {
  readonly tab: object
  readonly name: string
  readonly heard: (message: unknown) => void
}
type Callback = (lock: Lock | null) => unknown

export class FakeTabs {
  /** The first of each holds the lock, the others wait for it. */
  readonly #locks = new Map<string, Request[]>()
  readonly #listening = new Set<Listening>()

  /** A new tab. */
  open(): Browser & { die(): void } {
    const tab = {}
    return {
      locks: { request: this.#requester(tab) },
      openChannel: (name, heard) => {
        const me: Listening = { tab, name, heard }
        this.#listening.add(me)
        return {
          say: (message) => {
            for (const other of this.#listening) {
              if (other.name === name && other !== me) this.#deliver(other, structuredClone(message))
            }
          },
          close: () => this.#listening.delete(me),
        }
      },
      die: () => {
        for (const each of this.#listening) if (each.tab === tab) this.#listening.delete(each)
        for (const name of this.#locks.keys()) this.#leave(name, (request) => request.tab === tab)
      },
    }
  }

  /** How many locks are held or waited for. */
  get asked(): number {
    return [...this.#locks.values()].flat().length
  }

  #deliver(to: Listening, message: unknown): void {
    setImmediate(() => {
      if (this.#listening.has(to)) to.heard(message)
    })
  }

  #leave(name: string, is: (request: Request) => boolean): void {
    const requests = this.#locks.get(name) ?? []
    const left = requests.filter((request) => !is(request))
    this.#locks.set(name, left)
    if (left[0] !== requests[0]) left[0]?.granted()
  }

  #requester(tab: object) {
    return async (name: string, ...rest: [Callback] | [LockOptions, Callback]): Promise<unknown> => {
      const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest
      const requests = this.#locks.get(name) ?? []
      if (options.ifAvailable === true && requests.length > 0) return callback(null)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const request: Request = { tab, granted: resolve }
      this.#locks.set(name, [...requests, request])
      options.signal?.addEventListener('abort', () => {
        reject(new DOMException('closed', 'AbortError'))
        this.#leave(name, (each) => each === request)
      })
      if (requests.length === 0) resolve()
      await promise
      try {
        return await callback({ name, mode: 'exclusive' })
      } finally {
        this.#leave(name, (each) => each === request)
      }
    }
  }
}
