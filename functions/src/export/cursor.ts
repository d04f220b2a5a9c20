import type { Data, Document, DocumentStore, Query } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'

/** Documents whose changes are followed. */
export interface Changes {
  readonly collection: string
  readonly group: boolean
  /** Values of `exportShard`; null where the documents have none. */
  readonly shards: readonly (number | null)[]
  readonly where?: Query['where']
  /** {@link OVERLAP_SECONDS} where it is not said: with less, some can be missed. */
  readonly overlapSeconds?: number
  /** Fields that documents are read with, `updatedAt` among them; all where it is not said. */
  readonly fields?: readonly string[]
  /** Documents read at a time of one shard; {@link READ_ROWS} where it is not said. */
  readonly readRows?: number
}

/**
 * How far a pass goes back behind the start of the one before, in seconds. `updatedAt` is the time at which Firestore took a
 * request in, and the document can be seen only once it is committed: so it may appear behind a cursor that has gone by.
 */
export const OVERLAP_SECONDS = 600

/** A whole record can have 64 KiB of findings. */
const READ_ROWS = 500

/** So many shards are read side by side: while one answer is on its way, another is taken in. */
export const SHARDS_AT_ONCE = 2

/** How far one shard has got. */
export interface Position {
  /** Everything with an earlier `updatedAt` has been read; null where nothing is known. */
  readonly since: Instant | null
  /** A pass over all that is later: when it began, and the last document that it has read. Null between passes. */
  readonly pass: { readonly startedAt: Instant; readonly updatedAt: Instant; readonly path: string } | null
}

/** By the shard's name. */
export type Positions = Readonly<Record<string, Position>>

export interface Cursor {
  readonly shards: Positions
  /** The latest `updatedAt` that was read. */
  readonly watermark: Instant | null
}

export const UNREAD: Position = { since: null, pass: null }

export const shardName = (shard: number | null) => String(shard ?? 'all')

/** The shards that a run has not yet read to their end. */
export type Unread = Set<number | null>

/**
 * Reads up to `pageRows` changed documents into the page, from as many shards as that takes, and returns the cursor behind them.
 * Removes from `unread` the shards that it has read to their end. Reads no more once the page is full.
 */
export async function readPage(
  store: DocumentStore,
  changes: Changes,
  cursor: Cursor,
  unread: Unread,
  page: { add(document: Document): void; isFull?(): boolean },
  pageRows: number,
): Promise<Cursor> {
  const shards = { ...cursor.shards }
  let { watermark } = cursor
  let room = pageRows
  while (unread.size > 0 && room > 0 && !page.isFull?.()) {
    const together = [...unread].slice(0, Math.min(room, SHARDS_AT_ONCE))
    const limit = Math.min(changes.readRows ?? READ_ROWS, Math.floor(room / together.length))
    const reads = await Promise.all(
      together.map(async (shard) => {
        const position = shards[shardName(shard)] ?? UNREAD
        return { shard, position, ...(await readOn(store, changes, shard, position, limit)) }
      }),
    )
    for (const { shard, position, documents, readAt } of reads) {
      for (const document of documents) page.add(document)
      room -= documents.length
      const last = documents.at(-1)
      const complete = documents.length < limit
      const reached = last && { path: last.path, updatedAt: updatedAt(last.data) }
      shards[shardName(shard)] = advanced(position, reached, readAt, complete, changes.overlapSeconds)
      if (last && (watermark === null || updatedAt(last.data).isAfter(watermark))) watermark = updatedAt(last.data)
      if (complete) unread.delete(shard)
    }
  }
  return { shards, watermark }
}

const readOn = (store: DocumentStore, changes: Changes, shard: number | null, position: Position, limit: number) =>
  store.snapshot(async (reader) => ({
    documents: await reader.query(changedSince(changes, shard, position, limit)),
    readAt: reader.readTime(),
  }))

/** The earliest change that has not been read, of these shards; null where there is none. */
export async function oldestUnread(
  store: DocumentStore,
  changes: Changes,
  positions: Positions,
  unread: Iterable<number | null>,
): Promise<Instant | null> {
  const firsts = await Promise.all(
    [...unread].map(async (shard) => {
      const position = positions[shardName(shard)] ?? UNREAD
      const [first] = await store.query(changedSince(changes, shard, position, 1))
      return first === undefined ? null : updatedAt(first.data)
    }),
  )
  return firsts.reduce((a, b) => (a === null || (b !== null && a.isAfter(b)) ? b : a), null)
}

const updatedAt = (data: Data) => data['updatedAt'] as Instant

function changedSince(changes: Changes, shard: number | null, { since, pass }: Position, limit: number): Query {
  const where: NonNullable<Query['where']>[number][] = [...(changes.where ?? [])]
  if (shard !== null) where.push(['exportShard', '==', shard])
  if (since !== null) where.push(['updatedAt', '>=', since])
  return {
    collection: changes.collection,
    group: changes.group,
    where,
    orderBy: 'updatedAt',
    ...(pass && { startAfter: { value: pass.updatedAt, path: pass.path } }),
    limit,
    ...(changes.fields && { fields: changes.fields }),
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
