import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { ndjson, type Row } from '../rows.ts'
import type { Column, Table } from '../schema.ts'
import type { FieldSchema } from '../statements.ts'
import type { Job, JobState, Warehouse } from '../warehouse.ts'

export interface WarehouseHarness {
  readonly warehouse: Warehouse
  /** Every row of a table that is there. Integers are numbers, dates YYYY-MM-DD. */
  readonly rows: (table: Table) => Promise<readonly Row[]>
  /** The columns that a table has. */
  readonly fields: (table: Table) => Promise<readonly FieldSchema[]>
  /** Deletes a table, as somebody might who is not us. */
  readonly drop: (table: Table) => Promise<void>
}

export const column = (name: string, type: Column['type'], mode: Column['mode'] = 'NULLABLE'): Column => ({
  name,
  type,
  mode,
  description: `The ${name}.`,
})

export const SIZES: Table = {
  name: 'sizes',
  description: 'For tests.',
  key: ['date', 'id'],
  partition: 'date',
  clustering: ['id'],
  columns: [
    column('id', 'STRING', 'REQUIRED'),
    column('date', 'DATE', 'REQUIRED'),
    column('size', 'INT64'),
    column('large', 'BOOL'),
    {
      ...column('parts', 'STRUCT', 'REPEATED'),
      fields: [column('bucket', 'INT64'), column('images', 'INT64')],
    },
    column('revision', 'INT64', 'REQUIRED'),
  ],
}
export const NAMES: Table = {
  name: 'names',
  description: 'For tests, without partitions.',
  key: ['id'],
  columns: [column('id', 'STRING', 'REQUIRED'), column('name', 'STRING'), column('revision', 'INT64', 'REQUIRED')],
}

export const size = (id: string, date: string, revision: number, bytes: number | null = 10): Row => ({
  id,
  date,
  size: bytes,
  large: bytes === null ? null : bytes > 100,
  parts: bytes === null ? [] : [{ bucket: bytes, images: 1 }],
  revision,
})

export const fresh = () => `t${randomBytes(8).toString('hex')}`

export async function ended(warehouse: Warehouse, jobId: string): Promise<JobState> {
  for (;;) {
    const state = await warehouse.state(jobId)
    if (state.state !== 'running') return state
    await setTimeout(20)
  }
}

export async function done(warehouse: Warehouse, job: Job): Promise<void> {
  const jobId = fresh()
  expect(await warehouse.submit(jobId, job)).toBe('submitted')
  expect(await ended(warehouse, jobId)).toEqual({ state: 'done' })
}

export async function merged(warehouse: Warehouse, table: Table, rows: readonly Row[], refill = false): Promise<void> {
  const staging = fresh()
  await done(warehouse, { kind: 'stage', staging, columnsOf: table, rows: ndjson(rows) })
  const { partition } = table
  const dates = partition === undefined ? [] : [...new Set(rows.map((row) => row[partition] as string))]
  await done(warehouse, { kind: 'merge', table, staging, dates, refill })
}
