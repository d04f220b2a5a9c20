/** `npm run admin -- verify`: records == counters == BigQuery's images == BigQuery's customer_stats, for any span of days, on demand. */
import { randomBytes } from 'node:crypto'
import { customerPath } from '../contract/names.ts'
import type { Warehouse } from '../export/warehouse.ts'
import type { DocumentStore } from '../ledger/document-store.ts'
import { isErased } from '../ledger/erasure.ts'
import type { Instant } from '../ledger/instant.ts'
import { plusDays } from '../ledger/reporting-zone.ts'
import { isWhole, readDay, type Day } from './day.ts'
import { differences, type Sums } from './figures.ts'
import { EXPORTED_WITHIN_SECONDS, sealedUntil, serverTime } from './moment.ts'
import { judge } from './repair.ts'
import { byDay, chained, countersOf, joined, latest, recordsOf, type DaySums, type Joined } from './streams.ts'

/** Days as YYYY-MM-DD, both included. */
export interface VerifySelection {
  readonly from: string
  readonly to: string
  readonly customerId?: string | undefined
}

export interface Verify {
  readonly store: DocumentStore
  readonly warehouse: Pick<Warehouse, 'cells'>
  readonly timeZone: string
  readonly recordDays: number
  /** Called as it goes on. */
  progress?(counts: VerifyCounts & { readonly date: string }): void
}

/** One figure of one cell, by each of the four; null where one has nothing to say of it. */
export interface FigureRow extends Day {
  /** `{source}~{format}~{outcome}` */
  readonly cell: string
  readonly field: string
  readonly records: number | null
  readonly counters: number
  readonly images: number | null
  readonly stats: number | null
}

export interface VerifyCounts {
  /** Customers' days that were compared, and how many images their records and BigQuery have. */
  readonly days: number
  readonly records: number
  readonly imagesInBigQuery: number
  /** Figures that differ. */
  readonly differing: number
  /** Days that BigQuery has not got yet, since they changed within the last ten minutes: no differences. */
  readonly notExported: number
  /** Days of customers whose data is being deleted, or was: not compared. */
  readonly erased: number
}

export interface Verified extends VerifyCounts {
  /** Days up to this one are sealed: of those only counters and BigQuery are compared, since records expire. */
  readonly sealedUntil: string
  /** Days whose counters are not what their records say; at most {@link REPAIRABLE}. */
  readonly wrongCounters: readonly Day[]
}

const REPAIRABLE = 10_000

type Four = 'records' | 'counters' | 'images' | 'stats'

/**
 * Compares all four, day by day and customer by customer, in the order in which all of them come: so it holds one customer's day at a time,
 * whatever their number. `onDifference` is called for every figure that differs.
 */
export async function verify(
  deps: Verify,
  { from, to, customerId }: VerifySelection,
  onDifference: (row: FigureRow) => void,
): Promise<Verified> {
  const { store, warehouse } = deps
  const asked = await serverTime(store)
  const sealed = sealedUntil(deps.timeZone, asked, deps.recordDays)
  // BigQuery first: what Firestore knows is then never older, and what it knows more is told by its age.
  const [images, stats] = await Promise.all([
    begun(byDay(warehouse.cells('images', { from, to }, customerId))),
    begun(byDay(warehouse.cells('customer_stats', { from, to }, customerId))),
  ])
  const moments = new Map<string, Promise<Instant>>()
  // Records and counters of a date as of the same moment, and each date as of its own: a moment can be read for an hour.
  const momentOf = (date: string) => moments.get(date) ?? moments.set(date, serverTime(store)).get(date)
  const ofDates = (of: typeof recordsOf, dates: readonly string[]) =>
    chained(
      dates.map(
        (date) =>
          async function* () {
            yield* of(store, date, (await momentOf(date)) ?? asked, customerId)
          },
      ),
    )
  const dates = datesOf(from, to)
  const run = new Comparison(deps, asked, sealed, onDifference)
  const records = ofDates(
    recordsOf,
    dates.filter((date) => date > sealed),
  )
  for await (const day of joined<Four>({ records, counters: ofDates(countersOf, dates), images, stats })) {
    await run.compare(day)
  }
  return { ...run.counts, sealedUntil: sealed, wrongCounters: run.wrongCounters }
}

export function datesOf(from: string, to: string, limit = Infinity): readonly string[] {
  const dates: string[] = []
  for (let date = from; date <= to && dates.length < limit; date = plusDays(date, 1)) dates.push(date)
  return dates
}

/** A stream of which the first is there already: the question behind it has been answered by now, whatever changes later. */
async function begun<T>(stream: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const iterator = stream[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let result = first; result.done !== true; result = await iterator.next()) yield result.value
    } finally {
      await iterator.return?.()
    }
  })()
}

/** Whose records there are none of: `pseudonym` has counters all the same; of `erased` nothing may be left, now or in a while. */
type Kind = 'whole' | 'pseudonym' | 'erased'

class Comparison {
  readonly #deps: Verify
  readonly #asked: Instant
  readonly #sealed: string
  readonly #onDifference: (row: FigureRow) => void
  /** Of customers of whom something differs. */
  readonly #kinds = new Map<string, Kind>()
  readonly wrongCounters: Day[] = []
  counts = { days: 0, records: 0, imagesInBigQuery: 0, differing: 0, notExported: 0, erased: 0 }

  constructor(deps: Verify, asked: Instant, sealed: string, onDifference: (row: FigureRow) => void) {
    this.#deps = deps
    this.#asked = asked
    this.#sealed = sealed
    this.#onDifference = onDifference
  }

  async compare({ date, customerId, of }: Joined<Four>): Promise<void> {
    const day = { customerId, date }
    const { counts } = this
    counts.days++
    counts.records += of.records?.parts ?? 0
    counts.imagesInBigQuery += of.images?.parts ?? 0
    if (counts.days % 100 === 1) this.#deps.progress?.({ ...counts, date })
    const four: FourSums = {
      records: date > this.#sealed ? sumsOf(of.records) : null,
      counters: sumsOf(of.counters),
      images: sumsOf(of.images),
      stats: sumsOf(of.stats),
    }
    if (differencesOfDay(four).length === 0) return
    const kind = await this.#kindOf(customerId)
    if (kind === 'erased') return void counts.erased++
    const compared = kind === 'pseudonym' ? { ...four, records: null, images: null } : four
    this.#tell(day, compared, isRecent(of, this.#asked))
  }

  #tell(day: Day, four: FourSums, isLagging: boolean): void {
    const { counts } = this
    const all = differencesOfDay(four)
    // Records and counters change together: for them there is no lag.
    const rows = isLagging ? differencesOfDay({ ...four, images: null, stats: null }) : all
    if (rows.length < all.length) counts.notExported++
    counts.differing += rows.length
    for (const row of rows) this.#onDifference({ ...day, ...row })
    if (rows.some(({ records, counters }) => records !== null && records !== counters)) {
      if (this.wrongCounters.length < REPAIRABLE) this.wrongCounters.push(day)
    }
  }

  async #kindOf(customerId: string): Promise<Kind> {
    const known = this.#kinds.get(customerId)
    if (known !== undefined) return known
    const { store } = this.#deps
    const [erased, customer] = await Promise.all([isErased(store, customerId), store.get(customerPath(customerId))])
    const kind = erased ? 'erased' : customer?.['erased'] === true ? 'pseudonym' : 'whole'
    if (this.#kinds.size < REPAIRABLE) this.#kinds.set(customerId, kind)
    return kind
  }
}

type FourSums = {
  readonly records: Sums | null
  readonly counters: Sums
  readonly images: Sums | null
  readonly stats: Sums | null
}

const sumsOf = (of: DaySums | null): Sums => of?.sums ?? new Map()

/** Whether a day has changed so lately that BigQuery need not know of it. */
function isRecent({ records, counters }: Joined<Four>['of'], asked: Instant): boolean {
  const last = latest(records?.updatedAt ?? null, counters?.updatedAt)
  return last !== null && last.isAfter(asked.plusSeconds(-EXPORTED_WITHIN_SECONDS))
}

/** Every figure in which not all agree that have one. Null where there is nothing to compare with. BigQuery's have no histogram here. */
export function differencesOfDay({
  records,
  counters,
  images,
  stats,
}: FourSums): readonly Omit<FigureRow, keyof Day>[] {
  const base = records ?? counters
  const differing = new Map<string, { readonly cell: string; readonly field: string }>()
  const note = (other: Sums, histogram: boolean) => {
    for (const { cell, field } of differences(base, other, { histogram }))
      differing.set(`${cell}.${field}`, { cell, field })
  }
  if (records !== null) note(counters, true)
  if (images !== null) note(images, false)
  if (stats !== null) note(stats, false)
  const figure = (sums: Sums | null, { cell, field }: { readonly cell: string; readonly field: string }) =>
    sums === null ? null : (sums.get(cell)?.get(field) ?? 0)
  return [...differing.values()].map((at) => {
    const isBucket = at.field.startsWith('histogram')
    return {
      ...at,
      records: figure(records, at),
      counters: figure(counters, at) ?? 0,
      images: isBucket ? null : figure(images, at),
      stats: isBucket ? null : figure(stats, at),
    }
  })
}

/** Repairs counters as recount does. Returns how many days were wrong when they were looked at once more, and are right now. */
export async function repairDays(store: DocumentStore, days: readonly Day[]): Promise<number> {
  const runId = randomBytes(8).toString('hex')
  let repaired = 0
  for (const day of days) {
    const read = await readDay(store, day, await serverTime(store), () => false)
    if (!isWhole(read)) throw new Error(`${day.customerId}'s ${day.date} was not read to its end`)
    const { outcome } = await judge(store, day, read, { by: 'verify', runId })
    if (outcome === 'repaired') repaired++
  }
  return repaired
}
