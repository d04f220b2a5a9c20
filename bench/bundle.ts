/** The functions as one bundle, for comparison alone: nothing is deployed that way (docs/decisions/startup.md). */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { ROOT } from '../stack/paths.ts'

const FUNCTIONS = join(ROOT, 'functions')

export interface Bundle {
  /** Seen from functions/. */
  readonly folder: string
  remove(): void
}

/** Bundles what is compiled with its SDKs; what is imported late stays a file of its own. sharp, native code, stays outside. */
export async function bundle(): Promise<Bundle> {
  const dir = join(FUNCTIONS, 'node_modules', '.bench')
  const built = await rolldown({
    input: join(FUNCTIONS, 'lib', 'index.js'),
    platform: 'node',
    external: ['sharp'],
    logLevel: 'silent',
  })
  await built.write({
    dir,
    format: 'esm',
    entryFileNames: 'index.js',
    // CommonJS modules of the SDKs ask where they are.
    banner: 'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
  })
  await built.close()
  return { folder: './node_modules/.bench', remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** What is measured is what `firebase deploy` would send. */
export async function compileFunctions(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', FUNCTIONS])
}
