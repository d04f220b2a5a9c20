/** The plug-in: Uppy's events on one side, a {@link Transfer} for each file on the other. See README.md. */
import {
  type Body,
  BasePlugin,
  type DefinePluginOpts,
  type Meta,
  type PluginOpts,
  type Uppy,
  type UppyFile,
} from '@uppy/core'
import { filterFilesToUpload, RateLimitedQueue } from '@uppy/core/utils'
import type { Destination } from './destination.ts'
import { browserClock, browserNetwork, type Clock, Line, type Network } from './line.ts'
import { type Phase, Transfer } from './transfer.ts'

export interface FirebaseStorageOptions<M extends Meta, B extends Body> extends PluginOpts {
  /** Where a file goes. Asked once for each try. */
  readonly destination: (file: UppyFile<M, B>) => Destination
  /** How many files are on their way at a time. Default: 4. */
  readonly limit?: number
  /** Whether the object may be there from an earlier visit: then it is looked for before it is sent. Default: of no file. */
  readonly lookFirst?: (file: UppyFile<M, B>) => boolean
  /** Gets a new token; rejects where there is none to be had. Asked once a file when the server answers `storage/unauthenticated`. */
  readonly refreshToken?: () => Promise<unknown>
  /** The least time between two of a file's `upload-progress`, in milliseconds. Default: 250. */
  readonly progressMs?: number
  readonly clock?: Clock
  readonly network?: Network
}

const DEFAULTS = {
  limit: 4,
  lookFirst: () => false,
  refreshToken: () => Promise.reject(new Error('no way to get a new token')),
  progressMs: 250,
}

type Options<M extends Meta, B extends Body> = DefinePluginOpts<FirebaseStorageOptions<M, B>, keyof typeof DEFAULTS>

declare module '@uppy/core' {
  export interface UppyEventMap<M extends Meta, B extends Body> {
    'firebase-storage:phase': (file: UppyFile<M, B>, phase: Phase) => void
  }
  export interface PluginTypeRegistry<M extends Meta, B extends Body> {
    FirebaseStorage: FirebaseStorage<M, B>
  }
}

export class FirebaseStorage<M extends Meta, B extends Body> extends BasePlugin<Options<M, B>, M, B> {
  readonly #clock: Clock
  readonly #places: RateLimitedQueue
  readonly #transfers = new Map<string, Transfer>()
  /** Files that were tried before, so that another try looks first. */
  readonly #tried = new Set<string>()
  #line: Line | null = null

  constructor(uppy: Uppy<M, B>, options: FirebaseStorageOptions<M, B>) {
    super(uppy, { ...DEFAULTS, ...options })
    this.type = 'uploader'
    this.id = this.opts.id ?? 'FirebaseStorage'
    this.#clock = this.opts.clock ?? browserClock
    this.#places = new RateLimitedQueue(this.opts.limit)
  }

  override install(): void {
    this.#line = new Line(this.#clock, this.opts.network ?? browserNetwork, this.#wakeAll)
    this.#setResumable(true)
    this.uppy.addUploader(this.#upload)
    // One listener of each kind: one for each file would cost every event the number of files.
    this.uppy.on('upload-pause', this.#paused)
    this.uppy.on('pause-all', this.#pausedAll)
    this.uppy.on('resume-all', this.#resumedAll)
    this.uppy.on('file-removed', this.#removed)
  }

  override uninstall(): void {
    this.#setResumable(false)
    this.uppy.removeUploader(this.#upload)
    this.uppy.off('upload-pause', this.#paused)
    this.uppy.off('pause-all', this.#pausedAll)
    this.uppy.off('resume-all', this.#resumedAll)
    this.uppy.off('file-removed', this.#removed)
    for (const transfer of this.#transfers.values()) transfer.cancel()
    this.#line?.close()
  }

  #setResumable(resumableUploads: boolean): void {
    const { capabilities } = this.uppy.getState()
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads } })
  }

  readonly #upload = async (ids: string[]): Promise<void> => {
    const files = filterFilesToUpload(this.uppy.getFilesByIds(ids))
    this.uppy.emit('upload-start', files)
    await Promise.all(files.map((file) => this.#send(file)))
  }

  async #send(file: UppyFile<M, B>): Promise<void> {
    const { id } = file
    const line = this.#line
    if (line === null || !(file.data instanceof Blob)) throw new Error('only files of this browser can be uploaded')
    const transfer = new Transfer(
      {
        destination: this.opts.destination(file),
        content: file.data,
        contentType: file.type,
        lookFirst: this.#tried.has(id) || this.opts.lookFirst(file),
        paused: file.isPaused ?? false,
      },
      { places: this.#places, line, clock: this.#clock, refreshToken: this.opts.refreshToken },
      this.#progress(id),
      (phase) => this.uppy.emit('firebase-storage:phase', this.uppy.getFile(id), phase),
    )
    this.#transfers.set(id, transfer)
    this.#tried.add(id)
    const ended = await transfer.run()
    if (this.#transfers.get(id) === transfer) this.#transfers.delete(id)
    if (ended.kind === 'cancelled') return
    const now = this.uppy.getFile(id)
    if (ended.kind === 'failed') return this.uppy.emit('upload-error', now, ended.error)
    // An interface has no index signature, a body has: a copy of the same fields.
    const body = { ...ended.stored } as Body as B
    this.uppy.emit('upload-success', now, { status: 200, body, bytesUploaded: ended.stored.bytes })
  }

  /** A browser tells of progress more often than it is worth Uppy's copying its state. */
  #progress(id: string) {
    let last = -Infinity
    return (bytesUploaded: number) => {
      const now = this.#clock.now()
      const file = this.uppy.getFile(id)
      if (now - last < this.opts.progressMs || file?.progress.uploadStarted == null) return
      last = now
      const { uploadStarted } = file.progress
      this.uppy.emit('upload-progress', file, { uploadStarted, bytesUploaded, bytesTotal: file.size })
    }
  }

  readonly #wakeAll = () => {
    for (const transfer of this.#transfers.values()) transfer.wake()
  }

  readonly #paused = (file: UppyFile<M, B> | undefined, paused: boolean) => {
    this.#transfers.get(file?.id ?? '')?.pause(paused)
  }

  readonly #pausedAll = () => {
    for (const transfer of this.#transfers.values()) transfer.pause(true)
  }

  readonly #resumedAll = () => {
    for (const transfer of this.#transfers.values()) transfer.pause(false)
  }

  readonly #removed = ({ id }: UppyFile<M, B>) => {
    this.#transfers.get(id)?.cancel()
    this.#transfers.delete(id)
    this.#tried.delete(id)
  }
}
