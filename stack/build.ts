/** What is built before the emulators can serve it. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DEMO_ADMIN, DEMO_CUSTOMERS, DEMO_PASSWORD } from '../demo/customers.ts'
import { ROOT } from './paths.ts'
import type { Ports } from './ports.ts'

export const compileFunctions = () => tool('typescript/bin/tsc', ['-p', join(ROOT, 'functions')])

export interface WebOptions {
  readonly publicFolder: string
  readonly ports: Ports
  readonly rawBucket: string
  readonly processedBucket: string
}

/** The page as it is deployed, and beside it what it can't know by itself: where this run's emulators are. */
export async function buildWeb({ publicFolder, ports, rawBucket, processedBucket }: WebOptions): Promise<void> {
  const into = ['--outDir', publicFolder, '--emptyOutDir']
  await tool('vite/bin/vite.js', ['build', join(ROOT, 'web'), '--logLevel', 'warn', ...into])
  const signIns = [
    ...DEMO_CUSTOMERS.flatMap(({ users, name }) => users.map((user) => ({ ...user, of: name }))),
    { ...DEMO_ADMIN, of: DEMO_ADMIN.displayName },
  ]
  const config = {
    rawBucket,
    processedBucket,
    emulators: {
      auth: `http://127.0.0.1:${ports.auth}`,
      firestore: `127.0.0.1:${ports.firestore}`,
      storage: `http://127.0.0.1:${ports.storage}`,
      functions: `http://127.0.0.1:${ports.functions}`,
    },
    signIns: signIns.map(({ email, displayName, of }) => ({
      email,
      password: DEMO_PASSWORD,
      label: of === displayName ? of : `${displayName} (${of})`,
    })),
  }
  writeFileSync(join(publicFolder, 'config.json'), JSON.stringify(config))
}

async function tool(script: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT })
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${script} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
  }
}
