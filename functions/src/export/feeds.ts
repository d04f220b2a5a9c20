import { EXPORT_SHARDS } from '../contract/limits.ts'
import { customerPath } from '../contract/names.ts'
import type { Customer } from '../contract/record.ts'
import { asStatsShard } from '../ledger/counters.ts'
import type { Document, DocumentStore } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import { customerRow, imageRow, statsRows, type Row } from './rows.ts'
import { CUSTOMER_STATS, CUSTOMERS, IMAGES, type Table } from './schema.ts'

/** Documents of one kind on their way to one table. */
export interface Feed {
  readonly table: Table
  readonly collection: string
  readonly group: boolean
  /** Values of `exportShard`; null where the documents have none. */
  readonly shards: readonly (number | null)[]
  /** Takes in the changed documents of one page, and then makes its rows. */
  page(store: DocumentStore): Page
}

export interface Page {
  add(document: Document): void
  rows(): Promise<readonly Row[]>
}

const ALL_SHARDS = Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard)

const customers: Feed = {
  table: CUSTOMERS,
  collection: 'customers',
  group: false,
  shards: [null],
  page: () => {
    const rows: Row[] = []
    return {
      add: ({ path, data }) => rows.push(customerRow(path.split('/')[1] ?? '', data as unknown as Customer<Instant>)),
      rows: async () => rows,
    }
  },
}

const images: Feed = {
  table: IMAGES,
  collection: 'images',
  group: true,
  shards: ALL_SHARDS,
  page: () => {
    const rows: Row[] = []
    return {
      add: ({ data }) => {
        const row = imageRow(asRecord(data))
        if (row !== null) rows.push(row)
      },
      rows: async () => rows,
    }
  },
}

/** How many customers' days are read in one transaction. */
const DAYS_AT_ONCE = 25

/** A changed shard only says which customer's day has changed: all of that day's shards are read together, at one moment. */
const stats: Feed = {
  table: CUSTOMER_STATS,
  collection: 'stats',
  group: true,
  shards: ALL_SHARDS,
  page: (store) => {
    const days = new Map<string, { readonly customerId: string; readonly date: string }>()
    return {
      add: (document) => {
        const { customerId, date } = asStatsShard(document)
        days.set(`${customerId}/${date}`, { customerId, date })
      },
      rows: async () => {
        const rows: Row[] = []
        const all = [...days.values()]
        for (let from = 0; from < all.length; from += DAYS_AT_ONCE) {
          rows.push(...(await readDays(store, all.slice(from, from + DAYS_AT_ONCE))))
        }
        return rows
      },
    }
  },
}

function readDays(
  store: DocumentStore,
  days: readonly { readonly customerId: string; readonly date: string }[],
): Promise<readonly Row[]> {
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
