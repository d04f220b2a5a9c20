/** What one customer may send, where that is not what all may: how many images a day, and of which formats. */
import { isSendable, type Format } from '../contract/formats.ts'
import { quotaPath, statsPath } from '../contract/names.ts'
import { asStatsShard, sumShards } from '../ledger/counters.ts'
import type { Data, DocumentStore } from '../ledger/document-store.ts'
import { Remembered } from './remembered.ts'

export interface OwnQuota {
  /** Images a day; null is no limit, and 0 takes none at all. */
  readonly dailyImages: number | null
}

/** `quotas/{customer}`, where a field that is absent is null here. */
export interface OwnLimits {
  /** Null: DAILY_QUOTA holds. */
  readonly quota: OwnQuota | null
  /** Null: every format that is processed. An empty list takes none at all. */
  readonly formats: readonly Format[] | null
}

export const isQuota = (images: number): boolean => Number.isSafeInteger(images) && images >= 0

/** A customer's own limits. Throws where somebody has written there what is none. */
export function ownLimitsIn(document: Data | null, customerId: string): OwnLimits {
  const { dailyImages, formats } = document ?? {}
  return {
    quota: dailyImages === undefined ? null : { dailyImages: quotaIn(dailyImages, customerId) },
    formats: formats === undefined ? null : formatsIn(formats, customerId),
  }
}

function quotaIn(value: unknown, customerId: string): number | null {
  if (value === null || (typeof value === 'number' && isQuota(value))) return value
  throw new Error(
    `${quotaPath(customerId)} has dailyImages ${JSON.stringify(value)}: expected a whole number or null. npm run admin -- quota sets it.`,
  )
}

function formatsIn(value: unknown, customerId: string): readonly Format[] {
  if (Array.isArray(value) && value.every(isSendable)) return value
  throw new Error(
    `${quotaPath(customerId)} has formats ${JSON.stringify(value)}: expected a list of formats. npm run admin -- formats sets it.`,
  )
}

/** DAILY_QUOTA has 0 for none. */
export const limitOf = (own: OwnQuota | null, dailyQuota: number): number =>
  own === null ? dailyQuota || Infinity : (own.dailyImages ?? Infinity)

/** How long limits that were changed may still be unknown to a process. Milliseconds. */
const FRESH = 60_000
/** Customers that a process remembers. */
const CUSTOMERS = 1000

export interface LimitsDeps {
  readonly store: Pick<DocumentStore, 'get' | 'query'>
  readonly settings: { readonly dailyQuota: number; readonly statsShards: number }
  /** Milliseconds from a fixed point, never going back. */
  readonly clock: () => number
}

/** Both throw what the store throws, and where a limit is none: no fault of an image. */
export function limitsSource({ store, settings, clock }: LimitsDeps) {
  const own = new Remembered<OwnLimits>({ milliseconds: FRESH, entries: CUSTOMERS, clock })
  // A day's images only grow in number. So of a flood each process counts once a minute, not for each image.
  const usedUp = new Remembered<true>({ milliseconds: FRESH, entries: CUSTOMERS, clock })

  const limitsOf = (customerId: string) =>
    own.of(customerId, async () => ownLimitsIn(await store.get(quotaPath(customerId)), customerId))

  /**
   * Whether a customer has used up its quota of a day. Approximate on purpose: an exact one would put every upload of a customer into one
   * queue.
   */
  const quotaExceeded = async (customerId: string, date: string): Promise<boolean> => {
    const limit = limitOf((await limitsOf(customerId)).quota, settings.dailyQuota)
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

  /** The formats that a customer may send; null: every one that is processed. */
  const formatsOf = async (customerId: string): Promise<readonly Format[] | null> =>
    (await limitsOf(customerId)).formats

  return { quotaExceeded, formatsOf }
}
