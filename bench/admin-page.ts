/** The admin's overview in a real browser: how soon it is there, what it reads, and whether the live feed lets it breathe. */
import { setTimeout } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { createUsers, DEMO_ADMIN, DEMO_PASSWORD } from '../demo/customers.ts'
import { seedStatistics } from '../demo/seed-statistics.ts'
import { EXPORT_SHARDS } from '../functions/src/contract/limits.ts'
import { imagePath, REPORTING_PATH } from '../functions/src/contract/names.ts'
import type { Document } from '../functions/src/ledger/document-store.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { startStack } from '../stack/stack.ts'
import { startBrowser } from '../tests/browser/browser.ts'
import { benchRecordOf } from './export-records.ts'
import { optionsOf, printTable, spread, written } from './figures.ts'

const HELP = `How soon the admin's overview of 90 days is there, what it reads, and how long its longest task is while images end.

npm run bench admin-page
npm run bench admin-page -- --rounds N      times that it is opened, with nothing cached (else 5)
npm run bench admin-page -- --customers N   (else 1000)
npm run bench admin-page -- --rate N        images a second for the feed (else 50)
npm run bench admin-page -- --seconds N     of the feed (else 20)
npm run bench admin-page -- --json          the figures as one line of JSON, the last of standard output
`
const TARGET_MS = 1500
const TARGET_TASK_MS = 200
/** What docs/costs.md says that it reads at most. */
const TARGET_READS = 538
const FIGURES = 9
const CHARTS = 5

const { json, ...given } = optionsOf(HELP, { rounds: '5', customers: '1000', rate: '50', seconds: '20' })
const [rounds, customers, rate, seconds] = [given.rounds, given.customers, given.rate, given.seconds].map(Number) as [
  number,
  number,
  number,
  number,
]

/** What {@link watchItself} notes in the page. Milliseconds from the navigation on; null: not yet. */
interface Noted {
  figures: number | null
  /** The figures are painted, and what comes next (a click, a key) would be answered. */
  interactive: number | null
  charts: number | null
  /** Durations of tasks over 50 ms. */
  tasks: number[]
}

/** Runs in the page, before anything of its own. */
function watchItself({ figures, charts }: { readonly figures: number; readonly charts: number }): void {
  const noted: Noted = { figures: null, interactive: null, charts: null, tasks: [] }
  Object.assign(globalThis, { noted })
  new PerformanceObserver((list) => noted.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
    buffered: true,
  })
  const look = () => {
    const values = [...document.querySelectorAll('.figure .value')]
    if (noted.figures === null && values.length === figures && values.every((each) => /\d/.test(each.textContent))) {
      noted.figures = performance.now()
      requestAnimationFrame(() => globalThis.setTimeout(() => (noted.interactive = performance.now())))
    }
    if (noted.charts === null && document.querySelectorAll('.plot svg[role=application]').length === charts) {
      noted.charts = performance.now()
    }
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
}
const notedBy = (page: Page) => page.evaluate(() => (globalThis as unknown as { readonly noted: Noted }).noted)

const readsOf = async (page: Page) => Number(await page.locator('[data-reads]').getAttribute('data-reads'))

/** Once nothing more has been read for two seconds. */
async function settledReads(page: Page): Promise<number> {
  let [last, since] = [await readsOf(page), Date.now()]
  while (Date.now() - since < 2000) {
    await setTimeout(100)
    const now = await readsOf(page)
    if (now !== last) [last, since] = [now, Date.now()]
  }
  return last
}

async function open(context: BrowserContext, address: string) {
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  await page.addInitScript(watchItself, { figures: FIGURES, charts: CHARTS })
  await page.goto(address)
  await page.waitForFunction(() => (globalThis as unknown as { readonly noted: Noted }).noted.charts !== null)
  const { metrics } = await devtools.send('Performance.getMetrics')
  const cpu = 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN)
  const reads = await settledReads(page)
  const { figures, interactive, charts, tasks } = await notedBy(page)
  return { page, figures: figures ?? NaN, interactive: interactive ?? NaN, charts: charts ?? NaN, cpu, reads, tasks }
}

/** Images end at that rate, one after the other of the seeded customers. Returns the last one's file name. */
async function endImages(store: FirestoreStore): Promise<string> {
  const began = Date.now()
  let next = 0
  while (next < rate * seconds) {
    const due = Math.min(rate * seconds, Math.ceil(((Date.now() - began) / 1000) * rate))
    const batch = Array.from({ length: due - next }, (_, i) => endedImage(next + i))
    next = due
    await store.transact(async (transaction) => {
      for (const { path, data } of batch) transaction.set(path, data)
    })
    await setTimeout(20)
  }
  return fileNameOf(next - 1)
}

const fileNameOf = (n: number) => `IMG_${n}.jpeg`

function endedImage(n: number): Document {
  const { data } = benchRecordOf(n % EXPORT_SHARDS, Math.floor(n / EXPORT_SHARDS))
  const customerId = `customer-${String((n % customers) + 1).padStart(5, '0')}`
  // Rising, also within a batch, so that the last one is the first of the feed.
  const now = Instant.ofMicros(Date.now() * 1000 + (n % 1000))
  const own = { customerId, fileName: fileNameOf(n), processedAt: now, updatedAt: now }
  return { path: imagePath(customerId, data['imageId'] as string), data: { ...data, ...own } }
}

const longest = (tasks: readonly number[]) => Math.max(0, ...tasks)

const stack = await startStack({ parts: ['auth', 'firestore', 'hosting'], log: () => {} })
const chromium = await startBrowser()
try {
  Object.assign(process.env, stack.env)
  await using store = new FirestoreStore({ projectId: stack.projectId })
  await createUsers(stack)
  const to = new Date().toISOString().slice(0, 10)
  // As many days before as well, so that there is something to compare with.
  const documents = await seedStatistics(store, { customers, days: 180, to, counters: false })
  await store.transact(async (transaction) => transaction.set(REPORTING_PATH, { timeZone: 'UTC' }))
  console.log(`${documents} documents of ${customers} customers and 180 days`)

  const address = `${stack.hostingUrl}/admin/?days=90`
  const signedIn = await chromium.browser.newContext()
  const first = await signedIn.newPage()
  await first.goto(address)
  await first.getByLabel('E-mail').fill(DEMO_ADMIN.email)
  await first.getByLabel('Password').fill(DEMO_PASSWORD)
  await first.getByRole('button', { name: 'Sign in', exact: true }).click()
  await first.locator('.plot').first().waitFor()
  const storageState = await signedIn.storageState({ indexedDB: true })
  await signedIn.close()

  const opened: Awaited<ReturnType<typeof open>>[] = []
  for (let round = 0; round < rounds; round++) {
    await opened.at(-1)?.page.context().close()
    opened.push(await open(await chromium.browser.newContext({ storageState }), address))
  }
  const of = (what: (each: (typeof opened)[number]) => number) => spread(opened.map(what))
  const interactive = of((each) => each.interactive)
  const reads = of((each) => each.reads)
  const { page } = opened.at(-1) as (typeof opened)[number]

  const before = await readsOf(page)
  await page.evaluate(() => ((globalThis as unknown as { readonly noted: Noted }).noted.tasks.length = 0))
  const began = Date.now()
  const last = await endImages(store)
  await page.locator('.feed-rows li').filter({ hasText: last }).waitFor()
  const took = (Date.now() - began) / 1000
  const { tasks } = await notedBy(page)
  const feed = {
    seconds: took,
    longest: longest(tasks),
    over50: tasks.length,
    read: (await settledReads(page)) - before,
  }

  printTable(
    [`the overview of 90 days, opened ${rounds} times`, 'middle (lowest - highest)', 'target'],
    [
      [
        'figures are there, ms',
        written(
          of((each) => each.figures),
          0,
        ),
        '',
      ],
      ['and the page answers, ms', written(interactive, 0), `under ${TARGET_MS}`],
      [
        'charts are there, ms',
        written(
          of((each) => each.charts),
          0,
        ),
        '',
      ],
      [
        'CPU time of the page’s main thread until then, ms',
        written(
          of((each) => each.cpu),
          0,
        ),
        '',
      ],
      [
        'longest task until then, ms',
        written(
          of((each) => longest(each.tasks)),
          0,
        ),
        '',
      ],
      ['documents read', written(reads, 0), `at most ${TARGET_READS}`],
    ],
  )
  printTable(
    [`${rate} images a second for ${seconds} s, in the feed`, 'measured', 'target'],
    [
      ['seconds until the last is shown', feed.seconds.toFixed(1), ''],
      ['longest task, ms', feed.longest.toFixed(0), `at most ${TARGET_TASK_MS}`],
      ['tasks over 50 ms', String(feed.over50), ''],
      ['documents read', String(feed.read), ''],
    ],
  )
  const ok = interactive.median < TARGET_MS && reads.highest <= TARGET_READS && feed.longest <= TARGET_TASK_MS
  console.log(`targets: ${ok ? 'reached' : 'missed'}`)
  if (json) console.log(JSON.stringify({ ok, interactive, reads, feed }))
  process.exitCode = ok ? 0 : 1
} finally {
  await chromium.close()
  await stack.stop()
}
