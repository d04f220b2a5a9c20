import { randomUUID } from 'node:crypto'
import { imageIdOf, parseRawName } from '../../contract/names.ts'
import type { ImageRecord } from '../../contract/record.ts'
import { unseen, type Ending } from '../../ledger/commit.ts'
import { SERVER_TIME, type DocumentStore, type Transaction, type WriteData } from '../../ledger/document-store.ts'
import { Instant } from '../../ledger/instant.ts'
import { asRecord, Ledger } from '../../ledger/ledger.ts'
import { MemoryStore } from '../../ledger/testing/memory-store.ts'
import { Fault, Schedule, type Actor as ActorOf } from '../../ledger/testing/schedule.ts'
import { runExport, type ExportReport } from '../run.ts'
import { WarehouseFault, type Warehouse } from '../warehouse.ts'
import { MemoryWarehouse } from './memory-warehouse.ts'

/** An exporter, or a writer of records; a job beside them. */
type What = 'exporter' | 'writer'
export type Actor = ActorOf<What, ExportReport>

/** A call of a run to BigQuery. */
export interface WarehouseCall {
  /** From 1 on, counted over all runs. */
  readonly number: number
  readonly kind: 'ensure' | 'submit' | 'state' | 'cancel'
  /** Empty for `ensure`. */
  readonly jobId: string
}

/** What befalls BigQuery, beside the schedule: what these throw, fails the call before it happens, loses its answer, or fails the job. */
export interface Interference {
  before?(call: WarehouseCall): void
  after?(call: WarehouseCall): void
  job?(jobId: string): void
}

/** A request on its way to BigQuery: it may come there long after its sender has given up. */
interface Message {
  arrive(): Promise<'submitted' | 'taken'>
}

const SETTINGS = { leaseSeconds: 60, recordDays: 400, retentionDays: 7, statsShards: 3 }

/** Firestore ends a transaction after this time. https://firebase.google.com/docs/firestore/quotas#limits */
const TRANSACTION_SECONDS = 270

/**
 * The export beside the ledger whose records it moves, over ports in memory. Everybody stops before and after every operation until
 * the schedule lets it go on, fails the operation, loses its answer or kills its process. Requests to BigQuery and its jobs go on by
 * themselves, as late as the schedule likes. `updatedAt` is the time of a request, so a document can appear behind the cursor.
 */
export class ExportSimulation extends Schedule<What, ExportReport> {
  readonly store: MemoryStore
  readonly warehouse: MemoryWarehouse
  readonly network: Message[] = []
  interference: Interference = {}
  /** Made by all runs so far. */
  calls = 0
  readonly #ledger: Ledger
  #runs = 0

  constructor() {
    super()
    const now = () => (this.now = Instant.ofMicros(this.now.micros + 1))
    this.store = new MemoryStore({ now, gate: ({ kind }, phase) => this.#atStore(`${phase} ${kind}`) })
    this.warehouse = new MemoryWarehouse({
      gate: ({ kind, jobId }, phase) => {
        if (kind === 'job') return this.#atWarehouseJob(jobId, phase)
        return kind === 'submit' ? undefined : this.park(`${phase} ${kind}`, warehouseFault)
      },
    })
    this.#ledger = new Ledger(requestTimes(this.store, now), SETTINGS)
  }

  /** One delivery of an image, which ends as processed or, where its name says `bad`, as corrupt. */
  write(name: string, process = 1): Promise<Actor> {
    return this.start('writer', '', process, async () => {
      const parsed = parseRawName(name)
      if ('problem' in parsed) throw new Error(parsed.problem)
      const created = Instant.parse(name.includes('yesterday') ? '2026-11-22T12:00:00Z' : '2026-11-23T11:00:00Z')
      const raw = {
        name,
        generation: '1',
        bytes: name.length,
        contentType: '',
        metadata: {},
        crc32c: '',
        createdAt: created,
      }
      const date = created.toString().slice(0, 10)
      const imageId = await imageIdOf(name)
      const rest = { date, via: 'redrive', holder: randomUUID(), profileVersion: 'p1', quotaExceeded: false } as const
      const claim = await this.#ledger.claim({ imageId, name: parsed, raw, ...rest })
      if (claim.kind === 'work') await this.#ledger.commit(claim.fence, this.#ending(name, claim.record.attempt))
    })
  }

  /** Opens a failed image again, where it is one. */
  replay(record: ImageRecord<Instant>, process = 1): Promise<Actor> {
    return this.start('writer', '', process, async () => {
      await this.#ledger.replay(record.customerId, record.imageId, true)
    })
  }

  /** `pages`: after so many, the run finds itself out of time. */
  export(process = 2, pages = Infinity): Promise<Actor> {
    const runId = `r${++this.#runs}`
    let asked = 0
    return this.start('exporter', runId, process, async (actor) => {
      actor.report = await runExport({
        store: this.store,
        warehouse: this.#overNetwork(),
        runId,
        pageRows: 2,
        sleep: () => this.park('sleep', null),
        outOfTime: () => ++asked > pages,
      })
    })
  }

  async records(): Promise<ImageRecord<Instant>[]> {
    const documents = await this.store.query({ collection: 'images', group: true })
    return documents.map(({ data }) => asRecord(data))
  }

  /** Steps an actor, and these jobs (all, unless said otherwise), until the actor has ended or `until` says so. */
  async finish(
    actor: Actor,
    jobs: () => readonly Actor[] = () => this.parked.filter(({ what }) => what === 'job'),
    until: (steps: number) => boolean = () => false,
  ): Promise<void> {
    for (let steps = 0; actor.status === 'parked' && !until(steps); steps++) {
      await this.step(actor, 'go')
      for (const job of jobs()) if (!until(steps)) await this.step(job, 'go')
    }
  }

  /** The jobs of one run that have not ended. */
  jobsOf(exporter: Actor): Actor[] {
    return this.parked.filter(({ what, id }) => what === 'job' && id.includes(`_${exporter.id}_`))
  }

  /** No more faults: everybody ends, then one more export runs, and only then comes what is still on the network. */
  async recover(): Promise<void> {
    await this.ended()
    this.advance(3600)
    const last = await this.export(0)
    if (last.report?.outcome !== 'complete') this.defects.push(new Error('the last export did not complete'))
    while (this.network[0]) await this.network[0].arrive()
    await this.settle()
  }

  #ending(name: string, attempt: number): Ending {
    const input = {
      format: 'jpeg',
      width: 2,
      height: 3,
      pages: 1,
      alpha: false,
      bytes: name.length,
      sha256: '00',
    } as const
    const more = { format: input.format, input, milliseconds: attempt * 10, profileVersion: 'p1' }
    if (name.includes('bad') && attempt === 1) return { ...unseen({ code: 'corrupt', message: 'damaged' }), ...more }
    const output = { name: 'fit', object: `o/${attempt}`, contentType: '', bytes: 3 + attempt, width: 1, height: 1 }
    return { ...unseen({ code: 'corrupt', message: '' }), ...more, error: null, outputs: [output] }
  }

  #overNetwork(): Warehouse {
    const network = this.#slowNetwork()
    const call = async <T>(kind: WarehouseCall['kind'], jobId: string, body: () => Promise<T>): Promise<T> => {
      const made = { number: ++this.calls, kind, jobId }
      this.interference.before?.(made)
      const result = await body()
      this.interference.after?.(made)
      return result
    }
    return {
      ...network,
      ensure: (...all) => call('ensure', '', () => network.ensure(...all)),
      submit: (jobId, job) => call('submit', jobId, () => network.submit(jobId, job)),
      state: (jobId) => call('state', jobId, () => network.state(jobId)),
      cancel: (jobId) => call('cancel', jobId, () => network.cancel(jobId)),
    }
  }

  #slowNetwork(): Warehouse {
    const { warehouse } = this
    return {
      ensure: (...all) => warehouse.ensure(...all),
      cells: (...all) => warehouse.cells(...all),
      imageRow: (...all) => warehouse.imageRow(...all),
      scanned: (read) => warehouse.scanned(read),
      state: (jobId) => warehouse.state(jobId),
      cancel: (jobId) => warehouse.cancel(jobId),
      count: (table) => warehouse.count(table),
      imagesByDate: (dates) => warehouse.imagesByDate(dates),
      submit: async (jobId, job) => {
        await this.park('before submit', warehouseFault)
        let arrived: Promise<'submitted' | 'taken'> | null = null
        const message: Message = {
          arrive: () => {
            const at = this.network.indexOf(message)
            if (at >= 0) this.network.splice(at, 1)
            return (arrived ??= warehouse.submit(jobId, job))
          },
        }
        this.network.push(message)
        await this.park('after submit', warehouseFault)
        return message.arrive()
      },
    }
  }

  async #atStore(at: string): Promise<void> {
    const began = this.now
    await this.park(at, () => new Fault(at))
    if (at === 'before commit' && this.now.isAfter(began.plusSeconds(TRANSACTION_SECONDS))) throw new Fault('expired')
  }

  async #atWarehouseJob(jobId: string, phase: 'before' | 'between' | 'after'): Promise<void> {
    await this.atJob(jobId, phase)
    if (phase === 'before') this.interference.job?.(jobId)
  }

  protected override isExpected({ name, message }: Error): boolean {
    return ['Fault', 'WarehouseFault', 'LeaseLost'].includes(name) || message.startsWith('BigQuery failed job')
  }
}

const warehouseFault = (at: string) => new WarehouseFault(at, true)

/** The store as writers see it: SERVER_TIME is when Firestore took the request in, before it was committed. */
function requestTimes(store: MemoryStore, now: () => Instant): DocumentStore {
  const timed = (data: WriteData) =>
    Object.fromEntries(Object.entries(data).map(([name, value]) => [name, value === SERVER_TIME ? now() : value]))
  return {
    get: (path) => store.get(path),
    query: (query) => store.query(query),
    snapshot: (body) => store.snapshot(body),
    transact: (body) =>
      store.transact((transaction) => {
        const at: Transaction = {
          get: (path) => transaction.get(path),
          query: (query) => transaction.query(query),
          readTime: () => transaction.readTime(),
          create: (path, data) => transaction.create(path, timed(data)),
          set: (path, data) => transaction.set(path, timed(data)),
          merge: (path, data) => transaction.merge(path, timed(data)),
          delete: (path) => transaction.delete(path),
        }
        return body(at)
      }),
  }
}
