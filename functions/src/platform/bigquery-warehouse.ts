import { once } from 'node:events'
import type { BigQuery, Table as BigQueryTable, TableSchema } from '@google-cloud/bigquery'
import type { Settings } from '../config/settings.ts'
import { cellOf } from '../export/cells.ts'
import { described, migrated } from '../export/migrate.ts'
import type { Row } from '../export/rows.ts'
import { IMAGES, type Table } from '../export/schema.ts'
import {
  cellsStatement,
  countStatement,
  eraseStatement,
  fieldOf,
  imagesByDateStatement,
  imageStatement,
  mergeStatement,
  reassignStatement,
  viewStatement,
  type FieldSchema,
} from '../export/statements.ts'
import type { View } from '../export/view.ts'
import {
  SchemaConflict,
  WarehouseFault,
  type CellCount,
  type Days,
  type Job,
  type JobState,
  type ViewRead,
  type Warehouse,
} from '../export/warehouse.ts'
import { answered, bigQueryClient, pages, type Client, type Question } from './bigquery-client.ts'

/** The settings but for dataset and client say what the views count. */
export type Where = Client & Pick<Settings, 'bigqueryDataset' | 'rawDays' | 'retentionDays' | 'reportingTimeZone'>

const STAGING_MILLISECONDS = 24 * 60 * 60 * 1000

/** BigQuery. Staging tables have a dataset of their own, whose tables are deleted by themselves after a day. */
export class BigQueryWarehouse implements Warehouse {
  readonly #client: BigQuery
  readonly #dataset: string
  readonly #staging: string
  readonly #location: string
  readonly #where: Where

  constructor(where: Where, client = bigQueryClient(where)) {
    this.#client = client
    this.#where = where
    this.#dataset = where.bigqueryDataset
    this.#staging = `${where.bigqueryDataset}_staging`
    this.#location = where.bigqueryLocation
  }

  async ensure(tables: readonly Table[], views: readonly View[] = []): Promise<ReadonlyMap<string, string>> {
    await this.#ensureDataset(this.#dataset, {})
    await this.#ensureDataset(this.#staging, { defaultTableExpirationMs: String(STAGING_MILLISECONDS) })
    const made = await Promise.all(tables.map(async (table) => [table.name, await this.#ensureTable(table)] as const))
    await Promise.all(views.map((view) => this.#ensureView(view)))
    return new Map(made)
  }

  async submit(jobId: string, job: Job): Promise<'submitted' | 'taken'> {
    const submitted = await answered(() => this.#submit(jobId, job), { 409: null })
    return submitted === null ? 'taken' : 'submitted'
  }

  async state(jobId: string): Promise<JobState> {
    const found = await answered(() => this.#client.job(jobId, { location: this.#location }).getMetadata(), {
      404: null,
    })
    if (found === null) return { state: 'absent' }
    const { status } = found[0] as { status: { state: string; errorResult?: { reason?: string; message?: string } } }
    if (status.state !== 'DONE') return { state: 'running' }
    if (!status.errorResult) return { state: 'done' }
    return { state: 'failed', reason: `${status.errorResult.reason ?? 'error'}: ${status.errorResult.message ?? ''}` }
  }

  async cancel(jobId: string): Promise<void> {
    await answered(() => this.#client.job(jobId, { location: this.#location }).cancel(), { 404: null })
  }

  async *cells(name: 'images' | 'customer_stats', days: Days, customerId?: string): AsyncGenerator<CellCount> {
    const query = cellsStatement(name, `${this.#dataset}.${name}`, days, customerId !== undefined)
    const params = customerId === undefined ? {} : { customer: customerId }
    for await (const rows of pages(this.#client, this.#location, { query, params })) yield* rows.map(cellOf)
  }

  async imagesByDate(dates: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const query = imagesByDateStatement(`${this.#dataset}.${IMAGES.name}`, dates)
    const found = new Map<string, number>()
    for await (const rows of pages(this.#client, this.#location, { query, params: {} })) {
      for (const { date, row_count } of rows) found.set(date as string, Number(row_count))
    }
    return found
  }

  async imageRow(date: string, customerId: string, imageId: string): Promise<Row | null> {
    const query = imageStatement(`${this.#dataset}.${IMAGES.name}`, date)
    const params = { customer: customerId, image: imageId }
    for await (const [row] of pages(this.#client, this.#location, { query, params })) if (row) return row
    return null
  }

  async scanned(read: Job | ViewRead): Promise<number> {
    if (read.kind === 'stage' || read.kind === 'append' || read.kind === 'block') return 0
    const question = read.kind === 'view' ? this.#viewQuestion(read) : this.#question(read)
    const [, job] = await answered(
      () => this.#client.createQueryJob({ ...question, location: this.#location, dryRun: true }),
      {},
    )
    return Number(job.statistics?.totalBytesProcessed ?? 0)
  }

  async count(table: Table, dates?: readonly string[]): Promise<{ readonly rows: number; readonly keys: number }> {
    const query = countStatement(table, `${this.#dataset}.${table.name}`, dates)
    const [[row]] = await answered(() => this.#client.query({ query, location: this.#location }), {})
    return { rows: Number(row.row_count), keys: Number(row.key_count) }
  }

  async #submit(jobId: string, job: Job): Promise<void> {
    switch (job.kind) {
      case 'stage':
        return this.#load(jobId, this.#table(this.#staging, job.staging), job.rows, {
          schema: { fields: job.columnsOf.columns.map(fieldOf) as TableSchema['fields'] & {} },
          writeDisposition: 'WRITE_TRUNCATE',
        })
      case 'append':
        return this.#load(jobId, this.#table(this.#dataset, job.table.name), job.rows, {
          schema: { fields: job.table.columns.map(fieldOf) as TableSchema['fields'] & {} },
          writeDisposition: 'WRITE_APPEND',
        })
      case 'block':
        return this.#query(jobId, { query: 'SELECT 1', params: {} })
      case 'merge':
      case 'erase':
      case 'reassign':
        return this.#query(jobId, this.#question(job))
    }
  }

  #question(job: Extract<Job, { kind: 'merge' | 'erase' | 'reassign' }>): Question {
    const target = `${this.#dataset}.${job.table.name}`
    switch (job.kind) {
      case 'merge':
        return { query: mergeStatement(job, target, `${this.#staging}.${job.staging}`), params: {} }
      case 'erase':
        return { query: eraseStatement(job.table, target), params: { customer: job.customerId } }
      case 'reassign':
        return {
          query: reassignStatement(job.table, target),
          params: { customer: job.customerId, successor: job.to },
        }
    }
  }

  #viewQuestion({ view, days }: ViewRead): Question {
    return { query: viewStatement(view, `${this.#dataset}.${view.name}`, days), params: {} }
  }

  async #query(jobId: string, question: Question): Promise<void> {
    try {
      await this.#client.createQueryJob({ ...question, jobId, location: this.#location, useQueryCache: false })
    } catch (error) {
      // The client also throws where the job was taken and has failed at once: its state will tell.
      if ((error as { response?: { jobReference?: unknown } }).response?.jobReference === undefined) throw error
    }
  }

  /** The stream behind `createLoadJob`, which itself takes only files; the public one goes on to poll the job. */
  async #load(jobId: string, table: BigQueryTable, rows: Uint8Array, options: LoadOptions): Promise<void> {
    const stream = table.createWriteStream_({ jobId, sourceFormat: 'NEWLINE_DELIMITED_JSON', ...options })
    const submitted = once(stream, 'job')
    stream.end(rows)
    await submitted
  }

  async #ensureDataset(id: string, options: { readonly defaultTableExpirationMs?: string }): Promise<void> {
    if ((await answered(() => this.#client.dataset(id).getMetadata(), { 404: null })) !== null) return
    await answered(() => this.#client.createDataset(id, { location: this.#location, ...options }), { 409: null })
  }

  /** Returns when it was made. */
  async #ensureTable(table: Table): Promise<string> {
    const there = this.#table(this.#dataset, table.name)
    let metadata = await metadataOf(there)
    if (metadata === null) {
      await this.#create(table)
      metadata = await metadataOf(there)
    } else {
      await this.#migrate(table, there, metadata)
    }
    if (metadata === null) {
      throw new WarehouseFault(`BigQuery has made table ${table.name}, and does not know it`, true)
    }
    return metadata.creationTime
  }

  async #create(table: Table): Promise<void> {
    const { name, description, columns, partition, clustering } = table
    const options = {
      description,
      schema: { fields: columns.map(fieldOf) },
      ...(partition !== undefined && {
        timePartitioning: { type: 'DAY', field: partition },
        requirePartitionFilter: true,
      }),
      ...(clustering && { clustering: { fields: [...clustering] } }),
    }
    await answered(() => this.#client.dataset(this.#dataset).createTable(name, options as object), { 409: null })
  }

  async #migrate(table: Table, there: BigQueryTable, metadata: TableMetadata): Promise<void> {
    if (metadata.view !== undefined) {
      throw new SchemaConflict(`${table.name} is a view in BigQuery: rename it there, or move it away`)
    }
    const fields = migrated(table, metadata.schema?.fields ?? [])
    if (fields === null && metadata.description === table.description) return
    const change = { description: table.description, ...(fields && { schema: { fields } }) }
    await answered(() => there.setMetadata(change as object), {})
  }

  async #ensureView(view: View): Promise<void> {
    const there = this.#table(this.#dataset, view.name)
    const dataset = `${this.#where.projectId ?? (await this.#client.getProjectId())}.${this.#dataset}`
    const wanted = {
      description: view.description,
      view: { query: view.sql({ ...this.#where, dataset }), useLegacySql: false },
    }
    let metadata = await metadataOf(there)
    if (metadata === null) {
      const make = () => this.#client.dataset(this.#dataset).createTable(view.name, wanted as object)
      const made = await answered(make, { 409: null }, `view ${view.name}: `)
      metadata = made === null ? await metadataOf(there) : (made[0].metadata as TableMetadata)
    }
    if (metadata?.view === undefined) {
      throw new SchemaConflict(`${view.name} is in BigQuery, and is no view: rename it there, or move it away`)
    }
    if (metadata.description !== wanted.description || metadata.view.query !== wanted.view.query) {
      const [changed] = await answered(() => there.setMetadata(wanted as object), {}, `view ${view.name}: `)
      metadata = changed as TableMetadata
    }
    // BigQuery takes no columns where a view is made, and forgets their descriptions where its query is changed: they come afterwards.
    // https://github.com/hashicorp/terraform-provider-google/issues/16647
    const fields = described(view, metadata.schema?.fields ?? [])
    if (fields !== null) await answered(() => there.setMetadata({ schema: { fields } } as object), {})
  }

  #table(dataset: string, name: string): BigQueryTable {
    return this.#client.dataset(dataset).table(name, { location: this.#location })
  }
}

interface LoadOptions {
  readonly schema: TableSchema
  readonly writeDisposition: 'WRITE_TRUNCATE' | 'WRITE_APPEND'
}

interface TableMetadata {
  /** Milliseconds since 1970. */
  readonly creationTime: string
  readonly description?: string
  readonly view?: { readonly query?: string }
  readonly schema?: { readonly fields?: readonly FieldSchema[] }
}

async function metadataOf(table: BigQueryTable): Promise<TableMetadata | null> {
  const found = await answered(() => table.getMetadata(), { 404: null })
  return found === null ? null : (found[0] as TableMetadata)
}
