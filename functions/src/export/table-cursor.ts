import { SERVER_TIME, type Data, type Document, type DocumentStore, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import {
  oldestUnread,
  OVERLAP_SECONDS,
  readPage,
  shardName,
  UNREAD,
  type Changes,
  type Cursor,
  type Positions,
  type Unread,
} from './cursor.ts'
import type { Feed } from './feeds.ts'
import type { Column, Table } from './schema.ts'

/** How far the export has got with one table: `exports/cursor-{table}`. */
export interface TableCursor extends Cursor {
  /** The table that this is about: one that was dropped and made again is another. See Warehouse.ensure. */
  readonly made: string
  /** Columns that every row of it was given. */
  readonly columns: readonly string[]
  /**
   * What was last changed before `until`, moved once more from its beginning, where the table is new or has a new column. Only the
   * shards that are left; null where all is done. What was changed lately comes by the cursor itself, so that new rows need not wait.
   */
  readonly fill: { readonly until: Instant; readonly shards: Positions } | null
}

export const cursorPath = (table: string) => `exports/cursor-${table}`

export const writtenCursor = (cursor: TableCursor): WriteData => ({
  ...(cursor as unknown as WriteData),
  updatedAt: SERVER_TIME,
})

/** Names, those within a STRUCT with dots. */
export const columnsOf = (table: Table): readonly string[] => namesOf(table.columns, '')

const namesOf = (columns: readonly Column[], prefix: string): readonly string[] =>
  columns.flatMap(({ name, fields = [] }) => [`${prefix}${name}`, ...namesOf(fields, `${prefix}${name}.`)])

/**
 * Where the export of a table goes on. From its beginning where the table in BigQuery is not the one that was filled, or lacks a
 * column that we write: an exporter of an older version has moved rows without it.
 */
export function opened(
  data: Data | null,
  feed: Pick<Feed, 'table' | 'shards'>,
  made: string,
  now: Instant,
): TableCursor {
  const last = data as TableCursor | null
  if (last?.made === made && columnsOf(feed.table).every((name) => last.columns.includes(name))) return last
  return fromTheBeginning(last, feed, made, now)
}

/** `now`: the store's time. */
export function fromTheBeginning(
  last: TableCursor | null,
  { table, shards }: Pick<Feed, 'table' | 'shards'>,
  made: string,
  now: Instant,
): TableCursor {
  const since = now.plusSeconds(-OVERLAP_SECONDS)
  const all = (position: Positions[string]) => Object.fromEntries(shards.map((shard) => [shardName(shard), position]))
  return {
    made,
    columns: columnsOf(table),
    watermark: last?.watermark ?? null,
    shards: all({ since, pass: null }),
    // Of what was changed lately, too, there may be rows that lack a column; in a new table there are none.
    fill: { until: last?.made === made ? now : since, shards: all(UNREAD) },
  }
}

/** What is left to read of one table in one run. */
export interface Backlog {
  readonly feed: Feed
  cursor: TableCursor
  /** Shards with changes that this run has not read to their end. */
  readonly changed: Unread
  /** Shards that are still to be filled. */
  readonly unfilled: Unread
}

export const backlogOf = (feed: Feed, cursor: TableCursor): Backlog => ({
  feed,
  cursor,
  changed: new Set(feed.shards),
  unfilled: new Set(feed.shards.filter((shard) => cursor.fill !== null && shardName(shard) in cursor.fill.shards)),
})

const filling = (feed: Feed, until: Instant): Changes => ({ ...feed, where: [['updatedAt', '<', until]] })

/** Reads the next page of changes, or of what is to be filled, and moves the backlog's cursor behind it. */
export async function readNext(
  store: DocumentStore,
  backlog: Backlog,
  what: 'changed' | 'unfilled',
  page: { add(document: Document): void; isFull(): boolean },
  pageRows: number,
): Promise<void> {
  const { feed, cursor, changed, unfilled } = backlog
  if (what === 'changed') {
    backlog.cursor = { ...cursor, ...(await readPage(store, feed, cursor, changed, page, pageRows)) }
    return
  }
  if (cursor.fill === null) return
  const { until, shards: from } = cursor.fill
  const start = { shards: from, watermark: null }
  const { shards } = await readPage(store, filling(feed, until), start, unfilled, page, pageRows)
  const left = [...unfilled].map((shard) => [shardName(shard), shards[shardName(shard)] ?? UNREAD] as const)
  backlog.cursor = { ...cursor, fill: left.length === 0 ? null : { until, shards: Object.fromEntries(left) } }
}

/**
 * How far BigQuery may be behind at `now`, in seconds: everything that was changed longer ago is there. Where all was read, it is the
 * time since the reading began; else it counts from the oldest change that is still to be moved.
 */
export async function lagSeconds(store: DocumentStore, backlogs: readonly Backlog[], now: Instant): Promise<number> {
  let behind = 0
  const since = (time: Instant | null) => {
    if (time !== null) behind = Math.max(behind, (now.micros - time.micros) / 1e6)
  }
  for (const { feed, cursor, changed, unfilled } of backlogs) {
    for (const shard of feed.shards) {
      if (!changed.has(shard)) since(cursor.shards[shardName(shard)]?.since?.plusSeconds(OVERLAP_SECONDS) ?? null)
    }
    since(await oldestUnread(store, feed, cursor.shards, changed))
    if (cursor.fill !== null) {
      since(await oldestUnread(store, filling(feed, cursor.fill.until), cursor.fill.shards, unfilled))
    }
  }
  return Math.round(behind)
}
