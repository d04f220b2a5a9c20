/**
 * What is not sent yet, kept in the browser (IndexedDB, a database per customer) with whose it is: exactly one tab owns an upload and sends it.
 *
 * A tab holds a lock (https://developer.mozilla.org/docs/Web/API/Web_Locks_API) under its name for as long as it lives. Whoever is granted another
 * tab's lock knows that it is gone, and takes over its uploads in one transaction. docs/decisions/uploads.md.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { Format } from '../../../functions/src/contract/formats.ts'

export interface Kept {
  readonly uploadId: string
  readonly fileName: string
  readonly folder: string | null
  readonly format: Format
  readonly contentType: string
  readonly objectName: string
  readonly bytes: number
  readonly originalBytes: number | null
  /** It is to be made smaller before it is sent. */
  readonly reduce: boolean
  /** Its place among all that are kept: later ones are higher. */
  readonly order: number
}

export interface KeptContent extends Kept {
  readonly content: Blob
}

interface Row extends KeptContent {
  readonly owner: string
}

interface Schema extends DBSchema {
  uploads: { key: string; value: Row; indexes: { owner: string } }
}

export interface KeepEvents {
  /** They are this tab's from now on: of an earlier visit, or of a tab that was closed. */
  taken(uploads: readonly KeptContent[]): void
  /** Another tab sends them. */
  elsewhere(uploads: readonly Kept[]): void
  /** Another tab has sent it. */
  arrived(uploadId: string, arrivedAt: Date): void
  /** Another tab has cancelled them, or sees no way to send them. */
  gone(uploadIds: readonly string[]): void
  /** Another tab's customer wants these of this tab's cancelled. */
  cancel(uploadIds: readonly string[]): void
}

type Message =
  | { readonly kind: 'kept'; readonly owner: string; readonly uploads: readonly Kept[] }
  | { readonly kind: 'arrived'; readonly uploadId: string; readonly arrivedAt: Date }
  | { readonly kind: 'gone' | 'cancel'; readonly uploadIds: readonly string[] }

export interface Channel {
  say(message: unknown): void
  close(): void
}

/** What of a browser it needs. */
export interface Browser {
  readonly locks: Pick<LockManager, 'request'>
  /** To all other tabs that open one of that name. */
  openChannel(name: string, heard: (message: unknown) => void): Channel
}

/** Rejects where the browser keeps nothing. */
export async function openKeep(customerId: string, browser: Browser, events: KeepEvents): Promise<Keep> {
  const name = `darkroom-uploads-${customerId}`
  const db = await openDB<Schema>(name, 1, {
    upgrade: (fresh) => void fresh.createObjectStore('uploads', { keyPath: 'uploadId' }).createIndex('owner', 'owner'),
  })
  const keep = new Keep(db, name, browser, events)
  await keep.open()
  return keep
}

export class Keep {
  readonly #db: IDBPDatabase<Schema>
  readonly #name: string
  readonly #locks: Browser['locks']
  readonly #channel: Channel
  readonly #events: KeepEvents
  readonly #me = crypto.randomUUID()
  readonly #closing = new AbortController()
  /** Tabs that are waited for. */
  readonly #watched = new Set<string>()
  /** What has gone while it was read. */
  readonly #gone = new Set<string>()
  #full = false

  constructor(db: IDBPDatabase<Schema>, name: string, browser: Browser, events: KeepEvents) {
    this.#db = db
    this.#name = name
    this.#locks = browser.locks
    this.#channel = browser.openChannel(name, (message) => this.#heard(message as Message))
    this.#events = events
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const closed = new Promise((close) => this.#closing.signal.addEventListener('abort', close))
      this.#locks
        .request(this.#lockOf(this.#me), () => {
          resolve()
          return closed
        })
        .catch(reject)
    })
    const rows = await this.#db.getAll('uploads')
    for (const owner of new Set(rows.map((row) => row.owner))) {
      const theirs = rows.filter((row) => row.owner === owner && !this.#gone.has(row.uploadId))
      await this.#takeOrWatch(owner, theirs)
    }
  }

  /** False: there is no room for them. Those that are kept already are replaced. */
  async put(uploads: readonly KeptContent[]): Promise<boolean> {
    if (this.#full || this.#closing.signal.aborted) return false
    try {
      const write = this.#db.transaction('uploads', 'readwrite', { durability: 'relaxed' })
      const writes = uploads.map((upload) => write.store.put({ ...upload, owner: this.#me }))
      await Promise.all([...writes, write.done])
    } catch {
      this.#full = true
      return false
    }
    this.#say({ kind: 'kept', owner: this.#me, uploads: uploads.map(withoutContent) })
    return true
  }

  /** It has arrived. */
  async arrived(uploadId: string, arrivedAt: Date): Promise<void> {
    await this.#delete([uploadId])
    this.#say({ kind: 'arrived', uploadId, arrivedAt })
  }

  /** They are not to be sent any more, whichever tab's they are. */
  async forget(uploadIds: readonly string[]): Promise<void> {
    await this.#delete(uploadIds)
    this.#say({ kind: 'cancel', uploadIds })
    this.#say({ kind: 'gone', uploadIds })
  }

  /** What is kept stays, for whoever opens it next. */
  close(): void {
    this.#closing.abort()
    this.#channel.close()
    this.#db.close()
  }

  #lockOf(owner: string): string {
    return `${this.#name} ${owner}`
  }

  #say(message: Message): void {
    if (!this.#closing.signal.aborted) this.#channel.say(message)
  }

  #heard(message: Message): void {
    switch (message.kind) {
      case 'kept':
        this.#events.elsewhere(message.uploads)
        this.#watch(message.owner)
        break
      case 'arrived':
        this.#gone.add(message.uploadId)
        this.#events.arrived(message.uploadId, message.arrivedAt)
        break
      case 'gone':
        for (const uploadId of message.uploadIds) this.#gone.add(uploadId)
        this.#events.gone(message.uploadIds)
        break
      case 'cancel':
        this.#events.cancel(message.uploadIds)
        break
    }
  }

  async #takeOrWatch(owner: string, theirs: readonly Row[]): Promise<void> {
    const lock = this.#lockOf(owner)
    const free = await this.#locks.request(lock, { ifAvailable: true }, async (granted) => {
      if (granted !== null) await this.#take(owner)
      return granted !== null
    })
    if (free) return
    this.#events.elsewhere(theirs.map(withoutContent))
    this.#watch(owner)
  }

  /** Waits until that tab is gone. */
  #watch(owner: string): void {
    if (owner === this.#me || this.#watched.has(owner)) return
    this.#watched.add(owner)
    const { signal } = this.#closing
    this.#locks
      .request(this.#lockOf(owner), { signal }, async () => {
        this.#watched.delete(owner)
        await this.#take(owner)
      })
      .catch(() => {}) // closed
  }

  /** Only while the lock of that tab is held: so that one alone takes them. */
  async #take(owner: string): Promise<void> {
    if (this.#closing.signal.aborted) return
    const write = this.#db.transaction('uploads', 'readwrite')
    const rows = await write.store.index('owner').getAll(owner)
    const mine = rows.map((row) => ({ ...row, owner: this.#me }))
    await Promise.all([...mine.map((row) => write.store.put(row)), write.done])
    if (mine.length === 0) return
    mine.sort((a, b) => a.order - b.order)
    this.#say({ kind: 'kept', owner: this.#me, uploads: mine.map(withoutContent) })
    this.#events.taken(mine)
  }

  async #delete(uploadIds: readonly string[]): Promise<void> {
    if (this.#closing.signal.aborted) return
    try {
      const write = this.#db.transaction('uploads', 'readwrite', { durability: 'relaxed' })
      await Promise.all([...uploadIds.map((uploadId) => write.store.delete(uploadId)), write.done])
      this.#full = false
    } catch {
      // It is found to have arrived at the next visit.
    }
  }
}

const withoutContent = (upload: KeptContent): Kept => ({
  uploadId: upload.uploadId,
  fileName: upload.fileName,
  folder: upload.folder,
  format: upload.format,
  contentType: upload.contentType,
  objectName: upload.objectName,
  bytes: upload.bytes,
  originalBytes: upload.originalBytes,
  reduce: upload.reduce,
  order: upload.order,
})
