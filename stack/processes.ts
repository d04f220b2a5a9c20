/**
 * Starting processes so that none outlives the stack. Each has the run's id in its environment, as a part of PATH, which its children
 * inherit even where firebase-tools gives them few variables else. Whatever carries it is ours, and nothing else is ever killed. A
 * watchdog ends it all when this process dies without a word.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Service {
  readonly name: string
  readonly pid: number
  /** Resolves when it has ended; `code` is null where a signal ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  readonly logFile: string
  hasEnded(): boolean
}

export interface ServiceOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
  /** Sees every line of its output. */
  readonly onLine?: (line: string) => void
}

export function startService(options: ServiceOptions): Service {
  const { name, command, args, cwd, env, logFile } = options
  const log = createWriteStream(logFile, { flags: 'a' })
  // In a group of its own, so that Ctrl-C reaches us alone and things stop in order.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      log.write(text)
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) options.onLine?.(line)
    })
  }
  let over = false
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    const end = (code: number | null, by: string | null) => {
      over = true
      log.end()
      resolve({ code, signal: by })
    }
    child.once('exit', end)
    child.once('error', (error) => {
      log.write(`${error.stack}\n`)
      end(null, error.message)
    })
  })
  return { name, pid: child.pid ?? 0, ended, logFile, hasEnded: () => over }
}

/** Resolves with what to tell of a service that nobody had asked to end. */
export async function accident({ name, ended, logFile }: Service): Promise<Error> {
  const { code, signal: by } = await ended
  return new Error(`the ${name} ended (${by ?? `exit ${code}`}): ${logFile} says why`)
}

/** All living processes with `id` in their environment. On Windows none are found: there, ends rest on each service's own. */
export function markedProcesses(id: string): { readonly pid: number; readonly command: string }[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc').flatMap((entry) => {
      if (!/^\d+$/.test(entry)) return []
      try {
        if (!readFileSync(`/proc/${entry}/environ`, 'utf8').includes(id)) return []
        const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')
        // A zombie has no command: it has ended.
        return command === '' ? [] : [{ pid: Number(entry), command }]
      } catch {
        // It has ended in the meantime, or is another user's.
        return []
      }
    })
  }
  if (process.platform === 'win32') return []
  return execFileSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter((line) => line.includes(id))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line }))
}

/** A process that ends lets go of its memory, and with that of its mark, before it closes its ports. Of Linux alone this can be seen. */
function isEnding(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    if (/^VmSize:/m.test(status)) return false
    // A zombie has closed everything, once it is the last of its threads.
    return !/^State:\s+[ZX]/m.test(status) || readdirSync(`/proc/${pid}/task`).length > 1
  } catch {
    // It has ended.
    return false
  }
}

/** Ends services in order: asks, waits, then kills whatever carries the mark. Resolves when none is left, and no port of theirs is held. */
export async function endAll(id: string, services: readonly Service[], patienceSeconds: number): Promise<void> {
  const seen = new Set(markedProcesses(id).map(({ pid }) => pid))
  for (const service of services) if (!service.hasEnded()) signal(service.pid, 'SIGTERM')
  const impatient = Promise.withResolvers<void>()
  const timer = setTimeout(impatient.resolve, patienceSeconds * 1000)
  await Promise.race([Promise.all(services.map(({ ended }) => ended)), impatient.promise])
  clearTimeout(timer)
  for (let tries = 0; ; tries++) {
    const left = markedProcesses(id).flatMap(({ pid }) => (pid === process.pid ? [] : [pid]))
    for (const pid of left) seen.add(pid)
    const ending = [...seen].filter(isEnding)
    if (left.length === 0 && ending.length === 0) return
    for (const pid of left) signal(pid, tries < 10 ? 'SIGTERM' : 'SIGKILL')
    if (tries > 100) throw new Error(`these processes can't be ended: ${[...left, ...ending].join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Does nothing where it has ended already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}

/** Watches over us from another process: if we die, however suddenly, it ends what we started and removes `files`. */
export function startWatchdog(id: string, files: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL('./watchdog.ts', import.meta.url))
  const child = spawn(process.execPath, [script, id, ...files], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  return child
}
