/** What the tests of the export write, and how they see that BigQuery has exactly that. */
import type { ImageRecord } from '../../functions/src/contract/record.ts'
import { cellKey } from '../../functions/src/contract/record.ts'
import { imageRow, type Row } from '../../functions/src/export/rows.ts'
import { CUSTOMER_STATS, CUSTOMERS, EXPORT_STATUS, IMAGES } from '../../functions/src/export/schema.ts'
import type { ExportSimulation } from '../../functions/src/export/testing/export-simulation.ts'
import { asStatsShard, sumShards } from '../../functions/src/ledger/counters.ts'
import type { Instant } from '../../functions/src/ledger/instant.ts'

export const NAMES = [
  'web/c1/u1/good.jpg',
  'web/c1/u2/bad.jpg',
  'web/c1/u3/yesterday.jpg',
  'kafka/c1/t-0-1-2/bad',
  'web/c2/u1/bad.jpg',
]

/** Rows or cells as {key: figures}, zeros left out, so that sums from different places can be compared. */
type Figures = Record<
  string,
  { images: number; bytesIn: number; bytesOut: number; pixels: number; milliseconds: number }
>

function add(all: Figures, key: string, figures: Figures[string]): void {
  const sum = (all[key] ??= { images: 0, bytesIn: 0, bytesOut: 0, pixels: 0, milliseconds: 0 })
  for (const name of ['images', 'bytesIn', 'bytesOut', 'pixels', 'milliseconds'] as const) sum[name] += figures[name]
}

const KEY = ['customer_id', 'date', 'source', 'format', 'outcome']

function fromRows(rows: readonly Row[]): Figures {
  const all: Figures = {}
  for (const row of rows) {
    if (row['images'] === 0) continue
    add(all, KEY.map((column) => row[column] as string).join('~'), {
      images: Number(row['images'] ?? 1),
      bytesIn: Number(row['bytes_in']),
      bytesOut: Number(row['bytes_out']),
      pixels: Number(row['pixels']),
      milliseconds: Number(row['milliseconds']),
    })
  }
  return all
}

function fromRecords(records: readonly ImageRecord<Instant>[]): Figures {
  const all: Figures = {}
  for (const { customerId, date, counted } of records) {
    if (counted !== null) add(all, `${customerId}~${date}~${cellKey(counted)}`, { images: 1, ...counted })
  }
  return all
}

async function fromCounters(simulation: ExportSimulation): Promise<Figures> {
  const all: Figures = {}
  const shards = (await simulation.store.query({ collection: 'stats', group: true })).map(asStatsShard)
  for (const [day, ofDay] of Map.groupBy(shards, ({ customerId, date }) => `${customerId}~${date}`)) {
    for (const [key, cell] of sumShards(ofDay)) if (cell.images !== 0) add(all, `${day}~${key}`, cell)
  }
  return all
}

/** Records, counters and rows agree, nothing is twice, and nobody has done what he should not. */
export async function expectExact(simulation: ExportSimulation): Promise<void> {
  const { warehouse } = simulation
  expect(simulation.defects).toEqual([])
  const records = await simulation.records()
  const byId = (rows: readonly (Row | null)[]) =>
    rows
      .flatMap((row) => (row === null ? [] : [[row['image_id'] as string, row] as const]))
      .sort(([a], [b]) => (a < b ? -1 : 1))
  expect(byId(warehouse.rows('images'))).toEqual(byId(records.map(imageRow)))
  expect(fromRows(warehouse.rows('images'))).toEqual(fromRecords(records))
  expect(fromRows(warehouse.rows('customer_stats'))).toEqual(await fromCounters(simulation))
  expect(fromRows(warehouse.rows('customer_stats'))).toEqual(fromRecords(records))
  const customers = await simulation.store.query({ collection: 'customers' })
  expect(warehouse.rows('customers')).toHaveLength(customers.length)
  for (const table of [IMAGES, CUSTOMER_STATS, CUSTOMERS, EXPORT_STATUS]) {
    const { rows, keys } = await warehouse.count(table)
    expect(`${table.name}: ${rows}`).toBe(`${table.name}: ${keys}`)
  }
}

export async function written(simulation: ExportSimulation, names: readonly string[]): Promise<void> {
  for (const name of names) await simulation.finish(await simulation.write(name))
}

/** The failed images are done again and processed this time, so that rows and cells of before are out of date. */
export async function replayed(simulation: ExportSimulation): Promise<void> {
  simulation.free = true
  for (const record of await simulation.records()) {
    if (record.state !== 'failed') continue
    await simulation.replay(record)
    await simulation.write(record.raw.name)
  }
  simulation.free = false
}
