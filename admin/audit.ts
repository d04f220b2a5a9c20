import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { audited, hiding, listAudit, type AuditDeps } from '../functions/src/api/audit.ts'
import { printable } from '../functions/src/api/dead-letter.ts'
import type { AuditEntry } from '../functions/src/contract/admin.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { print, UsageError, type Command, type Options } from './command.ts'

/** Of a list, where nothing else is asked for. */
const SHOWN = 50
/** Milliseconds. */
const GCLOUD_WITHIN = 15_000

export const audit: Command = {
  help: `  audit                          shows which commands have changed something, the newest last, and how each ended
    --limit N                    the newest N (${SHOWN})
    --json                       one line of JSON for each
`,
  async run(_args, { limit, json }) {
    if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
      throw new UsageError(`audit: --limit ${JSON.stringify(limit)}: expected a whole number from 1`)
    }
    await using store = new FirestoreStore()
    const entries = await listAudit({ store }, Instant.ofMillis(Date.now()), Number(limit ?? SHOWN))
    for (const entry of entries) print(json ? JSON.stringify(entry) : lineOf(entry))
    if (entries.length === 0 && !json) print('no command has changed anything for as long as they are kept')
    return 0
  },
}

function lineOf({ at, by, command, arguments: args, state, error }: AuditEntry<Instant>): string {
  const called = [command, ...args.map((one) => (/^[\w@%+=:,./~-]+$/.test(one) ? one : JSON.stringify(one)))].join(' ')
  const ending = state === 'started' ? 'started, and never ended' : state
  const time = new Date(at.toMillis()).toISOString().replace(/\.\d+Z$/, 'Z')
  return printable(`${time}  ${by}  ${called}  ${ending}${error === null ? '' : `: ${error}`}`)
}

/** Runs a command; one that changes something is kept in `audit/`. */
export async function withAudit(
  name: string,
  command: Command,
  args: readonly string[],
  options: Options,
): Promise<number> {
  if (command.changes?.(args, options) !== true) return command.run(args, options)
  await using store = new FirestoreStore()
  const deps: AuditDeps = { store, now: () => new Date(), random: () => randomBytes(4).toString('hex') }
  const hide = hiding(command.hides?.(args, options) ?? [])
  const call = { by: await caller(options.project), command: name, arguments: calledWith(args, options).map(hide) }
  const unwritten = (error: unknown) =>
    process.stderr.write(`how it ended could not be written to audit/: ${(error as Error).message}\n`)
  // Awaited, since the store is closed on the way out.
  return await audited(deps, call, () => command.run(args, options), { hide, unwritten, exitCode: (code) => code })
}

/** As it was called, less where: that is which database it stands in. */
function calledWith(args: readonly string[], { project: _project, ...options }: Options) {
  const named = Object.entries(options as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`]
    return typeof value === 'string' ? [`--${name}=${value}`] : []
  })
  return [...args, ...named]
}

/** Who gives a command: gcloud's account, or, where there is none and on the local stack, the user of this machine. */
export async function caller(project: string | undefined): Promise<string> {
  const local = `local:${userInfo().username}`
  if (project === undefined) return local
  try {
    const { stdout } = await promisify(execFile)('gcloud', ['config', 'get', 'account'], { timeout: GCLOUD_WITHIN })
    return stdout.trim() || local
  } catch {
    // There is no gcloud here, or nobody is signed in with it.
    return local
  }
}
