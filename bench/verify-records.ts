/** Customers' days as the ledger and the export leave them, any number of them, the same each time: for bench/verify.ts. */
import { cellKey, durationBucket, type Cell, type Contribution } from '../functions/src/contract/record.ts'
import { customerPath, imagePath } from '../functions/src/contract/names.ts'
import type { CellCount, Days } from '../functions/src/export/warehouse.ts'
import type { Data, Document, DocumentStore, Query, Reader } from '../functions/src/ledger/document-store.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { plusDays } from '../functions/src/ledger/reporting-zone.ts'
import { benchRecordOf, FIRST } from './export-records.ts'

const DATES = 10
const CUSTOMERS = 100
const FIRST_DATE = FIRST.toString().slice(0, 10)
export const BENCH_DAYS: Days = { from: FIRST_DATE, to: plusDays(FIRST_DATE, DATES - 1) }

/** Records of each customer on each day. */
export const perDay = (records: number) => Math.floor(records / DATES / CUSTOMERS)

const customerOf = (n: number) => `customer-${String(n).padStart(3, '0')}`
/** Of a customer; in the order of `n` on each date. */
const imageOf = (date: string, n: number) => `${date.replaceAll('-', '')}${n.toString(16).padStart(32, '0')}`
const numberOf = (imageId: string) => Number.parseInt(imageId.slice(8), 16)
const allDates = Array.from({ length: DATES }, (_, n) => plusDays(FIRST_DATE, n))
export const allDays = allDates.flatMap((date) =>
  Array.from({ length: CUSTOMERS }, (_, n) => ({ date, customerId: customerOf(n) })),
)

const contribution = (n: number): Contribution => ({
  source: 'web',
  format: (['jpeg', 'png', 'webp'] as const)[n % 3] ?? 'jpeg',
  outcome: n % 50 === 0 ? 'corrupt' : 'processed',
  reprocessed: 0,
  bytesIn: 2_000_000 + n,
  bytesOut: 260_000,
  pixels: 12_000_000,
  milliseconds: 100 + (n % 1000),
})

/** The `n`th record of a customer's day, whole. */
export function benchImage(
  { date, customerId }: { readonly date: string; readonly customerId: string },
  n: number,
): Document {
  const data: Data = {
    ...benchRecordOf(0, n).data,
    date,
    customerId,
    imageId: imageOf(date, n),
    counted: { ...contribution(n) },
  }
  return { path: imagePath(customerId, imageOf(date, n)), data }
}

/** What a customer's day of so many records adds up to: the same for each. */
export function benchCells(images: number): Readonly<Record<string, Cell>> {
  const cells: Record<string, Cell> = {}
  for (let n = 0; n < images; n++) {
    const own = contribution(n)
    const key = cellKey(own)
    const sum = cells[key]
    const bucket = String(durationBucket(own.milliseconds))
    cells[key] = {
      images: (sum?.images ?? 0) + 1,
      reprocessed: 0,
      bytesIn: (sum?.bytesIn ?? 0) + own.bytesIn,
      bytesOut: (sum?.bytesOut ?? 0) + own.bytesOut,
      pixels: (sum?.pixels ?? 0) + own.pixels,
      milliseconds: (sum?.milliseconds ?? 0) + own.milliseconds,
      histogram: { ...sum?.histogram, [bucket]: (sum?.histogram[bucket] ?? 0) + 1 },
    }
  }
  return cells
}

export const benchShard = (date: string, customerId: string, cells: Data): Document => ({
  path: `${customerPath(customerId)}/stats/${date}~0`,
  data: { customerId, date, exportShard: 0, cells, updatedAt: FIRST },
})

/** A store that makes each document when it is read, for more than an emulator holds. Answers what verify asks, and no more. */
export class GeneratedDays implements DocumentStore {
  readonly #images: number
  readonly #cells: Data

  constructor(records: number) {
    this.#images = perDay(records)
    this.#cells = benchCells(this.#images) as unknown as Data
  }

  async get(): Promise<Data | null> {
    return null
  }

  async query({ collection, where = [], startAfter, limit = Infinity }: Query): Promise<readonly Document[]> {
    const date = allDates.find((each) => where.some(([field, , value]) => field === 'date' && value === each))
    if (date === undefined) return []
    const [, after = '', , afterId = ''] = startAfter?.path.split('/') ?? []
    const from = after === '' ? 0 : Number(after.slice('customer-'.length))
    const found: Document[] = []
    for (let n = from; n < CUSTOMERS && found.length < limit; n++) {
      const customerId = customerOf(n)
      if (collection === 'stats') {
        if (customerId !== after) found.push(benchShard(date, customerId, this.#cells))
        continue
      }
      const first = customerId === after ? numberOf(afterId) + 1 : 0
      for (let image = first; image < this.#images && found.length < limit; image++) {
        const data = { counted: { ...contribution(image) }, updatedAt: FIRST }
        found.push({ path: imagePath(customerId, imageOf(date, image)), data })
      }
    }
    return found
  }

  snapshot<T>(body: (reader: Reader) => Promise<T>): Promise<T> {
    return body({
      get: () => this.get(),
      query: (query) => this.query(query),
      readTime: () => Instant.ofMillis(Date.now()),
    })
  }

  transact(): never {
    throw new Error('verify writes nothing')
  }
}

/** BigQuery's side of the same. */
export async function* generatedCells(records: number): AsyncGenerator<CellCount> {
  const cells = Object.entries(benchCells(perDay(records))).sort(([a], [b]) => (a < b ? -1 : 1))
  for (const { date, customerId } of allDays) {
    for (const [key, { histogram: _, ...figures }] of cells) {
      const [source = '', format = '', outcome = ''] = key.split('~')
      yield { date, customerId, source, format, outcome, ...figures }
    }
  }
}
