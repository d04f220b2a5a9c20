/** Scales and encodes pictures: a photo takes a second of a processor, in which a page could not answer. */
import type { Answer, Order } from './pictures.ts'

// What a worker has is not in this project's types, which are a page's.
const worker = globalThis as unknown as { postMessage(answer: Answer): void }

addEventListener('message', ({ data }: MessageEvent<Order>) => void answer(data))

async function answer({ id, content, width, height, type, quality }: Order): Promise<void> {
  let drawn: Blob | null = null
  try {
    const picture = await createImageBitmap(content, {
      resizeWidth: width,
      resizeHeight: height,
      resizeQuality: 'medium',
      imageOrientation: 'from-image',
    })
    const canvas = new OffscreenCanvas(width, height)
    canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
    picture.close()
    drawn = await canvas.convertToBlob({ type, quality })
  } catch {
    // It is nothing that this browser can draw.
  }
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- to the page that made it
  worker.postMessage({ id, drawn })
}
