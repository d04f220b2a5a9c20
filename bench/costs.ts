/**
 * What a million images cost, by part. No measurement: docs/costs.md says where each figure comes from, and has the table that this prints; a test
 * holds the two equal, and the operations counted here to those that the pipeline makes.
 *
 * `npm run bench costs` prints the table; with options such as `-- --imagesPerSecond 20 --bytesIn 800000` a column of one's own.
 */
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { MAX_BYTES } from '../functions/src/export/batch.ts'
import { SCHEDULES } from '../functions/src/contract/runs.ts'
import { OVERLAP_SECONDS } from '../functions/src/export/cursor.ts'
import { TIMING } from '../functions/src/rollup/rollup.ts'

/** US dollars, europe-west1, without free tiers and taxes. docs/costs.md has sources and dates. */
export const PRICES = {
  cpuSecond: 0.000024,
  memoryGibSecond: 0.0000025,
  request: 0.4e-6,
  storageGibMonth: 0.02,
  classA: 5e-6,
  classB: 0.4e-6,
  egressGib: 0.12,
  read: 0.33e-6,
  write: 0.99e-6,
  delete: 0.11e-6,
  documentsGibMonth: 0.165,
  /** As much again as the documents. */
  recoveryGibMonth: 0.165,
  backupGibMonth: 0.033,
  messagesTib: 40,
  loggingGib: 0.5,
  /** Of the EU, where BIGQUERY_LOCATION puts the dataset. */
  scannedTib: 6.25,
  rowsGibMonth: 0.02,
  scheduledJobMonth: 0.1,
  secretMonth: 0.06,
} as const

/** What one image does, as tests/unit/costs.test.ts counts it: one that is processed, and one that is over its customer's quota. */
export const OPERATIONS = {
  processed: { reads: 5, writes: 4, classA: 3, classB: 2, documents: 2, lines: 2 },
  refused: { reads: 3, writes: 2, classA: 0, classB: 1, documents: 1, lines: 1 },
} as const

/**
 * What a run of rollup does where nothing has changed, and for each customer's day: counters that have changed are read one by one, then all of the day, its
 * month, and where it has changed its summary; of `shared` documents at most so many for a hundred customers.
 */
export const ROLLUP = {
  quiet: { reads: 11, writes: 2 },
  day: { reads: 1, changed: { reads: 1, writes: 2 } },
  shared: { reads: 10, writes: 9 },
} as const
/** Who sends, and over how many documents each one's counters are spread: STATS_SHARDS. */
const CUSTOMERS = 1000
const SHARDS = 8

/** Measured, in seconds and bytes. */
export const MEASURED = {
  /** docs/benchmarks.md: one core, two images in flight. */
  cpuSeconds: 0.11,
  /** By Firestore's rules of size: a record with its three outputs and its entries in indexes; the mark of its content. */
  recordBytes: 2050 + 1210,
  contentBytes: 230,
  /** By BigQuery's: a row of `images`, and of it the columns by which MERGE finds it. */
  rowBytes: 490,
  keyBytes: 88,
  /** A row on its way, as JSON. */
  jsonBytes: 1030,
} as const

/** What provision/firestore.ts keeps: daily ones for a week, weekly ones for four. */
const BACKUPS = 7 + 4
/** How often recount reads an image: once its customer's day is quiet, and at the end of a busy one. */
const RECOUNTED = 2
/** How often recount counts a day's records: each hour of the day itself, and once a day for a week; and how many of them cost as much as one read. */
const COUNTS = 24 / 2 + 7
const COUNTED_AT_ONCE = 1000
/** Objects that a list has. */
const LISTED = 999
/** Days that an hour's recount looks at in BigQuery, and bytes of an image's row for that: its key, and its figures. */
const COMPARED_DAYS = 1.5
const COMPARED_BYTES = 190

export interface Load {
  readonly imagesPerSecond: number
  readonly bytesIn: number
  /** Of all results of an image together. */
  readonly bytesOut: number
  /** Seconds in which an image waits for Storage and Firestore. */
  readonly waitSeconds: number
  /** Images that share an instance's second: from 1 to the function's concurrency. */
  readonly inFlight: number
  readonly memoryGib: number
  /** EXPORT_PAGE_ROWS. */
  readonly pageRows: number
  /** Reads of a customer's quota and profiles: remembered for a minute, so that they count only where images are rare. */
  readonly coldReads: number
  /** Reads by the customer's own page, which watches. */
  readonly watched: number
  /** What of an image's results is looked at, and in how many objects. */
  readonly viewedBytes: number
  readonly views: number
  readonly rawDays: number
  readonly retentionDays: number
  readonly recordDays: number
  /** Seconds in which the scheduled functions run in a month, together. */
  readonly scheduledSeconds: number
  /** How often in a day reconcile comes through the raw bucket. */
  readonly sweeps: number
}

const MONTH_SECONDS = 30.4 * 86_400
const EVERY = 300
const BASE = {
  bytesIn: 3_000_000,
  bytesOut: 125_000,
  waitSeconds: 0.5,
  inFlight: 2,
  memoryGib: 2,
  coldReads: 0,
  watched: 2,
  viewedBytes: 50_000,
  views: 2,
  rawDays: 14,
  retentionDays: 7,
  recordDays: 400,
  scheduledSeconds: MONTH_SECONDS + 30.4 * 1440 * 15,
}
const rare = { inFlight: 1, coldReads: 2, pageRows: 5000, scheduledSeconds: 30.4 * (288 * 60 + 1440 * 2) }

/** The columns of docs/costs.md. */
export const LOADS: readonly Load[] = [
  { ...BASE, ...rare, imagesPerSecond: 1, sweeps: 9 },
  { ...BASE, imagesPerSecond: 100, pageRows: 25_000, sweeps: 1.3 },
  { ...BASE, imagesPerSecond: 1000, pageRows: 25_000, sweeps: 0.2 },
]

const MILLION = 1e6
const GIB = 2 ** 30
const months = (days: number) => days / 30.4

/**
 * TiB that the export's MERGEs scan for a million images. Each pass goes back OVERLAP_SECONDS, so that a row is moved by several; each page is a
 * MERGE, which is billed for its staging table, the key's columns of the day's partition, and all of that partition, since it may update
 * there. A day's partition is half full on average.
 */
export function mergedTib({ imagesPerSecond, pageRows }: Pick<Load, 'imagesPerSecond' | 'pageRows'>): number {
  const { rowBytes, keyBytes, jsonBytes } = MEASURED
  const moved = imagesPerSecond * (EVERY + OVERLAP_SECONDS)
  const partition = (imagesPerSecond * 86_400) / 2
  const pages = Math.ceil(moved / Math.min(pageRows, MAX_BYTES / jsonBytes))
  const run = pages * partition * (rowBytes + keyBytes) + moved * rowBytes
  return ((run / EVERY / imagesPerSecond) * MILLION) / 2 ** 40
}

/** How often the export reads, and moves, each record. */
const EXPORTED = (EVERY + OVERLAP_SECONDS) / EVERY

/** How many of `all`, by chance, have one or more of so many images. */
const hit = (all: number, images: number) => all * (1 - Math.exp(-images / all))

/** What rollup reads and writes in a minute, on average: nine runs in ten look back a little, and one as far as makes sure. */
export function rolledUp({ imagesPerSecond }: Pick<Load, 'imagesPerSecond'>) {
  const changed = hit(CUSTOMERS, 60 * imagesPerSecond)
  const shared = Math.ceil(changed / 100)
  const run = (seconds: number) => {
    const days = hit(CUSTOMERS, seconds * imagesPerSecond)
    const read = hit(CUSTOMERS * SHARDS, seconds * imagesPerSecond) + days * (SHARDS + ROLLUP.day.reads)
    return ROLLUP.quiet.reads + read + changed * ROLLUP.day.changed.reads + shared * ROLLUP.shared.reads
  }
  const every = TIMING.thoroughOverlap / 60
  // Each day is held against its counters once.
  const checked = (CUSTOMERS * (SHARDS + 1)) / 1440
  return {
    reads: (1 - 1 / every) * run(60 + TIMING.overlap) + run(2 * TIMING.thoroughOverlap) / every + checked,
    writes: ROLLUP.quiet.writes + changed * ROLLUP.day.changed.writes + shared * ROLLUP.shared.writes,
  }
}

export interface Part {
  readonly part: string
  /** Of a million images. */
  readonly dollars: number
}

/** `kind`: what becomes of the images. */
export function costs(load: Load, kind: keyof typeof OPERATIONS = 'processed'): readonly Part[] {
  const { cpuSeconds, recordBytes, contentBytes, rowBytes } = MEASURED
  const { reads, writes, classA, classB, documents, lines } = OPERATIONS[kind]
  const works = kind === 'processed'
  // A refused image waits for Storage once and for one transaction, and computes next to nothing.
  const alone = works ? cpuSeconds + load.waitSeconds : 0.3 * load.waitSeconds
  const seconds = Math.max(works ? cpuSeconds : 0, alone / load.inFlight)
  const documentMonths = ((recordBytes + (works ? contentBytes : 0)) / GIB) * months(load.recordDays)
  const perMonth = (load.imagesPerSecond * MONTH_SECONDS) / MILLION
  const runs = Object.values(SCHEDULES).reduce((sum, { everySeconds }) => sum + MONTH_SECONDS / everySeconds, 0)
  const always =
    load.scheduledSeconds * (PRICES.cpuSecond + 0.5 * PRICES.memoryGibSecond) +
    ((load.sweeps * load.rawDays * load.imagesPerSecond * MONTH_SECONDS) / LISTED) * PRICES.classA +
    Object.keys(SCHEDULES).length * PRICES.scheduledJobMonth +
    2 * runs * (PRICES.read + PRICES.write) +
    PRICES.secretMonth
  // The event is published and delivered; a line of ours has some 1000 bytes with its labels, and Cloud Run writes one for each request.
  const messageBytes = 2 * 2000
  const logBytes = 1000 * (lines + 1)
  const rollup = rolledUp(load)
  const of = (part: string, each: number): Part => ({ part, dollars: each * MILLION })
  return [
    of('processImage: CPU', seconds * PRICES.cpuSecond),
    of('processImage: memory', seconds * load.memoryGib * PRICES.memoryGibSecond),
    of('processImage: calls', PRICES.request),
    of('Storage: uploads and results written', (1 + classA) * PRICES.classA),
    of('Storage: reads', classB * PRICES.classB),
    of(`Storage: raw, ${load.rawDays} days`, (load.bytesIn / GIB) * months(load.rawDays) * PRICES.storageGibMonth),
    of(
      `Storage: results, ${load.retentionDays} days`,
      works ? (load.bytesOut / GIB) * months(load.retentionDays) * PRICES.storageGibMonth : 0,
    ),
    of('Firestore: reads by the pipeline', (reads + load.coldReads) * PRICES.read),
    of('Firestore: reads by the export', EXPORTED * PRICES.read),
    of('Firestore: reads by recount and the sweep', (RECOUNTED + COUNTS / COUNTED_AT_ONCE + 1) * PRICES.read),
    of('Firestore: reads by rollup', (rollup.reads / 60 / load.imagesPerSecond) * PRICES.read),
    of("Firestore: reads by the customer's page", (works ? load.watched : 1) * PRICES.read),
    of('Firestore: writes', writes * PRICES.write),
    of('Firestore: writes by rollup', (rollup.writes / 60 / load.imagesPerSecond) * PRICES.write),
    of('Firestore: deletes by time-to-live', documents * PRICES.delete),
    of(`Firestore: records, ${load.recordDays} days`, documentMonths * PRICES.documentsGibMonth),
    of('Firestore: the same for point-in-time recovery', documentMonths * PRICES.recoveryGibMonth),
    of(`Firestore: the same in ${BACKUPS} backups`, documentMonths * BACKUPS * PRICES.backupGibMonth),
    of('Eventarc (Pub/Sub)', (messageBytes / 2 ** 40) * PRICES.messagesTib),
    of('Cloud Logging', (logBytes / GIB) * PRICES.loggingGib),
    { part: 'BigQuery: MERGE', dollars: mergedTib(load) * PRICES.scannedTib },
    of("BigQuery: recount's comparisons", ((24 * COMPARED_DAYS * COMPARED_BYTES) / 2 ** 40) * PRICES.scannedTib),
    of('BigQuery: rows, a year', (rowBytes / GIB) * 12 * PRICES.rowsGibMonth),
    { part: 'what runs anyway: export, reconcile, schedules', dollars: always / perMonth },
    of('looking at results: reads', works ? load.views * PRICES.classB : 0),
    of('looking at results: data out', works ? (load.viewedBytes / GIB) * PRICES.egressGib : 0),
  ]
}

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`
const money = (dollars: number) => dollars.toFixed(2)

/** A Markdown table of the parts of several loads, and what the same images cost where all are over their quota at the last load but one. */
export function table(loads: readonly Load[], heads: readonly string[], flood: Load | null): string {
  const columns = [...loads.map((load) => costs(load)), ...(flood === null ? [] : [costs(flood, 'refused')])]
  const names = (columns[0] ?? []).map(({ part }) => part)
  const sum = (parts: readonly Part[]) => parts.reduce((total, { dollars }) => total + dollars, 0)
  return [
    row('US dollars for a million images', ...heads),
    row('---', ...heads.map(() => '---:')),
    ...names.map((name, i) => row(name, ...columns.map((parts) => money(parts[i]?.dollars ?? 0)))),
    row('**all**', ...columns.map((parts) => `**${money(sum(parts))}**`)),
  ].join('\n')
}

export const costsTable = () => table(LOADS, ['1/s', '100/s', '1,000/s', 'refused at 100/s'], LOADS[1] ?? null)

/** What MERGE alone costs, by images a second and EXPORT_PAGE_ROWS. */
export function mergeTable(): string {
  const pages = [5000, 10_000, 25_000]
  return [
    row('MERGE, US dollars for a million images', ...pages.map((rows) => `EXPORT_PAGE_ROWS=${rows}`)),
    row('---', ...pages.map(() => '---:')),
    ...[1, 10, 100, 1000].map((rate) =>
      row(
        `${rate.toLocaleString('en')}/s`,
        ...pages.map((pageRows) => money(mergedTib({ imagesPerSecond: rate, pageRows }) * PRICES.scannedTib)),
      ),
    ),
  ].join('\n')
}

function main(): void {
  const [, standard] = LOADS as readonly [Load, Load]
  const names = Object.keys(standard) as (keyof Load)[]
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  })
  const own = Object.entries(values).map(([name, text]) => {
    const value = Number(text)
    if (!(value > 0) && !(value === 0 && name !== 'imagesPerSecond'))
      throw new Error(`--${name} is ${JSON.stringify(text)}: expected a number`)
    return [name, value] as const
  })
  if (own.length === 0) {
    console.log(`${costsTable()}\n\n${mergeTable()}`)
    return
  }
  const load: Load = { ...standard, ...Object.fromEntries(own) }
  console.log(table([load], ['yours', 'refused'], load))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
