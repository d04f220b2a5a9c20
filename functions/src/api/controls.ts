/** What an operator switches: the pause, and customers' quotas. intake/pause.ts and intake/quota.ts read what is written here. */
import { PAUSE_PATH, quotaPath } from '../contract/names.ts'
import { pauseIn, type Pause } from '../intake/pause.ts'
import { isQuota, ownQuotaIn, type OwnQuota } from '../intake/quota.ts'
import { SERVER_TIME, type DocumentStore } from '../ledger/document-store.ts'
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

/** Null where DAILY_QUOTA holds. */
export async function readQuota(store: Pick<DocumentStore, 'get'>, customerId: string): Promise<OwnQuota | null> {
  return ownQuotaIn(await store.get(quotaPath(checkedId(customerId))), customerId)
}

/** Gives a customer a quota of its own instead of DAILY_QUOTA; null takes it away. Throws a RangeError where it is none. */
export async function setQuota(
  store: Pick<DocumentStore, 'transact'>,
  customerId: string,
  quota: OwnQuota | null,
  by: string,
): Promise<void> {
  const path = quotaPath(checkedId(customerId))
  const dailyImages = quota?.dailyImages ?? null
  if (dailyImages !== null && !isQuota(dailyImages)) {
    throw new RangeError(`the quota ${dailyImages}: expected a whole number of images a day`)
  }
  await store.transact(async (transaction) => {
    if (quota === null) transaction.delete(path)
    else transaction.set(path, { customerId, dailyImages, updatedBy: by, updatedAt: SERVER_TIME })
  })
}
