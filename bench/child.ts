/** Fresh Node processes to measure or to watch: JavaScript given as text, run in functions/, where its imports are found. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../stack/paths.ts'

/** What a process had used when it called `mark`, counted from its start. */
export interface Mark {
  readonly name: string
  /** Milliseconds. */
  readonly wall: number
  /** Milliseconds of CPU time, of all threads, in user and system mode. */
  readonly cpu: number
  /** Resident memory in MiB. */
  readonly rss: number
  /** Of the packages outside Node and this project that were loaded so far, those in `watched`. Empty unless traced. */
  readonly packages: readonly string[]
}

const MARK = `
const marks = []
const mark = (name) => {
  const { user, system } = process.cpuUsage()
  const rss = process.memoryUsage.rss() / 2 ** 20
  marks.push({ name, wall: performance.now(), cpu: (user + system) / 1000, rss, packages: [...(globalThis.packages ?? [])] })
}
`
const REPORT = `
process.stdout.write('\\n' + JSON.stringify(marks) + '\\n')
process.exit()
`

/** Sees every module, ES or CommonJS, wherever in the process it is loaded from. https://nodejs.org/api/module.html#moduleregisterhooksoptions */
const TRACE = `
import { registerHooks } from 'node:module'
globalThis.packages = new Set()
registerHooks({
  load(url, context, next) {
    const name = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]
    if (name !== undefined) globalThis.packages.add(name)
    return next(url, context)
  },
})
`

export interface Child {
  /** An ES module, whose imports are found from functions/. It calls `mark(name)` as it goes. */
  readonly code: string
  readonly env?: Readonly<Record<string, string>>
  /** Lists the packages that were loaded, which costs time. */
  readonly traced?: boolean
}

/** Throws what the process printed where it failed. */
export async function runChild({ code, env = {}, traced = false }: Child): Promise<readonly Mark[]> {
  const trace = traced ? ['--import', `data:text/javascript,${encodeURIComponent(TRACE)}`] : []
  const args = [...trace, '--input-type=module', '--eval', `${MARK}\n${code}\n${REPORT}`]
  const { NODE_COMPILE_CACHE: _, NODE_OPTIONS: __, METADATA_SERVER_DETECTION: ___, ...inherited } = process.env
  const options = { cwd: join(ROOT, 'functions'), env: { ...inherited, ...env }, maxBuffer: 64 * 2 ** 20 }
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, options, (error, out, err) =>
      error === null
        ? resolve(out)
        : reject(new Error(`a process failed (${error.code}):\n${code}\n${out.slice(-2000)}${err.slice(0, 2000)}`)),
    )
  })
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as readonly Mark[]
}

/**
 * Runs a script of bench/ in a process of its own and reads the JSON that is the last line of its output. With DARKROOM_VERBOSE all of it is shown. Rejects where it
 * fails.
 */
export async function runScript<T>(
  script: string,
  args: readonly (string | number)[],
  {
    flags = [],
    env = {},
  }: { readonly flags?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<T> {
  // kafkajs sets timers to the past, of which Node warns.
  const node = [...flags, '--disable-warning=TimeoutNegativeWarning', join(ROOT, 'bench', script)]
  const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 26 }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...node, ...args.map(String)], options)
  if (process.env['DARKROOM_VERBOSE']) process.stderr.write(`${args.join(' ')}\n${stderr}${stdout}`)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T
}

/** The SDKs of the cloud and of pixels: whatever else is loaded comes with one of them. */
const SDKS = [
  'firebase-functions',
  'firebase-admin',
  '@google-cloud/firestore',
  '@google-cloud/storage',
  '@google-cloud/bigquery',
  'kafkajs',
  'sharp',
] as const
export type Sdk = (typeof SDKS)[number]

export const sdksAt = (marks: readonly Mark[], name: string): readonly Sdk[] =>
  SDKS.filter((sdk) => marks.find((mark) => mark.name === name)?.packages.includes(sdk))
