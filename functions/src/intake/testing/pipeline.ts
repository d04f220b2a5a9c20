import { parseSettings, type Settings } from '../../config/settings.ts'
import { cellKey, durationBucket, type Cell, type ImageRecord } from '../../contract/record.ts'
import { asStatsShard, sumShards } from '../../ledger/counters.ts'
import { Instant } from '../../ledger/instant.ts'
import { asRecord, Ledger } from '../../ledger/ledger.ts'
import { MemoryStore } from '../../ledger/testing/memory-store.ts'
import { processImage } from '../../processing/process-image.ts'
import type { Profile } from '../../processing/profile.ts'
import { STANDARD } from '../../processing/profiles.ts'
import type { LogFields } from '../log.ts'
import { limitsSource } from '../own-limits.ts'
import { receive, type Intake, type Received } from '../receive.ts'
import type { RedriveTask } from '../redrive-task.ts'
import { MemoryObjects } from './memory-objects.ts'

/** A fault of the platform, as tests cause it. */
export class Fault extends Error {
  override readonly name = 'Fault'
}

type Where = 'raw' | 'processed' | 'store'
type Operation = `${Where} ${string} ${'before' | 'after'}`

/** The whole way of an image over ports in memory, with the real processing code. */
export class Pipeline {
  now = Instant.parse('2026-11-23T12:00:00Z')
  /** Every operation on a port, such as `raw read before`. */
  readonly operations: Operation[] = []
  /** Called at each operation; what it throws, the operation throws. */
  at: (operation: Operation, path: string) => void = () => {}
  readonly logged: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = []
  readonly redriven: RedriveTask[] = []
  readonly store: MemoryStore
  readonly raw: MemoryObjects
  readonly processed: MemoryObjects
  readonly intake: Intake

  constructor(
    {
      profile = STANDARD,
      ...changes
    }: Partial<Pick<Intake, 'process' | 'profileFor' | 'paused'>> & { readonly profile?: Profile } = {},
    settings: Partial<Settings> = {},
  ) {
    const options = (where: Where) => ({
      now: () => (this.now = Instant.ofMicros(this.now.micros + 1)),
      gate: ({ kind, path }: { readonly kind: string; readonly path: string }, phase: 'before' | 'after') => {
        const operation: Operation = `${where} ${kind} ${phase}`
        this.operations.push(operation)
        this.at(operation, path)
      },
    })
    this.store = new MemoryStore(options('store'))
    this.raw = new MemoryObjects(options('raw'))
    this.processed = new MemoryObjects(options('processed'))
    const all = { ...parseSettings({ RAW_BUCKET: 'raw', PROCESSED_BUCKET: 'processed' }), statsShards: 2, ...settings }
    const log = (level: string) => (message: string, fields: LogFields) => this.logged.push({ level, message, fields })
    let milliseconds = 0
    this.intake = {
      store: this.store,
      ledger: new Ledger(this.store, all),
      raw: this.raw,
      processed: this.processed,
      profileFor: async () => profile,
      paused: async () => false,
      ...limitsSource({ store: this.store, settings: all, clock: () => this.now.toMillis() }),
      settings: all,
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      process: processImage,
      redrive: async (task) => {
        this.redriven.push(task)
      },
      // Each look at the clock finds it ten milliseconds later.
      clock: () => (milliseconds += 10),
      ...changes,
    }
  }

  /** Puts a raw object there and delivers its event. */
  async upload(name: string, bytes: Uint8Array): Promise<Received> {
    await this.raw.create(name, bytes, 'image/jpeg')
    return this.deliver(name)
  }

  deliver(name: string, via: 'event' | 'redrive' = 'event'): Promise<Received> {
    return receive(this.intake, name, via)
  }

  /** The first operation of this kind fails, and no further one. */
  failOnce(failing: Operation, when: (path: string) => boolean = () => true): void {
    let left = 1
    this.at = (operation, path) => {
      if (operation === failing && when(path) && left-- > 0) throw new Fault(operation)
    }
  }

  /** Every record there is, in the order of paths. */
  async records(): Promise<ImageRecord<Instant>[]> {
    return (await this.store.query({ collection: 'images', group: true })).map(({ data }) => asRecord(data))
  }

  /** The only record there is. */
  async record(): Promise<ImageRecord<Instant>> {
    const [record, ...others] = await this.records()
    if (record === undefined || others.length > 0) throw new Error('expected one record')
    return record
  }

  /** The counters of all customers and days together; cells without images are left out. */
  async counters(): Promise<Readonly<Record<string, Cell>>> {
    const shards = await this.store.query({ collection: 'stats', group: true })
    return Object.fromEntries([...sumShards(shards.map(asStatsShard))].filter(([, cell]) => cell.images !== 0))
  }

  /** The fields of each line that says that an image is finished. */
  get finished(): LogFields[] {
    return this.logged.filter(({ message }) => message === 'image finished').map(({ fields }) => fields)
  }
}

/** What every finished image owes: one record, the same figures in the counters, and one line in the log. */
export async function expectFinished(pipeline: Pipeline): Promise<void> {
  const records = await pipeline.records()
  const expected: Record<string, Cell> = {}
  for (const { counted, ...record } of records) {
    expect(record).toMatchObject({ job: null, dueAt: null })
    if (counted === null) throw new Error('not counted')
    const { source: _source, format: _format, outcome, ...sums } = counted
    expect(outcome).toBe(record.error?.code ?? 'processed')
    const key = cellKey(counted)
    expect(expected[key]).toBeUndefined()
    expected[key] = { images: 1, ...sums, histogram: { [durationBucket(sums.milliseconds)]: 1 } }
  }
  const counters = Object.entries(await pipeline.counters()).map(([key, { histogram, ...cell }]) => {
    const filled = Object.entries(histogram).filter(([, count]) => count !== 0)
    return [key, { ...cell, histogram: Object.fromEntries(filled) }]
  })
  expect(Object.fromEntries(counters)).toEqual(expected)
}

/** Exactly these fields: dashboards and alerts rest on them. */
export async function expectOneLine(pipeline: Pipeline): Promise<void> {
  const { customerId, imageId, raw, source, attempt, error, counted, receivedAt, processedAt } = await pipeline.record()
  expect(pipeline.finished).toEqual([
    {
      customer: customerId,
      image: imageId,
      object: raw.name,
      source,
      format: counted?.format,
      job: 'first',
      outcome: counted?.outcome,
      bytesIn: raw.bytes,
      bytesOut: counted?.bytesOut,
      pixels: counted?.pixels,
      milliseconds: counted?.milliseconds,
      waitMilliseconds: Math.round(((processedAt?.micros ?? NaN) - receivedAt.micros) / 1000),
      attempt,
      errorCode: error?.code ?? null,
      customerGroup: 'other',
    },
  ])
}
