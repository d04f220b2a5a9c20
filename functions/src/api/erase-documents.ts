/** The documents of a customer whose data is deleted: records go, counters move to its pseudonym. */
import { EXPORT_SHARDS } from '../contract/limits.ts'
import { customerPath, profilesPath, quotaChangePath, quotaPath, statsPath } from '../contract/names.ts'
import { NO_DAY, type CustomerMonth } from '../contract/totals.ts'
import { asStatsShard, sumShards } from '../ledger/counters.ts'
import { SERVER_TIME, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { applyDays, endTurn } from '../rollup/apply.ts'
import { figuresOf } from '../rollup/figures.ts'

/** Far below what one request takes, 10 MiB. https://firebase.google.com/docs/firestore/quotas#limits */
const AT_ONCE = 200

/** In the order in which they go: records first, since nothing can be counted any more once they are gone. */
const COLLECTIONS = ['images', 'contents', 'links'] as const

/**
 * Deletes the records and whatever else is the customer's alone. Whoever is at work on a record finds it gone at its commit, which is then void. The
 * tombstone must be there: then no record comes after.
 */
export async function deleteDocuments(
  store: DocumentStore,
  customerId: string,
  tell: (deleted: number) => void,
): Promise<number> {
  let deleted = 0
  for (const name of COLLECTIONS) {
    deleted += await deleteAll(store, `${customerPath(customerId)}/${name}`, [], (more) => tell(deleted + more))
  }
  await store.transact(async (transaction) => {
    for (const path of [profilesPath, quotaPath, quotaChangePath, customerPath]) transaction.delete(path(customerId))
  })
  return deleted
}

/** Deletes what a query over one collection finds, page by page. */
export async function deleteAll(
  store: DocumentStore,
  collection: string,
  where: readonly (readonly [field: string, op: '==', value: string])[] = [],
  tell: (deleted: number) => void = () => {},
): Promise<number> {
  for (let deleted = 0; ;) {
    const page = await store.query({ collection, where, limit: AT_ONCE, fields: ['updatedAt'] })
    if (page.length === 0) return deleted
    await store.transact(async (transaction) => {
      for (const { path } of page) transaction.delete(path)
    })
    deleted += page.length
    tell(deleted)
  }
}

/**
 * Moves the counters and their rollups, a day at a time: each day in one transaction, so that nobody ever sees it twice, in part, or not at all. May be called again
 * wherever it was broken off. No record of the customer may be left, or a commit could still count. Returns the number of days.
 */
export async function moveCounters(store: DocumentStore, customerId: string, pseudonym: string): Promise<number> {
  const collection = `${customerPath(customerId)}/stats`
  for (let days = 0; ;) {
    const page = await store.query({ collection, limit: AT_ONCE, fields: ['date'] })
    if (page.length === 0) return days
    const byDate = Map.groupBy(page, ({ path }) => dateOf(path))
    for (const [date, seen] of byDate) {
      await moveDay(store, { customerId, pseudonym, date, paths: seen.map(({ path }) => path) })
      days++
    }
  }
}

const dateOf = (path: string) => path.split('/').at(-1)?.split('~')[0] ?? ''

async function moveDay(
  store: DocumentStore,
  move: {
    readonly customerId: string
    readonly pseudonym: string
    readonly date: string
    readonly paths: readonly string[]
  },
): Promise<void> {
  const { customerId, pseudonym, date, paths } = move
  const collection = `${customerPath(customerId)}/stats`
  const target = statsPath(pseudonym, date, 0)
  await store.transact(async (transaction) => {
    const shards = new Map(
      (await transaction.query({ collection, where: [['date', '==', date]] })).map((one) => [one.path, one.data]),
    )
    // One without its date is no less there.
    for (const path of paths) {
      const data = shards.has(path) ? null : await transaction.get(path)
      if (data !== null) shards.set(path, data)
    }
    if (shards.size === 0) return
    const before = await transaction.get(target)
    const documents = [...(before === null ? [] : [before]), ...shards.values()]
    const cells = Object.fromEntries(sumShards(documents.map((data) => asStatsShard({ path: '', data }))))
    const asOf = transaction.readTime()
    await applyDays(transaction, [
      { customerId, date, figures: NO_DAY, asOf, changedAt: null },
      { customerId: pseudonym, date, figures: figuresOf([{ cells }]), asOf, changedAt: asOf },
    ])
    endTurn(transaction)
    transaction.set(target, {
      customerId: pseudonym,
      date,
      exportShard: 0 % EXPORT_SHARDS,
      cells: cells as unknown as WriteData,
      updatedAt: SERVER_TIME,
    })
    for (const path of shards.keys()) transaction.delete(path)
  })
}

/**
 * Takes the customer out of the rollups where no counters were left to be moved: out of shares and totals as well, which are not its own. May be called
 * again.
 */
export async function removeRollups(store: DocumentStore, customerId: string): Promise<void> {
  const months = await store.query({ collection: `${customerPath(customerId)}/months` })
  for (const { path } of months) {
    await store.transact(async (transaction) => {
      const { days } = (await transaction.get(path)) as unknown as CustomerMonth<Instant>
      const nothing = { customerId, figures: NO_DAY, asOf: transaction.readTime(), changedAt: null }
      await applyDays(
        transaction,
        Object.keys(days).map((date) => ({ ...nothing, date })),
      )
      endTurn(transaction)
    })
  }
}
