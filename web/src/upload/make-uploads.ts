/** The customer's uploads: what was chosen is checked, kept, listed and handed to Uppy, which sends it. */
import { type Format, SNIFF_BYTES } from '../../../functions/src/contract/formats.ts'
import { MAX_WAITING_UPLOADS } from '../../../functions/src/contract/limits.ts'
import type { RawBucket } from '../backend.ts'
import { Board } from './board.ts'
import { examine } from './examine.ts'
import type { Keep, KeptContent } from './keep.ts'
import { Previews } from './previews.ts'
import { Sender } from './sender.ts'
import { inBrowser, type Surroundings } from './surroundings.ts'
import type { ChosenFile, Uploads, UploadState } from './uploads.ts'

/** How many are looked at, kept and handed on together: so that the page answers in between. */
const BATCH = 25
/** Files whose facts are taken before something else has its turn. */
const LOOKED_AT_ONCE = 100
/** How many are made smaller at a time: each takes its pixels of memory. */
const REDUCING = 2

/** Uploads of one customer: what was kept from earlier visits goes on at once. */
export function makeUploads(raw: RawBucket, customerId: string, around: Surroundings = inBrowser()): Uploads {
  let closed = false
  /** Null as long as nothing is known: then it is for the pipeline to refuse. */
  let formats: readonly Format[] | null = null
  let lastOrder = Date.now() * 1000
  /** All that has not arrived. */
  const parcels = new Map<string, KeptContent>()
  /** Those that would be lost with this tab. */
  const unkept = new Set<string>()
  let keeping = Promise.resolve()

  const { clock, network } = around
  const board = new Board(clock, { online: network.onLine, paused: false, reduce: around.readReduce(), kept: true })
  const sender = new Sender(raw, around, {
    entered: (uploadId, state) => board.enter(uploadId, state),
    moved: (bytes) => board.moved(bytes),
    arrived(uploadId, arrivedAt) {
      board.enter(uploadId, { kind: 'uploaded', arrivedAt })
      settled(uploadId)
      void withKeep((keep) => keep.arrived(uploadId, arrivedAt))
    },
    failed(uploadId, problem, again) {
      board.enter(uploadId, { kind: 'failed', problem, again })
      if (again) return
      settled(uploadId)
      void withKeep((keep) => keep.forget([uploadId]))
    },
  })
  const previews = new Previews(around, (uploadId, preview) => board.change(uploadId, { preview }))
  const stopWatching = raw.watchFormats(customerId, (own) => {
    formats = own
  })
  const connected = () => board.set({ online: network.onLine })
  network.addEventListener('online', connected)
  network.addEventListener('offline', connected)

  const opening: Promise<Pick<Keep, 'put' | 'arrived' | 'forget' | 'close'> | null> = around
    .openKeep(customerId, {
      taken(uploads) {
        for (const upload of uploads) list(upload, { kind: 'queued' })
        for (const upload of uploads) parcels.set(upload.uploadId, upload)
        void send(uploads, true)
      },
      elsewhere(uploads) {
        for (const upload of uploads) list({ ...upload, content: null }, { kind: 'elsewhere' })
      },
      arrived(uploadId, arrivedAt) {
        if (isElsewhere(uploadId)) board.enter(uploadId, { kind: 'uploaded', arrivedAt })
      },
      gone(uploadIds) {
        unlist(uploadIds.filter(isElsewhere))
      },
      cancel(uploadIds) {
        forget(uploadIds.filter((uploadId) => parcels.has(uploadId)))
      },
    })
    .catch(() => null)
  void opening.then((keep) => board.set({ kept: keep !== null }))

  async function withKeep<T>(act: (keep: Pick<Keep, 'put' | 'arrived' | 'forget'>) => Promise<T>): Promise<T | null> {
    const keep = await opening
    return keep === null || closed ? null : act(keep)
  }

  const isElsewhere = (uploadId: string) => board.item(uploadId)?.state.kind === 'elsewhere'

  /** An upload of an earlier visit or another tab's. */
  function list(upload: Omit<KeptContent, 'content'> & { readonly content: Blob | null }, state: UploadState): void {
    const { uploadId, fileName, folder, bytes, originalBytes, format, content } = upload
    const before = board.item(uploadId)
    if (before !== undefined && before.state.kind !== 'elsewhere') return
    const preview = content === null ? 'none' : 'pending'
    board.put({ uploadId, fileName, folder, bytes, originalBytes, format, preview, state })
    if (content !== null) previews.add(uploadId, content)
  }

  function settled(uploadId: string): void {
    parcels.delete(uploadId)
    if (unkept.delete(uploadId)) void tellKept()
  }

  function unlist(uploadIds: readonly string[]): void {
    if (uploadIds.length === 0) return
    sender.drop(uploadIds)
    for (const uploadId of uploadIds) {
      settled(uploadId)
      previews.drop(uploadId)
    }
    board.remove(uploadIds)
    board.tell()
  }

  /** Off the list, and out of what is kept. */
  function forget(uploadIds: readonly string[]): void {
    if (uploadIds.length > 0) void withKeep((keep) => keep.forget(uploadIds))
    unlist(uploadIds)
  }

  /** One after the other, so that what is sent sooner than it is written need not be written. */
  function keepAll(uploads: readonly KeptContent[]): Promise<void> {
    keeping = keepNext(keeping, uploads)
    return keeping
  }

  async function keepNext(before: Promise<void>, uploads: readonly KeptContent[]): Promise<void> {
    await before
    const waiting = uploads.filter(({ uploadId }) => parcels.has(uploadId))
    if (waiting.length === 0 || (await withKeep((keep) => keep.put(waiting))) === true || closed) return
    for (const { uploadId } of waiting) if (parcels.has(uploadId)) unkept.add(uploadId)
    await tellKept()
  }

  async function tellKept(): Promise<void> {
    board.set({ kept: (await opening) !== null && unkept.size === 0 })
  }

  /** Those that are to be made smaller follow when they are. */
  async function send(uploads: readonly KeptContent[], lookFirst: boolean): Promise<void> {
    const { paused } = board.flags
    sender.send(
      uploads.filter(({ reduce }) => !reduce),
      { lookFirst, paused },
    )
    const larger = uploads.filter(({ reduce }) => reduce).values()
    const work = async () => {
      for (const upload of larger) await reduceAndSend(upload, lookFirst)
    }
    await Promise.all(Array.from({ length: REDUCING }, work))
  }

  async function reduceAndSend(upload: KeptContent, lookFirst: boolean): Promise<void> {
    const { uploadId, content, contentType } = upload
    board.enter(uploadId, { kind: 'checking' })
    const smaller = await reducedOf(content, contentType)
    if (!parcels.has(uploadId) || closed) return
    const final: KeptContent =
      smaller === null
        ? { ...upload, reduce: false }
        : { ...upload, reduce: false, content: smaller, bytes: smaller.size, originalBytes: content.size }
    parcels.set(uploadId, final)
    // Kept before the first byte is sent: whoever goes on with it has to send the very same bytes.
    await keepAll([final])
    if (!parcels.has(uploadId) || closed) return
    board.change(uploadId, { bytes: final.bytes, originalBytes: final.originalBytes, state: { kind: 'queued' } })
    sender.send([final], { lookFirst, paused: board.flags.paused })
  }

  async function reducedOf(content: Blob, contentType: string): Promise<Blob | null> {
    try {
      const head = new Uint8Array(await content.slice(0, SNIFF_BYTES).arrayBuffer())
      return await around.reduceImage(content, contentType, head)
    } catch {
      return null
    }
  }

  async function accept({ file, folder }: ChosenFile, uploadId: string): Promise<KeptContent | null> {
    const examined = await examine(file, customerId, uploadId, formats)
    if (closed || board.item(uploadId) === undefined) return null
    const { format } = examined
    if ('problem' in examined) {
      board.change(uploadId, { format, preview: 'none', state: { kind: 'refused', problem: examined.problem } })
      return null
    }
    const { contentType, objectName } = examined
    const known = { uploadId, fileName: file.name, folder, format, contentType, objectName, bytes: file.size }
    const { reduce } = board.flags
    return { ...known, originalBytes: null, reduce, order: ++lastOrder, content: file }
  }

  async function add(files: readonly ChosenFile[]): Promise<void> {
    const room = MAX_WAITING_UPLOADS - idsOf((kind) => kind !== 'refused' && kind !== 'uploaded').length
    const chosen = files.map((each) => ({ ...each, uploadId: crypto.randomUUID() }))
    for (const [i, { uploadId, file, folder }] of chosen.entries()) {
      // A browser asks the disk for each file's size while the page waits.
      if (i % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve))
      if (closed) return
      board.put({
        uploadId,
        fileName: file.name,
        folder,
        bytes: file.size,
        originalBytes: null,
        format: 'unknown',
        preview: i < room ? 'pending' : 'none',
        state:
          i < room
            ? { kind: 'checking' }
            : { kind: 'refused', problem: { code: 'too-many', limit: MAX_WAITING_UPLOADS } },
      })
    }
    board.tell()
    const taken = chosen.slice(0, Math.max(0, room))
    const ends: Promise<void>[] = []
    for (let from = 0; from < taken.length && !closed; from += BATCH) {
      const examined = taken.slice(from, from + BATCH).map((each) => accept(each, each.uploadId))
      const accepted = (await Promise.all(examined)).filter((each) => each !== null)
      for (const upload of accepted) {
        parcels.set(upload.uploadId, upload)
        board.change(upload.uploadId, { format: upload.format, state: { kind: 'queued' } })
        previews.add(upload.uploadId, upload.content)
      }
      void keepAll(accepted)
      ends.push(send(accepted, false))
    }
    await Promise.all(ends)
  }

  function idsOf(is: (kind: UploadState['kind']) => boolean): readonly string[] {
    return [...board.items()].filter(({ state }) => is(state.kind)).map(({ uploadId }) => uploadId)
  }

  function retry(uploadIds: readonly string[]): void {
    const again = uploadIds.flatMap((uploadId) => {
      // What no other try can help is not there any more.
      return board.item(uploadId)?.state.kind === 'failed' ? (parcels.get(uploadId) ?? []) : []
    })
    for (const { uploadId } of again) board.enter(uploadId, { kind: 'queued' })
    sender.send(again, { lookFirst: true, paused: false })
    board.tell()
  }

  return {
    state: board.state,
    subscribe: board.subscribe,
    add,
    pause(uploadId) {
      sender.pause(uploadId, true)
      board.tell()
    },
    resume(uploadId) {
      sender.pause(uploadId, false)
      board.tell()
    },
    retry: (uploadId) => retry([uploadId]),
    remove: (uploadId) => forget([uploadId]),
    pauseAll() {
      board.set({ paused: true })
      sender.pauseAll(true)
      board.tell()
    },
    resumeAll() {
      board.set({ paused: false })
      sender.pauseAll(false)
      board.tell()
    },
    retryAll: () => retry(idsOf((kind) => kind === 'failed')),
    cancelAll: () => forget(idsOf((kind) => kind !== 'uploaded' && kind !== 'elsewhere')),
    clearEnded: () => forget(idsOf((kind) => kind === 'refused' || kind === 'failed' || kind === 'uploaded')),
    setReduce(reduce) {
      around.writeReduce(reduce)
      board.set({ reduce })
      board.tell()
    },
    isBusy: () => idsOf((kind) => BUSY.includes(kind)).length > 0,
    close() {
      if (closed) return
      closed = true
      stopWatching()
      network.removeEventListener('online', connected)
      network.removeEventListener('offline', connected)
      sender.close()
      previews.close()
      board.close()
      void opening.then((keep) => keep?.close())
    },
  }
}

/** What would stop or wait if the page were left. */
const BUSY: readonly UploadState['kind'][] = ['checking', 'queued', 'sending', 'paused', 'offline']
