import { eraseCustomer, type ErasureReport } from '../../functions/src/api/erase.ts'
import { MemoryUsers } from '../../functions/src/api/testing/memory-users.ts'
import type { KafkaRecord, KafkaRecordToSend } from '../../functions/src/bridge/kafka.ts'
import { land } from '../../functions/src/bridge/land.ts'
import { headersOf } from '../../functions/src/bridge/testing/records.ts'
import type { ImageRecord } from '../../functions/src/contract/record.ts'
import type { DayTotals } from '../../functions/src/contract/totals.ts'
import type { Row } from '../../functions/src/export/rows.ts'
import { runExport } from '../../functions/src/export/run.ts'
import { MemoryWarehouse } from '../../functions/src/export/testing/memory-warehouse.ts'
import { WarehouseFault } from '../../functions/src/export/warehouse.ts'
import { MemoryObjects } from '../../functions/src/intake/testing/memory-objects.ts'
import { receive, type Intake } from '../../functions/src/intake/receive.ts'
import { asStatsShard } from '../../functions/src/ledger/counters.ts'
import { erasedLately } from '../../functions/src/ledger/erasure.ts'
import { Instant } from '../../functions/src/ledger/instant.ts'
import { asRecord, Ledger } from '../../functions/src/ledger/ledger.ts'
import { MemoryStore } from '../../functions/src/ledger/testing/memory-store.ts'
import { Fault, Schedule, type Actor as ActorOf } from '../../functions/src/ledger/testing/schedule.ts'
import type { ProcessingResult } from '../../functions/src/processing/process-image.ts'
import { addImage, addShard, differences, type Sums } from '../../functions/src/reconcile/figures.ts'
import { recount } from '../../functions/src/reconcile/recount.ts'
import { rollUp, TIMING } from '../../functions/src/rollup/rollup.ts'
import { SETTINGS } from './simulation.ts'

export const ERIKA = 'erika-muster'
/** In every name and text of hers that is no id. */
export const SECRET = 'geheim'
export const OTHER = 'acme'
export const NAMES = [
  `web/${ERIKA}/u1/${SECRET}-1.jpg`,
  `web/${ERIKA}/u2/${SECRET}-bad.jpg`,
  `web/${ERIKA}/u3/${SECRET}-3.jpg`,
  `web/${OTHER}/u1/a.jpg`,
  `web/${OTHER}/u2/bad.jpg`,
]

const recordOf = (offset: number, customer: string, id: string, content: string): KafkaRecord => ({
  topic: 'images',
  partition: 0,
  offset,
  timestamp: 0,
  key: null,
  value: new TextEncoder().encode(content),
  headers: headersOf({
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: 's',
    ce_subject: `${id}.gif`,
    ce_customerid: customer,
    'content-type': 'image/gif',
  }),
})
/** The last two are no images. */
export const RECORDS = [
  recordOf(0, ERIKA, `${SECRET}-k1`, 'GIF89a one'),
  recordOf(1, OTHER, 'k2', 'GIF89a two'),
  recordOf(2, ERIKA, `${SECRET}-k3`, 'text'),
  recordOf(3, OTHER, 'k4', 'text'),
]

type Who = 'delivery' | 'bridge' | 'export' | 'recount' | 'rollup' | 'eraser'
export type What = Actor['what']
export type Actor = ActorOf<Who, ErasureReport>

/**
 * Everything that has to do with a customer's data, over ports in memory: deliveries, the bridge, the export, the recount, and those who erase. Everybody
 * stops before and after every operation until the schedule lets it go on, fails the operation, loses its answer or kills its process. After each
 * step the sums over all customers must be what they were, but for what was counted.
 */
export class EraseWorld extends Schedule<Who, ErasureReport> {
  readonly letters: KafkaRecordToSend[] = []
  readonly told: unknown[] = []
  override free = true
  readonly store: MemoryStore
  readonly raw: MemoryObjects
  readonly processed: MemoryObjects
  readonly users: MemoryUsers
  readonly warehouse: MemoryWarehouse
  readonly #intake: Intake
  readonly #erased: (customerId: string) => Promise<boolean>
  #runs = 0
  #before: Sums = new Map()
  /** `{date}~{cell}` that BigQuery has counted for her, under whichever name. */
  #cells: ReadonlySet<string> = new Set()

  constructor() {
    super()
    const now = () => (this.now = Instant.ofMicros(this.now.micros + 1))
    const gate = (operation: { readonly kind: string }, phase: string) => this.#park(`${phase} ${operation.kind}`)
    this.store = new MemoryStore({ now, gate })
    this.raw = new MemoryObjects({ now, gate })
    this.processed = new MemoryObjects({ now, gate, retentionDays: SETTINGS.retentionDays })
    this.users = new MemoryUsers((kind, phase) => this.#park(`${phase} ${kind}`))
    this.warehouse = new MemoryWarehouse({
      gate: ({ kind, jobId }, phase) =>
        kind === 'job' ? this.atJob(jobId, phase) : this.park(`${phase} ${kind}`, (at) => new WarehouseFault(at, true)),
    })
    this.#erased = erasedLately(this.store, () => this.now.toMillis())
    const log = (message: string, fields: object) => this.told.push({ message, ...fields })
    this.#intake = {
      store: this.store,
      ledger: new Ledger(this.store, SETTINGS),
      raw: this.raw,
      processed: this.processed,
      profileFor: async () => ({ name: 'p', steps: [], version: 'p1' }),
      paused: async () => false,
      quotaExceeded: async () => false,
      formatsOf: async () => null,
      settings: SETTINGS,
      log: { info: log, warn: log, error: log },
      process: async (bytes) => this.#process(bytes),
      redrive: async () => {},
      clock: () => this.now.toMillis(),
    }
  }

  /** What was there before: her profiles, quota and user, an operator's deeds, and those who work for all and stand at something of hers. */
  async fill(): Promise<void> {
    for (const name of NAMES.filter((_, i) => i !== 2)) {
      await this.raw.create(name, new TextEncoder().encode(name), 'image/jpeg')
    }
    this.users.add(ERIKA)
    this.users.add('member', { customer: ERIKA })
    this.users.add(OTHER)
    const at = this.now
    await this.store.transact(async (transaction) => {
      transaction.set(`profiles/${ERIKA}`, { customerId: ERIKA, content: SECRET })
      transaction.set(`quotas/${ERIKA}`, { customerId: ERIKA, dailyImages: 5 })
      transaction.set(`quotas/${ERIKA}/changes/last`, { customerId: ERIKA, updatedBy: 'op' })
      transaction.set(`profiles/${OTHER}`, { customerId: OTHER, content: '' })
      transaction.set('audit/1', {
        at,
        by: 'op',
        command: 'quota',
        arguments: ['set', ERIKA, `--customer=${ERIKA}`],
        error: null,
      })
      transaction.set('audit/2', { at, by: 'op', command: 'quota', arguments: ['set', OTHER], error: null })
      transaction.set('reconciliations/sweep', { after: NAMES[0] ?? '' })
      for (const name of ['repairs', 'repaired']) {
        transaction.set(`reconciliations/recount/${name}/${ERIKA}~2026-11-23`, { customerId: ERIKA })
      }
      const pass = { startedAt: at, updatedAt: at, path: `customers/${ERIKA}/images/1` }
      const results = { quick: { shards: { 0: { since: null, pass } }, watermark: null }, holder: null }
      transaction.set('bridges/images/state/results', results)
    })
  }

  deliver(name: string, process = 1, via: 'event' | 'redrive' = 'event'): Promise<Actor> {
    return this.#start('delivery', process, async () => void (await receive(this.#intake, name, via)))
  }

  bridge(record: KafkaRecord, process = 2): Promise<Actor> {
    return this.#start('bridge', process, async () => {
      const landing = {
        raw: this.raw,
        bucket: () => this.raw,
        producer: {
          send: async (_topic: string, records: readonly KafkaRecordToSend[]) => void this.letters.push(...records),
        },
        limits: { maxInputBytes: 1000, datarefBuckets: [] },
        erased: this.#erased,
        reserve: <T>(_bytes: number, work: () => Promise<T>) => work(),
        log: this.#intake.log,
      }
      await land(landing, record)
    })
  }

  export(process = 3): Promise<Actor> {
    return this.#start('export', process, async () => {
      const outOfTime = () => false
      await runExport({ ...this.#jobTools(), store: this.store, runId: `r${++this.#runs}`, pageRows: 3, outOfTime })
    })
  }

  recount(process = 4): Promise<Actor> {
    return this.#start('recount', process, async () => {
      await recount({
        ...this.#jobTools(),
        store: this.store,
        log: this.#intake.log,
        timeZone: 'UTC',
        recordDays: SETTINGS.recordDays,
        timing: { quietSeconds: 0, latestSeconds: 0 },
        outOfTime: () => false,
      })
    })
  }

  rollUp(process = 8): Promise<Actor> {
    return this.#start('rollup', process, async () => {
      const sizes = { changes: 4, days: 2, page: 10 }
      await rollUp({ store: this.store, log: this.#intake.log, timing: TIMING, sizes, outOfTime: () => false })
    })
  }

  erase(process = 5): Promise<Actor> {
    return this.#start('eraser', process, async (actor) => {
      const number = ++this.#runs
      actor.report = await eraseCustomer(
        {
          ...this.#jobTools(),
          store: this.store,
          raw: this.raw,
          processed: this.processed,
          users: this.users,
          runId: `e${number}`,
          pseudonym: () => `erased-${number}`,
          settings: {
            retentionDays: SETTINGS.retentionDays,
            kafkaRetentionDays: 7,
            metricCustomers: [],
            kafka: { topic: 'images' },
          },
          tell: () => {},
        },
        ERIKA,
      )
    })
  }

  override async step(actor: Actor, what: 'go' | 'fault'): Promise<void> {
    const { parked } = actor
    await super.step(actor, what)
    if (parked !== null && (this.free || / (commit|job)$/.test(parked.at))) this.#check(actor)
  }

  async records(): Promise<ImageRecord<Instant>[]> {
    return [...this.store.dump()].flatMap(([path, data]) =>
      /^customers\/[^/]+\/images\//.test(path) ? [asRecord(data)] : [],
    )
  }

  /** What totals/ say, each cell with its date, without histograms. */
  rolledUp(): Sums {
    const sums: Sums = new Map()
    for (const [path, data] of this.store.dump()) {
      if (!path.startsWith('totals/')) continue
      const { date, cells } = data as unknown as DayTotals<Instant>
      const dated = Object.entries(cells).map(([key, cell]) => [`${date}~${key}`, { ...cell, histogram: {} }] as const)
      addShard(sums, { cells: Object.fromEntries(dated) })
    }
    return sums
  }

  /** The counters of all customers together, or of one, each cell with its date. */
  totals(customer?: string): Sums {
    const sums: Sums = new Map()
    for (const [path, data] of this.store.dump()) {
      const [, customerId, collection] = path.split('/')
      if (collection !== 'stats' || (customer ?? customerId) !== customerId) continue
      const shard = asStatsShard({ path, data })
      const dated = Object.entries(shard.cells).map(([key, cell]) => [`${shard.date}~${key}`, cell] as const)
      addShard(sums, { cells: Object.fromEntries(dated) })
    }
    return sums
  }

  /** All that is in any port, as text. */
  text(): string {
    const objects = (store: MemoryObjects) => store.names().join('\n')
    const rows = ['images', 'customer_stats', 'customers'].map((table) => JSON.stringify(this.warehouse.rows(table)))
    const documents = [...this.store.dump()].map(([path, data]) => `${path} ${JSON.stringify(data)}`)
    return [...documents, objects(this.raw), objects(this.processed), ...rows, ...this.users.uids()].join('\n')
  }

  /** What deliveries count is what their records say; all others leave the sums over all customers as they are. */
  #check({ what }: Actor): void {
    const counted = this.totals()
    if (what !== 'delivery') {
      const changed = differences(this.#before, counted)
      if (changed.length > 0) this.defects.push(new Error(`the ${what} changed the sums: ${JSON.stringify(changed)}`))
    }
    this.#before = counted
    if (what === 'job') this.#checkRows()
  }

  /** In BigQuery no cell of hers is there twice, or vanishes, at any moment. */
  #checkRows(): void {
    const rows = this.warehouse.rows('customer_stats').filter(({ customer_id }) => customer_id !== OTHER)
    const cells = rows.map(cellOfRow)
    const found = new Set(cells)
    if (found.size < cells.length) this.defects.push(new Error(`BigQuery has a cell twice: ${JSON.stringify(rows)}`))
    for (const cell of this.#cells) {
      if (!found.has(cell)) this.defects.push(new Error(`BigQuery has no ${cell} any more`))
    }
    this.#cells = found
  }

  #jobTools() {
    const sleep = async (milliseconds: number) => {
      await this.park('sleep', null)
      if (this.free) this.now = this.now.plusSeconds(milliseconds / 1000)
    }
    return { warehouse: this.warehouse, sleep }
  }

  async #process(bytes: Uint8Array): Promise<ProcessingResult> {
    await this.park('process', null)
    const content = new TextDecoder().decode(bytes)
    const input = {
      format: 'jpeg',
      width: 2,
      height: 3,
      pages: 1,
      alpha: false,
      bytes: bytes.length,
      sha256: 'ab',
    } as const
    const end = { input, durations: {}, profileVersion: 'p1' }
    if (content.includes('bad')) return { ...end, outcome: 'corrupt', error: { code: 'corrupt', message: 'damaged' } }
    const output = { name: 'fit', extension: 'webp', contentType: 'image/webp', bytes, width: 2, height: 3 }
    return { ...end, outcome: 'processed', outputs: [output], findings: { text: content } }
  }

  async #start(what: Who, process: number, body: (actor: Actor) => Promise<void>): Promise<Actor> {
    const actor = await this.start(what, '', process, body)
    // Free, it was a single step.
    this.#check(actor)
    return actor
  }

  async #park(at: string): Promise<void> {
    await this.park(at, () => new Fault(at))
  }

  protected override isExpected({ name, message }: Error): boolean {
    if (['Fault', 'WarehouseFault', 'LeaseLost', 'ImageBusy', 'ObjectGone', 'JobOutlasts'].includes(name)) return true
    return /^BigQuery failed job|^too much contention/.test(message)
  }
}

/** `{date}~{source}~{format}~{outcome}` of a row of counters. */
export const cellOfRow = (row: Row) =>
  ['date', 'source', 'format', 'outcome'].map((name) => row[name] as string).join('~')

/** What records say that was counted, each cell with its date: as {@link EraseWorld.totals}. */
export function countedIn(records: readonly ImageRecord<Instant>[]): Sums {
  const sums: Sums = new Map()
  for (const { counted, date } of records) {
    if (counted !== null) addImage(sums, { ...counted, source: `${date}~${counted.source}` as typeof counted.source })
  }
  return sums
}
