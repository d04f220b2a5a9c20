/** Where the last `npm start` of this checkout is to be found: written when it is up, gone when it has stopped. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { STATE } from './paths.ts'

const FILE = join(STATE, 'running.json')

export interface Running {
  readonly pid: number
  /** The environment by which the functions' code finds the emulators. */
  readonly env: Readonly<Record<string, string>>
}

/** Null where none is running. */
export function runningStack(): Running | null {
  if (!existsSync(FILE)) return null
  const running = JSON.parse(readFileSync(FILE, 'utf8')) as Running
  return isAlive(running.pid) ? running : null
}

/** Call what it returns when the stack has stopped. */
export function announce(env: Running['env']): () => void {
  mkdirSync(STATE, { recursive: true })
  writeFileSync(FILE, JSON.stringify({ pid: process.pid, env } satisfies Running))
  return () => {
    // A later one may have taken the place.
    if (runningStack()?.pid === process.pid) rmSync(FILE)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
