/**
 * What firebase-tools would download, found in layers: what the user set, what firebase-tools has or can download, what this machine
 * has. Each way is remembered in `.darkroom/cache`, so that only the first start has to look.
 */
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { MissingPart } from './found.ts'
import { findJavac } from './java.ts'
import { CACHE, FIREBASE_TOOLS, ROOT } from './paths.ts'

const RUNTIME = join(ROOT, 'stack', 'StorageRulesRuntime.java')
/** What was made of an older source is not used again. */
const VERSION = createHash('sha256').update(readFileSync(RUNTIME)).digest('hex').slice(0, 12)

/** For firebase-tools' environment; empty where it finds its own. */
export type EmulatorFiles = Readonly<Record<string, string>>

export async function emulatorFiles(javaBin: string, log: (line: string) => void): Promise<EmulatorFiles> {
  const [firestore, storage] = await Promise.all([
    layered(
      'firestore',
      'cloud-firestore-emulator',
      'FIRESTORE_EMULATOR_BINARY_PATH',
      () => machineFirestore(javaBin),
      log,
    ),
    layered(
      'storage',
      'cloud-storage-rules-runtime',
      'STORAGE_EMULATOR_BINARY_PATH',
      () => machineStorageRules(javaBin),
      log,
    ),
  ])
  return { ...firestore, ...storage }
}

async function layered(
  emulator: 'firestore' | 'storage',
  file: string,
  variable: string,
  onMachine: () => string | null,
  log: (line: string) => void,
): Promise<EmulatorFiles> {
  const set = process.env[variable]
  if (set) {
    if (existsSync(set)) return { [variable]: set }
    throw new Error(`${variable} is ${set}, and there is no such file: set it to the emulator's jar, or unset it`)
  }
  if (isDownloaded(file)) return {}
  const memory = join(CACHE, `${emulator}-${VERSION}.path`)
  if (existsSync(memory)) {
    const remembered = readFileSync(memory, 'utf8')
    if (existsSync(remembered)) return { [variable]: remembered }
  }
  log(`${emulator} emulator: asking firebase-tools to download it`)
  if (await download(emulator)) return {}
  const found = onMachine()
  if (found === null) {
    throw new MissingPart(
      `The ${emulator} emulator can't be downloaded, and this machine has no Google Cloud CLI with the Firestore emulator.`,
      `connect to the internet once, install the Cloud CLI's component cloud-firestore-emulator, or set ${variable}.`,
      'only `npm run check` works.',
    )
  }
  log(`${emulator} emulator: not downloadable here, using ${found}`)
  writeFileSync(memory, found)
  return { [variable]: found }
}

function isDownloaded(file: string): boolean {
  const folder = process.env['FIREBASE_EMULATORS_PATH'] ?? join(homedir(), '.cache/firebase/emulators')
  return existsSync(folder) && readdirSync(folder).some((entry) => entry.startsWith(file) && entry.endsWith('.jar'))
}

async function download(emulator: string): Promise<boolean> {
  const folder = mkdtempSync(join(CACHE, 'download-'))
  try {
    const args = [FIREBASE_TOOLS, `setup:emulators:${emulator}`, '--project', 'demo-darkroom']
    await promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 300_000 })
    return true
  } catch {
    // Why is of no use to the user where the machine's own will do; where it won't, MissingPart says what to do.
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The Cloud CLI's Firestore emulator, whose jar says neither how it is started nor by what: a manifest beside it does. */
function machineFirestore(javaBin: string): string | null {
  const jar = cloudCliJar()
  if (jar === null) return null
  return manifestJar(javaBin, 'firestore', 'com.google.cloud.datastore.emulator.firestore.CloudFirestore', jar, null)
}

/** The storage emulator asks a Java program to judge rules. Google's rules engine is part of the Firestore emulator's jar. */
function machineStorageRules(javaBin: string): string | null {
  const jar = cloudCliJar()
  const javac = findJavac(javaBin)
  if (jar === null || javac === null) return null
  const classes = mkdtempSync(join(CACHE, 'classes-'))
  try {
    execFileSync(javac, ['--release', '11', '-nowarn', '-cp', jar, '-d', classes, RUNTIME], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return manifestJar(javaBin, 'storage-rules', 'StorageRulesRuntime', jar, classes)
  } finally {
    rmSync(classes, { recursive: true, force: true })
  }
}

function manifestJar(
  javaBin: string,
  name: string,
  mainClass: string,
  classPath: string,
  classes: string | null,
): string {
  const target = join(CACHE, `${name}-${VERSION}.jar`)
  const folder = mkdtempSync(join(CACHE, 'jar-'))
  try {
    const manifest = join(folder, 'manifest')
    // A manifest's line holds 72 bytes; a longer one goes on after a line break and a space.
    const lines = [`Main-Class: ${mainClass}`, `Class-Path: ${pathToFileURL(classPath).href}`]
    writeFileSync(manifest, `${lines.map((line) => line.replaceAll(/(.{70})(?=.)/g, '$1\n ')).join('\n')}\n`)
    const made = join(folder, 'made.jar')
    const jar = [join(javaBin, 'jar'), join(dirname(findJavac(javaBin) ?? javaBin), 'jar')].find(existsSync) ?? 'jar'
    execFileSync(jar, ['cfm', made, manifest, ...(classes === null ? [] : ['-C', classes, '.'])])
    // Whole or not at all, should two stacks make it at the same time.
    renameSync(made, target)
    return target
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function cloudCliJar(): string | null {
  const part = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar'
  const roots = [
    process.env['CLOUDSDK_ROOT_DIR'],
    '/usr/lib/google-cloud-sdk',
    join(homedir(), 'google-cloud-sdk'),
    '/opt/homebrew/share/google-cloud-sdk',
    '/usr/local/share/google-cloud-sdk',
    '/snap/google-cloud-cli/current',
  ]
  const jarOf = (folder: string | null | undefined) => {
    const jar = join(folder ?? '', part)
    return folder && existsSync(jar) && statSync(jar).isFile() ? jar : null
  }
  // Asking the CLI itself takes a second: only where it is in none of the usual places.
  return roots.map(jarOf).find((jar) => jar !== null) ?? jarOf(cliRoot())
}

function cliRoot(): string | null {
  try {
    return execFileSync('gcloud', ['info', '--format=value(installation.sdk_root)'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // There is no Cloud CLI.
    return null
  }
}

export function prepareCache(): void {
  mkdirSync(CACHE, { recursive: true })
}
