/** Small pictures of what was chosen: one at a time, so few that they cost nothing that the uploads need. */
import type { Clock } from '../uppy-firebase-storage/line.ts'

/** At a time. */
const MOST = 300
/** In bytes. */
const LARGEST = 25 * 2 ** 20
/** As many as are seen at first: after each it rests twice as long as it took, so that they take a third of one processor. */
const SEEN = 16
const REST = 2
/** And for those that follow a tenth. */
const LONG_REST = 9

interface Artist {
  readonly clock: Clock
  /** An address; null: it can't be drawn. */
  drawPreview(content: Blob): Promise<string | null>
  revoke(url: string): void
}

export class Previews {
  readonly #artist: Artist
  readonly #tell: (uploadId: string, preview: { readonly url: string } | 'none') => void
  readonly #waiting = new Map<string, Blob>()
  readonly #urls = new Map<string, string>()
  #drawing = false
  /** Since there was nothing left to draw. */
  #drawn = 0
  #timer: unknown = null
  #closed = false

  constructor(artist: Artist, tell: (uploadId: string, preview: { readonly url: string } | 'none') => void) {
    this.#artist = artist
    this.#tell = tell
  }

  add(uploadId: string, content: Blob): void {
    if (content.size > LARGEST || this.#waiting.size + this.#urls.size >= MOST) return this.#tell(uploadId, 'none')
    this.#waiting.set(uploadId, content)
    if (!this.#drawing && this.#timer === null) void this.#next()
  }

  drop(uploadId: string): void {
    this.#waiting.delete(uploadId)
    const url = this.#urls.get(uploadId)
    if (url === undefined) return
    this.#urls.delete(uploadId)
    this.#artist.revoke(url)
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) this.#artist.clock.clearTimeout(this.#timer)
    this.#waiting.clear()
    for (const url of this.#urls.values()) this.#artist.revoke(url)
    this.#urls.clear()
  }

  async #next(): Promise<void> {
    this.#timer = null
    const [first] = this.#waiting
    if (first === undefined) this.#drawn = 0
    if (first === undefined || this.#closed) return
    const [uploadId, content] = first
    this.#drawing = true
    const began = this.#artist.clock.now()
    const url = await this.#artist.drawPreview(content).catch(() => null)
    this.#drawing = false
    if (!this.#waiting.delete(uploadId)) {
      if (url !== null) this.#artist.revoke(url)
    } else if (url === null) this.#tell(uploadId, 'none')
    else {
      this.#urls.set(uploadId, url)
      this.#tell(uploadId, { url })
    }
    if (this.#closed) return
    const rest = ++this.#drawn < SEEN ? REST : LONG_REST
    this.#timer = this.#artist.clock.setTimeout(() => void this.#next(), rest * (this.#artist.clock.now() - began))
  }
}
