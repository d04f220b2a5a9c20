/**
 * The thread in which one HEIC is decoded. libheif, compiled to WebAssembly, decodes in one call that nobody can interrupt: here it keeps
 * nobody waiting, can be ended with its thread, and gives back with it all the memory that it took.
 */
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

interface HeifImage {
  get_width(): number
  get_height(): number
  is_primary(): boolean
  display(into: DisplayData, done: (data: DisplayData | null) => void): void
}
interface DisplayData {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
}
interface LibHeif {
  readonly HeifDecoder: new () => { decode(bytes: Uint8Array): readonly HeifImage[] }
}

/** What is answered: the samples of {@link Pixels}, or why there are none. */
export type Answer = { readonly data: Uint8Array<ArrayBuffer> } | { readonly error: string }

/** `workerData`: the file, and what of its header was admitted. */
export interface Task {
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  readonly alpha: boolean
}

function decode({ bytes, width, height, alpha }: Task): Promise<Answer> {
  const { HeifDecoder } = createRequire(import.meta.url)('libheif-js/wasm-bundle') as LibHeif
  const images = new HeifDecoder().decode(bytes)
  const image = images.find((one) => one.is_primary()) ?? images[0]
  if (image === undefined) return Promise.resolve({ error: 'there is no image in it' })
  const [actualWidth, actualHeight] = [image.get_width(), image.get_height()]
  if (actualWidth !== width || actualHeight !== height) {
    return Promise.resolve({ error: `the header says ${width} x ${height}, libheif ${actualWidth} x ${actualHeight}` })
  }
  const into = { data: new Uint8ClampedArray(width * height * 4), width, height }
  return new Promise((resolve) => {
    image.display(into, (data) => {
      const rgba = new Uint8Array(into.data.buffer)
      resolve(data === null ? { error: 'libheif could not decode it' } : { data: alpha ? rgba : withoutAlpha(rgba) })
    })
  })
}

/** In place: the colours move forward over what was alpha. */
function withoutAlpha(rgba: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let to = 0
  for (let from = 0; from < rgba.length; from += 4) {
    rgba[to++] = rgba[from] ?? 0
    rgba[to++] = rgba[from + 1] ?? 0
    rgba[to++] = rgba[from + 2] ?? 0
  }
  return rgba.subarray(0, to)
}

const answer = await decode(workerData as Task)
parentPort?.postMessage(answer, 'data' in answer ? [answer.data.buffer] : [])
