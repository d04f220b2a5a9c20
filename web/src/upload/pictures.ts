/** Pictures drawn by the browser, outside the page's thread. Loaded when the first is asked for. */
import { isAnimated } from './animation.ts'

/** The longer side of a preview, in pixels: of 96, on a dense screen. */
const PREVIEW_SIDE = 192
/** And of a photo that is made smaller. */
const REDUCED_SIDE = 2560
const REDUCED_QUALITY = 0.82
/** Types that a browser both reads and writes. */
const REDUCIBLE = ['image/jpeg', 'image/png', 'image/webp']
/** What a browser would need four times as many bytes for to decode. */
const MOST_PIXELS = 100_000_000
/** Less is not worth a picture's quality. */
const WORTH_IT = 0.9

/** An address to show it by; null: this browser can't. */
export async function drawPreview(content: Blob): Promise<string | null> {
  const drawn = await draw(content, PREVIEW_SIDE, 'image/webp', 0.8)
  return drawn === null ? null : URL.createObjectURL(drawn)
}

/** Upright, in sRGB and without what a camera wrote about it; null where it would not get smaller, or can't be done. */
export async function reduceImage(content: Blob, contentType: string, head: Uint8Array): Promise<Blob | null> {
  if (!REDUCIBLE.includes(contentType) || (contentType !== 'image/jpeg' && isAnimated(head))) return null
  const drawn = await draw(content, REDUCED_SIDE, contentType, REDUCED_QUALITY)
  return drawn !== null && drawn.type === contentType && drawn.size < WORTH_IT * content.size ? drawn : null
}

async function draw(content: Blob, longerSide: number, type: string, quality: number): Promise<Blob | null> {
  try {
    const size = await sizeOf(content)
    if (size.width * size.height > MOST_PIXELS) return null
    const scale = Math.min(1, longerSide / Math.max(size.width, size.height))
    const scaled = (side: number) => Math.max(1, Math.round(side * scale))
    return await ask({ content, width: scaled(size.width), height: scaled(size.height), type, quality })
  } catch {
    return null
  }
}

export interface Order {
  readonly id: number
  readonly content: Blob
  readonly width: number
  readonly height: number
  readonly type: string
  readonly quality: number
}

export interface Answer {
  readonly id: number
  readonly drawn: Blob | null
}

let worker: Worker | null = null
let lastId = 0
const asked = new Map<number, (drawn: Blob | null) => void>()

function ask(order: Omit<Order, 'id'>): Promise<Blob | null> {
  worker ??= startWorker()
  const id = ++lastId
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
  worker.postMessage({ id, ...order } satisfies Order)
  return new Promise((resolve) => asked.set(id, resolve))
}

function startWorker(): Worker {
  const started = new Worker(new URL('./pictures-worker.ts', import.meta.url), { type: 'module' })
  started.addEventListener('message', ({ data: { id, drawn } }: MessageEvent<Answer>) => {
    asked.get(id)?.(drawn)
    asked.delete(id)
  })
  // It could not be loaded, or a picture was too much for it.
  started.addEventListener('error', () => {
    worker = null
    started.terminate()
    for (const resolve of asked.values()) resolve(null)
    asked.clear()
  })
  return started
}

/** As it is shown. Only the header is read. */
async function sizeOf(content: Blob): Promise<{ readonly width: number; readonly height: number }> {
  const image = new Image()
  const url = URL.createObjectURL(content)
  try {
    await new Promise((resolve, reject) => {
      image.addEventListener('load', resolve)
      image.addEventListener('error', reject)
      image.src = url
    })
    return { width: image.naturalWidth, height: image.naturalHeight }
  } finally {
    URL.revokeObjectURL(url)
  }
}
