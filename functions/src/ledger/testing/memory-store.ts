import {
  AlreadyExists,
  Increment,
  SERVER_TIME,
  WriteRejected,
  type CountingStore,
  type Data,
  type Document,
  type Query,
  type Reader,
  type Transaction,
  type Value,
  type WriteData,
} from '../document-store.ts'
import { Instant } from '../instant.ts'

export interface Operation {
  readonly kind: 'get' | 'query' | 'commit'
  readonly path: string
}

/** Awaited before and after each operation: may delay it, throw (before: it does not happen; after: its answer is lost) or never return. */
export type Gate = (operation: Operation, phase: 'before' | 'after') => Promise<void> | void

export interface MemoryStoreOptions {
  /** The store's clock; each call must give a later moment than the one before. */
  readonly now: () => Instant
  readonly gate?: Gate
}

interface Stored {
  readonly data: Data
  readonly version: number
}

/** What a document was until it was overwritten or deleted; null: it was not there. */
interface Past {
  readonly path: string
  readonly was: Stored | null
  readonly until: number
}

/** Firestore's own: https://firebase.google.com/docs/firestore/quotas */
const MAX_DOCUMENT_BYTES = 1_048_576
const MAX_DEPTH = 20
const MAX_FIELD_NAME_BYTES = 1500
const MAX_TRIES = 50
/** For how long the past can be read: Firestore's without point-in-time recovery. */
const PAST_SECONDS = 3600

/**
 * Firestore in memory. Concurrency is optimistic: a transaction whose reads have changed by its commit is run again, which gives
 * the same outcomes as Firestore's locks. Nothing happens between two operations but what the gate lets happen.
 */
export class MemoryStore implements CountingStore {
  readonly #documents = new Map<string, Stored>()
  readonly #options: MemoryStoreOptions
  #version = 0
  /** In the order of their time. */
  #past: Past[] = []
  /** The shape of every query that was issued: values left out. */
  readonly recordedQueries: Query[] = []

  constructor(options: MemoryStoreOptions) {
    this.#options = options
  }

  get(path: string): Promise<Data | null> {
    return this.#operate('get', path, () => this.#documents.get(path)?.data ?? null)
  }

  query(query: Query): Promise<readonly Document[]> {
    this.recordedQueries.push(query)
    return this.#operate('query', query.collection, () => this.#select(this.#documents, query))
  }

  count(query: Query, options?: { readonly at?: Instant }): Promise<number> {
    return this.snapshot(async (reader) => (await reader.query(query)).length, options)
  }

  async transact<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const attempt = new MemoryTransaction(this)
      const result = await body(attempt)
      const committed = await this.#operate('commit', attempt.firstPath, () => {
        if (
          !attempt.stillTrue(
            (path) => this.#version_(path),
            (query) => this.#signature(query),
          )
        )
          return false
        this.#apply(attempt.writes)
        return true
      })
      if (committed) return result
    }
    throw new Error(`too much contention: a transaction was run ${MAX_TRIES} times`)
  }

  async snapshot<T>(body: (reader: Reader) => Promise<T>, { at }: { readonly at?: Instant } = {}): Promise<T> {
    const now = this.#options.now()
    const readTime = at ?? now
    if (readTime.isAfter(now)) throw new Error(`the read time ${readTime.toString()} has not come yet`)
    if (now.isAfter(readTime.plusSeconds(PAST_SECONDS))) {
      throw new Error(`the read time ${readTime.toString()} is too old`)
    }
    const documents = this.#documentsAt(readTime)
    let read = false
    const operate = <R>(kind: Operation['kind'], path: string, result: () => R) => {
      read = true
      return this.#operate(kind, path, result)
    }
    return body({
      get: (path) => operate('get', path, () => documents.get(path)?.data ?? null),
      query: (query) => {
        this.recordedQueries.push(query)
        return operate('query', query.collection, () => this.#select(documents, query))
      },
      readTime: () => {
        if (!read) throw new Error('nothing has been read yet')
        return readTime
      },
    })
  }

  /** Every document by its path, in the order of paths. */
  dump(): Map<string, Data> {
    return new Map([...this.#documents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, { data }]) => [path, data]))
  }

  now(): Instant {
    return this.#options.now()
  }

  async #operate<R>(kind: Operation['kind'], path: string, result: () => R): Promise<R> {
    await this.#options.gate?.({ kind, path }, 'before')
    const value = result()
    await this.#options.gate?.({ kind, path }, 'after')
    return value
  }

  #version_(path: string): number {
    return this.#documents.get(path)?.version ?? 0
  }

  #signature(query: Query): string {
    return this.#select(this.#documents, query)
      .map(({ path }) => `${path}@${this.#version_(path)}`)
      .join()
  }

  #select(documents: ReadonlyMap<string, Stored>, query: Query): readonly Document[] {
    const { orderBy, startAfter, endBefore, fields } = query
    const found: { readonly path: string; readonly data: Data; readonly key: Value | undefined }[] = []
    for (const [path, { data }] of documents) {
      const parent = path.slice(0, path.lastIndexOf('/'))
      if (query.group ? parent.split('/').at(-1) !== query.collection : parent !== query.collection) continue
      const key = orderBy === undefined ? undefined : fieldOf(data, orderBy)
      if (orderBy !== undefined && key === undefined) continue
      if (query.where?.every(([field, op, value]) => matches(fieldOf(data, field), op, value)) ?? true) {
        found.push({ path, data, key })
      }
    }
    const order = (a: { key: Value | undefined; path: string }, b: { key: Value | undefined; path: string }) =>
      compare(a.key ?? null, b.key ?? null) || comparePaths(a.path, b.path)
    const sorted = found.sort(order)
    const after = sorted.filter(
      (document) =>
        (startAfter === undefined || order(document, { key: startAfter.value, path: startAfter.path }) > 0) &&
        (endBefore === undefined || order(document, { key: endBefore.value, path: endBefore.path }) < 0),
    )
    return after
      .slice(0, query.limit)
      .map(({ path, data }) => ({ path, data: fields === undefined ? data : projected(data, fields) }))
  }

  #documentsAt(time: Instant): ReadonlyMap<string, Stored> {
    const documents = new Map(this.#documents)
    for (let i = this.#past.length - 1; i >= 0; i--) {
      const past = this.#past[i]
      if (past === undefined || past.until <= time.micros) break
      if (past.was === null) documents.delete(past.path)
      else documents.set(past.path, past.was)
    }
    return documents
  }

  #apply(writes: readonly Write[]): void {
    const time = this.#options.now()
    const next = new Map<string, Data | null>()
    for (const write of writes) {
      const before = next.has(write.path) ? next.get(write.path) : (this.#documents.get(write.path)?.data ?? null)
      if (write.kind === 'create' && before !== null) throw new AlreadyExists(`${write.path} exists already`)
      next.set(write.path, resultOf(write, before ?? null, time))
    }
    for (const [path, data] of next) {
      if (data !== null) checkDocument(path, data)
    }
    this.#version++
    const kept = this.#past.findIndex(({ until }) => until > time.micros - PAST_SECONDS * 1e6)
    if (kept !== 0) this.#past = kept < 0 ? [] : this.#past.slice(kept)
    for (const [path, data] of next) {
      this.#past.push({ path, was: this.#documents.get(path) ?? null, until: time.micros })
      if (data === null) this.#documents.delete(path)
      else this.#documents.set(path, { data, version: this.#version })
    }
  }

  /** For transactions: a read and the version it saw, together. */
  read(path: string): Promise<{ readonly data: Data | null; readonly version: number; readonly time: Instant }> {
    return this.#operate('get', path, () => ({
      data: this.#documents.get(path)?.data ?? null,
      version: this.#version_(path),
      time: this.#options.now(),
    }))
  }

  select(
    query: Query,
  ): Promise<{ readonly documents: readonly Document[]; readonly signature: string; readonly time: Instant }> {
    this.recordedQueries.push(query)
    return this.#operate('query', query.collection, () => ({
      documents: this.#select(this.#documents, query),
      signature: this.#signature(query),
      time: this.#options.now(),
    }))
  }
}

interface Write {
  readonly kind: 'create' | 'set' | 'merge' | 'delete'
  readonly path: string
  readonly data: WriteData
}

class MemoryTransaction implements Transaction {
  readonly #store: MemoryStore
  readonly #reads = new Map<string, number>()
  readonly #queries: { readonly query: Query; readonly signature: string }[] = []
  #time: Instant | null = null
  readonly writes: Write[] = []

  constructor(store: MemoryStore) {
    this.#store = store
  }

  get firstPath(): string {
    return this.writes[0]?.path ?? ''
  }

  async get(path: string): Promise<Data | null> {
    this.#mayRead()
    const { data, version, time } = await this.#store.read(path)
    if (!this.#reads.has(path)) this.#reads.set(path, version)
    this.#time = time
    return data
  }

  async query(query: Query): Promise<readonly Document[]> {
    this.#mayRead()
    const { documents, signature, time } = await this.#store.select(query)
    this.#queries.push({ query, signature })
    this.#time = time
    return documents
  }

  readTime(): Instant {
    if (this.#time === null) throw new Error('nothing has been read yet')
    return this.#time
  }

  create(path: string, data: WriteData): void {
    this.writes.push({ kind: 'create', path, data })
  }

  set(path: string, data: WriteData): void {
    this.writes.push({ kind: 'set', path, data })
  }

  merge(path: string, data: WriteData): void {
    this.writes.push({ kind: 'merge', path, data })
  }

  delete(path: string): void {
    this.writes.push({ kind: 'delete', path, data: {} })
  }

  stillTrue(versionOf: (path: string) => number, signatureOf: (query: Query) => string): boolean {
    return (
      [...this.#reads].every(([path, version]) => versionOf(path) === version) &&
      this.#queries.every(({ query, signature }) => signatureOf(query) === signature)
    )
  }

  #mayRead(): void {
    if (this.writes.length > 0) throw new Error('in a transaction all reads come before all writes')
  }
}

function fieldOf(data: Data, field: string): Value | undefined {
  let value: Value | undefined = data
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null || value instanceof Instant || Array.isArray(value))
      return undefined
    value = Object.hasOwn(value, name) ? (value as Data)[name] : undefined
  }
  return value
}

function projected(data: Data, fields: readonly string[]): Data {
  const result: Record<string, Value> = {}
  for (const field of fields) {
    const value = fieldOf(data, field)
    if (value === undefined) continue
    const names = field.split('.')
    let map = result
    for (const name of names.slice(0, -1)) map = (map[name] ??= {}) as Record<string, Value>
    map[names.at(-1) ?? ''] = value
  }
  return result
}

function typeOrder(value: Value): number {
  if (value === null) return 0
  if (value instanceof Instant) return 3
  if (Array.isArray(value)) return 5
  return { boolean: 1, number: 2, string: 4, object: 6 }[typeof value as 'boolean' | 'number' | 'string' | 'object']
}

/** By Unicode code points, as Firestore orders text: `<` would put what UTF-16 writes as a pair before U+E000. */
const compareText = (a: string, b: string) => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)))

function compare(a: Value, b: Value): number {
  if (typeOrder(a) !== typeOrder(b)) return typeOrder(a) - typeOrder(b)
  if (a instanceof Instant && b instanceof Instant) return a.micros - b.micros
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'object' && a !== null) throw new Error('this twin does not compare maps and arrays')
  return Number(a) - Number(b)
}

/** Firestore orders by the segments of a path, not by its characters. */
function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareText(left[i] ?? '', right[i] ?? '')
    if (order !== 0) return order
  }
  return left.length - right.length
}

function matches(actual: Value | undefined, op: '==' | '<=' | '>=' | '<' | '>', value: Value): boolean {
  if (actual === undefined || typeOrder(actual) !== typeOrder(value)) return false
  const order = compare(actual, value)
  switch (op) {
    case '==':
      return order === 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function resultOf(write: Write, before: Data | null, time: Instant): Data | null {
  switch (write.kind) {
    case 'delete':
      return null
    case 'create':
    case 'set':
      return resolvedMap(write.data, {}, time, false, 0)
    case 'merge':
      return resolvedMap(write.data, before ?? {}, time, true, 0)
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Instant)

/** A written value as it is stored: server time and increments worked out, maps merged where the write merges. */
function resolved(written: unknown, before: unknown, time: Instant, merge: boolean, depth: number): Value {
  if (written === SERVER_TIME) return time
  if (written instanceof Increment) return (typeof before === 'number' ? before : 0) + written.by
  if (Array.isArray(written)) {
    if (written.some(Array.isArray)) throw new WriteRejected('an array holds an array')
    if (depth > MAX_DEPTH) throw new WriteRejected('nested too deep')
    return written.map((item) => {
      if (holdsTransform(item)) throw new WriteRejected('an array holds a server time or an increment')
      return resolved(item, undefined, time, false, depth + 1)
    })
  }
  if (isMap(written)) {
    // Firestore's merge takes an empty map as a value of its own.
    const kept = merge && isMap(before) && Object.keys(written).length > 0 ? before : {}
    return resolvedMap(written, kept, time, merge, depth)
  }
  if (written === undefined) throw new WriteRejected('a value is undefined')
  if (typeof written === 'string' && !written.isWellFormed()) throw new WriteRejected('a string is not valid Unicode')
  return written as Value
}

function resolvedMap(written: object, kept: object, time: Instant, merge: boolean, depth: number): Data {
  if (depth > MAX_DEPTH) throw new WriteRejected('nested too deep')
  const result = { ...kept } as Record<string, Value>
  for (const [key, value] of Object.entries(written)) {
    const reserved = key === '' || /^__.*__$/s.test(key)
    if (reserved || !key.isWellFormed() || Buffer.byteLength(key) > MAX_FIELD_NAME_BYTES) {
      throw new WriteRejected(`Firestore takes no field of the name ${JSON.stringify(key.slice(0, 100))}`)
    }
    result[key] = resolved(value, Object.hasOwn(result, key) ? result[key] : undefined, time, merge, depth + 1)
  }
  return result
}

function holdsTransform(value: unknown): boolean {
  if (value === SERVER_TIME || value instanceof Increment) return true
  return isMap(value) && Object.values(value).some(holdsTransform)
}

function checkDocument(path: string, data: Data): void {
  const bytes = new TextEncoder().encode(JSON.stringify(data)).length
  if (bytes > MAX_DOCUMENT_BYTES)
    throw new WriteRejected(`${path} would have ${bytes} bytes; at most ${MAX_DOCUMENT_BYTES}`)
}
