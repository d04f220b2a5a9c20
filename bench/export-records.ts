/** Records as the ledger leaves them, any number of them, the same each time: for bench/export.ts. */
import { EXPORT_SHARDS } from '../functions/src/contract/limits.ts'
import { imagePath } from '../functions/src/contract/names.ts'
import type { Data, Document, DocumentStore, Query, Reader } from '../functions/src/ledger/document-store.ts'
import { Instant } from '../functions/src/ledger/instant.ts'

/** Long before every run. */
export const FIRST = Instant.parse('2026-01-01T00:00:00Z')
const CUSTOMERS = 200
/** So many records arrive a day. */
const PER_DAY = 50_000

const FORMATS = ['jpeg', 'jpeg', 'jpeg', 'png', 'webp', 'heic'] as const
/** As long as a hash, and as different, without what one costs. */
const hex = (n: number, digits: number) =>
  (BigInt(n + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834n).toString(16).padStart(digits, '0').slice(-digits)

/** Of the record's number in its shard. */
const updatedAtOf = (nth: number) => Instant.ofMicros(FIRST.micros + nth * 1_728_000)

/** `nth`: from 0 on, within its shard. */
export function benchRecordOf(shard: number, nth: number): Document {
  const n = nth * EXPORT_SHARDS + shard
  const customerId = `customer-${n % CUSTOMERS}`
  const imageId = hex(n, 40)
  const arrived = FIRST.plusDays(Math.floor(n / PER_DAY))
  const date = arrived.toString().slice(0, 10)
  const format = FORMATS[n % FORMATS.length] ?? 'jpeg'
  const fileName = `IMG_${n}.${format}`
  const name = `web/${customerId}/${hex(n, 32)}/${fileName}`
  const outputs = [1600, 800, 200].map((size) => ({
    name: `fit-${size}`,
    object: `${customerId}/${imageId}/1/fit-${size}.webp`,
    contentType: 'image/webp',
    bytes: size * 100 + (n % 1000),
    width: size,
    height: Math.round(size * 0.75),
  }))
  const data: Data = {
    imageId,
    customerId,
    source: 'web',
    fileName,
    event: null,
    date,
    state: 'processed',
    job: null,
    attempt: 1,
    lost: 0,
    dueAt: null,
    raw: {
      name,
      generation: String(1_790_000_000_000_000 + n),
      bytes: 2_000_000 + n,
      contentType: `image/${format}`,
      crc32c: 'AAAAAA==',
      createdAt: arrived,
    },
    input: {
      format,
      width: 4000,
      height: 3000,
      pages: 1,
      alpha: false,
      bytes: 2_000_000 + n,
      sha256: hex(n, 64),
    },
    outputs,
    findings: {
      'read-metadata': {
        camera: 'Bench One',
        lens: '24-70 mm',
        iso: 100 + (n % 3200),
        exposure: '1/250',
        taken: date,
        note: 'x'.repeat(300),
      },
    },
    durations: { read: 12, decode: 40, renditions: 230, write: 90 },
    profileVersion: hex(0, 12),
    error: null,
    reprocess: null,
    earlier: [],
    sameAs: null,
    receivedAt: arrived,
    processedAt: arrived.plusSeconds(3),
    availableUntil: arrived.plusDays(7),
    counted: {
      source: 'web',
      format,
      outcome: 'processed',
      reprocessed: 0,
      bytesIn: 2_000_000 + n,
      bytesOut: 260_000,
      pixels: 12_000_000,
      milliseconds: 372,
    },
    revision: 2,
    updatedAt: updatedAtOf(nth),
    exportShard: shard,
    expireAt: arrived.plusDays(400),
  }
  return { path: imagePath(customerId, imageId), data }
}

/** How many of `records` records are in a shard. */
export const inShard = (records: number, shard: number) =>
  Math.floor((records + EXPORT_SHARDS - 1 - shard) / EXPORT_SHARDS)

/**
 * A store that has so many records and makes each when it is read, for more than an emulator holds. What the export itself writes is kept.
 * Answers the export's own queries and no others.
 */
export class GeneratedStore implements DocumentStore {
  readonly #records: number
  readonly #written = new Map<string, Data>()

  constructor(records: number) {
    this.#records = records
  }

  async get(path: string): Promise<Data | null> {
    return this.#written.get(path) ?? null
  }

  async query({ collection, where = [], startAfter, limit = Infinity, fields }: Query): Promise<readonly Document[]> {
    if (collection !== 'images') return []
    const shard = Number(where.find(([field]) => field === 'exportShard')?.[2])
    const [since] = where.flatMap(([field, op, value]) =>
      field === 'updatedAt' && op === '>=' ? [value as Instant] : [],
    )
    if (since !== undefined && startAfter === undefined && since.isAfter(updatedAtOf(this.#records))) return []
    const from = startAfter === undefined ? 0 : ((startAfter.value as Instant).micros - FIRST.micros) / 1_728_000 + 1
    const to = Math.min(inShard(this.#records, shard), from + limit)
    const found: Document[] = []
    for (let nth = from; nth < to; nth++) {
      const { path, data } = benchRecordOf(shard, nth)
      found.push({ path, data: fields === undefined ? data : chosen(data, fields) })
    }
    return found
  }

  snapshot<T>(body: (reader: Reader) => Promise<T>): Promise<T> {
    return body({ get: (path) => this.get(path), query: (query) => this.query(query), readTime: now })
  }

  transact: DocumentStore['transact'] = (body) =>
    body({
      get: (path) => this.get(path),
      query: (query) => this.query(query),
      readTime: now,
      create: (path, data) => void this.#written.set(path, data as Data),
      set: (path, data) => void this.#written.set(path, data as Data),
      merge: (path, data) => void this.#written.set(path, { ...this.#written.get(path), ...(data as Data) }),
      delete: (path) => void this.#written.delete(path),
    })
}

/** Top fields are enough: what else of a map is there costs little. */
const chosen = (data: Data, fields: readonly string[]): Data =>
  Object.fromEntries(
    [...new Set(fields.map((field) => field.split('.')[0] ?? ''))].map((name) => [name, data[name] ?? null]),
  )

const now = () => Instant.ofMillis(Date.now())
