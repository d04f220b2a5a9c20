/** Keeps what scheduled functions did: `runs/{function}`, for the admin's page. Two small writes a run. */
import { randomBytes } from 'node:crypto'
import { RUNS_KEPT, runsPath, SCHEDULES, type Run, type Runs, type Scheduled } from '../contract/runs.ts'
import type { Log } from '../intake/log.ts'
import { SERVER_TIME, type DocumentStore, type Transaction, type WriteData } from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'

export interface RunDeps {
  readonly store: Pick<DocumentStore, 'transact'>
  readonly log: Log
  /** Takes out of an error's message what must not be kept. */
  readonly hide?: (text: string) => string
}

/** Of an error's message. */
const MESSAGE_LENGTH = 500

/**
 * Does `work`, and writes down that it begins and how it ended. Runs of one function may overlap. Returns and throws what `work` does: that
 * the history can't be written is logged, and stops nothing. `countsOf`: what was done, by names in words.
 */
export async function recorded<T>(
  { store, log, hide = (text) => text }: RunDeps,
  name: Scheduled,
  work: () => Promise<T>,
  countsOf: (result: T) => Run<Instant>['counts'],
): Promise<T> {
  const id = randomBytes(8).toString('hex')
  const begun: Run<Instant> = {
    id,
    startedAt: Instant.ofMillis(Date.now()),
    endedAt: null,
    error: null,
    counts: {},
  }
  const write = async (change: (run: Run<Instant>, now: Instant) => Run<Instant>) => {
    try {
      await store.transact((transaction) => put(transaction, name, begun, change))
    } catch (error) {
      log.warn('the history of runs was not written', { function: name, run: id, error })
    }
  }
  await write((run, now) => ({ ...run, startedAt: now }))
  try {
    const result = await work()
    await write((run, now) => ({ ...run, endedAt: now, counts: countsOf(result) }))
    return result
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const shown = hide(message).toWellFormed().slice(0, MESSAGE_LENGTH).toWellFormed()
    await write((run, now) => ({ ...run, endedAt: now, error: shown }))
    throw error
  }
}

/** Changes one run, which is put in where it is not there; the newest come first, and what is beyond {@link RUNS_KEPT} goes. */
async function put(
  transaction: Transaction,
  name: Scheduled,
  begun: Run<Instant>,
  change: (run: Run<Instant>, now: Instant) => Run<Instant>,
): Promise<void> {
  const found = (await transaction.get(runsPath(name))) as unknown as Pick<Runs<Instant>, 'last'> | null
  const known = found?.last ?? []
  const changed = change(known.find(({ id }) => id === begun.id) ?? begun, transaction.readTime())
  const last = [changed, ...known.filter(({ id }) => id !== begun.id)]
    .sort((a, b) => b.startedAt.micros - a.startedAt.micros)
    .slice(0, RUNS_KEPT)
  transaction.set(runsPath(name), {
    name,
    ...SCHEDULES[name],
    last: last as unknown as WriteData[],
    updatedAt: SERVER_TIME,
  })
}
