/** Loads thumbnails: a few at a time, only those that are still wanted when their turn comes, and keeps a number of them. */
import type { Stop } from '../backend.ts'

/** An address of an image; null where it can't be had at present. */
export type Thumbnail = string | null

export interface ThumbnailPorts {
  readonly read: (object: string) => Promise<Blob>
  readonly createUrl: (blob: Blob) => string
  readonly revokeUrl: (url: string) => void
}

/** As many as a browser opens connections to a host. */
const AT_A_TIME = 6
/** Kept, those on the page included: of some 10 kB each. */
export const KEPT_THUMBNAILS = 300

interface Entry {
  url: string | null
  loading: boolean
  readonly wanted: Set<(thumbnail: Thumbnail) => void>
}

export class Thumbnails {
  readonly #ports: ThumbnailPorts
  readonly #max: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  #loading = 0

  constructor(ports: ThumbnailPorts, max = KEPT_THUMBNAILS) {
    this.#ports = ports
    this.#max = max
  }

  /** At once, without asking for it. */
  peek(object: string): string | null {
    return this.#entries.get(object)?.url ?? null
  }

  /** The address is good until what this returns is called. */
  want(object: string, listener: (thumbnail: Thumbnail) => void): Stop {
    const entry = this.#entries.get(object) ?? { url: null, loading: false, wanted: new Set() }
    this.#entries.delete(object)
    this.#entries.set(object, entry)
    entry.wanted.add(listener)
    if (entry.url !== null) listener(entry.url)
    else this.#loadNext()
    return () => {
      entry.wanted.delete(listener)
      // Scrolled past before its turn came.
      if (entry.wanted.size === 0 && entry.url === null && !entry.loading) this.#forget(object, entry)
      this.#evict()
    }
  }

  /** Lets go of all that nobody shows. */
  clear(): void {
    for (const [object, entry] of this.#entries) if (entry.wanted.size === 0) this.#forget(object, entry)
  }

  #loadNext(): void {
    if (this.#loading >= AT_A_TIME) return
    for (const [object, entry] of this.#entries) {
      if (entry.url === null && !entry.loading && entry.wanted.size > 0) {
        void this.#load(object, entry)
        return
      }
    }
  }

  async #load(object: string, entry: Entry): Promise<void> {
    entry.loading = true
    this.#loading++
    try {
      const blob = await this.#ports.read(object)
      if (this.#entries.get(object) === entry) entry.url = this.#ports.createUrl(blob)
    } catch {
      // The next one who wants it asks again.
      this.#forget(object, entry)
    }
    entry.loading = false
    this.#loading--
    for (const listener of entry.wanted) listener(entry.url)
    this.#evict()
    this.#loadNext()
  }

  #forget(object: string, entry: Entry): void {
    if (this.#entries.get(object) === entry) this.#entries.delete(object)
    if (entry.url !== null) this.#ports.revokeUrl(entry.url)
    entry.url = null
  }

  #evict(): void {
    for (const [object, entry] of this.#entries) {
      if (this.#entries.size <= this.#max) return
      if (entry.wanted.size === 0 && !entry.loading) this.#forget(object, entry)
    }
  }
}
