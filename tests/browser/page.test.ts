import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { createUsers, DEMO_CUSTOMERS } from '../../demo/customers.ts'
import { cameraPhoto, PHOTO } from '../../demo/images.ts'
import { startStack, type Stack } from '../../stack/stack.ts'
import { openPage, signIn, startBrowser, type TestBrowser } from './browser.ts'

/** Milliseconds. Starting the emulators and a browser comes before the first test. */
jest.setTimeout(300_000)

let stack: Stack
let chromium: TestBrowser
let screenshots: string
const [alder, birch] = DEMO_CUSTOMERS.map(({ users }) => users[0]?.email ?? '') as [string, string]

beforeAll(async () => {
  screenshots = mkdtempSync(join(tmpdir(), 'darkroom-screenshots-'))
  stack = await startStack({
    parts: ['auth', 'firestore', 'storage', 'functions', 'tasks', 'hosting'],
    log: () => {},
  })
  await createUsers(stack)
  chromium = await startBrowser()
})

afterAll(async () => {
  await chromium?.close()
  await stack?.stop()
  if (process.env['KEEP_SCREENSHOTS'] === undefined) rmSync(screenshots, { recursive: true, force: true })
})

interface Dropped {
  readonly name: string
  readonly base64: string
}

/** Drops files as a file manager would: on the page, under the type that their name's ending suggests. */
const drop = (page: Page, files: readonly Dropped[]) =>
  page.evaluate((dropped) => {
    const dataTransfer = new DataTransfer()
    for (const { name, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      dataTransfer.items.add(new File([bytes], name, { type: 'image/jpeg' }))
    }
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
    }
  }, files)

/** From now on the page notes each state that an upload or an image is shown in, in order. */
const noteStates = (page: Page) =>
  page.evaluate(() => {
    const seen: string[] = []
    const note = () => {
      for (const element of document.querySelectorAll<HTMLElement>('.upload, .card')) {
        const state = element.dataset['state'] ?? element.dataset['status'] ?? ''
        const line = `${element.querySelector('.name')?.textContent}: ${state}`
        if (!seen.includes(line)) seen.push(line)
      }
    }
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true })
    Object.assign(globalThis, { seenStates: seen })
  })
const statesSeen = (page: Page) => page.evaluate(() => (globalThis as unknown as { seenStates: string[] }).seenStates)

/** The image of that name, processed, its thumbnail decoded. */
async function processedCard(page: Page, name: string) {
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
  await card.and(page.locator('[data-status="processed"]')).waitFor({ timeout: 120_000 })
  const thumbnail = card.getByRole('img', { name })
  await thumbnail.waitFor()
  await page.waitForFunction(
    (picture) => (picture as HTMLImageElement).naturalWidth > 0,
    await thumbnail.elementHandle(),
    { timeout: 30_000 },
  )
  return {
    card,
    size: await thumbnail.evaluate(({ naturalWidth, naturalHeight }: HTMLImageElement) => [
      naturalWidth,
      naturalHeight,
    ]),
  }
}

it('takes a customer from the sign-in to a thumbnail, keeps it through a reload, and shows it to nobody else', async () => {
  const { page, complaints, requests } = await openPage(chromium.browser, stack.hostingUrl)
  await signIn(page, alder, 'Your images')
  await page.getByText('None yet').waitFor()
  await noteStates(page)

  // Stored on its side, as a camera held upright would: the page shows it upright.
  const photo = await cameraPhoto(6)
  await drop(page, [
    { name: 'harbour.jpg', base64: Buffer.from(photo).toString('base64') },
    { name: 'shopping-list.jpg', base64: Buffer.from('Milk, bread, film.\n').toString('base64') },
  ])
  const refused = page.getByRole('listitem').filter({ hasText: 'shopping-list.jpg' })
  await refused.getByText('The file is text, which is not processed').waitFor()

  const { card, size } = await processedCard(page, 'harbour.jpg')
  expect(size).toEqual([200, 133])
  expect(await card.textContent()).toContain(`JPEG · ${PHOTO.width} × ${PHOTO.height}`)
  expect(await card.locator('.placeholder').count()).toBe(1)
  await page.screenshot({ path: join(screenshots, 'processed.png'), fullPage: true })

  const states = await statesSeen(page)
  expect(states.filter((line) => line.startsWith('shopping-list.jpg'))).toEqual(['shopping-list.jpg: refused'])
  expect(states).toContain('harbour.jpg: sending')
  expect(states.at(-1)).toBe('harbour.jpg: processed')
  const sent = requests.filter((request) => request.method() === 'POST' && request.url().startsWith(stack.storageUrl))
  expect(sent.some((request) => request.url().includes('harbour.jpg'))).toBe(true)
  const mentions = requests.filter((request) => `${request.url()} ${request.postData()}`.includes('shopping-list'))
  expect(mentions.map((request) => request.url())).toEqual([])
  const announced = await page.getByRole('log').textContent()
  expect(announced).toContain('harbour.jpg: processed.')
  expect(announced).toContain('shopping-list.jpg: refused. The file is text')

  await page.reload()
  expect((await processedCard(page, 'harbour.jpg')).size).toEqual(size)
  expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['harbour.jpg'])

  await page.getByRole('button', { name: 'Sign out' }).click()
  await signIn(page, birch, 'Your images')
  await page.getByText('None yet').waitFor()
  expect(await page.getByText('harbour.jpg').count()).toBe(0)
  expect(complaints).toEqual([])
})

it('asks nobody but this stack for anything', async () => {
  const { page, requests } = await openPage(chromium.browser, stack.hostingUrl)
  await signIn(page, alder, 'Your images')
  await processedCard(page, 'harbour.jpg')
  const hosts = new Set(
    requests
      .map((request) => new URL(request.url()))
      .filter(({ protocol }) => protocol.startsWith('http'))
      .map(({ hostname }) => hostname),
  )
  expect([...hosts]).toEqual(['127.0.0.1'])
})

const isUpload = (route: Route) => route.request().method() === 'POST'

it('sends again what failed, takes a lost answer for none, and calls nothing that was cancelled a failure', async () => {
  const { page, requests } = await openPage(chromium.browser, stack.hostingUrl)
  await signIn(page, birch, 'Your images')
  const base64 = Buffer.from(await cameraPhoto(1)).toString('base64')
  const uploads = `${stack.storageUrl}/v0/b/**`
  const upload = (name: string) => page.locator('.upload').filter({ hasText: name })
  const denied = { status: 403, body: '{}', headers: { 'access-control-allow-origin': '*' } }

  await page.route(uploads, (route) => (isUpload(route) ? route.fulfill(denied) : route.continue()))
  await drop(page, [{ name: 'refused-once.jpg', base64 }])
  await upload('refused-once.jpg').getByText('The server turned the file away.').waitFor()
  await page.unroute(uploads)
  await page.getByRole('button', { name: 'Try refused-once.jpg again' }).click()
  await processedCard(page, 'refused-once.jpg')
  const begun = requests.filter((request) => request.url().includes('refused-once') && request.url().includes('name='))
  expect(new Set(begun.map((request) => new URL(request.url()).searchParams.get('name'))).size).toBe(1)

  // The file arrives, but its sender is told that it was turned away, as a second try would be.
  await page.route(uploads, async (route) => {
    const ends = route.request().headers()['x-goog-upload-command']?.includes('finalize') ?? false
    if (!isUpload(route) || !ends) return route.continue()
    await route.fetch()
    return route.fulfill(denied)
  })
  await drop(page, [{ name: 'lost-answer.jpg', base64 }])
  await processedCard(page, 'lost-answer.jpg')
  await page.unroute(uploads)

  await page.route(uploads, (route) => (isUpload(route) ? undefined : route.continue()))
  await drop(page, [{ name: 'cancelled.jpg', base64 }])
  await upload('cancelled.jpg').getByRole('progressbar').waitFor()
  await page.getByRole('button', { name: 'Cancel cancelled.jpg' }).click()
  await upload('cancelled.jpg').waitFor({ state: 'detached' })
  expect(await page.locator('.problem').allTextContents()).toEqual([])
  expect(await page.getByRole('log').textContent()).not.toContain('cancelled.jpg')
})
