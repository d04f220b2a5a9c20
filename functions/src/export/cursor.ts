import { SERVER_TIME, type Data, type DocumentStore, type Query, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Feed, Page } from './feeds.ts'

/** Documents whose changes are followed. */
export interface Changes extends Pick<Feed, 'collection' | 'group' | 'shards'> {
  readonly where?: Query['where']
  /** {@link OVERLAP_SECONDS} where it is not said: with less, some can be missed. */
  readonly overlapSeconds?: number
}

/**
 * How far a pass goes back behind the start of the one before, in seconds. `updatedAt` is the time at which Firestore took a
 * request in, and the document can be seen only once it is committed: so it may appear behind a cursor that has gone by.
 */
export const OVERLAP_SECONDS = 600

/** Documents held in memory at a time: a record can have 64 KiB of findings. */
const READ_ROWS = 500

/** How far one shard has got. */
export interface Position {
  /** Everything with an earlier `updatedAt` is in BigQuery; null where nothing is known. */
  readonly since: Instant | null
  /** A pass over all that is later: when it began, and the last document that it has moved. Null between passes. */
  readonly pass: { readonly startedAt: Instant; readonly updatedAt: Instant; readonly path: string } | null
}

/** `exports/cursor-{table}`. */
export interface Cursor {
  readonly shards: Readonly<Record<string, Position>>
  /** The latest `updatedAt` that was moved. */
  readonly watermark: Instant | null
}

export const cursorPath = (feed: Feed) => `exports/cursor-${feed.table.name}`

const asCursor = (data: Data | null): Cursor =>
  data === null ? { shards: {}, watermark: null } : (data as unknown as Cursor)

export const readCursor = async (store: DocumentStore, feed: Feed) => asCursor(await store.get(cursorPath(feed)))

export const writtenCursor = (cursor: Cursor): WriteData => ({
  ...(cursor as unknown as WriteData),
  updatedAt: SERVER_TIME,
})

/** The shards of a feed that a run has not yet read to their end. */
export type Unread = Set<number | null>

/**
 * Reads up to `pageRows` changed documents into the page, from as many shards as that takes, and returns the cursor behind them.
 * Removes from `unread` the shards that it has read to their end.
 */
export async function readPage(
  store: DocumentStore,
  feed: Changes,
  cursor: Cursor,
  unread: Unread,
  page: Pick<Page, 'add'>,
  pageRows: number,
): Promise<Cursor> {
  const shards = { ...cursor.shards }
  let { watermark } = cursor
  let room = pageRows
  for (const shard of unread) {
    const name = String(shard ?? 'all')
    while (unread.has(shard)) {
      if (room === 0) return { shards, watermark }
      const limit = Math.min(READ_ROWS, room)
      const position = shards[name] ?? { since: null, pass: null }
      const { documents, readAt } = await store.snapshot(async (reader) => ({
        documents: await reader.query(changedSince(feed, shard, position, limit)),
        readAt: reader.readTime(),
      }))
      for (const document of documents) page.add(document)
      room -= documents.length
      const last = documents.at(-1)
      const complete = documents.length < limit
      const reached = last && { path: last.path, updatedAt: updatedAt(last.data) }
      const next = advanced(position, reached, readAt, complete, feed.overlapSeconds)
      if (last && (watermark === null || updatedAt(last.data).isAfter(watermark))) watermark = updatedAt(last.data)
      if (complete) unread.delete(shard)
      shards[name] = next
    }
  }
  return { shards, watermark }
}

const updatedAt = (data: Data) => data['updatedAt'] as Instant

function changedSince(feed: Changes, shard: number | null, { since, pass }: Position, limit: number): Query {
  const where: NonNullable<Query['where']>[number][] = [...(feed.where ?? [])]
  if (shard !== null) where.push(['exportShard', '==', shard])
  if (since !== null) where.push(['updatedAt', '>=', since])
  return {
    collection: feed.collection,
    group: feed.group,
    where,
    orderBy: 'updatedAt',
    ...(pass && { startAfter: { value: pass.updatedAt, path: pass.path } }),
    limit,
  }
}

/**
 * Where a shard stands after a read. A pass that has come to the end has moved everything that could be seen when it began, so the
 * next one starts {@link OVERLAP_SECONDS} before that: with nothing new, ten quiet minutes later there is nothing left to read.
 */
export function advanced(
  position: Position,
  last: { readonly updatedAt: Instant; readonly path: string } | undefined,
  readAt: Instant,
  complete: boolean,
  overlapSeconds = OVERLAP_SECONDS,
): Position {
  const startedAt = position.pass?.startedAt ?? readAt
  if (!complete && last !== undefined) return { since: position.since, pass: { startedAt, ...last } }
  const since = startedAt.plusSeconds(-overlapSeconds)
  return { since: position.since?.isAfter(since) ? position.since : since, pass: null }
}
