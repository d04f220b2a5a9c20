/** Sending images on the customer's page against the whole stack: whatever happens on the way, each file arrives once, and the page says what became of it. */
import type { BrowserContext, Page, Route } from 'playwright-core'
import { createUsers, DEMO_CUSTOMERS } from '../../demo/customers.ts'
import { cameraPhoto, demoImages } from '../../demo/images.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import { startStack, type Stack } from '../../stack/stack.ts'
import { drop, type Dropped, openIn, openPage, signIn, startBrowser, type TestBrowser } from './browser.ts'
import { type Gate, gateTo } from './gate.ts'

/** Milliseconds. Starting the emulators and a browser comes before the first test. */
jest.setTimeout(300_000)

const [alder, birch] = DEMO_CUSTOMERS.map(({ users }) => users[0]?.email ?? '') as [string, string]
/** All rows of the list at once: it is virtual. */
const TALL = { viewport: { width: 1100, height: 5000 } }

let stack: Stack
let chromium: TestBrowser
let raw: CloudObjects
let photo: Uint8Array
/** Some seconds on the way at {@link slow}'s pace, and nothing to process: damaged after its first bytes. */
let large: Uint8Array
let gate: Gate | null = null

beforeAll(async () => {
  stack = await startStack({
    parts: ['auth', 'firestore', 'storage', 'functions', 'tasks', 'hosting'],
    log: () => {},
  })
  await createUsers(stack)
  Object.assign(process.env, stack.env)
  raw = new CloudObjects(stack.rawBucket)
  photo = await cameraPhoto(6)
  large = new Uint8Array(6_000_000).fill(7)
  large.set(photo.subarray(0, 4))
  chromium = await startBrowser()
})

afterAll(async () => {
  await chromium?.close()
  await gate?.shut()
  await stack?.stop()
})

const row = (page: Page, name: string) =>
  page.locator('.upload').filter({ has: page.locator('.name').getByText(name, { exact: true }) })
const inState = (page: Page, name: string, state: string) =>
  row(page, name)
    .and(page.locator(`[data-state="${state}"]`))
    .waitFor()

/** Every object of the raw bucket whose file has that name. */
const objectsOf = async (name: string) =>
  (await raw.list({ prefix: 'web/', limit: 1000 })).filter((object) => object.name.endsWith(`/${name}`))

/** Bytes a second, from now on: then there is a middle of an upload. */
async function slow(page: Page, uploadThroughput: number) {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput,
  })
}

/** Some of the file has been sent, and not all of it. */
const midway = async (page: Page, name: string) => {
  const bar = row(page, name).getByRole('progressbar')
  await bar.waitFor()
  await page.waitForFunction(
    (progress) => {
      const { value, max } = progress as HTMLProgressElement
      return value > 0 && value < max
    },
    await bar.elementHandle(),
  )
}

const isUpload = (route: Route) => route.request().method() === 'POST'

it('sends 30 mixed files that are dropped, live to their ends, takes their names for text, and shows them to nobody else', async () => {
  const { page, complaints, requests } = await openPage(chromium.browser, stack.hostingUrl, TALL)
  await signIn(page, alder, 'Upload')
  // Of the eight photos two: they take longest.
  const demo = (await demoImages()).filter(({ name }) => !/^landscape-[2-57-8]/.test(name))
  const byName = new Map(demo.map(({ name, bytes }) => [name, bytes]))
  const ends: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      demo.map(({ name, expected: { outcome } }) => {
        const refused = outcome === 'empty' || outcome === 'unsupported-format'
        return [name, refused ? 'refused' : outcome === 'processed' ? 'done' : 'failed'] as const
      }),
    ),
    '<img src=x onerror=alert(1)>.jpg': 'done',
    '\u202egpj.exe.jpg': 'done',
    [`${'n'.repeat(251)}.jpg`]: 'done',
    [`${'n'.repeat(252)}.jpg`]: 'refused',
    '..': 'done',
    '%2e%2e%2f#?&.jpg': 'done',
    ...Object.fromEntries(['same', 'a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`${name}.jpg`, 'done'])),
    'notes.pdf': 'refused',
    'film.mp4': 'refused',
    'page.html': 'refused',
    'no-ending': 'done',
    'Grüße – 写真.png': 'done',
    'hills.jpg': 'done',
  }
  const bodies: Readonly<Record<string, Uint8Array | string>> = {
    'notes.pdf': '%PDF-1.7 notes',
    'film.mp4': '\0\0\0\x18ftypmp42\0\0\0\0mp42isom',
    'page.html': '<!doctype html><script>alert(1)</script>',
    'hills.jpg': byName.get('hills-cut-out.png') ?? '',
  }
  const small = byName.get('weather.gif') ?? ''
  const files = Object.keys(ends).map((name): Dropped => ({
    name,
    content: bodies[name] ?? byName.get(name) ?? small,
  }))
  expect(files).toHaveLength(30)
  await drop(page, files)
  // One after the other two functions' processes take them.
  page.setDefaultTimeout(120_000)
  for (const [name, end] of Object.entries(ends)) await inState(page, name, end)

  // What is refused is never sent, and says why; what failed says what to do.
  await row(page, 'notes.pdf').getByText('a PDF document').waitFor()
  await row(page, 'cut-off.jpg').getByText('The file is damaged').waitFor()
  await row(page, 'vast.png').getByText('larger than what is processed').waitFor()
  const begun = requests.filter((request) => request.method() === 'POST' && request.url().includes('?name='))
  const expected = Object.values(ends).filter((end) => end !== 'refused').length
  expect(new Set(begun.map((request) => new URL(request.url()).searchParams.get('name'))).size).toBe(expected)
  expect(await page.locator('main img[src="x"]').count()).toBe(0)
  // Summed up: nobody wants to hear of each.
  for (const heard of ['24 files added.', '6 files refused.', '24 files uploaded.', '22 images done.']) {
    await page.getByRole('log').getByText(heard).waitFor()
  }

  const hosts = requests.map((request) => new URL(request.url())).filter(({ protocol }) => protocol.startsWith('http'))
  expect([...new Set(hosts.map(({ hostname }) => hostname))]).toEqual(['127.0.0.1'])
  expect(complaints).toEqual([])
})

it('goes on by itself after the connection was lost and after the server was gone, in the middle of a file', async () => {
  gate = await gateTo(stack.storageUrl)
  const { page } = await openThrough(gate, birch)
  await slow(page, 2_000_000)
  await drop(page, [{ name: 'train.jpg', content: large }])
  await midway(page, 'train.jpg')
  await page.context().setOffline(true)
  await inState(page, 'train.jpg', 'offline')
  await page.context().setOffline(false)
  await slow(page, 2_000_000)
  await inState(page, 'train.jpg', 'sending')

  await gate.shut()
  await inState(page, 'train.jpg', 'offline')
  await gate.open()
  await inState(page, 'train.jpg', 'failed')
  await row(page, 'train.jpg').getByText('The file is damaged').waitFor()
  // Once. Not its length: the emulator, unlike Cloud Storage, appends a part again whose answer was lost, whatever its offset says.
  expect(await objectsOf('train.jpg')).toHaveLength(1)
})

/** Signed in, the page knows no way to Storage but by the gate. */
async function openThrough({ url }: Gate, email: string) {
  // What a test fulfils comes from no address, and Chromium asks its user before such a page may talk to this machine.
  const context = await chromium.browser.newContext({
    locale: 'en-GB',
    permissions: ['local-network-access'],
    ...TALL,
  })
  const instead = (text: string) => text.replaceAll(stack.storageUrl, url)
  await context.route(`${stack.hostingUrl}/**`, async (route) => {
    if (!/\/(config\.json)?$/.test(new URL(route.request().url()).pathname)) return route.continue()
    const response = await route.fetch()
    const headers = Object.fromEntries(
      Object.entries(response.headers()).map(([name, value]) => [name, instead(value)]),
    )
    // Of what came, which was packed.
    delete headers['content-length']
    delete headers['content-encoding']
    return route.fulfill({ status: response.status(), headers, body: instead(await response.text()) })
  })
  const opened = await openIn(context, stack.hostingUrl)
  await signIn(opened.page, email, 'Upload')
  return opened
}

it('goes on after a reload and after its tab was closed, and never in two tabs at once', async () => {
  const { page } = await openPage(chromium.browser, stack.hostingUrl, TALL)
  const context = page.context()
  await signIn(page, birch, 'Upload')
  let asked = 0
  page.on('dialog', (dialog) => {
    asked++
    void dialog.accept()
  })
  await slow(page, 2_000_000)
  await drop(page, [
    { name: 'reloaded.jpg', content: large },
    { name: 'closed.jpg', content: large },
  ])
  await midway(page, 'reloaded.jpg')
  await page.mouse.click(5, 5) // a browser asks only where somebody has done something
  await page.reload()
  expect(asked).toBe(1)
  await slow(page, 2_000_000)
  await midway(page, 'closed.jpg')

  const { page: second } = await openIn(context, stack.hostingUrl)
  await inState(second, 'closed.jpg', 'elsewhere')
  await page.close()
  for (const name of ['reloaded.jpg', 'closed.jpg']) {
    await expectArrived(name)
    expect((await objectsOf(name)).map(({ bytes }) => bytes)).toEqual([large.length])
  }
  await listEmptyAfterReload(context)
})

const expectArrived = async (name: string) => {
  const end = Date.now() + 120_000
  while ((await objectsOf(name)).length === 0) {
    if (Date.now() > end) throw new Error(`${name} never arrived`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Nothing of it is kept any more: a tab that is opened now has nothing to send. */
async function listEmptyAfterReload(context: BrowserContext) {
  const { page, requests } = await openIn(context, stack.hostingUrl)
  await page.getByRole('heading', { name: 'How it works' }).waitFor()
  expect(
    requests.filter((request) => request.method() === 'POST' && request.url().startsWith(stack.storageUrl)),
  ).toEqual([])
}

it('asks for another token when its own has expired, sends again what failed, takes a lost answer for none, and calls nothing cancelled a failure', async () => {
  const { page, requests } = await openPage(chromium.browser, stack.hostingUrl, TALL)
  await signIn(page, birch, 'Upload')
  const uploads = `${stack.storageUrl}/v0/b/**`
  const answer = (status: number) => ({ status, body: '{}', headers: { 'access-control-allow-origin': '*' } })
  const renewals = () => requests.filter((request) => request.url().includes('securetoken')).length

  const before = renewals()
  let expired = 1
  await page.route(uploads, (route) =>
    isUpload(route) && expired-- > 0 ? route.fulfill(answer(401)) : route.continue(),
  )
  await drop(page, [{ name: 'expired.jpg', content: photo }])
  await inState(page, 'expired.jpg', 'done')
  expect(renewals()).toBeGreaterThan(before)
  await page.unroute(uploads)

  await page.route(uploads, (route) => (isUpload(route) ? route.fulfill(answer(403)) : route.continue()))
  await drop(page, [{ name: 'refused-once.jpg', content: photo }])
  await row(page, 'refused-once.jpg').getByText('The server turned the file away.').waitFor()
  await page.unroute(uploads)
  await page.getByRole('button', { name: 'Try refused-once.jpg again' }).click()
  await inState(page, 'refused-once.jpg', 'done')
  const begun = requests.filter((request) => request.url().includes('refused-once') && request.url().includes('name='))
  expect(new Set(begun.map((request) => new URL(request.url()).searchParams.get('name'))).size).toBe(1)

  // The file arrives, but its sender is told that it was turned away, as a second try would be.
  await page.route(uploads, async (route) => {
    const ends = route.request().headers()['x-goog-upload-command']?.includes('finalize') ?? false
    if (!isUpload(route) || !ends) return route.continue()
    await route.fetch()
    return route.fulfill(answer(403))
  })
  await drop(page, [{ name: 'lost-answer.jpg', content: photo }])
  await inState(page, 'lost-answer.jpg', 'done')
  await page.unroute(uploads)

  await page.route(uploads, (route) => (isUpload(route) ? undefined : route.continue()))
  await drop(page, [{ name: 'cancelled.jpg', content: photo }])
  await inState(page, 'cancelled.jpg', 'sending')
  await page.getByRole('button', { name: 'Cancel cancelled.jpg' }).click()
  await row(page, 'cancelled.jpg').waitFor({ state: 'detached' })
  expect(await page.locator('.upload .problem').allTextContents()).toEqual([])
})
