/** Who has changed what by hand: `audit/{time}~{random}`, a document for each command and each call of the admin's page. */
import { createHash } from 'node:crypto'
import { auditPath, type AuditEntry } from '../contract/admin.ts'
import type { Instant } from '../ledger/instant.ts'
import { SERVER_TIME, type Document, type DocumentStore, type WriteData } from '../ledger/document-store.ts'

const AUDIT = 'audit'
const KEPT_DAYS = 400

export interface AuditedCommand extends Pick<AuditEntry<Instant>, 'by' | 'command' | 'arguments'> {
  /** The user, of the admin's page; null: a command. */
  readonly uid?: string | null
  /** The entry's name, where the caller made it beforehand to follow it: one that is there already is refused. */
  readonly operation?: string | undefined
}

/** How far it has got, such as `{ matching: 1200 }`. */
export type Progress = Readonly<Record<string, number>>

export interface AuditDeps {
  readonly store: Pick<DocumentStore, 'transact' | 'query'>
  readonly now: () => Date
  readonly random: () => string
}

export interface AuditOptions<Result> {
  /** Takes out of an error's message what must not be kept. */
  readonly hide: (text: string) => string
  /** Told where the end, or how far it has got, can't be written. */
  readonly unwritten: (error: unknown) => void
  /** What is kept of what it returned: 0 is done, anything else has failed. */
  readonly exitCode: (result: Result) => number
}

/** The caller's name for its operation is taken. */
export class OperationExists extends Error {
  override readonly name = 'OperationExists'
}

/** How often at most an entry is written while it goes on, in milliseconds. Firestore takes one write a second of a document. */
const PROGRESS_EVERY = 1000

/**
 * Does `work` and writes down that it begins, before it, how far it has got, and how it ended. Throws what `work` throws; and where its beginning
 * can't be written, without it: nothing is changed that nobody could find again.
 */
export async function audited<Result>(
  { store, now, random }: AuditDeps,
  { operation, uid = null, ...command }: AuditedCommand,
  work: (progress: (counts: Progress) => void) => Promise<Result>,
  { hide, unwritten, exitCode }: AuditOptions<Result>,
): Promise<Result> {
  const path = auditPath(operation ?? `${now().toISOString()}~${random()}`)
  await store.transact(async (transaction) => {
    if ((await transaction.get(path)) !== null) throw new OperationExists(`${path} is there already`)
    const at = transaction.readTime()
    const started = { state: 'started', result: null, error: null, progress: null, endedAt: null }
    transaction.create(path, { ...command, uid, ...started, at, expireAt: at.plusDays(KEPT_DAYS) })
  })
  const write = async (data: WriteData) => {
    try {
      await store.transact(async (transaction) => transaction.merge(path, data))
    } catch (error) {
      unwritten(error)
    }
  }
  let latest: Progress | null = null
  let writing: Promise<void> | null = null
  let nextAt = 0
  const progress = (counts: Progress) => {
    latest = counts
    // What comes in between is written with the next, or with the end.
    if (writing !== null || now().getTime() < nextAt) return
    nextAt = now().getTime() + PROGRESS_EVERY
    writing = write({ progress: counts }).finally(() => (writing = null))
  }
  const end = async (ending: Pick<AuditEntry<Instant>, 'state' | 'result' | 'error'>) => {
    await writing
    await write({ ...ending, ...(latest && { progress: latest }), endedAt: SERVER_TIME })
  }
  try {
    const done = await work(progress)
    const result = exitCode(done)
    await end({ state: result === 0 ? 'done' : 'failed', result, error: null })
    return done
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await end({ state: 'failed', result: null, error: hide(message).toWellFormed() })
    throw error
  }
}

/** Queries read what they find from its beginning: so it is looked for in ever longer times. Days. */
const LOOK_BACK = [1, 10, 100, KEPT_DAYS]

/** The newest, the newest last. */
export async function listAudit(
  { store }: Pick<AuditDeps, 'store'>,
  now: Instant,
  limit: number,
): Promise<readonly AuditEntry<Instant>[]> {
  let found: readonly Document[] = []
  for (const days of LOOK_BACK) {
    found = await store.query({ collection: AUDIT, where: [['at', '>=', now.plusDays(-days)]], orderBy: 'at' })
    if (found.length >= limit) break
  }
  return found.slice(-limit).map(({ data }) => data as unknown as AuditEntry<Instant>)
}

/** What stands in `audit/` for what it must not keep. */
export const hashed = (secret: string) => `sha256:${createHash('sha256').update(secret).digest('hex')}`

/** Replaces each secret by its SHA-256, so that whoever knows it can still find it. The longest first: one may be part of another. */
export function hiding(secrets: readonly string[]): (text: string) => string {
  const hashes = secrets
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .map((secret) => [secret, hashed(secret)] as const)
  return (text) => hashes.reduce((hidden, [secret, hash]) => hidden.replaceAll(secret, hash), text)
}
