/** Decodes HEVC in HEIF containers, which sharp's own libheif is built without. docs/decisions/heic.md */
import { Worker } from 'node:worker_threads'
import type { Answer, Task } from './heic-worker.ts'
import { tiffOf } from './tiff.ts'

/** Beside this file, in whichever form it runs: as TypeScript in tests, compiled when deployed. */
const WORKER = new URL(import.meta.url.replace(/heic\.([jt]s)$/, 'heic-worker.$1'))

/**
 * The primary image of a HEIC as an uncompressed TIFF with the same colour profile, upright: from there everything is as with any other
 * file. `header`: what was admitted; a file that then turns out to hold another size is refused. Throws `signal`'s reason, and an Error for a
 * file that can't be decoded.
 */
export async function decodeHeic(
  bytes: Uint8Array,
  header: { readonly width: number; readonly height: number; readonly alpha: boolean },
  icc: Uint8Array | null,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { width, height, alpha } = header
  const answer = await inThread({ bytes, width, height, alpha }, signal)
  if ('error' in answer) throw new Error(answer.error)
  return tiffOf({ data: answer.data, width, height, channels: alpha ? 4 : 3 }, icc)
}

async function inThread(task: Task, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted()
  const worker = new Worker(WORKER, {
    workerData: task,
    // The heap of JavaScript alone; libheif's own memory is bounded by the size that was admitted.
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    execArgv: [],
    // libheif prints what it finds wrong: kept here and dropped, for it is no line of ours.
    stdout: true,
    stderr: true,
  })
  const ended = Promise.withResolvers<Answer>()
  const stop = () => ended.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  worker.on('message', ended.resolve)
  worker.on('error', ended.reject)
  worker.on('exit', (code) => ended.reject(new Error(`the thread ended with ${code} before it answered`)))
  try {
    return await ended.promise
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}
