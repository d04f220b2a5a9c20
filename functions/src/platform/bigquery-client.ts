import { BigQuery } from '@google-cloud/bigquery'
import { PassThroughClient } from 'google-auth-library'
import type { Settings } from '../config/settings.ts'
import { Instant } from '../ledger/instant.ts'
import type { Row, RowValue } from '../export/rows.ts'
import { WarehouseFault } from '../export/warehouse.ts'

export type Client = Pick<Settings, 'bigqueryApiEndpoint' | 'bigqueryLocation'> & {
  readonly projectId?: string | undefined
}

/** The client of BigQuery, or of the stand-in at `bigqueryApiEndpoint`, which takes no credentials. */
export function bigQueryClient({ bigqueryApiEndpoint, bigqueryLocation, projectId }: Client): BigQuery {
  const options = { location: bigqueryLocation, ...(projectId !== undefined && { projectId }) }
  return bigqueryApiEndpoint === ''
    ? new BigQuery(options)
    : new BigQuery({ ...options, apiEndpoint: bigqueryApiEndpoint, authClient: new PassThroughClient() })
}

/**
 * Calls BigQuery. HTTP statuses in `expected` are answers like any other; every other error becomes a {@link WarehouseFault}, whose message
 * begins with `what`.
 */
export async function answered<T, E = never>(
  call: () => Promise<T>,
  expected: Readonly<Record<number, E>>,
  what = '',
): Promise<T | E> {
  try {
    return await call()
  } catch (error) {
    // Of our own making: see safeInteger.
    if (error instanceof RangeError) throw error
    const { code, message, errors } = error as {
      code?: number | string
      message?: string
      errors?: readonly { reason?: string }[]
    }
    if (typeof code === 'number' && code in expected) return expected[code] as E
    // https://cloud.google.com/bigquery/docs/error-messages: limits that pass come as 403, too.
    const limited = errors?.some(({ reason }) => /rateLimitExceeded|quotaExceeded/i.test(reason ?? '')) ?? false
    // A job that has failed has no status.
    const refused =
      typeof code === 'number'
        ? code >= 400 && code < 500 && code !== 408 && code !== 429 && !limited
        : (errors?.some(({ reason }) => /^(invalid|invalidQuery|notFound|accessDenied)$/.test(reason ?? '')) ?? false)
    throw new WarehouseFault(`BigQuery: ${what}${String(code ?? '')} ${message ?? String(error)}`, !refused, error)
  }
}

export interface Question {
  readonly query: string
  readonly params: Readonly<Record<string, string>>
}

/** Rows that one request brings: a few megabytes. BigQuery itself stops a page at 10 MB. */
const PAGE_ROWS = 10_000

/** The answer, page by page: the next is asked for once this one was taken. */
export async function* pages(
  client: BigQuery,
  location: string,
  question: Question,
): AsyncGenerator<readonly Row[], void, undefined> {
  const [job] = await answered(() => client.createQueryJob({ ...question, location }), {})
  let pageToken: string | undefined
  for (;;) {
    const options = {
      autoPaginate: false,
      maxResults: PAGE_ROWS,
      wrapIntegers: INTEGERS,
      ...(pageToken && { pageToken }),
    }
    const [rows, next] = await answered(() => job.getQueryResults(options), {})
    yield rows.map((row) => rowOf(row as Readonly<Record<string, unknown>>))
    // Without a token the job was still at work: the same again.
    if (next === null || next === undefined) return
    pageToken = next.pageToken
  }
}

/** By itself the client rounds what is above 2^53. */
const INTEGERS = { integerTypeCastFunction: safeInteger }

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`BigQuery gave ${text}, which no number holds exactly`)
  return value
}

/** As load jobs take it: the client wraps dates and times in objects of its own. */
const rowOf = (row: Readonly<Record<string, unknown>>): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value) as RowValue]))

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if ('value' in value && typeof value.value === 'string') {
    return value.value.includes('T') ? Instant.parse(value.value).toString() : value.value
  }
  return rowOf(value as Readonly<Record<string, unknown>>)
}
