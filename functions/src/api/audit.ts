/** Who has changed what by hand: `audit/{time}~{random}`, a document for each command. */
import { createHash } from 'node:crypto'
import type { Instant } from '../ledger/instant.ts'
import { SERVER_TIME, type Document, type DocumentStore } from '../ledger/document-store.ts'

const AUDIT = 'audit'
const KEPT_DAYS = 400

export interface AuditedCommand {
  /** Whoever says to have called it; Google's own audit logs have the proof. */
  readonly by: string
  readonly command: string
  readonly arguments: readonly string[]
}

export interface AuditEntry<Time> extends AuditedCommand {
  readonly at: Time
  /** One that stays `started` was broken off, and may have done a part. */
  readonly state: 'started' | 'done' | 'failed'
  /** The exit code; null where it ended otherwise. */
  readonly result: number | null
  readonly error: string | null
  readonly endedAt: Time | null
  readonly expireAt: Time
}

export interface AuditDeps {
  readonly store: Pick<DocumentStore, 'transact' | 'query'>
  readonly now: () => Date
  readonly random: () => string
}

export interface AuditOptions {
  /** Takes out of an error's message what must not be kept. */
  readonly hide: (text: string) => string
  /** Told where the end can't be written. */
  readonly unwritten: (error: unknown) => void
}

/**
 * Does `work` and writes down that it begins, before it, and how it ended. Throws what `work` throws; and where its beginning can't be written,
 * without it: nothing is changed that nobody could find again.
 */
export async function audited(
  { store, now, random }: AuditDeps,
  command: AuditedCommand,
  work: () => Promise<number>,
  { hide, unwritten }: AuditOptions,
): Promise<number> {
  const path = `${AUDIT}/${now().toISOString()}~${random()}`
  await store.transact(async (transaction) => {
    await transaction.get(path)
    const at = transaction.readTime()
    const started = { state: 'started', result: null, error: null, endedAt: null }
    transaction.create(path, { ...command, ...started, at, expireAt: at.plusDays(KEPT_DAYS) })
  })
  const end = async (ending: Pick<AuditEntry<Instant>, 'state' | 'result' | 'error'>) => {
    try {
      await store.transact(async (transaction) => transaction.merge(path, { ...ending, endedAt: SERVER_TIME }))
    } catch (error) {
      unwritten(error)
    }
  }
  try {
    const result = await work()
    await end({ state: result === 0 ? 'done' : 'failed', result, error: null })
    return result
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
