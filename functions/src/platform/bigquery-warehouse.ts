import { once } from 'node:events'
import { BigQuery, type Table as BigQueryTable, type TableSchema } from '@google-cloud/bigquery'
import { PassThroughClient } from 'google-auth-library'
import type { Settings } from '../config/settings.ts'
import { migrated } from '../export/migrate.ts'
import type { Table } from '../export/schema.ts'
import { countStatement, fieldOf, mergeStatement, type FieldSchema } from '../export/statements.ts'
import { WarehouseFault, type Job, type JobState, type Warehouse } from '../export/warehouse.ts'

type Where = Pick<Settings, 'bigqueryApiEndpoint' | 'bigqueryDataset' | 'bigqueryLocation'> & {
  readonly projectId?: string | undefined
}

const STAGING_MILLISECONDS = 24 * 60 * 60 * 1000

/** The client of BigQuery, or of the stand-in at `bigqueryApiEndpoint`, which takes no credentials. */
export function bigQueryClient({ bigqueryApiEndpoint, bigqueryLocation, projectId }: Where): BigQuery {
  const options = { location: bigqueryLocation, ...(projectId !== undefined && { projectId }) }
  return bigqueryApiEndpoint === ''
    ? new BigQuery(options)
    : new BigQuery({ ...options, apiEndpoint: bigqueryApiEndpoint, authClient: new PassThroughClient() })
}

/** BigQuery. Staging tables have a dataset of their own, whose tables are deleted by themselves after a day. */
export class BigQueryWarehouse implements Warehouse {
  readonly #client: BigQuery
  readonly #dataset: string
  readonly #staging: string
  readonly #location: string

  constructor(where: Where, client = bigQueryClient(where)) {
    this.#client = client
    this.#dataset = where.bigqueryDataset
    this.#staging = `${where.bigqueryDataset}_staging`
    this.#location = where.bigqueryLocation
  }

  async ensure(tables: readonly Table[]): Promise<void> {
    await this.#ensureDataset(this.#dataset, {})
    await this.#ensureDataset(this.#staging, { defaultTableExpirationMs: String(STAGING_MILLISECONDS) })
    for (const table of tables) {
      const there = this.#table(this.#dataset, table.name)
      const metadata = await answered(() => there.getMetadata(), { 404: null })
      if (metadata === null) await this.#create(table)
      else await this.#migrate(table, there, metadata[0] as TableMetadata)
    }
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

  async count(table: Table): Promise<{ readonly rows: number; readonly keys: number }> {
    const query = countStatement(table, `${this.#dataset}.${table.name}`)
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
      case 'merge': {
        const target = `${this.#dataset}.${job.table.name}`
        return this.#query(jobId, mergeStatement(job, target, `${this.#staging}.${job.staging}`))
      }
      case 'block':
        return this.#query(jobId, 'SELECT 1')
    }
  }

  async #query(jobId: string, query: string): Promise<void> {
    try {
      await this.#client.createQueryJob({ jobId, query, location: this.#location, useQueryCache: false })
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
    const fields = migrated(table, metadata.schema?.fields ?? [])
    if (fields === null && metadata.description === table.description) return
    const change = { description: table.description, ...(fields && { schema: { fields } }) }
    await answered(() => there.setMetadata(change as object), {})
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
  readonly description?: string
  readonly schema?: { readonly fields?: readonly FieldSchema[] }
}

/** Calls BigQuery. HTTP statuses in `expected` are answers like any other; every other error becomes a {@link WarehouseFault}. */
async function answered<T, E = never>(call: () => Promise<T>, expected: Readonly<Record<number, E>>): Promise<T | E> {
  try {
    return await call()
  } catch (error) {
    const { code, message, errors } = error as {
      code?: number | string
      message?: string
      errors?: readonly { reason?: string }[]
    }
    if (typeof code === 'number' && code in expected) return expected[code] as E
    // https://cloud.google.com/bigquery/docs/error-messages: limits that pass come as 403, too.
    const limited = errors?.some(({ reason }) => /rateLimitExceeded|quotaExceeded/i.test(reason ?? '')) ?? false
    const refused = typeof code === 'number' && code >= 400 && code < 500 && code !== 408 && code !== 429 && !limited
    throw new WarehouseFault(`BigQuery: ${String(code ?? '')} ${message ?? String(error)}`, !refused, error)
  }
}
