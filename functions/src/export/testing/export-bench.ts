import { setImmediate } from 'node:timers/promises'
import { SERVER_TIME, type WriteData } from '../../ledger/document-store.ts'
import { Instant } from '../../ledger/instant.ts'
import { MemoryStore, type Gate } from '../../ledger/testing/memory-store.ts'
import { FEEDS } from '../feeds.ts'
import { ndjson, type Row } from '../rows.ts'
import { runExport, type Export, type ExportReport } from '../run.ts'
import type { Job, Warehouse } from '../warehouse.ts'
import { MemoryWarehouse, type WarehouseGate } from './memory-warehouse.ts'

/** The export over a store and a warehouse in memory, with documents as the ledger writes them. */
export class ExportBench {
  now = Instant.parse('2026-11-23T12:00:00Z')
  gate: WarehouseGate = () => {}
  storeGate: Gate = () => {}
  readonly store = new MemoryStore({
    now: () => (this.now = Instant.ofMicros(this.now.micros + 1)),
    gate: (operation, phase) => this.storeGate(operation, phase),
  })
  readonly warehouse = new MemoryWarehouse({ gate: (operation, phase) => this.gate(operation, phase) })
  readonly submitted: { readonly jobId: string; readonly job: Job }[] = []
  readonly cancelled: string[] = []
  runs = 0

  async write(path: string, data: WriteData): Promise<void> {
    await this.store.transact(async (transaction) => transaction.set(path, data))
  }

  image(id: string, more: WriteData = {}): Promise<void> {
    return this.write(`customers/c1/images/${id}`, {
      imageId: id,
      customerId: 'c1',
      source: 'web',
      fileName: `${id}.jpg`,
      date: '2026-11-23',
      state: 'processed',
      job: null,
      attempt: 1,
      raw: { name: `web/c1/u/${id}.jpg`, generation: '1', bytes: 9, contentType: '', crc32c: '', createdAt: this.now },
      input: { format: 'jpeg', width: 2, height: 3, pages: 1, alpha: false, bytes: 9, sha256: 'aa' },
      outputs: [],
      error: null,
      profileVersion: 'p1',
      receivedAt: this.now,
      processedAt: this.now,
      availableUntil: null,
      counted: { ...COUNTED, outcome: 'processed' },
      revision: 1,
      updatedAt: SERVER_TIME,
      exportShard: 0,
      ...more,
    })
  }

  stats(shard: number, images: number, more: WriteData = {}): Promise<void> {
    const { source: _source, format: _format, ...sums } = COUNTED
    return this.write(`customers/c1/stats/2026-11-23~${shard}`, {
      customerId: 'c1',
      date: '2026-11-23',
      cells: { 'web~jpeg~processed': { ...sums, images, histogram: { '9': images } } },
      updatedAt: SERVER_TIME,
      exportShard: shard,
      ...more,
    })
  }

  async run(more: Partial<Export> = {}): Promise<ExportReport> {
    const { warehouse, submitted, cancelled } = this
    const recording: Warehouse = {
      ensure: (...all) => warehouse.ensure(...all),
      submit: (jobId, job) => {
        submitted.push({ jobId, job })
        return warehouse.submit(jobId, job)
      },
      state: (jobId) => warehouse.state(jobId),
      cancel: (jobId) => {
        cancelled.push(jobId)
        return warehouse.cancel(jobId)
      },
      count: (table) => warehouse.count(table),
      imagesByDate: (dates) => warehouse.imagesByDate(dates),
      cells: (...all) => warehouse.cells(...all),
      imageRow: (...all) => warehouse.imageRow(...all),
      scanned: (read) => warehouse.scanned(read),
    }
    return runExport({
      store: this.store,
      warehouse: recording,
      runId: `r${++this.runs}`,
      pageRows: 100,
      // Lets the jobs go on, which nothing else would.
      sleep: async () => setImmediate(),
      outOfTime: () => false,
      ...more,
    })
  }

  /** Changes rows in BigQuery, as somebody might who is not us. */
  async byHand(table: string, change: (row: Row) => Row): Promise<void> {
    const rows = this.warehouse.rows(table).map(change)
    const columnsOf = FEEDS.find((feed) => feed.table.name === table)?.table
    if (columnsOf === undefined) throw new Error(`there is no table ${table}`)
    const dates = rows.map((row) => row['date'] as string)
    await this.warehouse.submit('by-hand-1', { kind: 'stage', staging: 'by-hand', columnsOf, rows: ndjson(rows) })
    await this.settled()
    await this.warehouse.submit('by-hand-2', {
      kind: 'merge',
      table: columnsOf,
      staging: 'by-hand',
      dates,
      refill: true,
    })
    await this.settled()
  }

  /** Resolves once the jobs that can have ended. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await setImmediate()
  }

  /** Of the images in BigQuery, in order. */
  ids(): readonly string[] {
    const ids = this.warehouse.rows('images').map((row) => row['image_id'] as string)
    return ids.sort()
  }
}

export const COUNTED = {
  source: 'web',
  format: 'jpeg',
  reprocessed: 0,
  bytesIn: 9,
  bytesOut: 3,
  pixels: 6,
  milliseconds: 5,
} as const
