/** Uppy with the plug-in for Firebase Storage: what is to be sent goes in, what becomes of each comes out. */
import { Uppy } from '@uppy/core'
import type { RawBucket } from '../backend.ts'
import { FirebaseStorage } from '../uppy-firebase-storage/firebase-storage.ts'
import type { Clock, Network } from '../uppy-firebase-storage/line.ts'
import type { Phase } from '../uppy-firebase-storage/transfer.ts'
import { sendProblemOf } from './send.ts'
import type { SendProblem, UploadState } from './uploads.ts'

/** How many files are sent at the same time. */
export const SENDING_AT_ONCE = 4

interface Meta extends Record<string, unknown> {
  readonly uploadId: string
  readonly objectName: string
  readonly lookFirst: boolean
}
type Body = Record<string, unknown>

export interface ToSend {
  readonly uploadId: string
  readonly fileName: string
  readonly content: Blob
  readonly contentType: string
  readonly objectName: string
}

export interface SenderEvents {
  entered(uploadId: string, state: UploadState): void
  /** So many bytes more have been sent. */
  moved(bytes: number): void
  arrived(uploadId: string, arrivedAt: Date): void
  failed(uploadId: string, problem: SendProblem, again: boolean): void
}

const SILENT = { debug: () => {}, warn: () => {}, error: () => {} }

interface Job {
  readonly upload: ToSend
  readonly lookFirst: boolean
  paused: boolean
  phase: Phase
  sentBytes: number
}

/**
 * Uppy has but a few of the files at a time: each of its events costs it a copy of its list, and each addition one per file of it
 * (docs/decisions/uploads.md has figures).
 */
const WINDOW = 16

export class Sender {
  readonly #events: SenderEvents
  readonly #uppy: Uppy<Meta, Body>
  /** Uppy has them. */
  readonly #current = new Map<string, Job>()
  /** In the order they are to be sent. */
  readonly #waiting = new Map<string, Job>()

  constructor(raw: RawBucket, around: { readonly clock: Clock; readonly network: Network }, events: SenderEvents) {
    this.#events = events
    this.#uppy = new Uppy<Meta, Body>({
      logger: SILENT,
      infoTimeout: 0,
      // Uppy's own ids are made of name, size and date, so that the same file could not be chosen twice.
      onBeforeFileAdded: (file) => ({ ...file, id: file.meta.uploadId }),
    })
      .use(FirebaseStorage, {
        destination: ({ meta }) => raw.destination(meta['objectName'] as string),
        limit: SENDING_AT_ONCE,
        lookFirst: ({ meta }) => meta['lookFirst'] === true,
        refreshToken: () => raw.refreshToken(),
        clock: around.clock,
        network: around.network,
      })
      .on('firebase-storage:phase', ({ id }, phase) => this.#entered(id, phase))
      .on('upload-progress', (file, { bytesUploaded }) => {
        const job = this.#reached(file?.id, bytesUploaded)
        // The SDK tells of progress once more when it has paused.
        if (job !== null) this.#entered(job.upload.uploadId, job.phase)
      })
      .on('upload-success', (file, { body }) => {
        const job = this.#reached(file?.id, file?.size ?? 0)
        if (job === null) return
        this.drop([job.upload.uploadId])
        this.#events.arrived(job.upload.uploadId, body?.['arrivedAt'] as Date)
      })
      .on('upload-error', (file, error) => {
        if (file === undefined || !this.#current.has(file.id)) return
        this.drop([file.id])
        const { problem, again } = sendProblemOf(error)
        this.#events.failed(file.id, problem, again)
      })
  }

  send(
    uploads: readonly ToSend[],
    { lookFirst, paused }: { readonly lookFirst: boolean; readonly paused: boolean },
  ): void {
    for (const upload of uploads) {
      this.#waiting.set(upload.uploadId, { upload, lookFirst, paused, phase: 'queued', sentBytes: 0 })
      this.#events.entered(upload.uploadId, paused ? { kind: 'paused', sentBytes: 0 } : { kind: 'queued' })
    }
    this.#feed()
  }

  pause(uploadId: string, paused: boolean): void {
    const job = this.#current.get(uploadId)
    if (job === undefined) this.#pauseWaiting(uploadId, paused)
    else if (job.paused !== paused) {
      job.paused = paused
      this.#uppy.pauseResume(uploadId)
    }
    this.#feed()
  }

  pauseAll(paused: boolean): void {
    for (const uploadId of this.#waiting.keys()) this.#pauseWaiting(uploadId, paused)
    for (const job of this.#current.values()) job.paused = paused
    if (paused) this.#uppy.pauseAll()
    else this.#uppy.resumeAll()
    this.#feed()
  }

  /** Cancels what is on its way. */
  drop(uploadIds: readonly string[]): void {
    for (const uploadId of uploadIds) this.#waiting.delete(uploadId)
    const current = uploadIds.filter((uploadId) => this.#current.delete(uploadId))
    if (current.length > 0) this.#uppy.removeFiles(current)
    this.#feed()
  }

  close(): void {
    this.#waiting.clear()
    this.#current.clear()
    this.#uppy.destroy()
  }

  #feed(): void {
    let active = 0
    for (const { paused } of this.#current.values()) if (!paused) active++
    if (active > WINDOW / 2) return
    const next: Job[] = []
    for (const job of this.#waiting.values()) {
      if (active + next.length >= WINDOW) break
      if (!job.paused) next.push(job)
    }
    if (next.length === 0) return
    for (const job of next) {
      this.#waiting.delete(job.upload.uploadId)
      this.#current.set(job.upload.uploadId, job)
    }
    this.#uppy.addFiles(
      next.map(({ lookFirst, upload: { uploadId, fileName, content, contentType, objectName } }) => ({
        name: fileName,
        type: contentType,
        data: content,
        isRemote: false,
        meta: { uploadId, objectName, lookFirst },
      })),
    )
    // What becomes of each comes by its events.
    this.#uppy.upload().catch(() => {})
  }

  #pauseWaiting(uploadId: string, paused: boolean): void {
    const job = this.#waiting.get(uploadId)
    if (job === undefined || job.paused === paused) return
    job.paused = paused
    this.#events.entered(uploadId, paused ? { kind: 'paused', sentBytes: 0 } : { kind: 'queued' })
  }

  #entered(uploadId: string, phase: Phase): void {
    const job = this.#current.get(uploadId)
    if (job === undefined) return
    job.phase = phase
    const kind = phase === 'waiting' ? 'offline' : phase
    this.#events.entered(uploadId, kind === 'queued' ? { kind } : { kind, sentBytes: job.sentBytes })
  }

  #reached(uploadId: string | undefined, sentBytes: number): Job | null {
    const job = this.#current.get(uploadId ?? '')
    if (job === undefined) return null
    this.#events.moved(sentBytes - job.sentBytes)
    job.sentBytes = sentBytes
    return job
  }
}
