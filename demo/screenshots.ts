/** `node demo/screenshots.ts`: takes the pictures of the admin's page in docs/screenshots anew, by a stack of its own with statistics that never were. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { ROOT } from '../stack/paths.ts'
import { startStack } from '../stack/stack.ts'
import { openPage, signIn, startBrowser } from '../tests/browser/browser.ts'
import { DEMO_ADMIN } from './customers.ts'
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

const log = (line: string) => console.error(line)
const stack = await startStack({ log })
const chromium = await startBrowser()
try {
  const seeded = await seed(stack, { imagesDir: null, log })
  await using store = new FirestoreStore({ projectId: stack.projectId, host: stack.firestoreHost, ssl: false })
  await report(stack, seeded, { log })
  // Up to yesterday: what has counters of its own would be set right by them.
  const to = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  await seedStatistics(store, { customers: 40, days: 60, to, counters: false })
  mkdirSync(FOLDER, { recursive: true })
  for (const [device, width] of Object.entries(WIDTHS)) {
    const colorScheme = device === 'phone' ? 'dark' : 'light'
    const { page } = await openPage(chromium.browser, `${stack.hostingUrl}/admin/`, {
      viewport: { width, height: 900 },
      colorScheme,
      reducedMotion: 'reduce',
    })
    await signIn(page, DEMO_ADMIN.email, 'Overview')
    for (const [view, [path, ready]] of Object.entries(VIEWS)) {
      await page.goto(`${stack.hostingUrl}/admin${path}`)
      await page.locator(ready).first().waitFor()
      await shoot(page, `admin-${view}-${width}`)
    }
    await page.context().close()
  }
} finally {
  await chromium.close()
  await stack.stop()
}
