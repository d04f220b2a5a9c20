import {
  FieldPath,
  FieldValue,
  Firestore,
  Timestamp,
  type DocumentData,
  type DocumentSnapshot,
  type Query as FirestoreQuery,
  type ReadOnlyTransactionOptions,
  type Settings,
  type Transaction as FirestoreTransaction,
} from '@google-cloud/firestore'
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
} from '../ledger/document-store.ts'
import { Instant } from '../ledger/instant.ts'

/** gRPC's status codes. https://grpc.io/docs/guides/status-codes/ */
const INVALID_ARGUMENT = 3
const ALREADY_EXISTS = 6

/** Cloud Firestore; its emulator where FIRESTORE_EMULATOR_HOST says so. */
export class FirestoreStore implements CountingStore, AsyncDisposable {
  readonly #firestore: Firestore

  constructor(settings: Settings = {}) {
    this.#firestore = new Firestore(settings)
  }

  async get(path: string): Promise<Data | null> {
    return dataOf(await this.#firestore.doc(path).get())
  }

  async query(query: Query): Promise<readonly Document[]> {
    return documentsOf(await toFirestore(this.#firestore, query).get())
  }

  transact<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#run((transaction) => body(new FirestoreTransactionPort(this.#firestore, transaction)))
  }

  snapshot<T>(body: (reader: Reader) => Promise<T>, { at }: { readonly at?: Instant } = {}): Promise<T> {
    return this.#run((transaction) => body(new FirestoreReader(this.#firestore, transaction, 'first')), asOf(at))
  }

  count(query: Query, { at }: { readonly at?: Instant } = {}): Promise<number> {
    const counted = async (transaction: FirestoreTransaction) =>
      (await transaction.get(toFirestore(this.#firestore, query).count())).data().count
    return this.#run(counted, asOf(at))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#firestore.terminate()
  }

  async #run<T>(
    body: (transaction: FirestoreTransaction) => Promise<T>,
    options?: ReadOnlyTransactionOptions,
  ): Promise<T> {
    try {
      return await this.#firestore.runTransaction(body, options)
    } catch (error) {
      const { code, message } = error as { readonly code?: unknown; readonly message?: string }
      if (code === ALREADY_EXISTS) throw new AlreadyExists('the document exists already', { cause: error })
      // An expired transaction has the same code, but says nothing about what was written; fields may be called transaction.
      if (
        code === INVALID_ARGUMENT &&
        !/transaction (?:has expired|is (?:invalid|closed|no longer))/i.test(message ?? '')
      ) {
        throw new WriteRejected(message ?? 'Firestore refused the write', { cause: error })
      }
      throw error
    }
  }
}

class FirestoreReader implements Reader {
  protected readonly firestore: Firestore
  protected readonly transaction: FirestoreTransaction
  readonly #report: 'first' | 'latest'
  #time: Timestamp | null = null

  /** Reads of a read-only transaction see one moment: that of the `first`. */
  constructor(firestore: Firestore, transaction: FirestoreTransaction, report: 'first' | 'latest') {
    this.firestore = firestore
    this.transaction = transaction
    this.#report = report
  }

  async get(path: string): Promise<Data | null> {
    const snapshot = await this.transaction.get(this.firestore.doc(path))
    this.#saw(snapshot.readTime)
    return dataOf(snapshot)
  }

  async query(query: Query): Promise<readonly Document[]> {
    const snapshot = await this.transaction.get(toFirestore(this.firestore, query))
    this.#saw(snapshot.readTime)
    return documentsOf(snapshot)
  }

  readTime(): Instant {
    if (this.#time === null) throw new Error('nothing has been read yet')
    return asInstant(this.#time)
  }

  #saw(time: Timestamp): void {
    if (this.#time === null || this.#report === 'latest') this.#time = time
  }
}

class FirestoreTransactionPort extends FirestoreReader implements Transaction {
  constructor(firestore: Firestore, transaction: FirestoreTransaction) {
    super(firestore, transaction, 'latest')
  }

  create(path: string, data: WriteData): void {
    this.transaction.create(this.firestore.doc(path), written(data))
  }

  set(path: string, data: WriteData): void {
    this.transaction.set(this.firestore.doc(path), written(data))
  }

  merge(path: string, data: WriteData): void {
    this.transaction.set(this.firestore.doc(path), written(data), { merge: true })
  }

  delete(path: string): void {
    this.transaction.delete(this.firestore.doc(path))
  }
}

function toFirestore(firestore: Firestore, query: Query): FirestoreQuery {
  let result: FirestoreQuery = query.group
    ? firestore.collectionGroup(query.collection)
    : firestore.collection(query.collection)
  for (const [field, op, value] of query.where ?? []) result = result.where(field, op, writtenValue(value))
  if (query.orderBy !== undefined) result = result.orderBy(query.orderBy).orderBy(FieldPath.documentId())
  if (query.startAfter !== undefined) {
    const { value, path } = query.startAfter
    result = result.startAfter(writtenValue(value), query.group ? firestore.doc(path) : path.split('/').at(-1))
  }
  if (query.endBefore !== undefined) {
    const { value, path } = query.endBefore
    result = result.endBefore(writtenValue(value), query.group ? firestore.doc(path) : path.split('/').at(-1))
  }
  if (query.fields !== undefined) result = result.select(...query.fields)
  return query.limit === undefined ? result : result.limit(query.limit)
}

const dataOf = (snapshot: DocumentSnapshot): Data | null => {
  const data = snapshot.data()
  return data === undefined ? null : (read(data) as Data)
}

const documentsOf = (snapshot: {
  readonly docs: readonly { readonly ref: { readonly path: string }; data(): DocumentData }[]
}): readonly Document[] =>
  snapshot.docs.map((document) => ({ path: document.ref.path, data: read(document.data()) as Data }))

const asOf = (at: Instant | undefined): ReadOnlyTransactionOptions => ({
  readOnly: true,
  ...(at !== undefined && { readTime: asTimestamp(at) }),
})

const asInstant = (time: Timestamp) => Instant.ofMicros(time.seconds * 1e6 + Math.floor(time.nanoseconds / 1000))

const asTimestamp = (instant: Instant) => {
  const seconds = Math.floor(instant.micros / 1e6)
  return new Timestamp(seconds, (instant.micros - seconds * 1e6) * 1000)
}

function read(value: unknown): Value {
  if (value instanceof Timestamp) return asInstant(value)
  if (Array.isArray(value)) return value.map((item) => read(item))
  if (typeof value === 'object' && value !== null) return mapped(value, read) as Value
  return value as Value
}

const written = (data: WriteData) => writtenValue(data) as DocumentData

/**
 * Throws {@link WriteRejected} for what the client would refuse with an error of its own, what it would change without asking
 * Firestore, and what the emulator takes but Firestore refuses. `depth`: maps and arrays around this value.
 */
function writtenValue(value: unknown, depth = 0, inArray = false): unknown {
  if (value === SERVER_TIME || value instanceof Increment) {
    if (inArray) throw new WriteRejected('an array holds what only a field can be set to')
    return value === SERVER_TIME ? FieldValue.serverTimestamp() : FieldValue.increment(value.by)
  }
  if (value instanceof Instant) return asTimestamp(value)
  if (value === undefined) throw new WriteRejected('a value is undefined')
  if (typeof value === 'string' && !value.isWellFormed()) throw new WriteRejected('a string is not valid Unicode')
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) throw new WriteRejected(`maps and arrays are nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) {
    if (value.some(Array.isArray)) throw new WriteRejected('an array holds an array')
    return value.map((item) => writtenValue(item, depth + 1, true))
  }
  for (const name of Object.keys(value)) checkFieldName(name)
  return mapped(value, (item) => writtenValue(item, depth + 1, inArray))
}

/** https://firebase.google.com/docs/firestore/quotas#limits */
const MAX_DEPTH = 20
const MAX_FIELD_NAME_BYTES = 1500

function checkFieldName(name: string): void {
  if (name === '') throw new WriteRejected('a field name is empty')
  if (!name.isWellFormed()) throw new WriteRejected('a field name is not valid Unicode')
  if (/^__.*__$/s.test(name)) throw new WriteRejected(`the field name ${name.slice(0, 100)} is reserved`)
  if (Buffer.byteLength(name) > MAX_FIELD_NAME_BYTES) throw new WriteRejected('a field name is too long')
}

const mapped = (map: object, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
