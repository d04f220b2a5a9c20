/** How many images a customer may send a day, and whether it has. */
import { quotaPath, statsPath } from '../contract/names.ts'
import { asStatsShard, sumShards } from '../ledger/counters.ts'
import type { Data, DocumentStore } from '../ledger/document-store.ts'
import { Remembered } from './remembered.ts'

/** `quotas/{customer}`: where there is none, DAILY_QUOTA holds. */
export interface OwnQuota {
  /** Images a day; null is no limit, and 0 takes none at all. */
  readonly dailyImages: number | null
}

export const isQuota = (images: number): boolean => Number.isSafeInteger(images) && images >= 0

/** A customer's own quota; null where it has none. Throws where somebody has written there what is none. */
export function ownQuotaIn(document: Data | null, customerId: string): OwnQuota | null {
  if (document === null) return null
  const dailyImages = document['dailyImages']
  if (dailyImages === null || (typeof dailyImages === 'number' && isQuota(dailyImages))) return { dailyImages }
  throw new Error(
    `${quotaPath(customerId)} has dailyImages ${JSON.stringify(dailyImages)}: expected a whole number or null. npm run admin -- quota sets it.`,
  )
}

/** DAILY_QUOTA has 0 for none. */
export const limitOf = (own: OwnQuota | null, dailyQuota: number): number =>
  own === null ? dailyQuota || Infinity : (own.dailyImages ?? Infinity)

/** How long a quota that was changed may still be unknown to a process. Milliseconds. */
const FRESH = 60_000
/** Customers that a process remembers. */
const CUSTOMERS = 1000

export interface QuotaDeps {
  readonly store: Pick<DocumentStore, 'get' | 'query'>
  readonly settings: { readonly dailyQuota: number; readonly statsShards: number }
  /** Milliseconds from a fixed point, never going back. */
  readonly clock: () => number
}

/**
 * Whether a customer has used up its quota of a day. Approximate on purpose: an exact one would put every upload of a customer into one
 * queue. Throws what the store throws, and where the quota is none: no fault of an image.
 */
export function quotaSource({ store, settings, clock }: QuotaDeps) {
  const own = new Remembered<OwnQuota | null>({ milliseconds: FRESH, entries: CUSTOMERS, clock })
  // A day's images only grow in number. So of a flood each process counts once a minute, not for each image.
  const usedUp = new Remembered<true>({ milliseconds: FRESH, entries: CUSTOMERS, clock })

  return async (customerId: string, date: string): Promise<boolean> => {
    const quota = await own.of(customerId, async () => ownQuotaIn(await store.get(quotaPath(customerId)), customerId))
    const limit = limitOf(quota, settings.dailyQuota)
    if (limit === Infinity) return false
    const key = `${customerId}~${date}~${limit}`
    if (usedUp.get(key)) return true
    const collection = statsPath(customerId, date, 0).split('/').slice(0, -1).join('/')
    const shards = await store.query({ collection, where: [['date', '==', date]], limit: settings.statsShards })
    let images = 0
    for (const [cell, { images: more }] of sumShards(shards.map(asStatsShard))) {
      if (!cell.endsWith('~quota-exceeded')) images += more
    }
    if (images < limit) return false
    usedUp.set(key, true)
    return true
  }
}
