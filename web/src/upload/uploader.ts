/** Drives the queue: examines what was chosen, sends it, and tells who listens. One per signed-in customer. */
import { checkFile, mediaTypeOf } from '../../../functions/src/contract/checks.ts'
import { type Format, SNIFF_BYTES } from '../../../functions/src/contract/formats.ts'
import { rawName } from '../../../functions/src/contract/names.ts'
import { isBusy, type Queue, type QueueEvent, reduce, toStart, type UploadState } from './queue.ts'
import { type Destination, type Parcel, send } from './send.ts'

export interface Backend {
  /** Where the object of that name in the raw bucket goes. */
  destination(objectName: string): Destination
  /** The formats that the customer may send, at once and after every change; null: every one. Returns what ends it. */
  watchFormats(customerId: string, listener: (formats: readonly Format[] | null) => void): () => void
}

interface Job extends Parcel {
  readonly objectName: string
  /** Of the current try. */
  controller: AbortController
}

export class Uploader {
  readonly #backend: Backend
  readonly #customerId: string
  readonly #listeners = new Set<() => void>()
  readonly #jobs = new Map<string, Job>()
  readonly #unwatch: () => void
  /** Null as long as nothing is known: then it is for the pipeline to refuse. */
  #formats: readonly Format[] | null = null
  #queue: Queue = []
  #closed = false

  constructor(backend: Backend, customerId: string) {
    this.#backend = backend
    this.#customerId = customerId
    this.#unwatch = backend.watchFormats(customerId, (formats) => {
      this.#formats = formats
    })
  }

  /** The same object until something changes, as React's useSyncExternalStore asks. */
  readonly queue = (): Queue => this.#queue

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Picked, pasted or dropped files: checks each by its first bytes, and sends those that pass. Never rejects. */
  readonly add = async (files: readonly File[]): Promise<void> => {
    for (const file of files) {
      const uploadId = crypto.randomUUID()
      const examined = await this.#examine(uploadId, file)
      if (this.#closed) return
      if ('objectName' in examined) this.#jobs.set(uploadId, examined)
      const state: UploadState =
        'objectName' in examined ? { kind: 'queued' } : { kind: 'refused', reason: examined.reason }
      this.#apply({ kind: 'chosen', upload: { uploadId, fileName: file.name, bytes: file.size, state } })
    }
  }

  readonly retry = (uploadId: string): void => {
    const job = this.#jobs.get(uploadId)
    const upload = this.#queue.find((each) => each.uploadId === uploadId)
    if (job === undefined || upload?.state.kind !== 'failed') return
    job.controller = new AbortController()
    this.#apply({ kind: 'retried', uploadId })
  }

  /** Cancels it if it is on its way, and takes it off the list. */
  readonly remove = (uploadId: string): void => {
    this.#jobs.get(uploadId)?.controller.abort()
    this.#jobs.delete(uploadId)
    this.#apply({ kind: 'removed', uploadId })
  }

  /** Cancels everything, for good. */
  close(): void {
    this.#closed = true
    this.#unwatch()
    for (const { controller } of this.#jobs.values()) controller.abort()
    this.#jobs.clear()
    this.#queue = []
  }

  isBusy(): boolean {
    return isBusy(this.#queue)
  }

  async #examine(uploadId: string, file: File): Promise<Job | { readonly reason: string }> {
    let head: Uint8Array
    try {
      head = new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer())
    } catch {
      return { reason: 'It can’t be read. Is it a folder? Choose the files in it.' }
    }
    const refusal = checkFile({ name: file.name, size: file.size, head }, this.#formats)
    if (refusal !== null) return refusal
    try {
      const objectName = rawName({ source: 'web', customerId: this.#customerId, uploadId, fileName: file.name })
      return { objectName, content: file, contentType: mediaTypeOf(head), controller: new AbortController() }
    } catch {
      return { reason: 'The file can’t be sent under this name: it is too long.' }
    }
  }

  #apply(event: QueueEvent): void {
    if (this.#closed) return
    const queue = reduce(this.#queue, event)
    if (queue === this.#queue) return
    const starting = toStart(queue)
    this.#queue = starting.reduce((before, { uploadId }) => reduce(before, { kind: 'started', uploadId }), queue)
    for (const { uploadId } of starting) void this.#send(uploadId)
    for (const listener of this.#listeners) listener()
  }

  async #send(uploadId: string): Promise<void> {
    const job = this.#jobs.get(uploadId)
    if (job === undefined) return
    const progressed = (sentBytes: number) => this.#apply({ kind: 'progressed', uploadId, sentBytes })
    const sent = await send(this.#backend.destination(job.objectName), job, progressed, job.controller.signal)
    if (sent.kind === 'cancelled') return
    if (sent.kind === 'uploaded') this.#jobs.delete(uploadId)
    this.#apply({ ...sent, uploadId })
  }
}
