/**
 * `node demo/screenshots.ts [customer|admin]`: takes the pictures in docs/screenshots anew, of both pages or of one, by a stack of its own; the admin's
 * with statistics that never were.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { ROOT } from '../stack/paths.ts'
import { startStack } from '../stack/stack.ts'
import { drop, openPage, signIn, startBrowser } from '../tests/browser/browser.ts'
import { DEMO_ADMIN, DEMO_CUSTOMERS } from './customers.ts'
import { demoImages } from './images.ts'
import { report } from './report.ts'
import { seedStatistics } from './seed-statistics.ts'
import { seed } from './seed.ts'
import { sharp } from './sharp.ts'

const FOLDER = join(ROOT, 'docs/screenshots')
/** Pixels. */
const WIDTHS = { phone: 390, tablet: 820, desktop: 1440 } as const
/** Height of what is kept of a page, in pixels. */
const KEPT = 1500

/** Address, and what has to be there (a selector) before the picture is taken. */
const VIEWS = {
  overview: ['/?days=30', '.plot svg[role=application] >> nth=4'],
  customers: ['/customers', 'tbody a'],
  failures: ['/failures', 'tbody a'],
  health: ['/health', 'text=nothing to verify'],
} as const

async function shoot(page: Page, name: string): Promise<void> {
  const png = await page.screenshot({ fullPage: true })
  const { width, height } = await sharp(png).metadata()
  await sharp(png)
    .extract({ left: 0, top: 0, width, height: Math.min(height, KEPT) })
    .webp({ quality: 80 })
    .toFile(join(FOLDER, `${name}.webp`))
}

const [only = 'both'] = process.argv.slice(2)
const log = (line: string) => console.error(line)
const stack = await startStack({ log })
const chromium = await startBrowser()

/** Phones are dark, all else is light. */
const lookOf = (width: number) =>
  ({
    viewport: { width, height: 900 },
    colorScheme: width === WIDTHS.phone ? 'dark' : 'light',
    reducedMotion: 'reduce',
  }) as const

async function shootCustomer(): Promise<void> {
  const sent = (await demoImages()).filter(({ name }) => !/^landscape-[3-8]/.test(name))
  for (const width of Object.values(WIDTHS)) {
    const { page } = await openPage(chromium.browser, stack.hostingUrl, lookOf(width))
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await shoot(page, `customer-sign-in-${width}`)
    await signIn(page, DEMO_CUSTOMERS[0]?.users[0]?.email ?? '', 'Upload')
    await drop(
      page,
      sent.map(({ name, bytes }) => ({ name, content: bytes })),
    )
    await page.getByRole('heading', { name: 'sent' }).waitFor()
    await page.locator('.upload[data-state="done"] img').nth(2).waitFor()
    await shoot(page, `customer-upload-${width}`)
    const views = {
      images: ['/images', '.image-card img.thumbnail >> nth=5'],
      figures: ['/figures', 'svg[role=application] >> nth=1'],
      account: ['/account', 'h1'],
    } as const
    for (const [view, [path, ready]] of Object.entries(views)) {
      await page.goto(`${stack.hostingUrl}${path}`)
      await page.locator(ready).first().waitFor()
      await shoot(page, `customer-${view}-${width}`)
    }
    await page.goto(`${stack.hostingUrl}/images?name=landscape`)
    await page.locator('.image-card a.name').first().click()
    await page.locator('img[alt^="Preview"]').waitFor()
    await shoot(page, `customer-image-${width}`)
    await page.context().close()
  }
}

async function shootAdmin(): Promise<void> {
  await using store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
  // Up to yesterday: what has counters of its own would be set right by them.
  const to = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  await seedStatistics(store, { customers: 40, days: 60, to, counters: false })
  for (const width of Object.values(WIDTHS)) {
    const { page } = await openPage(chromium.browser, `${stack.hostingUrl}/admin/`, lookOf(width))
    await signIn(page, DEMO_ADMIN.email, 'Overview')
    for (const [view, [path, ready]] of Object.entries(VIEWS)) {
      await page.goto(`${stack.hostingUrl}/admin${path}`)
      await page.locator(ready).first().waitFor()
      await shoot(page, `admin-${view}-${width}`)
    }
    await page.context().close()
  }
}

try {
  const seeded = await seed(stack, { imagesDir: null, log })
  await report(stack, seeded, { log })
  mkdirSync(FOLDER, { recursive: true })
  if (only !== 'admin') await shootCustomer()
  if (only !== 'customer') await shootAdmin()
} finally {
  await chromium.close()
  await stack.stop()
}
