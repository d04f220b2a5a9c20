/** The customer's page in a real browser. */
import { createUsers, DEMO_CUSTOMERS } from '../demo/customers.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { startStack } from '../stack/stack.ts'
import { openPage, signIn, startBrowser } from '../tests/browser/browser.ts'
import { optionsOf, printTable } from './figures.ts'
import { measureGallery } from './gallery.ts'
import { seedGallery } from './gallery-records.ts'

const HELP = `Whether the customer's gallery stays smooth and small while all of its images are scrolled past.

npm run bench customer-page
npm run bench customer-page -- --images N   (else 10000)
npm run bench customer-page -- --json       the figures as one line of JSON, the last of standard output
`
const TARGET_TASK_MS = 50
const TARGET_NODES = 2000
const TARGET_URLS = 350
const TARGET_HEAP_MB = 100

const { json, images: given } = optionsOf(HELP, { images: '10000' })
const images = Number(given)
const customer = DEMO_CUSTOMERS.find(({ users }) => users[0]?.uid === 'cedar')
const [user] = customer?.users ?? []
if (customer === undefined || user === undefined) throw new Error('the demo has no customer cedar')

const stack = await startStack({ parts: ['auth', 'firestore', 'hosting'], log: () => {} })
const chromium = await startBrowser()
try {
  Object.assign(process.env, stack.env)
  await using store = new FirestoreStore({ projectId: stack.projectId })
  await createUsers(stack)
  await seedGallery(store, customer.id, images, Date.now())

  const { page } = await openPage(chromium.browser, stack.hostingUrl, { viewport: { width: 1440, height: 900 } })
  await signIn(page, user.email, 'Upload')
  const gallery = await measureGallery(page, `${stack.hostingUrl}/images`, images)
  const longest = Math.max(0, ...gallery.tasks)
  const over = gallery.tasks.length
  printTable(
    [`the gallery of ${images} images, scrolled to its end`, 'measured', 'target'],
    [
      ['first card, ms', gallery.first.toFixed(0), ''],
      ['seconds until the last image', gallery.seconds.toFixed(1), ''],
      [
        'longest task while scrolling, ms',
        over === 0 ? `under ${TARGET_TASK_MS}` : longest.toFixed(0),
        `at most ${TARGET_TASK_MS}`,
      ],
      [`tasks over ${TARGET_TASK_MS} ms`, String(over), '0'],
      ['most elements in the document', String(gallery.nodes), `at most ${TARGET_NODES}`],
      ['most addresses of thumbnails', String(gallery.thumbnailUrls), `at most ${TARGET_URLS}`],
      ['JavaScript’s memory with the first images, MB', gallery.heapAtFirst.toFixed(1), ''],
      ['and with all of them, MB', gallery.heapAtLast.toFixed(1), `at most ${TARGET_HEAP_MB}`],
    ],
  )
  const ok =
    over === 0 &&
    gallery.nodes <= TARGET_NODES &&
    gallery.thumbnailUrls <= TARGET_URLS &&
    gallery.heapAtLast <= TARGET_HEAP_MB
  console.log(`targets: ${ok ? 'reached' : 'missed'}`)
  if (json) console.log(JSON.stringify({ ok, gallery }))
  process.exitCode = ok ? 0 : 1
} finally {
  await chromium.close()
  await stack.stop()
}
