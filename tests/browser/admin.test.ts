/** The admin's page against the whole stack: its figures are a recount of the records, it is live, and nobody else sees any of it. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { createUsers, DEMO_ADMIN, DEMO_CUSTOMERS } from '../../demo/customers.ts'
import { cameraPhoto } from '../../demo/images.ts'
import { ADMIN_CALLS } from '../../functions/src/contract/admin.ts'
import { customerPath } from '../../functions/src/contract/names.ts'
import { asRecord } from '../../functions/src/ledger/ledger.ts'
import { CloudObjects } from '../../functions/src/platform/cloud-storage.ts'
import { receiveObject } from '../../functions/src/platform/compose.ts'
import { FirestoreStore } from '../../functions/src/platform/firestore-store.ts'
import { ROOT } from '../../stack/paths.ts'
import { startStack, type Stack } from '../../stack/stack.ts'
import { formatBytes } from '../../web/src/ui/format.ts'
import { call, tokenOf } from '../calls.ts'
import { focused, openPage, signIn, startBrowser, tabTo, type TestBrowser, violations } from './browser.ts'

jest.setTimeout(300_000)

/** A day ahead of the browser's for most of the day: whoever takes the browser's date for today's finds nothing. */
const ZONE = 'Pacific/Kiritimati'
const BROWSER = { timezoneId: 'America/Los_Angeles' }
const HTML_FILE = '<img src=x onerror=alert(1)>.jpg'
const HTML_NAME = '<b>Alder</b> & Söhne'
const [alder] = DEMO_CUSTOMERS.map(({ users }) => users[0]?.email ?? '') as [string]

let stack: Stack
let store: FirestoreStore
let raw: CloudObjects
let chromium: TestBrowser
let photo: Uint8Array

const records = async () => (await store.query({ collection: 'images', group: true })).map(({ data }) => asRecord(data))

beforeAll(async () => {
  stack = await startStack({
    parts: ['auth', 'firestore', 'storage', 'functions', 'tasks', 'hosting', 'bigquery'],
    env: { REPORTING_TIME_ZONE: ZONE },
    log: () => {},
  })
  await createUsers(stack)
  store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
  raw = new CloudObjects(stack.rawBucket, { projectId: stack.projectId, apiEndpoint: stack.storageUrl })
  ;[chromium, photo] = await Promise.all([startBrowser(), cameraPhoto(1)])
})

afterAll(async () => {
  await chromium?.close()
  await store?.[Symbol.asyncDispose]()
  await stack?.stop()
})

const SECONDS = 120
/** Waits until what is read is as expected; else says what it was in the end. */
async function eventually<T>(read: () => Promise<T>, expected: unknown) {
  const end = Date.now() + SECONDS * 1000
  for (;;) {
    const value = await read()
    try {
      return expect(value).toEqual(expected)
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Puts images into the raw bucket and waits until each has ended. */
async function arrive(images: Readonly<Record<string, string | Uint8Array>>) {
  await Promise.all(Object.entries(images).map(([name, bytes]) => raw.create(name, Buffer.from(bytes), 'image/jpeg')))
  const ended = async () => (await records()).filter(({ raw: { name }, job }) => name in images && job === null).length
  await eventually(ended, Object.keys(images).length)
}

const command = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'admin/main.ts'), ...args], {
    env: { ...process.env, ...stack.env, REPORTING_TIME_ZONE: ZONE },
  })

const open = async (path = '/', heading = 'Overview') => {
  const opened = await openPage(chromium.browser, `${stack.hostingUrl}/admin${path}`, BROWSER)
  await signIn(opened.page, DEMO_ADMIN.email, heading)
  return opened
}

const visit = async (page: Page, name: string) => {
  await page.getByRole('navigation').getByRole('link', { name }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

/** Of the overview: by label, as they are shown. */
const figures = async (page: Page) =>
  Object.fromEntries(
    await page
      .locator('.overview-figures .figure')
      .evaluateAll((all) =>
        all.map((one) => [one.querySelector('dt')?.textContent, one.querySelector('.value')?.textContent] as const),
      ),
  ) as Readonly<Record<string, string>>

const card = (page: Page, title: string) =>
  page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) })

/** What a card's file has, by line. */
async function csvOf(page: Page, title: string) {
  const downloading = page.waitForEvent('download')
  await card(page, title).getByRole('button', { name: 'CSV' }).click()
  const text = readFileSync(await (await downloading).path(), 'utf8')
  return text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\r\n')
    .slice(1)
}

const countedOf = async () => (await records()).flatMap(({ counted }) => counted ?? [])
const total = <T>(all: readonly T[], of: (one: T) => number) => all.reduce((sum, one) => sum + of(one), 0)

/** What the overview must say, counted anew from the records. */
async function recounted() {
  const all = await countedOf()
  const processed = total(all, ({ outcome }) => Number(outcome === 'processed'))
  return {
    'Images processed': String(processed),
    Failed: String(all.length - processed),
    Reprocessed: String(total(all, ({ reprocessed }) => reprocessed)),
    'Bytes in': formatBytes(
      total(all, ({ bytesIn }) => bytesIn),
      'en-GB',
    ),
    'Bytes out': formatBytes(
      total(all, ({ bytesOut }) => bytesOut),
      'en-GB',
    ),
    Megapixels: (total(all, ({ pixels }) => pixels) / 1e6).toLocaleString('en-GB', { maximumFractionDigits: 1 }),
  }
}

/** The page says what the records do, without having been loaded again. */
async function expectRecount(page: Page) {
  const expected = await recounted()
  await stack.invoke('rollup')
  await eventually(async () => {
    const shown = await figures(page)
    return Object.fromEntries(Object.keys(expected).map((label) => [label, shown[label]]))
  }, expected)
}

it('says what a recount of the records says, through failures, duplicates, a replay and a reprocess, live, in its own time zone', async () => {
  await arrive({
    [`web/ada/u1/${HTML_FILE}`]: photo,
    'web/ada/u2/b.jpg': photo,
    'web/ada/u3/cut.jpg': photo.slice(0, 1000),
    'web/bo/u1/notes.jpg': 'not an image',
    'kafka/bo/e1/image': photo,
  })
  await store.transact(async (transaction) => transaction.merge(customerPath('ada'), { name: HTML_NAME }))
  const { page, complaints, requests } = await open('/?days=7')
  await expectRecount(page)
  const feed = card(page, 'As it happens')
  await feed.getByText(HTML_FILE).waitFor()
  await feed.getByText(HTML_NAME).first().waitFor()
  expect(await page.getByText(`Days and times are those of ${ZONE}.`).count()).toBe(1)

  // Delivered twice: nothing moves.
  Object.assign(process.env, stack.env, { REPORTING_TIME_ZONE: ZONE })
  await receiveObject('web/ada/u2/b.jpg', 'event')
  await arrive({ 'web/bo/u2/later.jpg': photo })
  await feed.getByText('later.jpg').waitFor()
  await expectRecount(page)

  await command('reprocess', '--customer', 'ada', '--again', '--start')
  await eventually(async () => (await records()).filter(({ job }) => job !== null).length, 0)
  expect(total(await countedOf(), ({ reprocessed }) => reprocessed)).toBeGreaterThanOrEqual(2)
  await expectRecount(page)

  // One that failed is tried again, and fails again: still one image.
  await visit(page, 'Failures')
  await page.getByRole('checkbox', { name: 'Select cut.jpg of ada' }).check()
  await page.getByRole('button', { name: 'Replay 1 selected image' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Replay 1 image' }).click()
  const again = async () => (await records()).find(({ fileName }) => fileName === 'cut.jpg')
  await eventually(async () => ((await again())?.job ?? null) === null && (await again())?.attempt, 2)
  await visit(page, 'Overview')
  await expectRecount(page)

  const counted = await countedOf()
  const csvRow = (source: string) => {
    const own = counted.filter((one) => one.source === source)
    const processed = total(own, ({ outcome }) => Number(outcome === 'processed'))
    return [source, processed, own.length - processed, total(own, ({ bytesIn }) => bytesIn)].join(',')
  }
  expect(await csvOf(page, 'Images by source')).toEqual(['web', 'kafka'].map(csvRow))
  const [first] = await records()
  expect(await csvOf(page, 'Images by type over time')).toContainEqual(expect.stringContaining(first?.date ?? ''))
  const customers = await csvOf(page, 'Images by customer')
  expect(customers.map((line) => line.split(',').slice(1, 4).join(','))).toEqual(['ada,3,1', 'bo,3,1'])

  // What is HTML stays text, on every page that shows it.
  await visit(page, 'Customers')
  await page.getByRole('link', { name: HTML_NAME }).click()
  await page.getByRole('heading', { level: 1, name: HTML_NAME }).waitFor()
  await page.getByText(HTML_FILE).first().waitFor()
  expect(await page.locator('img, main b').count()).toBe(0)
  expect(complaints).toEqual([])
  expect([...new Set(requests.map((request) => new URL(request.url()).hostname))].filter(Boolean)).toEqual([
    '127.0.0.1',
  ])
})

it('can be used by the keyboard alone, and axe finds nothing wrong with any page', async () => {
  const { page, complaints } = await open()
  await tabTo(page, 'Failures')
  await page.keyboard.press('Enter')
  const heading = page.getByRole('heading', { level: 1, name: 'Failures' })
  await heading.and(page.locator(':focus')).waitFor()
  await tabTo(page, 'Select cut.jpg of ada')
  await page.keyboard.press('Space')
  await tabTo(page, 'Replay 1 selected image', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await focused(page)).toBe('Replay 1 selected image')

  const ready: Readonly<Record<string, string>> = {
    Overview: 'Images by customer',
    Customers: 'Last activity',
    Failures: 'cut.jpg',
    'Dead letters': 'Kafka',
    Health: 'What admins did',
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [name, text] of Object.entries(ready)) {
      await visit(page, name)
      await page.getByRole('main').getByText(text).first().waitFor()
      const rules = colorScheme === 'light' ? undefined : ['color-contrast']
      const found = await violations(page, rules)
      expect({ name, colorScheme, found }).toEqual({ name, colorScheme, found: [] })
    }
  }
  await page.goto(`${stack.hostingUrl}/admin/customers/ada`)
  await page.getByRole('heading', { name: 'What it may send' }).waitFor()
  expect(await violations(page)).toEqual([])
  expect(complaints).toEqual([])
})

it('sets a quota, exports, and counts the three: each is kept with who did it', async () => {
  const { page } = await open('/customers/bo', 'bo')
  await page.getByRole('textbox', { name: 'Images a day' }).fill('7')
  await page.getByRole('form', { name: 'Images a day' }).getByRole('button', { name: /^Save/ }).click()
  await eventually(async () => (await store.get('quotas/bo'))?.['dailyImages'], 7)
  await visit(page, 'Health')
  await page.getByRole('button', { name: 'Export now' }).click()
  const audit = card(page, 'What admins did')
  await audit.getByRole('row').filter({ hasText: 'adminExport' }).getByText('Done').waitFor()
  await page.getByRole('button', { name: 'Count again' }).click()
  await audit.getByRole('row').filter({ hasText: 'adminHealth' }).getByText('Done').waitFor()
  const { length: images } = await records()
  const counts = () =>
    card(page, 'Three counts')
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.children].slice(1, 4).map((cell) => Number(cell.textContent))))
  await eventually(counts, expect.arrayContaining([[images, images, images]]))
  expect(await audit.getByRole('row').filter({ hasText: 'adminSettings' }).textContent()).toContain(DEMO_ADMIN.email)
})

const refusals = (token: string) =>
  Promise.all(ADMIN_CALLS.map(async (name) => (await call(stack, token, name, { action: 'resume' })).status))

it('shows a customer nothing and refuses its calls, and puts an admin out at once when it is revoked', async () => {
  const { page: customers, requests } = await openPage(chromium.browser, `${stack.hostingUrl}/admin/`)
  await signIn(customers, alder, 'This page is for admins')
  expect(requests.filter((request) => request.url().includes(stack.firestoreHost))).toEqual([])
  expect(await refusals(await tokenOf(stack, alder))).toEqual(ADMIN_CALLS.map(() => 403))

  const { page } = await open()
  const token = await tokenOf(stack, DEMO_ADMIN.email)
  await command('revoke', DEMO_ADMIN.email)
  await page.getByRole('heading', { name: 'You are not an admin any more' }).waitFor()
  expect(await page.locator('.figure').count()).toBe(0)
  expect(await refusals(token)).toEqual(ADMIN_CALLS.map(() => 403))
})
