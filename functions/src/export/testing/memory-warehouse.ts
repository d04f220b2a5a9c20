import { migrated } from '../migrate.ts'
import type { Row } from '../rows.ts'
import { REVISION, type Table } from '../schema.ts'
import { eraseStatement, fieldOf, type FieldSchema } from '../statements.ts'
import type { View } from '../view.ts'
import {
  SchemaConflict,
  WarehouseFault,
  type CellCount,
  type Days,
  type Job,
  type JobState,
  type Merge,
  type ViewRead,
  type Warehouse,
} from '../warehouse.ts'
import { cellsOf, summed } from './memory-cells.ts'

export interface WarehouseOperation {
  readonly kind: 'ensure' | 'submit' | 'state' | 'cancel' | 'count' | 'cells' | 'imageRow' | 'scanned' | 'job'
  /** The job's id; empty for all but jobs. */
  readonly jobId: string
}

/**
 * Awaited before and after each call: may delay it, throw (before: it does not happen; after: its answer is lost) or never return.
 * A job, which goes on by itself, has three: `before` it reads, `between` its reads and its writes, and `after`.
 * What it throws in the first two fails the job.
 */
export type WarehouseGate = (
  operation: WarehouseOperation,
  phase: 'before' | 'between' | 'after',
) => Promise<void> | void

interface MemoryTable {
  readonly made: string
  fields: readonly FieldSchema[]
  rows: readonly Row[]
}

interface MemoryJob {
  state: JobState
  cancelled: boolean
}

/**
 * BigQuery in memory. As there, cancelling is no more than a wish (here it stops what has not begun to read), and a MERGE reads a snapshot and writes later: it fails where a row that it updates has been changed in
 * between, but nothing stops two of them from inserting the same key.
 */
export class MemoryWarehouse implements Warehouse {
  readonly #gate: WarehouseGate
  readonly #tables = new Map<string, MemoryTable>()
  readonly #views = new Map<string, View>()
  readonly #staging = new Map<string, readonly Row[]>()
  readonly #jobs = new Map<string, MemoryJob>()
  #made = 0

  constructor(options: { readonly gate?: WarehouseGate } = {}) {
    this.#gate = options.gate ?? (() => {})
  }

  ensure(tables: readonly Table[], views: readonly View[] = []): Promise<ReadonlyMap<string, string>> {
    return this.#operate('ensure', '', () => {
      for (const table of tables) {
        if (this.#views.has(table.name)) throw new SchemaConflict(`${table.name} is a view`)
        const there = this.#tables.get(table.name)
        if (there === undefined) {
          this.#tables.set(table.name, { made: String(++this.#made), fields: table.columns.map(fieldOf), rows: [] })
        } else {
          there.fields = migrated(table, there.fields) ?? there.fields
        }
      }
      for (const view of views) {
        if (this.#tables.has(view.name)) throw new SchemaConflict(`${view.name} is a table`)
        this.#views.set(view.name, view)
      }
      return new Map(tables.map(({ name }) => [name, this.#table(name).made]))
    })
  }

  submit(jobId: string, job: Job): Promise<'submitted' | 'taken'> {
    return this.#operate('submit', jobId, () => {
      if (job.kind === 'erase' || job.kind === 'reassign') eraseStatement(job.table, job.table.name)
      if (this.#jobs.has(jobId)) return 'taken'
      const running: MemoryJob = { state: { state: 'running' }, cancelled: false }
      this.#jobs.set(jobId, running)
      void this.#execute(jobId, job, running)
      return 'submitted'
    })
  }

  state(jobId: string): Promise<JobState> {
    return this.#operate('state', jobId, () => this.#jobs.get(jobId)?.state ?? { state: 'absent' })
  }

  cancel(jobId: string): Promise<void> {
    return this.#operate('cancel', jobId, () => {
      const job = this.#jobs.get(jobId)
      if (job) job.cancelled = true
    })
  }

  async *cells(name: 'images' | 'customer_stats', days: Days, customerId?: string): AsyncGenerator<CellCount> {
    yield* await this.#operate('cells', '', () => {
      const rows = this.#table(name).rows.filter(
        ({ date, customer_id }) =>
          typeof date === 'string' &&
          date >= days.from &&
          date <= days.to &&
          (customerId === undefined || customer_id === customerId),
      )
      return cellsOf(name === 'images' ? summed(rows.map((row) => ({ ...row, images: 1 }))) : rows)
    })
  }

  imagesByDate(dates: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#operate('count', '', () => {
      const rows = this.#table('images').rows.filter(({ date }) => dates.includes(date as string))
      return new Map([...Map.groupBy(rows, ({ date }) => date as string)].map(([date, own]) => [date, own.length]))
    })
  }

  imageRow(date: string, customerId: string, imageId: string): Promise<Row | null> {
    return this.#operate('imageRow', '', () => {
      const isIt = (row: Row) =>
        row['date'] === date && row['customer_id'] === customerId && row['image_id'] === imageId
      return this.rows('images').find(isIt) ?? null
    })
  }

  /** Counts no bytes, as the stand-in. */
  scanned(_read: Job | ViewRead): Promise<number> {
    return this.#operate('scanned', '', () => 0)
  }

  count(table: Table, dates?: readonly string[]): Promise<{ readonly rows: number; readonly keys: number }> {
    return this.#operate('count', '', () => {
      const { partition = '' } = table
      const isCounted = (row: Row) => dates === undefined || dates.includes(row[partition] as string)
      const rows = this.#table(table.name).rows.filter(isCounted)
      return { rows: rows.length, keys: new Set(rows.map((row) => keyOf(table, row))).size }
    })
  }

  /** The rows of a table, for tests. Throws where there is no such table. */
  rows(table: string): readonly Row[] {
    const { fields, rows } = this.#table(table)
    return rows.map((row) => Object.fromEntries(fields.map(({ name }) => [name, row[name] ?? null])))
  }

  fields(table: string): readonly FieldSchema[] {
    return this.#table(table).fields
  }

  views(): readonly View[] {
    return [...this.#views.values()]
  }

  /** As somebody might, who is not us. */
  drop(table: string): void {
    this.#tables.delete(table)
  }

  /** As after a day. */
  dropStaging(): void {
    this.#staging.clear()
  }

  /** Every job by its id, in the order of their submission. */
  jobs(): readonly string[] {
    return [...this.#jobs.keys()]
  }

  async #operate<T>(kind: WarehouseOperation['kind'], jobId: string, result: () => T): Promise<T> {
    await this.#gate({ kind, jobId }, 'before')
    const value = result()
    await this.#gate({ kind, jobId }, 'after')
    return value
  }

  async #execute(jobId: string, job: Job, running: MemoryJob): Promise<void> {
    try {
      await this.#gate({ kind: 'job', jobId }, 'before')
      if (running.cancelled) throw new Error('stopped')
      const write = this.#prepare(job)
      await this.#gate({ kind: 'job', jobId }, 'between')
      write()
    } catch (error) {
      running.state = { state: 'failed', reason: error instanceof Error ? error.message : String(error) }
      return
    }
    await this.#gate({ kind: 'job', jobId }, 'after')
    running.state = { state: 'done' }
  }

  /** Reads what the job reads; what is returned writes what it writes, all or nothing. */
  #prepare(job: Job): () => void {
    if (job.kind === 'merge') return this.#prepareMerge(job, this.#staged(job.staging))
    if (job.kind === 'stage') {
      const rows = parsed(job.rows, job.columnsOf.columns.map(fieldOf))
      return () => this.#staging.set(job.staging, rows)
    }
    if (job.kind === 'append') {
      const table = this.#table(job.table.name)
      const rows = parsed(job.rows, table.fields)
      return () => (table.rows = [...table.rows, ...rows])
    }
    if (job.kind === 'erase') return this.#prepareOwned(job.table, job.customerId, () => [])
    if (job.kind === 'reassign') {
      return this.#prepareOwned(job.table, job.customerId, (row) => [{ ...row, customer_id: job.to }])
    }
    return () => {}
  }

  #prepareOwned(table: Table, customerId: string, becomes: (row: Row) => readonly Row[]): () => void {
    const target = this.#table(table.name)
    const read = new Set(target.rows.filter((row) => row['customer_id'] === customerId))
    return () => {
      unchanged(target, read)
      target.rows = target.rows.flatMap((row) => (read.has(row) ? becomes(row) : [row]))
    }
  }

  #prepareMerge({ table, dates, refill = false }: Merge, staged: readonly Row[]): () => void {
    const target = this.#table(table.name)
    const source = staged.map((row) => selected(table, target, row))
    const { partition } = table
    const read = new Map<string, Row[]>()
    for (const row of target.rows) {
      if (partition !== undefined && !dates.includes(row[partition] as string)) continue
      const key = keyOf(table, row)
      read.set(key, [...(read.get(key) ?? []), row])
    }
    if (new Set(source.map((row) => keyOf(table, row))).size < source.length) {
      throw new Error('MERGE must match at most one source row for each target row')
    }
    const replaced = new Map<Row, Row>()
    const inserted: Row[] = []
    for (const row of source) {
      const matches = read.get(keyOf(table, row))
      if (matches === undefined) inserted.push(row)
      for (const match of matches ?? []) {
        const newer = Number(row[REVISION]) - Number(match[REVISION])
        // Columns that this table's maker does not know keep what is there.
        if (newer > 0 || (refill && newer === 0)) replaced.set(match, { ...match, ...row })
      }
    }
    return () => {
      unchanged(target, replaced.keys())
      target.rows = [...target.rows.map((row) => replaced.get(row) ?? row), ...inserted]
    }
  }

  #table(name: string): MemoryTable {
    const table = this.#tables.get(name)
    if (table === undefined) throw new WarehouseFault(`there is no table ${name}`, false)
    return table
  }

  #staged(name: string): readonly Row[] {
    const rows = this.#staging.get(name)
    if (rows === undefined) throw new Error(`there is no staging table ${name}`)
    return rows
  }
}

function selected(table: Table, target: MemoryTable, staged: Row): Row {
  const named = table.columns.map(({ name }) => {
    if (!(name in staged) || !target.fields.some((field) => field.name === name)) {
      throw new Error(`Unrecognized name: ${name}`)
    }
    return [name, staged[name] ?? null] as const
  })
  return Object.fromEntries(named)
}

function unchanged(target: MemoryTable, read: Iterable<Row>): void {
  const now = new Set(target.rows)
  for (const old of read) {
    if (!now.has(old)) throw new Error('could not serialize access due to concurrent update')
  }
}

const keyOf = (table: Table, row: Row) => JSON.stringify(table.key.map((column) => row[column]))

/** The rows as a load job with an explicit schema takes them: throws for an unknown column and a missing required one. */
function parsed(bytes: Uint8Array, fields: readonly FieldSchema[]): readonly Row[] {
  const names = new Set(fields.map(({ name }) => name))
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as Row
      for (const name of Object.keys(row)) if (!names.has(name)) throw new Error(`no such field: ${name}`)
      for (const { name, mode, type } of fields) {
        if (type === 'INTEGER' && !Number.isSafeInteger(row[name] ?? 0)) throw new Error(`not an integer: ${name}`)
        if (mode === 'REQUIRED' && (row[name] ?? null) === null) throw new Error(`missing required field: ${name}`)
      }
      return Object.fromEntries(fields.map(({ name, mode }) => [name, row[name] ?? (mode === 'REPEATED' ? [] : null)]))
    })
}
