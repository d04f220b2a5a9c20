import { moveCounters, removeRollups } from '../../functions/src/api/erase-documents.ts'
import { EXPORT_SHARDS } from '../../functions/src/contract/limits.ts'
import { customerPath, SMOKE_CUSTOMER, statsPath } from '../../functions/src/contract/names.ts'
import type { Contribution } from '../../functions/src/contract/record.ts'
import type { CustomerMonth, CustomerSummary, DayTotals, Share, Shares } from '../../functions/src/contract/totals.ts'
import { asStatsShard, counterChange } from '../../functions/src/ledger/counters.ts'
import { increment, SERVER_TIME, type Data, type WriteData } from '../../functions/src/ledger/document-store.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { MemoryStore } from '../../functions/src/ledger/testing/memory-store.ts'
import { Fault, Schedule, type Actor } from '../../functions/src/ledger/testing/schedule.ts'
import { addShard, bucketOf, FIGURES, type Sums } from '../../functions/src/reconcile/figures.ts'
import { rollUp, TIMING, type RolledUp } from '../../functions/src/rollup/rollup.ts'

export const CUSTOMERS = ['ada', 'bob', 'eve', SMOKE_CUSTOMER] as const
/** Around a month's end. */
export const DATES = ['2026-10-31', '2026-11-01', '2026-11-02'] as const
const SHARDS = 3

const IMAGE: Contribution = {
  source: 'web',
  format: 'jpeg',
  outcome: 'processed',
  reprocessed: 0,
  bytesIn: 100,
  bytesOut: 10,
  pixels: 6,
  milliseconds: 100,
}

type Who = 'counting' | 'rollup' | 'eraser'
export type RollupActor = Actor<Who, RolledUp>

/**
 * Who counts, rolls up and erases, over a store in memory. Everybody stops before and after every operation until the schedule lets it go on. What is
 * counted bears the time of its request, and is seen only once it is committed: up to ten minutes later, as in Firestore at its worst.
 */
export class RollupWorld extends Schedule<Who, RolledUp> {
  override free = true
  readonly store: MemoryStore
  readonly told: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
  /** When those who count have asked. */
  readonly #requested = new Map<RollupActor, Instant>()

  constructor() {
    super()
    const now = () => (this.now = Instant.ofMicros(this.now.micros + 1))
    const gate = ({ kind }: { readonly kind: string }, phase: string) =>
      this.park(`${phase} ${kind}`, (at) => new Fault(at))
    this.store = new MemoryStore({ now, gate })
  }

  /** Counts an image, or counts it anew as a reprocess does. */
  async count(customer: number, date: number, image: number, after: Partial<Contribution> = {}, process = 1) {
    const customerId = CUSTOMERS[customer % CUSTOMERS.length] ?? ''
    const day = { customerId, date: DATES[date % DATES.length] ?? '' }
    const record = `${customerPath(customerId)}/images/${day.date}-${image}`
    await this.start('counting', record, process, (actor) =>
      this.store.transact(async (transaction) => {
        const erased = await transaction.get(`erasures/${customerId}`)
        const before = (await transaction.get(record)) as Contribution | null
        const name = await transaction.get(customerPath(customerId))
        if (erased !== null) return
        const updatedAt = this.store.now()
        this.#requested.set(actor, updatedAt)
        const contribution = { ...IMAGE, ...after }
        const shard = (image + contribution.milliseconds) % SHARDS
        const change = counterChange({ ...day, exportShard: shard % EXPORT_SHARDS }, before, contribution)
        if (name === null) transaction.create(customerPath(customerId), { name: 'A', kind: 'web', updatedAt })
        transaction.set(record, contribution)
        transaction.merge(statsPath(customerId, day.date, shard), { ...change, updatedAt })
      }),
    )
  }

  /** As recount repairs, or as somebody spoils. `unseen`: without a time, so that nobody is led to it. */
  async repair(customer: number, date: number, images: number, unseen = false): Promise<void> {
    const customerId = CUSTOMERS[customer % CUSTOMERS.length] ?? ''
    const day = { customerId, date: DATES[date % DATES.length] ?? '', exportShard: 0 }
    await this.store.transact(async (transaction) => {
      if ((await transaction.get(`erasures/${customerId}`)) !== null) return
      const whole = Object.fromEntries(FIGURES.map((field) => [field, increment(field === 'images' ? images : 0)]))
      const cells = { 'web~jpeg~processed': { ...whole, histogram: { '26': increment(images) } } }
      const change: WriteData = unseen ? { ...day, cells } : { ...day, cells, updatedAt: SERVER_TIME }
      transaction.merge(statsPath(customerId, day.date, 0), change)
    })
  }

  async rename(customer: number, name: string): Promise<void> {
    const path = customerPath(CUSTOMERS[customer % CUSTOMERS.length] ?? '')
    await this.store.transact(async (transaction) => {
      if ((await transaction.get(path)) !== null) transaction.merge(path, { name, updatedAt: SERVER_TIME })
    })
  }

  /** `looks`: how often it looks at the clock before it has no more time. */
  rollUp({ looks = Infinity, again = false, process = 2 } = {}): Promise<RollupActor> {
    let left = looks
    const log = (message: string, fields: Readonly<Record<string, unknown>>) => void this.told.push({ message, fields })
    return this.start('rollup', '', process, async (actor) => {
      const sizes = { changes: 4, days: 2, page: SHARDS + 1 }
      const deps = { store: this.store, log: { info: () => {}, error: log }, timing: TIMING, sizes }
      actor.report = await rollUp({ ...deps, outOfTime: () => left-- <= 0 }, { again })
    })
  }

  /** As api/erase.ts does it. */
  erase(customer: number, process = 3): Promise<RollupActor> {
    const customerId = CUSTOMERS[customer % 2] ?? ''
    const pseudonym = `erased-${customerId}`
    return this.start('eraser', customerId, process, async () => {
      await this.store.transact(async (transaction) => {
        if ((await transaction.get(`erasures/${customerId}`)) !== null) return
        transaction.set(`erasures/${customerId}`, { pseudonym })
        const erased: WriteData = { name: 'erased', erased: true, kind: 'web', updatedAt: SERVER_TIME }
        transaction.set(customerPath(pseudonym), erased)
        transaction.delete(customerPath(customerId))
      })
      await moveCounters(this.store, customerId, pseudonym)
      await removeRollups(this.store, customerId)
    })
  }

  /** Nothing that was asked for is seen as late as that. */
  override advance(seconds: number): void {
    const asked = this.parked.map((actor) => this.#requested.get(actor)?.micros ?? Infinity)
    const latest = Math.min(...asked) + TIMING.thoroughOverlap * 1e6
    this.now = Instant.ofMicros(Math.max(this.now.micros, Math.min(this.now.micros + seconds * 1e6, latest - 1e6)))
  }

  override async step(actor: RollupActor, what: 'go' | 'fault'): Promise<void> {
    const at = actor.parked?.at
    await super.step(actor, what)
    if (at?.endsWith('commit')) this.#check(actor)
  }

  /** Whenever one looks: totals are what customers' months add up to, and so is all else. */
  #check({ what }: RollupActor): void {
    const { totals, shares, summaries, ofMonths } = this.rollups()
    if (JSON.stringify([totals, shares, summaries]) === JSON.stringify(ofMonths)) return
    this.defects.push(new Error(`after a commit of the ${what}: ${JSON.stringify({ totals, shares, ofMonths })}`))
  }

  /** No more faults: everybody ends, and rollup runs until there is nothing left for it. */
  async recover(): Promise<void> {
    await this.ended()
    for (let round = 0; round < 2; round++) {
      this.advance(2 * TIMING.latest)
      let left = 1
      for (let run = 0; left > 0; run++) {
        if (run === 30) throw new Error(`rollup has ${left} left for ever`)
        left = (await this.rollUp({ process: 9 })).report?.left ?? 1
      }
    }
  }

  /** What there is, and what follows from the months alone. Sums that are 0 are left out, times as well. */
  rollups() {
    const documents = this.store.dump()
    const months: Figures = {}
    for (const [path, { days }] of below<CustomerMonth<Instant>>(documents, /^customers\/[^/]+\/months\//)) {
      for (const [date, { cells, histogram }] of Object.entries(days)) {
        addTo(months, `${path.split('/')[1]} ${date}`, cells, histogram)
      }
    }
    const totals: Figures = {}
    for (const [, day] of below<DayTotals<Instant>>(documents, /^totals\//)) {
      addTo(totals, day.date, day.cells, day.histogram)
    }
    const shares: Record<string, Share> = {}
    for (const [, { period, customers }] of below<Shares<Instant>>(documents, /^shares\//)) {
      for (const [id, share] of Object.entries(JSON.parse(customers) as Record<string, Share>)) {
        shares[`${period} ${id}`] = share
      }
    }
    const summaries: Record<string, unknown> = {}
    for (const [path, summary] of below<CustomerSummary<Instant>>(documents, /^summaries\//)) {
      const { images, failed, bytesIn, bytesOut, lastDate } = summary
      summaries[path.split('/')[1] ?? ''] = [images, failed, bytesIn, bytesOut, lastDate]
    }
    const ofMonths = made(months)
    return {
      months: sorted(months),
      totals: sorted(totals),
      shares: sorted(shares),
      summaries: sorted(summaries),
      ofMonths,
    }
  }

  /** What all of that has to be, by the counters. */
  expected() {
    const months: Figures = {}
    for (const [path, data] of this.store.dump()) {
      if (!/^customers\/(?!smoke)[^/]+\/stats\//.test(path)) continue
      const { customerId, date, cells } = asStatsShard({ path, data })
      const sums: Sums = new Map()
      addShard(sums, { cells })
      for (const [cell, fields] of sums) {
        for (const [field, by] of fields) {
          const bucket = bucketOf(field)
          if (bucket === null) add(months, `${customerId} ${date} ${cell} ${field}`, by)
          else if (cell.endsWith('~processed')) add(months, `${customerId} ${date} histogram ${bucket}`, by)
        }
      }
    }
    const [totals, shares, summaries] = made(months)
    return { months: sorted(months), totals, shares, summaries, ofMonths: [totals, shares, summaries] }
  }

  names() {
    const summaries = [...below<CustomerSummary<Instant>>(this.store.dump(), /^summaries\//)]
    return Object.fromEntries(summaries.map(([, { customerId, name, erased }]) => [customerId, { name, erased }]))
  }

  protected override isExpected({ name, message }: Error): boolean {
    return name === 'Fault' || message.startsWith('too much contention')
  }
}

/** Sums by what they are of. */
type Figures = Record<string, number>

function add(figures: Figures, key: string, by: number): void {
  const sum = (figures[key] ?? 0) + by
  if (sum === 0) delete figures[key]
  else figures[key] = sum
}

function addTo(figures: Figures, of: string, cells: object, histogram: object): void {
  for (const [cell, sums] of Object.entries(cells)) {
    for (const [field, by] of Object.entries(sums as Figures)) add(figures, `${of} ${cell} ${field}`, by)
  }
  for (const [bucket, by] of Object.entries(histogram)) add(figures, `${of} histogram ${bucket}`, by as number)
}

/** Totals, shares and summaries that are made of such months. */
function made(months: Figures) {
  const totals: Figures = {}
  /** By `{period} {customer}`; the period '' is all time. */
  const shares: Record<string, [number, number, number, number]> = {}
  for (const [key, by] of Object.entries(months)) {
    const [customerId = '', date = '', cell = '', field = ''] = key.split(' ')
    add(totals, `${date} ${cell} ${field}`, by)
    if (cell === 'histogram') continue
    const isFailed = field === 'images' && !cell.endsWith('~processed')
    for (const period of [date, date.slice(0, 7), '']) {
      const share = (shares[`${period} ${customerId}`] ??= [0, 0, 0, 0])
      const places = ['images', isFailed ? field : 'failed', 'bytesIn', 'bytesOut']
      for (const [n, place] of places.entries()) if (place === field) share[n] = (share[n] ?? 0) + by
    }
  }
  const some = Object.entries(shares).filter(([, share]) => share.some((figure) => figure !== 0))
  const summaries: Record<string, unknown> = {}
  for (const [key] of some.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [period = '', customerId = ''] = key.split(' ')
    if (period.length === 10) summaries[customerId] = [...(shares[` ${customerId}`] ?? []), period]
  }
  const ofPeriods = Object.fromEntries(some.filter(([key]) => !key.startsWith(' ')))
  return [sorted(totals), sorted(ofPeriods), sorted(summaries)] as const
}

const sorted = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))

function* below<T>(documents: ReadonlyMap<string, Data>, paths: RegExp): Generator<[string, T]> {
  for (const [path, data] of documents) if (paths.test(path)) yield [path, data as unknown as T]
}
