import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { parseSettings } from '../functions/src/config/settings.ts'
import { FEEDS } from '../functions/src/export/feeds.ts'
import { ndjson, type Row } from '../functions/src/export/rows.ts'
import type { Column, Table } from '../functions/src/export/schema.ts'
import { VIEWS } from '../functions/src/export/views.ts'
import { WarehouseFault, type Days, type Warehouse } from '../functions/src/export/warehouse.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { dateIn } from '../functions/src/ledger/reporting-zone.ts'
import { warehouseOf } from '../functions/src/platform/compose-warehouse.ts'
import { print, UsageError, type Command } from './command.ts'

/** On-demand list price of the multi-regions US and EU. */
export const PRICE = {
  usdPerTiB: 6.25,
  since: '2023-07-05',
  source: 'https://cloud.google.com/bigquery/pricing',
} as const

const MIB = 2 ** 20
const TIB = 2 ** 40
/** What a query is charged for at least, for each table that it reads. */
const LEAST = 10 * MIB
/** How often the export runs in 30 days: see `exportToBigQuery` in functions/src/index.ts. */
const RUNS_A_MONTH = 30 * 24 * 12
const DEFAULT_DAYS = 30

export interface Scan {
  readonly what: 'merge' | 'view'
  readonly name: string
  /** That would be read; null where nobody counts them. */
  readonly bytes: number | null
  /** Charged for one time; null as before. */
  readonly usd: number | null
}

/** What `bytes` of one query cost by {@link PRICE}, in US dollars. */
export const costOf = (bytes: number) => (Math.max(bytes, LEAST) / TIB) * PRICE.usdPerTiB

/**
 * Dry runs of all that the export and the views read: a MERGE of a page into the last two of these days, and all that each view has for them.
 * Nothing is read or changed, but that each MERGE gets a staging table of one row, which is deleted by itself after a day.
 * `counts`: whether the warehouse counts bytes, which a stand-in does not.
 */
export async function scan(warehouse: Warehouse, days: Days, counts: boolean): Promise<readonly Scan[]> {
  const scans: Scan[] = []
  const add = (what: Scan['what'], name: string, bytes: number) =>
    scans.push({ what, name, ...(counts ? { bytes, usd: costOf(bytes) } : { bytes: null, usd: null }) })
  const dates = [dayBefore(days.to), days.to]
  for (const { table } of FEEDS) {
    const staging = await staged(warehouse, table, days.to)
    const merge = { kind: 'merge', table, staging, dates: table.partition === undefined ? [] : dates } as const
    add('merge', table.name, await warehouse.scanned(merge))
  }
  for (const view of VIEWS) add('view', view.name, await warehouse.scanned({ kind: 'view', view, days }))
  return scans
}

/** The name of a new staging table with one row. */
async function staged(warehouse: Warehouse, table: Table, date: string): Promise<string> {
  const staging = `${table.name}_scan_${randomBytes(8).toString('hex')}`
  const job = { kind: 'stage', staging, columnsOf: table, rows: ndjson([anyRow(table, date)]) } as const
  await warehouse.submit(staging, job)
  for (;;) {
    const state = await warehouse.state(staging)
    if (state.state === 'done') return staging
    if (state.state === 'failed') {
      throw new WarehouseFault(
        `no staging table could be made for ${table.name} (${state.reason}): the export makes the datasets with its first run`,
        false,
      )
    }
    await setTimeout(100)
  }
}

function anyRow({ columns }: Table, date: string): Row {
  const value = ({ type }: Column) => (type === 'DATE' ? date : type === 'INT64' ? 0 : 'scan')
  return Object.fromEntries(columns.filter(({ mode }) => mode === 'REQUIRED').map((each) => [each.name, value(each)]))
}

/** The lines to print. */
export function scanLines(scans: readonly Scan[], days: Days): readonly string[] {
  const isMonthly = ({ what }: Scan) => what === 'merge'
  const line = (each: Scan) => {
    if (each.bytes === null || each.usd === null) return `  ${each.name.padEnd(26)} no figure`
    const month = isMonthly(each) ? `${(each.usd * RUNS_A_MONTH).toFixed(2).padStart(12)} USD a month` : ''
    return `  ${each.name.padEnd(26)}${megabytes(each.bytes)} MiB${each.usd.toFixed(6).padStart(13)} USD${month}`
  }
  return [
    `on demand, ${PRICE.usdPerTiB} USD for each TiB (list price of US and EU since ${PRICE.since}, ${PRICE.source}),`,
    `10 MiB at least; the first TiB of a month is free, which is left out here`,
    '',
    `MERGE of one page into ${dayBefore(days.to)} and ${days.to}, and with one every 5 minutes:`,
    ...scans.filter(isMonthly).map(line),
    '',
    `each view, all columns, ${days.from} to ${days.to} (those without a column date: all):`,
    ...scans.filter((each) => !isMonthly(each)).map(line),
    ...(scans.some(({ bytes }) => bytes === null)
      ? [
          '',
          'The stand-in takes each of these statements, and counts no bytes: name a project by --project for figures.',
        ]
      : []),
  ]
}

const megabytes = (bytes: number) => (bytes / MIB).toFixed(1).padStart(12)

const dayBefore = (date: string) => plusDays(date, -1)
const plusDays = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

const isDay = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && plusDays(text, 0) === text

/** Throws a UsageError for what is no day, and where they are in the wrong order. */
export function daysOf(from: string | undefined, to: string | undefined, today: string): Days {
  const last = to ?? today
  for (const date of [from, last]) {
    if (date !== undefined && !isDay(date)) {
      throw new UsageError(`scan: ${JSON.stringify(date)} is no day: expected YYYY-MM-DD`)
    }
  }
  const first = from ?? plusDays(last, 1 - DEFAULT_DAYS)
  if (first > last) throw new UsageError(`scan: --from ${first} is after --to ${last}`)
  return { from: first, to: last }
}

export const scanCommand: Command = {
  help: `  scan                           shows what BigQuery would read for the export and for each view, and what that costs; runs none of it
    --from DAY --to DAY          of these days (YYYY-MM-DD); else the last ${DEFAULT_DAYS}
    --json                       as JSON
`,
  async run(_args, { from, to, json }) {
    const settings = parseSettings(process.env)
    const days = daysOf(from, to, dateIn(settings.reportingTimeZone, Instant.ofMillis(Date.now())))
    const warehouse = warehouseOf(settings)
    const scans = await scan(warehouse, days, settings.bigqueryApiEndpoint === '')
    if (json) print(JSON.stringify({ ...days, price: PRICE, scans }))
    else for (const line of scanLines(scans, days)) print(line)
    return 0
  },
}
