/** Figures by date and customer, from Firestore and from BigQuery, each as a stream in that order: any number of days fits into memory. */
import { asStatsShard } from '../ledger/counters.ts'
import type { Document, DocumentStore, Query } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import { asRecord } from '../ledger/ledger.ts'
import type { CellCount } from '../export/warehouse.ts'
import { ofDay, type Day } from './day.ts'
import { addCell, addImage, addShard, type Sums } from './figures.ts'

export interface DaySums extends Day {
  readonly sums: Sums
  /** When the latest of its documents was written; null for what is not Firestore's. */
  readonly updatedAt: Instant | null
  /** Documents or rows that were added up. */
  readonly parts: number
}

/** Records held in memory at a time; the next page is on its way meanwhile. */
const PAGE = 2000

/** The records of one date, of all customers or of one, as of one moment. */
export const recordsOf = (store: DocumentStore, date: string, at: Instant, customerId?: string) =>
  documentsOf(store, 'images', ['counted', 'updatedAt'], { date, customerId }, at, (sums, { data }) => {
    const { counted } = asRecord(data)
    if (counted) addImage(sums, counted)
  })

/** The counters of one date, of all customers or of one, as of one moment. */
export const countersOf = (store: DocumentStore, date: string, at: Instant, customerId?: string) =>
  documentsOf(store, 'stats', ['cells', 'updatedAt'], { date, customerId }, at, (sums, document) =>
    addShard(sums, asStatsShard(document)),
  )

async function* documentsOf(
  store: DocumentStore,
  collection: 'images' | 'stats',
  fields: NonNullable<Query['fields']>,
  of: { readonly date: string; readonly customerId: string | undefined },
  at: Instant,
  add: (sums: Sums, document: Document) => void,
): AsyncGenerator<DaySums> {
  const { date } = of
  const pageAfter = (after?: string) => {
    const query = { ...ofDay(collection, of, { after }), fields, limit: PAGE }
    return store.snapshot((reader) => reader.query(query), { at })
  }
  let open: { customerId: string; sums: Sums; updatedAt: Instant | null; parts: number } | null = null
  let next: Promise<readonly Document[]> | null = pageAfter()
  while (next !== null) {
    const page: readonly Document[] = await next
    const last = page.at(-1)
    next = last === undefined || page.length < PAGE ? null : pageAfter(last.path)
    // It is awaited only after this page; until then its failure is nobody's.
    next?.catch(() => {})
    for (const document of page) {
      const customerId = document.path.split('/')[1] ?? ''
      if (open !== null && open.customerId !== customerId) {
        yield { date, ...open }
        open = null
      }
      open ??= { customerId, sums: new Map(), updatedAt: null, parts: 0 }
      add(open.sums, document)
      open.updatedAt = latest(open.updatedAt, document.data['updatedAt'] as Instant | undefined)
      open.parts++
    }
  }
  if (open !== null) yield { date, ...open }
}

export const latest = (a: Instant | null, b: Instant | null | undefined): Instant | null =>
  a === null ? (b ?? null) : b != null && b.isAfter(a) ? b : a

/** BigQuery's cells, which come in the order of date and customer, by customer's day. */
export async function* byDay(cells: AsyncIterable<CellCount>): AsyncGenerator<DaySums> {
  let open: { date: string; customerId: string; sums: Sums; parts: number } | null = null
  for await (const cell of cells) {
    const { date, customerId } = cell
    if (open !== null && (open.date !== date || open.customerId !== customerId)) {
      yield { ...open, updatedAt: null }
      open = null
    }
    open ??= { date, customerId, sums: new Map(), parts: 0 }
    addCell(open.sums, cell)
    open.parts += cell.images
  }
  if (open !== null) yield { ...open, updatedAt: null }
}

/** One after the other. */
export async function* chained<T>(streams: Iterable<() => AsyncIterable<T>>): AsyncGenerator<T> {
  for (const stream of streams) yield* stream()
}

/** One customer's day, with what each stream has for it. */
export interface Joined<Name extends string> extends Day {
  readonly of: { readonly [name in Name]: DaySums | null }
}

/** Joins streams, each in the order of date and customer. Ends all of them where one fails, or where nobody reads on. */
export async function* joined<Name extends string>(
  streams: Readonly<Record<Name, AsyncIterable<DaySums>>>,
): AsyncGenerator<Joined<Name>> {
  const names = Object.keys(streams) as Name[]
  const iterators = new Map(names.map((name) => [name, streams[name][Symbol.asyncIterator]()]))
  const heads = new Map<Name, DaySums | null>()
  const advance = async (name: Name) => {
    const result = await iterators.get(name)?.next()
    heads.set(name, result === undefined || result.done === true ? null : result.value)
  }
  try {
    await Promise.all(names.map(advance))
    for (;;) {
      const first = [...heads.values()].reduce((a, b) => (a === null || (b !== null && isBefore(b, a)) ? b : a), null)
      if (first === null) return
      const { date, customerId } = first
      const isHere = (head: DaySums | null) => head?.date === date && head.customerId === customerId
      const of = Object.fromEntries(
        names.map((name) => [name, isHere(heads.get(name) ?? null) ? heads.get(name) : null]),
      ) as Joined<Name>['of']
      yield { date, customerId, of }
      await Promise.all(names.filter((name) => of[name] !== null).map(advance))
    }
  } finally {
    await Promise.allSettled([...iterators.values()].map(async (iterator) => iterator.return?.()))
  }
}

/** Dates and customers are ASCII: every order of text is the same. */
const isBefore = (a: Day, b: Day) => (a.date === b.date ? a.customerId < b.customerId : a.date < b.date)
