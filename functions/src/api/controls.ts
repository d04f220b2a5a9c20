/** What an operator switches: the pause, and what customers may send. intake/pause.ts and intake/own-limits.ts read what is written here. */
import { isSendable, SENDABLE_FORMATS, type Format } from '../contract/formats.ts'
import { PAUSE_PATH, quotaChangePath, quotaPath } from '../contract/names.ts'
import { pauseIn, type Pause } from '../intake/pause.ts'
import { isQuota, ownLimitsIn, type OwnLimits, type OwnQuota } from '../intake/own-limits.ts'
import { SERVER_TIME, type DocumentStore, type Value } from '../ledger/document-store.ts'
import { checkedId } from './profiles.ts'

const MAX_REASON_LENGTH = 500

/** Null where processing is not paused. */
export async function readPause(store: Pick<DocumentStore, 'get'>): Promise<Pause | null> {
  return pauseIn(await store.get(PAUSE_PATH))
}

/**
 * Pauses processing. Where it is paused already, since when stays and the reason is the new one. Throws a RangeError where the reason is none.
 */
export async function pauseProcessing(
  store: Pick<DocumentStore, 'transact'>,
  reason: string,
  by: string,
): Promise<void> {
  const text = reason.trim()
  if (text === '' || text.length > MAX_REASON_LENGTH || !text.isWellFormed()) {
    throw new RangeError(`the reason of a pause: expected 1 to ${MAX_REASON_LENGTH} characters, for whoever finds it`)
  }
  await store.transact(async (transaction) => {
    const since = pauseIn(await transaction.get(PAUSE_PATH))?.since ?? SERVER_TIME
    transaction.set(PAUSE_PATH, { paused: true, reason: text, by, since })
  })
}

/** Ends a pause, and returns the one that it was; null where there was none. */
export async function resumeProcessing(store: Pick<DocumentStore, 'transact'>, by: string): Promise<Pause | null> {
  return store.transact(async (transaction) => {
    const pause = pauseIn(await transaction.get(PAUSE_PATH))
    if (pause !== null) transaction.set(PAUSE_PATH, { paused: false, reason: '', by, since: SERVER_TIME })
    return pause
  })
}

export async function readLimits(store: Pick<DocumentStore, 'get'>, customerId: string): Promise<OwnLimits> {
  return ownLimitsIn(await store.get(quotaPath(checkedId(customerId))), customerId)
}

/** Gives a customer a quota of its own instead of DAILY_QUOTA; null takes it away. Throws a RangeError where it is none. */
export async function setQuota(
  store: Pick<DocumentStore, 'transact'>,
  customerId: string,
  quota: OwnQuota | null,
  by: string,
): Promise<void> {
  const dailyImages = quota?.dailyImages ?? null
  if (dailyImages !== null && !isQuota(dailyImages)) {
    throw new RangeError(`the quota ${dailyImages}: expected a whole number of images a day`)
  }
  await setLimit(store, customerId, 'dailyImages', quota === null ? undefined : dailyImages, by)
}

/**
 * Lets a customer send these formats and no others; null: every one that is processed. Throws a RangeError where one of them never is.
 */
export async function setFormats(
  store: Pick<DocumentStore, 'transact'>,
  customerId: string,
  formats: readonly Format[] | null,
  by: string,
): Promise<void> {
  const unknown = formats?.find((format) => !isSendable(format))
  if (unknown !== undefined) {
    throw new RangeError(`the format ${JSON.stringify(unknown)}: expected one of ${SENDABLE_FORMATS.join(', ')}`)
  }
  const inOrder = formats === null ? undefined : SENDABLE_FORMATS.filter((format) => formats.includes(format))
  await setLimit(store, customerId, 'formats', inOrder, by)
}

/** Leaves the customer's other limit as it is, even one that can't be read: it is for its own command to mend. */
async function setLimit(
  store: Pick<DocumentStore, 'transact'>,
  customerId: string,
  field: 'dailyImages' | 'formats',
  value: Value | undefined,
  by: string,
): Promise<void> {
  const path = quotaPath(checkedId(customerId))
  await store.transact(async (transaction) => {
    const before = (await transaction.get(path)) ?? {}
    const own = { dailyImages: before['dailyImages'], formats: before['formats'], [field]: value }
    const limits = Object.entries(own).flatMap(([name, limit]) => (limit === undefined ? [] : [[name, limit] as const]))
    if (limits.length === 0) transaction.delete(path)
    else transaction.set(path, { customerId, ...Object.fromEntries(limits), updatedAt: SERVER_TIME })
    transaction.set(quotaChangePath(customerId), { customerId, updatedBy: by, updatedAt: SERVER_TIME })
  })
}
