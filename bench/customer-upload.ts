/** Uploading many files on the customer's page, beside a bare loop of the SDK's uploads in the same browser. */
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Response } from 'playwright-core'
import { build } from 'vite'
import { createUsers, DEMO_CUSTOMERS, DEMO_PASSWORD } from '../demo/customers.ts'
import { ROOT } from '../stack/paths.ts'
import { startStack, type Stack } from '../stack/stack.ts'
import { openPage, signIn, startBrowser } from '../tests/browser/browser.ts'
import { SENDING_AT_ONCE } from '../web/src/upload/sender.ts'
import type { BareUpload, uploadBare } from './bare-upload.ts'
import { optionsOf, printTable, spread, written } from './figures.ts'

const HELP = `How fast files are uploaded on the customer's page, beside a bare loop of the SDK's uploads with as many at a time.

npm run bench customer-upload
npm run bench customer-upload -- --files N    (else 500)
npm run bench customer-upload -- --bytes N    of each (else 1000000)
npm run bench customer-upload -- --rounds N   of both, in turn (else 3)
npm run bench customer-upload -- --json       the figures as one line of JSON, the last of standard output
`
const TARGET_RATIO = 0.9
const TARGET_TASK_MS = 200

const { json, ...given } = optionsOf(HELP, { files: '500', bytes: '1000000', rounds: '3' })
const [files, bytes, rounds] = [given.files, given.bytes, given.rounds].map(Number) as [number, number, number]

interface Measured {
  readonly megabytesPerSecond: number
  /** Milliseconds. */
  readonly longestTask: number
}

/**
 * On the disk, as a customer's are: each a JPEG by its first bytes, and none like another. Made in a page they would be in its memory, of which the
 * browser tells whoever measures every byte that is sent.
 */
function makeFiles(folder: string): readonly string[] {
  return Array.from({ length: files }, (_, i) => {
    const content = Buffer.alloc(bytes, i)
    randomFillSync(content, 0, Math.min(bytes, 65_536))
    content.set([0xff, 0xd8, 0xff, 0xe0])
    const path = join(folder, `photo-${i}.jpg`)
    writeFileSync(path, content)
    return path
  })
}

/** Notes long tasks from now on. */
const watchTasks = (page: Page) =>
  page.evaluate(() => {
    const tasks: number[] = []
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    })
    Object.assign(globalThis, { tasks })
  })

/** From the beginning of `act` until the last file is there. */
async function measure(page: Page, act: () => Promise<unknown>): Promise<Measured> {
  const started = performance.now()
  await Promise.all([arrived(page), act()])
  const seconds = (performance.now() - started) / 1000
  const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks)
  return { megabytesPerSecond: (files * bytes) / 1e6 / seconds, longestTask: Math.max(0, ...tasks) }
}

function arrived(page: Page): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let there = 0
  page.on('response', (response: Response) => {
    const ends = response.request().headers()['x-goog-upload-command']?.includes('finalize') ?? false
    if (ends && response.ok() && ++there === files) resolve()
  })
  return promise
}

async function byThePage(page: Page, paths: readonly string[]): Promise<Measured> {
  await signIn(page, DEMO_CUSTOMERS[1]?.users[0]?.email ?? '', 'Upload')
  await watchTasks(page)
  return measure(page, () =>
    page
      .locator('.inputs input')
      .first()
      .setInputFiles([...paths]),
  )
}

async function bare(stack: Stack, page: Page, paths: readonly string[], code: string): Promise<Measured> {
  const user = DEMO_CUSTOMERS[1]?.users[0]
  const options: BareUpload = {
    projectId: stack.projectId,
    authUrl: stack.authUrl,
    storageUrl: stack.storageUrl,
    bucket: stack.rawBucket,
    email: user?.email ?? '',
    password: DEMO_PASSWORD,
    folder: `web/${user?.uid}`,
    atOnce: SENDING_AT_ONCE,
  }
  await page.route('**/bare-upload.js', (route) =>
    route.fulfill({ body: code, headers: { 'content-type': 'text/javascript' } }),
  )
  await page.evaluate(async (asked) => {
    const address = '/bare-upload.js'
    const { uploadBare: upload } = (await import(address)) as { uploadBare: typeof uploadBare }
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true, id: 'bare' })
    document.body.append(input)
    const act = async () => upload((globalThis as unknown as { kept: File[] }).kept, asked)
    Object.assign(globalThis, { act })
  }, options)
  await page.locator('#bare').setInputFiles([...paths])
  await page.evaluate(keep)
  await watchTasks(page)
  return measure(page, () => page.evaluate(async () => (globalThis as unknown as { act: () => Promise<void> }).act()))
}

/**
 * Puts the chosen files into IndexedDB and takes them out again, in the page and before the clock starts: the browser tells whoever measures every
 * byte that is sent of a file as it was chosen, and none of one that was kept there, which alone halves the loop's speed.
 */
async function keep(): Promise<void> {
  const chosen = [...((document.querySelector('#bare') as HTMLInputElement).files ?? [])]
  const opening = indexedDB.open('bare')
  opening.onupgradeneeded = () => opening.result.createObjectStore('files')
  await new Promise((resolve) => (opening.onsuccess = resolve))
  const database = opening.result
  const kept: unknown[] = []
  for (const [i, file] of chosen.entries()) {
    const store = database.transaction('files', 'readwrite').objectStore('files')
    store.put(file, i)
    const reading = store.get(i)
    await new Promise((resolve) => (reading.onsuccess = resolve))
    kept.push(reading.result)
  }
  Object.assign(globalThis, { kept })
}

async function bareCode(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry: join(ROOT, 'bench/bare-upload.ts'), formats: ['es'] } },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []))
  const [first] = outputs.filter((one) => one.type === 'chunk')
  if (first === undefined || outputs.length !== 1) throw new Error('bare-upload.ts is not one file')
  return first.code
}

const code = await bareCode()
const folder = mkdtempSync(join(tmpdir(), 'darkroom-files-'))
const paths = makeFiles(folder)
const results: Readonly<Record<'page' | 'bare', Measured[]>> = { page: [], bare: [] }
for (let round = 0; round < rounds; round++) {
  // A stack for each round: the emulator keeps what was uploaded, and grows slower. None of the functions: they would take the CPU.
  const stack = await startStack({ parts: ['auth', 'firestore', 'storage', 'hosting'], log: () => {} })
  const chromium = await startBrowser()
  try {
    await createUsers(stack)
    const turns = [
      ['bare', (page: Page) => bare(stack, page, paths, code)],
      ['page', (page: Page) => byThePage(page, paths)],
    ] as const
    for (const [name, act] of round % 2 === 0 ? turns : turns.toReversed()) {
      const { page } = await openPage(chromium.browser, stack.hostingUrl)
      results[name].push(await act(page))
      await page.context().close()
    }
  } finally {
    await chromium.close()
    await stack.stop()
  }
  console.error(`round ${round + 1} of ${rounds}`)
}

rmSync(folder, { recursive: true })

const ratios = spread(
  results.page.map(({ megabytesPerSecond }, i) => megabytesPerSecond / (results.bare[i]?.megabytesPerSecond ?? NaN)),
)
const task = Math.max(...results.page.map(({ longestTask }) => longestTask))
const speed = (name: 'page' | 'bare') => spread(results[name].map(({ megabytesPerSecond }) => megabytesPerSecond))
const reached = ratios.median >= TARGET_RATIO && task <= TARGET_TASK_MS
printTable(
  ['', 'figure', 'target'],
  [
    ['bare loop, MB/s', written(speed('bare'), 1), ''],
    ['the page, MB/s', written(speed('page'), 1), ''],
    ['the page / bare', written(ratios), `>= ${TARGET_RATIO}`],
    ['longest task of the page, ms', task.toFixed(0), `<= ${TARGET_TASK_MS}`],
  ],
)
if (json) {
  console.log(
    JSON.stringify({ files, bytes, atOnce: SENDING_AT_ONCE, page: speed('page'), bare: speed('bare'), ratios, task }),
  )
}
process.exitCode = reached ? 0 : 1
