/**
 * One part of bench/export.ts in a process of its own. The last line of its output is JSON: what it took, and its peak of resident memory.
 *
 * `seed N`, `rows N FILE`, `export DATASET`, `generated DATASET N`, `load DATASET FILE`, `read`, `pages`
 */
import { createWriteStream, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseSettings } from '../functions/src/config/settings.ts'
import { EXPORT_SHARDS } from '../functions/src/contract/limits.ts'
import { shardName } from '../functions/src/export/cursor.ts'
import { FEEDS } from '../functions/src/export/feeds.ts'
import { imageRow, ROW_FIELDS } from '../functions/src/export/rows.ts'
import { runExport } from '../functions/src/export/run.ts'
import { IMAGES, TABLES } from '../functions/src/export/schema.ts'
import { fieldOf } from '../functions/src/export/statements.ts'
import { columnsOf, cursorPath, writtenCursor, type TableCursor } from '../functions/src/export/table-cursor.ts'
import { VIEWS } from '../functions/src/export/views.ts'
import type { DocumentStore } from '../functions/src/ledger/document-store.ts'
import { asRecord } from '../functions/src/ledger/ledger.ts'
import { BigQueryWarehouse } from '../functions/src/platform/bigquery-warehouse.ts'
import { bigQueryClient } from '../functions/src/platform/bigquery-client.ts'
import { FirestoreStore } from '../functions/src/platform/firestore-store.ts'
import { ROOT } from '../stack/paths.ts'
import { benchRecordOf, FIRST, GeneratedStore, inShard } from './export-records.ts'

const [what = '', ...args] = process.argv.slice(2)
const settings = parseSettings(process.env)
const projectId = process.env['GCLOUD_PROJECT']

/** As the export's own: see feeds.ts. */
const READ_ROWS = 1700

/** The figures of one part. */
interface Took {
  /** Without the start of the process. */
  readonly milliseconds: number
  readonly rows: number
}

async function seed(records: number): Promise<Took> {
  await using store = new FirestoreStore()
  const started = performance.now()
  const shards = Array.from({ length: EXPORT_SHARDS }, (_, shard) => shard)
  await Promise.all(
    shards.map(async (shard) => {
      const count = inShard(records, shard)
      for (let from = 0; from < count; from += 400) {
        await store.transact(async (transaction) => {
          for (let nth = from; nth < Math.min(count, from + 400); nth++) {
            const { path, data } = benchRecordOf(shard, nth)
            transaction.set(path, data)
          }
        })
      }
    }),
  )
  return { milliseconds: performance.now() - started, rows: records }
}

/** The rows of so many records, as the export would write them. */
async function rowsFile(records: number, file: string): Promise<Took> {
  const started = performance.now()
  const out = createWriteStream(file)
  for (let n = 0; n < records; n++) {
    const { data } = benchRecordOf(n % EXPORT_SHARDS, Math.floor(n / EXPORT_SHARDS))
    if (!out.write(`${JSON.stringify(imageRow(asRecord(data)))}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return { milliseconds: performance.now() - started, rows: records }
}

/**
 * The tables and views are there, empty, and everything has been moved that was changed before the first record: what follows is what a run
 * every five minutes does, with as many records.
 */
async function prepared(store: DocumentStore, warehouse: BigQueryWarehouse): Promise<void> {
  const made = await warehouse.ensure(TABLES, VIEWS)
  for (const { table, shards } of FEEDS) {
    const cursor: TableCursor = {
      made: made.get(table.name) ?? '',
      columns: columnsOf(table),
      shards: Object.fromEntries(shards.map((shard) => [shardName(shard), { since: FIRST, pass: null }])),
      watermark: null,
      fill: null,
    }
    await store.transact(async (transaction) => transaction.set(cursorPath(table.name), writtenCursor(cursor)))
  }
}

async function exported(store: DocumentStore, dataset: string): Promise<Took> {
  const warehouse = new BigQueryWarehouse({ ...settings, projectId, bigqueryDataset: dataset })
  await prepared(store, warehouse)
  const started = performance.now()
  const report = await runExport({
    store,
    warehouse,
    runId: `bench_${process.pid}`,
    pageRows: Number(process.env['EXPORT_PAGE_ROWS'] ?? settings.exportPageRows),
    sleep: async (milliseconds) => setTimeout(milliseconds),
    outOfTime: () => false,
    onPage: ({ rows: moved }) =>
      process.env['DARKROOM_VERBOSE'] &&
      process.stderr.write(`${Math.round(performance.now() - started)} ms: ${moved} rows\n`),
  })
  const milliseconds = performance.now() - started
  if (report.outcome !== 'complete') throw new Error(`the export ended as ${report.outcome}`)
  const { rows: there, keys } = await warehouse.count(IMAGES)
  if (there !== keys || there !== report.rows['images']) {
    throw new Error(`the export moved ${report.rows['images']} rows, and there are ${there} of ${keys} images`)
  }
  return { milliseconds, rows: there }
}

/** One plain load job into a table of the same columns, with nothing before and nothing after it. */
async function load(dataset: string, file: string): Promise<Took> {
  const client = bigQueryClient({ ...settings, projectId })
  await client.createDataset(dataset)
  const started = performance.now()
  const [job] = await client
    .dataset(dataset)
    .table('plain')
    .load(file, {
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      schema: { fields: IMAGES.columns.map(fieldOf) as object[] },
      location: settings.bigqueryLocation,
    })
  const milliseconds = performance.now() - started
  const output = (job as { statistics?: { load?: { outputRows?: string } } }).statistics?.load?.outputRows
  return { milliseconds, rows: Number(output) }
}

interface Query {
  select(...fields: string[]): Query
  where(field: string, op: string, value: unknown): Query
  orderBy(field: unknown): Query
  limit(count: number): Query
  startAfter(last: unknown): Query
  get(): Promise<{ readonly docs: readonly { data(): unknown }[] }>
  stream(): AsyncIterable<{ data(): unknown }>
}

/** The client itself, without anything of ours. */
function bareQuery(): { readonly query: Query; readonly documentId: unknown } {
  const { Firestore, FieldPath } = createRequire(join(ROOT, 'functions', 'package.json'))(
    '@google-cloud/firestore',
  ) as {
    readonly Firestore: new () => { collectionGroup(name: string): Query }
    readonly FieldPath: { documentId(): unknown }
  }
  const query = new Firestore().collectionGroup('images').select(...ROW_FIELDS)
  return { query, documentId: FieldPath.documentId() }
}

/** The same fields of the same documents, in one answer and in any order: as fast as the client can read them. */
async function read(): Promise<Took> {
  const { query } = bareQuery()
  const started = performance.now()
  let rows = 0
  for await (const document of query.stream()) if (document.data() !== undefined) rows++
  return { milliseconds: performance.now() - started, rows }
}

/** The same in order and page by page, which whoever may have to go on later must do, with nothing else: the fastest loop for that. */
async function readPages(): Promise<Took> {
  const { query, documentId } = bareQuery()
  const started = performance.now()
  let rows = 0
  for (let shard = 0; shard < EXPORT_SHARDS; shard++) {
    const ordered = query.where('exportShard', '==', shard).orderBy('updatedAt').orderBy(documentId).limit(READ_ROWS)
    for (let last: unknown = null; ;) {
      const { docs } = await (last === null ? ordered : ordered.startAfter(last)).get()
      for (const document of docs) if (document.data() !== undefined) rows++
      if (docs.length < READ_ROWS) break
      last = docs.at(-1)
    }
  }
  return { milliseconds: performance.now() - started, rows }
}

async function run(): Promise<Took> {
  switch (what) {
    case 'seed':
      return seed(Number(args[0]))
    case 'rows':
      return rowsFile(Number(args[0]), args[1] ?? '')
    case 'export': {
      await using store = new FirestoreStore()
      return await exported(store, args[0] ?? '')
    }
    case 'generated':
      return exported(new GeneratedStore(Number(args[1])), args[0] ?? '')
    case 'read':
      return read()
    case 'pages':
      return readPages()
    case 'load':
      return load(args[0] ?? '', args[1] ?? '')
    default:
      throw new Error(`there is no part ${what}`)
  }
}

const took = await run()
const peakMiB = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
const { user, system } = process.cpuUsage()
process.stdout.write(`${JSON.stringify({ ...took, peakMiB, cpuSeconds: (user + system) / 1e6 })}\n`)
process.exit()
