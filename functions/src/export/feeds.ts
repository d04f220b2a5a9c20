import { EXPORT_SHARDS } from '../contract/limits.ts'
import { customerPath } from '../contract/names.ts'
import type { Customer } from '../contract/record.ts'
import { asStatsShard } from '../ledger/counters.ts'
import type { Document, DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { Batch, MAX_DATES } from './batch.ts'
import { SHARDS_AT_ONCE, type Changes } from './cursor.ts'
import { customerRow, imageRow, ROW_FIELDS, statsRows, type Row } from './rows.ts'
import { CUSTOMER_STATS, CUSTOMERS, IMAGES, type Table } from './schema.ts'

/** Documents of one kind on their way to one table. */
export interface Feed extends Changes {
  readonly table: Table
  readonly readRows: number
  /** Takes in the changed documents of one page, and then makes its rows. `isWanted`: whether a customer's rows are to be moved. */
  page(store: DocumentStore, isWanted: (customerId: string) => boolean): Page
}

export interface Page {
  add(document: Document): void
  isFull(): boolean
  rows(): Promise<Batch>
}

const ALL_SHARDS = Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard)

/** A document to a row; null: it has none yet. */
const oneToOne = (feed: Omit<Feed, 'page'>, rowOf: (document: Document) => Row | null): Feed => ({
  ...feed,
  page: (_store, isWanted) => {
    const batch = new Batch(feed.table)
    return {
      add: (document) => {
        const row = rowOf(document)
        if (row !== null && isWanted(row['customer_id'] as string)) batch.put(row)
      },
      isFull: () => batch.isFull(SHARDS_AT_ONCE * feed.readRows),
      rows: async () => batch,
    }
  },
})

const customers = oneToOne(
  { table: CUSTOMERS, collection: 'customers', group: false, shards: [null], readRows: 500 },
  ({ path, data }) => customerRow(path.split('/')[1] ?? '', data as unknown as Customer<Instant>),
)

/** Read without what no column needs, a record's size is bounded by what names may be: some 10 KB. */
const images = oneToOne(
  { table: IMAGES, collection: 'images', group: true, shards: ALL_SHARDS, fields: ROW_FIELDS, readRows: 1700 },
  ({ data }) => imageRow(asRecord(data)),
)

/** How many customers' days are read in one transaction, and how many transactions run at once. */
const DAYS_AT_ONCE = 25
const TRANSACTIONS_AT_ONCE = 4
/** The most of them in a page: reading them takes some seconds. */
const MAX_DAYS = 5000
/** The most cells that the changed shards of a page may have together: each makes a row of up to 3 KB. */
const MAX_CELLS = 20_000

const STATS_READ_ROWS = 250

/** A changed shard only says which customer's day has changed: all of that day's shards are read together, at one moment. */
const stats: Feed = {
  table: CUSTOMER_STATS,
  collection: 'stats',
  group: true,
  shards: ALL_SHARDS,
  readRows: STATS_READ_ROWS,
  page: (store, isWanted) => {
    const days = new Map<string, CustomerDay>()
    const dates = new Set<string>()
    let changedCells = 0
    return {
      add: (document) => {
        const { customerId, date, cells } = asStatsShard(document)
        changedCells += Object.keys(cells).length
        dates.add(date)
        if (isWanted(customerId)) days.set(`${customerId}/${date}`, { customerId, date })
      },
      isFull: () => {
        const more = SHARDS_AT_ONCE * STATS_READ_ROWS
        return days.size + more > MAX_DAYS || changedCells >= MAX_CELLS || dates.size + more > MAX_DATES
      },
      rows: async () => {
        const batch = new Batch(CUSTOMER_STATS)
        const portions = portionsOf([...days.values()]).values()
        const readOn = async () => {
          // All of them draw from the same portions.
          for (const portion of portions) for (const row of await readDays(store, portion)) batch.put(row)
        }
        await Promise.all(Array.from({ length: TRANSACTIONS_AT_ONCE }, readOn))
        return batch
      },
    }
  },
}

interface CustomerDay {
  readonly customerId: string
  readonly date: string
}

function portionsOf(days: readonly CustomerDay[]): readonly (readonly CustomerDay[])[] {
  const portions = []
  for (let from = 0; from < days.length; from += DAYS_AT_ONCE) portions.push(days.slice(from, from + DAYS_AT_ONCE))
  return portions
}

function readDays(store: DocumentStore, days: readonly CustomerDay[]): Promise<readonly Row[]> {
  return store.snapshot(async (reader) => {
    const read = await Promise.all(
      days.map(async ({ customerId, date }) => {
        const collection = `${customerPath(customerId)}/stats`
        const shards = await reader.query({ collection, where: [['date', '==', date]] })
        return { customerId, date, shards: shards.map(asStatsShard) }
      }),
    )
    return read.flatMap(({ customerId, date, shards }) => statsRows(customerId, date, shards, reader.readTime()))
  })
}

/** In the order of the exports' first pages. */
export const FEEDS: readonly Feed[] = [customers, images, stats]
