/** The gallery of many images in a real browser: whether it scrolls smoothly, and what it holds: for bench/customer-page.ts. */
import type { CDPSession, Page } from 'playwright-core'
import { sharp } from '../demo/sharp.ts'

export interface GalleryFigures {
  readonly images: number
  /** Milliseconds from the navigation until the first card is there. */
  readonly first: number
  /** Until the last image was reached, in seconds. */
  readonly seconds: number
  /** Durations of tasks over 50 ms while scrolling, in milliseconds. */
  readonly tasks: readonly number[]
  /** The most there was at a time. */
  readonly nodes: number
  readonly thumbnailUrls: number
  /** Used by JavaScript after a collection, MB: with the first images, and with all of them. */
  readonly heapAtFirst: number
  readonly heapAtLast: number
}

interface Noted {
  tasks: number[]
  urls: number
  mostUrls: number
  nodes: number
}
type Watched = typeof globalThis & { readonly noted: Noted }

/** Runs in the page, before anything of its own. */
function watchItself(): void {
  const noted: Noted = { tasks: [], urls: 0, mostUrls: 0, nodes: 0 }
  Object.assign(globalThis, { noted })
  new PerformanceObserver((list) => noted.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
    buffered: true,
  })
  const create = URL.createObjectURL.bind(URL)
  const revoke = URL.revokeObjectURL.bind(URL)
  URL.createObjectURL = (content) => {
    noted.mostUrls = Math.max(noted.mostUrls, ++noted.urls)
    return create(content)
  }
  URL.revokeObjectURL = (url) => {
    noted.urls--
    revoke(url)
  }
}

/** As the Storage emulator would answer, without 10,000 objects in it. */
async function answerThumbnails(page: Page): Promise<void> {
  const pictures = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      sharp({ create: { width: 200, height: 150, channels: 3, background: { r: i * 30, g: 255 - i * 30, b: 128 } } })
        .webp()
        .toBuffer(),
    ),
  )
  let next = 0
  const headers = { 'access-control-allow-origin': '*' }
  await page.route(/\/v0\/b\/[^/]+\/o\//, (route) =>
    route.fulfill({ contentType: 'image/webp', headers, body: pictures[next++ % pictures.length] ?? '' }),
  )
}

const heapOf = async (devtools: CDPSession) => {
  await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN) / 1e6
}

/** `page`: of a signed-in customer that has at least that many images, and nothing loaded of them yet. */
export async function measureGallery(page: Page, address: string, images: number): Promise<GalleryFigures> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  await page.addInitScript(watchItself)
  await answerThumbnails(page)
  await page.goto(address)
  await page.locator('.image-card').first().waitFor()
  const first = await page.evaluate(() => performance.now())
  await page.locator('.image-card .thumbnail').first().waitFor()
  const heapAtFirst = await heapOf(devtools)

  await page.evaluate(() => ((globalThis as Watched).noted.tasks.length = 0))
  const began = Date.now()
  await page.evaluate(scrollToEnd, images)
  const seconds = (Date.now() - began) / 1000
  const { tasks, nodes, mostUrls } = await page.evaluate(() => (globalThis as Watched).noted)
  const heapAtLast = await heapOf(devtools)
  return { images, first, seconds, tasks, nodes, thumbnailUrls: mostUrls, heapAtFirst, heapAtLast }
}

/** Runs in the page: a quarter of a window each frame, as a hand on a wheel would, until the last image is there. */
async function scrollToEnd(images: number): Promise<void> {
  const { noted } = globalThis as Watched
  const isLast = () => document.querySelector(`.image-card[aria-posinset="${images}"]`) !== null
  while (!isLast()) {
    await new Promise((resolve) => requestAnimationFrame(resolve))
    scrollBy(0, innerHeight / 4)
    noted.nodes = Math.max(noted.nodes, document.querySelectorAll('*').length)
  }
}
