import type { Row } from './rows.ts'
import { REVISION, type Table } from './schema.ts'

/**
 * The most days that one page may touch. A job may modify 4,000 partitions, and a statement may have 1 MB, of which so many dates take
 * 66 KB. https://cloud.google.com/bigquery/quotas#partitioned_tables and #query_jobs
 */
export const MAX_DATES = 3500

/** The most bytes of rows that one page is filled up to: this much is held in memory several times over while it is sent. */
export const MAX_BYTES = 24 * 2 ** 20

/**
 * The rows of one job as newline-delimited JSON, each as short-lived as can be. Of one key only the newest row is kept, since a document
 * that changes while a page is read can be in it twice. https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json
 */
export class Batch {
  readonly #table: Table
  readonly #lines = new Map<string, { readonly revision: number; readonly line: string; readonly bytes: number }>()
  readonly #dates = new Set<string>()
  #bytes = 0

  constructor(table: Table) {
    this.#table = table
  }

  put(row: Row): void {
    const { key, partition } = this.#table
    const name = JSON.stringify(key.map((column) => row[column]))
    const revision = Number(row[REVISION])
    const there = this.#lines.get(name)
    if (there !== undefined && revision <= there.revision) return
    const line = `${JSON.stringify(row)}\n`
    const bytes = Buffer.byteLength(line)
    this.#bytes += bytes - (there?.bytes ?? 0)
    this.#lines.set(name, { revision, line, bytes })
    if (partition !== undefined) this.#dates.add(row[partition] as string)
  }

  get rows(): number {
    return this.#lines.size
  }

  /** Every value of the partition column, in order; empty where the table has no partitions. */
  get dates(): readonly string[] {
    return [...this.#dates].sort()
  }

  /** Whether `more` documents of as many days might be too many. */
  isFull(more: number): boolean {
    return this.#bytes >= MAX_BYTES || this.#dates.size + more > MAX_DATES
  }

  bytes(): Uint8Array {
    const all = Buffer.allocUnsafeSlow(this.#bytes)
    let at = 0
    for (const { line } of this.#lines.values()) at += all.write(line, at)
    return all
  }
}
