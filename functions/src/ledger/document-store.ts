import type { Instant } from './instant.ts'

/**
 * The port to the database of records. `platform/firestore-store.ts` is Firestore; `ledger/testing/memory-store.ts` is its
 * twin in memory, which can abort, delay and crash. Both pass `ledger/testing/document-store-conformance.ts`.
 *
 * Values are JSON values and {@link Instant}s. A write may also hold {@link SERVER_TIME} and {@link increment}.
 */
export type Value = null | boolean | number | string | Instant | readonly Value[] | { readonly [field: string]: Value }
export type Data = { readonly [field: string]: Value }

/** In a write: the time at which the store handles the request. */
export const SERVER_TIME = Symbol('server time')

/** In a merge: adds to the number that is there (an absent one is 0). */
export class Increment {
  readonly by: number
  constructor(by: number) {
    this.by = by
  }
}
export const increment = (by: number) => new Increment(by)

export type WriteValue =
  | Value
  | typeof SERVER_TIME
  | Increment
  | readonly WriteValue[]
  | { readonly [field: string]: WriteValue }
export type WriteData = { readonly [field: string]: WriteValue }

export interface Document {
  readonly path: string
  readonly data: Data
}

/** A query over one collection, or over all collections of one name (`group`). Ordered ascending by `orderBy`, then by path. */
export interface Query {
  /** A collection's path such as `customers/c1/stats`, or with `group` its bare name such as `images`. */
  readonly collection: string
  readonly group?: boolean
  readonly where?: readonly (readonly [field: string, op: '==' | '<=' | '>=' | '<' | '>', value: Value])[]
  readonly orderBy?: string
  /** Starts after the document of this value and path; needs `orderBy`. */
  readonly startAfter?: { readonly value: Value; readonly path: string }
  /** Ends before the document of this value and path; needs `orderBy`. */
  readonly endBefore?: { readonly value: Value; readonly path: string }
  readonly limit?: number
  /** Fields, those of nested maps with dots, that documents are given with; the others are not even sent. */
  readonly fields?: readonly string[]
}

export interface Reader {
  /** Null where there is no such document. */
  get(path: string): Promise<Data | null>
  query(query: Query): Promise<readonly Document[]>
  /** The time at which the latest of this reader's reads was served. Throws an Error before the first read. */
  readTime(): Instant
}

/** Reads come before writes. Writes take effect together when the body returns, or not at all. */
export interface Transaction extends Reader {
  /** Fails the transaction with {@link AlreadyExists} where the document is there. */
  create(path: string, data: WriteData): void
  /** Replaces the whole document, or makes it. */
  set(path: string, data: WriteData): void
  /** Sets the named fields and leaves the rest; nested maps are merged likewise. Makes the document where it is not there. */
  merge(path: string, data: WriteData): void
  delete(path: string): void
}

export interface DocumentStore extends Omit<Reader, 'readTime'> {
  /** Runs `body` again when another writer was faster, so it must have no effects but through the transaction. */
  transact<T>(body: (transaction: Transaction) => Promise<T>): Promise<T>
  /**
   * All reads of `body` see one moment, `readTime()`, which is the same after each. Takes no locks. Firestore gives up after 270 seconds, or
   * 60 without a read; with `at` it does not. https://firebase.google.com/docs/firestore/quotas#writes_and_transactions
   *
   * `at`: that moment, which must have passed: within the last hour, or, where point-in-time recovery is on, a whole minute of the last seven
   * days. Rejects with an Error where it is too old.
   * https://docs.cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#google.firestore.v1.TransactionOptions.ReadOnly
   */
  snapshot<T>(body: (reader: Reader) => Promise<T>, options?: { readonly at?: Instant }): Promise<T>
}

export interface CountingStore extends DocumentStore {
  /**
   * How many documents a query finds, without reading them: up to a thousand cost as much as one read. `at`: as for {@link DocumentStore.snapshot}.
   * https://firebase.google.com/docs/firestore/query-data/aggregation-queries
   */
  count(query: Pick<Query, 'collection' | 'group' | 'where'>, options?: { readonly at?: Instant }): Promise<number>
}

export class AlreadyExists extends Error {
  override readonly name = 'AlreadyExists'
}

/** The store will never take this write, however often it is tried: too large, invalid UTF-8, too deep. */
export class WriteRejected extends Error {
  override readonly name = 'WriteRejected'
}

/** All that a query finds, `limit` documents at a time, in the order of its `orderBy`, which must be among its `fields` where it has some. */
export async function* pages(
  store: Pick<DocumentStore, 'query'>,
  query: Query & { readonly orderBy: string; readonly limit: number },
): AsyncGenerator<readonly Document[]> {
  for (let after: Query['startAfter']; ;) {
    const page = await store.query({ ...query, ...(after && { startAfter: after }) })
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < query.limit) return
    after = { value: last.data[query.orderBy] ?? null, path: last.path }
  }
}
