/** A real browser for the tests: the user's, the system's, or the one that the package @sparticuz/chromium holds. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import type Axe from 'axe-core'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Request,
} from 'playwright-core'
import { DEMO_PASSWORD } from '../../demo/customers.ts'

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome']
const OUTSIDE_PATH = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
/** It talks to nobody but the local stack. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface TestBrowser {
  readonly browser: Browser
  /** Ends it and removes what was unpacked for it. */
  close(): Promise<void>
}

export async function startBrowser(): Promise<TestBrowser> {
  return launch(async (options) => {
    const browser = await chromium.launch(options)
    return { browser, close: () => browser.close() }
  })
}

export interface TestProfile {
  /** The browser's one profile, as a user has it. */
  readonly context: BrowserContext
  close(): Promise<void>
}

/** One that Lighthouse can talk to as well, by `port`. */
export async function startProfile(port: number): Promise<TestProfile> {
  return launch(async ({ folder, args, ...options }) => {
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      ...options,
      ...DEFAULTS,
      args: [...args, `--remote-debugging-port=${port}`],
    })
    return { context, close: () => context.close() }
  })
}

const DEFAULTS: BrowserContextOptions = { locale: 'en-GB', viewport: { width: 1100, height: 800 } }

interface LaunchOptions {
  /** Is removed when it ends. */
  readonly folder: string
  readonly executablePath: string
  readonly args: string[]
  readonly env: Record<string, string>
}

async function launch<T extends { close(): Promise<void> }>(start: (options: LaunchOptions) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-browser-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  try {
    const installed = installedBrowser()
    const { executablePath, env } =
      installed === null ? await packagedBrowser(folder) : { executablePath: installed, env: {} }
    // Chrome's sandbox does not work as root.
    const args = process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS
    const started = await start({ folder, executablePath, args, env: { ...definedEnv(), ...env } })
    return {
      ...started,
      async close() {
        await started.close()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** Throws where CHROME_PATH names something that can't be run. */
function installedBrowser(): string | null {
  const set = process.env['CHROME_PATH']
  if (set) {
    accessSync(set, constants.X_OK)
    return set
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...onPath, ...OUTSIDE_PATH].find((path) => existsSync(path)) ?? null
}

interface Packaged {
  readonly executablePath: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * Unpacks into `folder`. In a process of its own, since the package is an ES module, goes by the folder for temporary files (where a
 * half unpacked browser of somebody else would do) and changes its environment; the variable makes it bring the NSS libraries
 * along.
 */
async function packagedBrowser(folder: string): Promise<Packaged> {
  if (process.platform !== 'linux') {
    throw new Error('There is no browser: install Chrome, or set CHROME_PATH to one. No other test needs it.')
  }
  const script = `
    const { default: chromium } = await import('@sparticuz/chromium')
    console.log(JSON.stringify([await chromium.executablePath(), process.env.LD_LIBRARY_PATH]))`
  const env = { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    env,
  })
  const [executablePath, libraries] = JSON.parse(stdout) as [string, string]
  // Its own names /tmp/fonts, and a browser that finds no font at all ends.
  const fontConfig = join(folder, 'fonts.conf')
  writeFileSync(
    fontConfig,
    `<fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/font-cache</cachedir></fontconfig>`,
  )
  return { executablePath, env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fontConfig } }
}

const definedEnv = () =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )

/** A page in a profile of its own, and what it complained of and asked for. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ ...DEFAULTS, ...options })
  return openIn(context, url)
}

/** Another tab of the same profile. */
export async function openIn(context: BrowserContext, url: string) {
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: Request[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requests.push(request))
  await page.goto(url)
  return { page, complaints, requests }
}

/** As one of the demo's users, and waits for the page's heading of that name. */
export async function signIn(page: Page, email: string, heading: string, password = DEMO_PASSWORD) {
  await page.getByLabel('E-mail', { exact: true }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: heading }).waitFor()
}

/** What axe finds wrong with the page as it stands, by all of its rules or by some. https://github.com/dequelabs/axe-core/blob/develop/doc/API.md */
export async function violations(page: Page, rules?: string[]): Promise<readonly string[]> {
  // In a world of its own: the page's policy takes no script from elsewhere.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  return page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as { axe: typeof Axe }
    const { violations: found } = await axe.run(document, only === undefined ? {} : { runOnly: only })
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  }, rules)
}

/** The name of what has the focus. */
export const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    const label = (element as HTMLInputElement | null)?.labels?.[0]
    return (element?.getAttribute('aria-label') ?? label?.textContent ?? element?.textContent ?? '').trim()
  })

/** Goes on by the key until what is so called has the focus. */
export async function tabTo(page: Page, name: string, key = 'Tab') {
  for (let tabs = 0; tabs < 80; tabs++) {
    await page.keyboard.press(key)
    if ((await focused(page)) === name) return
  }
  throw new Error(`the ${key} key never comes to ${name}`)
}

export interface Dropped {
  readonly name: string
  readonly content: Uint8Array | string
}

/** Drops files as a file manager would: on the page, under the type that a name's ending suggests. */
export const drop = (page: Page, files: readonly Dropped[]) =>
  page.evaluate(
    (dropped) => {
      const dataTransfer = new DataTransfer()
      for (const { name, base64 } of dropped) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
        dataTransfer.items.add(new File([bytes], name, { type: 'image/jpeg' }))
      }
      for (const type of ['dragenter', 'dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
      }
    },
    files.map(({ name, content }) => ({ name, base64: Buffer.from(content).toString('base64') })),
  )
