import { parseSettings } from '../functions/src/config/settings.ts'
import { CUSTOMER_ID } from '../functions/src/contract/names.ts'
import { dateIn, plusDays, reportingZone } from '../functions/src/ledger/reporting-zone.ts'
import { warehouseOf } from '../functions/src/platform/compose-warehouse.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { serverTime } from '../functions/src/reconcile/moment.ts'
import {
  repairDays,
  verify as compare,
  type FigureRow,
  type Verified,
  type VerifyCounts,
} from '../functions/src/reconcile/verify.ts'
import { print, UsageError, type Command, type Options } from './command.ts'
import { ProgressLine } from './terminal.ts'

/** Days that are compared where none are named. */
const DAYS = 30
/** Of the differences. */
const SHOWN = 50

export const verify: Command = {
  help: `  verify                         compares, for each customer, day, source, format and outcome: records, counters, BigQuery's images and its
                                 customer_stats. Exits with 1 where they differ; what changed within the last ten minutes may not be exported
    --from DAY --to DAY          these days (YYYY-MM-DD); else the last ${DAYS}
    --customer C                 of one customer
    --repair                     then adds to the counters what they lack by the records, as recount does, with a trace in Firestore
    --json                       as one line of JSON
`,
  changes: (_args, { repair }) => repair,
  async run(args, options) {
    if (args.length > 0) throw new UsageError(`verify ${args.join(' ')}: expected options alone`)
    const given = daysOf(options)
    const settings = parseSettings(process.env)
    await using store = new FirestoreStore()
    const warehouse = warehouseOf(settings)
    const timeZone = (await reportingZone(store)) ?? settings.reportingTimeZone
    const to = given.to ?? dateIn(timeZone, await serverTime(store))
    const selection = { from: given.from ?? plusDays(to, 1 - DAYS), to, customerId: options.customer }
    if (selection.from > to) throw new UsageError(`verify: the days from ${selection.from} to ${to} are none`)
    const shown: FigureRow[] = []
    const line = new ProgressLine()
    const deps = {
      store,
      warehouse,
      timeZone,
      recordDays: settings.recordDays,
      progress: ({ date, records, differing }: VerifyCounts & { readonly date: string }) =>
        line.show(`${date}: ${records} records compared, ${differing} figures differ`),
    }
    const done = await compare(deps, selection, (row) => void (shown.length < SHOWN && shown.push(row)))
    line.end()
    if (!options.json) printVerified(done, shown)
    const repaired = options.repair ? await repairDays(store, done.wrongCounters) : null
    const ok = done.differing === 0
    if (options.json) print(JSON.stringify({ ok, ...selection, ...done, differences: shown, repaired }))
    else if (repaired !== null)
      print(`the counters of ${repaired} customers' days were repaired; BigQuery follows with the next export`)
    return ok ? 0 : 1
  },
}

/** Throws a UsageError. */
function daysOf({ from, to, customer }: Options): {
  readonly from?: string | undefined
  readonly to?: string | undefined
} {
  for (const day of [from, to]) {
    if (day !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))))
      throw new UsageError(`verify: the day ${JSON.stringify(day)}: expected YYYY-MM-DD`)
  }
  if (customer !== undefined && !CUSTOMER_ID.test(customer)) {
    throw new UsageError(
      `verify: the customer ${JSON.stringify(customer)}: expected an id that matches ${CUSTOMER_ID.source}`,
    )
  }
  return { from, to }
}

function printVerified(done: Verified, shown: readonly FigureRow[]): void {
  if (shown.length > 0) printTable(shown)
  const { days, records, imagesInBigQuery, differing, notExported, erased, sealedUntil } = done
  print(`${days} customers' days were compared: ${records} records, ${imagesInBigQuery} images in BigQuery`)
  if (notExported > 0) print(`${notExported} of them changed within the last ten minutes and are not exported yet`)
  if (erased > 0) print(`${erased} of them are of customers whose data is being deleted`)
  if (differing === 0) return print(`every figure agrees (up to ${sealedUntil} without records, which expire)`)
  print(
    `${differing} figures differ${differing > shown.length ? `, of which the first ${shown.length} are shown` : ''}`,
  )
}

function printTable(rows: readonly FigureRow[]): void {
  const head = [
    'date',
    'customer',
    'source, format, outcome',
    'figure',
    'records',
    'counters',
    'images',
    'customer_stats',
  ]
  const cells = rows.map(({ date, customerId, cell, field, records, counters, images, stats }) => [
    date,
    customerId,
    cell.replaceAll('~', ', '),
    field,
    ...[records, counters, images, stats].map((figure) => (figure === null ? '' : String(figure))),
  ])
  const widths = head.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((text, i) => (i < 4 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  ')
  for (const row of [head, ...cells]) print(line(row).trimEnd())
  print('')
}
