import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { ndjson, type Row } from '../rows.ts'
import type { Column, Table } from '../schema.ts'
import type { FieldSchema } from '../statements.ts'
import { SchemaConflict, type Job, type JobState, type Warehouse } from '../warehouse.ts'

export interface WarehouseHarness {
  readonly warehouse: Warehouse
  /** Every row of a table that is there. Integers are numbers, dates YYYY-MM-DD. */
  readonly rows: (table: Table) => Promise<readonly Row[]>
  /** The columns that a table has. */
  readonly fields: (table: Table) => Promise<readonly FieldSchema[]>
}

const column = (name: string, type: Column['type'], mode: Column['mode'] = 'NULLABLE'): Column => ({
  name,
  type,
  mode,
  description: `The ${name}.`,
})

const SIZES: Table = {
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
const NAMES: Table = {
  name: 'names',
  description: 'For tests, without partitions.',
  key: ['id'],
  columns: [column('id', 'STRING', 'REQUIRED'), column('name', 'STRING'), column('revision', 'INT64', 'REQUIRED')],
}

const size = (id: string, date: string, revision: number, bytes: number | null = 10): Row => ({
  id,
  date,
  size: bytes,
  large: bytes === null ? null : bytes > 100,
  parts: bytes === null ? [] : [{ bucket: bytes, images: 1 }],
  revision,
})

const fresh = () => `t${randomBytes(8).toString('hex')}`

async function ended(warehouse: Warehouse, jobId: string): Promise<JobState> {
  for (;;) {
    const state = await warehouse.state(jobId)
    if (state.state !== 'running') return state
    await setTimeout(20)
  }
}

async function done(warehouse: Warehouse, job: Job): Promise<void> {
  const jobId = fresh()
  expect(await warehouse.submit(jobId, job)).toBe('submitted')
  expect(await ended(warehouse, jobId)).toEqual({ state: 'done' })
}

async function merged(warehouse: Warehouse, table: Table, rows: readonly Row[]): Promise<void> {
  const staging = fresh()
  await done(warehouse, { kind: 'stage', staging, columnsOf: table, rows: ndjson(rows) })
  const { partition } = table
  const dates = partition === undefined ? [] : [...new Set(rows.map((row) => row[partition] as string))]
  await done(warehouse, { kind: 'merge', table, staging, dates })
}

const byId = (rows: readonly Row[]) =>
  [...rows].sort((a, b) => (JSON.stringify([a['date'], a['id']]) < JSON.stringify([b['date'], b['id']]) ? -1 : 1))

/** What BigQuery and its twin in memory have in common. `make` gives a warehouse in which nothing is. */
export function describeWarehouse(name: string, make: () => Promise<WarehouseHarness>): void {
  async function made(tables: readonly Table[] = [SIZES, NAMES]): Promise<WarehouseHarness> {
    const harness = await make()
    await harness.warehouse.ensure(tables)
    return harness
  }

  describe(name, () => {
    it('inserts rows that are not there, of several days, with every column', async () => {
      const { warehouse, rows } = await made()
      const all = [size('a', '2026-11-22', 1, 7), size('a', '2026-11-23', 1, 700), size('b', '2026-11-23', 1, null)]
      await merged(warehouse, SIZES, all)
      expect(byId(await rows(SIZES))).toEqual(all)
      expect(await warehouse.count(SIZES)).toEqual({ rows: 3, keys: 3 })
    })

    it('takes a row only where its revision is higher', async () => {
      const { warehouse, rows } = await made()
      await merged(warehouse, SIZES, [size('a', '2026-11-23', 5, 50), size('b', '2026-11-23', 5, 50)])
      await merged(warehouse, SIZES, [size('a', '2026-11-23', 4, 40), size('b', '2026-11-23', 6, null)])
      await merged(warehouse, SIZES, [size('a', '2026-11-23', 5, 55)])
      expect(byId(await rows(SIZES))).toEqual([size('a', '2026-11-23', 5, 50), size('b', '2026-11-23', 6, null)])
    })

    it('changes nothing when the same rows are merged twice', async () => {
      const { warehouse, rows } = await made()
      for (const _ of [1, 2]) await merged(warehouse, SIZES, [size('a', '2026-11-23', 1)])
      expect(await rows(SIZES)).toEqual([size('a', '2026-11-23', 1)])
    })

    it('merges into a table without partitions', async () => {
      const { warehouse, rows } = await made()
      await merged(warehouse, NAMES, [{ id: 'a', name: 'Ännä `"\'\n', revision: 1_795_435_200_123_456 }])
      await merged(warehouse, NAMES, [{ id: 'a', name: 'Anna', revision: 1_795_435_200_123_457 }])
      expect(await rows(NAMES)).toEqual([{ id: 'a', name: 'Anna', revision: 1_795_435_200_123_457 }])
      expect(await warehouse.count(NAMES)).toEqual({ rows: 1, keys: 1 })
    })

    it('sees rows that are there twice', async () => {
      const { warehouse } = await made()
      const twice = ndjson([size('a', '2026-11-23', 1), size('a', '2026-11-23', 1), size('b', '2026-11-23', 1)])
      await done(warehouse, { kind: 'append', table: SIZES, rows: twice })
      expect(await warehouse.count(SIZES)).toEqual({ rows: 3, keys: 2 })
    })

    it('drops a job whose id is taken, whatever kind of job it is', async () => {
      const { warehouse, rows } = await made()
      const jobId = fresh()
      const append = (id: string): Job => ({
        kind: 'append',
        table: NAMES,
        rows: ndjson([{ id, name: id, revision: 1 }]),
      })
      expect(await warehouse.submit(jobId, append('a'))).toBe('submitted')
      expect(await ended(warehouse, jobId)).toEqual({ state: 'done' })
      expect(await warehouse.submit(jobId, append('b'))).toBe('taken')
      expect(await warehouse.submit(jobId, { kind: 'block' })).toBe('taken')
      expect(await warehouse.state(jobId)).toEqual({ state: 'done' })
      expect((await rows(NAMES)).map(({ id }) => id)).toEqual(['a'])
    })

    it.each(['append', 'merge', 'stage'] as const)(
      'keeps a %s from ever being done under an id that is blocked',
      async (kind) => {
        const { warehouse, rows } = await made()
        const jobId = fresh()
        const staging = fresh()
        const row = [{ id: 'a', name: 'a', revision: 1 }]
        expect(await warehouse.submit(jobId, { kind: 'block' })).toBe('submitted')
        if (kind === 'merge') await done(warehouse, { kind: 'stage', staging, columnsOf: NAMES, rows: ndjson(row) })
        const late: Job =
          kind === 'merge'
            ? { kind, table: NAMES, staging, dates: [] }
            : kind === 'stage'
              ? { kind, staging, columnsOf: NAMES, rows: ndjson(row) }
              : { kind, table: NAMES, rows: ndjson(row) }
        expect(await warehouse.submit(jobId, late)).toBe('taken')
        expect(await ended(warehouse, jobId)).toEqual({ state: 'done' })
        expect(await rows(NAMES)).toEqual([])
      },
    )

    it('says why a job failed, which then had no effect', async () => {
      const { warehouse, rows } = await made()
      const jobId = fresh()
      const wrong = ndjson([
        { id: 'a', name: 'a', revision: 1 },
        { id: 'b', name: 'b', revision: 'not a number' },
      ])
      await warehouse.submit(jobId, { kind: 'append', table: NAMES, rows: wrong })
      expect(await ended(warehouse, jobId)).toEqual({ state: 'failed', reason: expect.stringMatching(/\S/) as string })
      expect(await rows(NAMES)).toEqual([])
    })

    it('says why a MERGE failed', async () => {
      const { warehouse } = await made()
      const jobId = fresh()
      expect(await warehouse.submit(jobId, { kind: 'merge', table: NAMES, staging: fresh(), dates: [] })).toBe(
        'submitted',
      )
      expect(await ended(warehouse, jobId)).toEqual({ state: 'failed', reason: expect.stringMatching(/\S/) as string })
    })

    it('puts staged rows in place of those that were there', async () => {
      const { warehouse, rows } = await made()
      const staging = fresh()
      for (const id of ['a', 'b']) {
        const row = ndjson([{ id, name: id, revision: 1 }])
        await done(warehouse, { kind: 'stage', staging, columnsOf: NAMES, rows: row })
      }
      await done(warehouse, { kind: 'merge', table: NAMES, staging, dates: [] })
      expect((await rows(NAMES)).map(({ id }) => id)).toEqual(['b'])
    })

    it('knows nothing of a job that was never submitted, and takes its cancelling calmly', async () => {
      const { warehouse } = await made()
      const jobId = fresh()
      expect(await warehouse.state(jobId)).toEqual({ state: 'absent' })
      await warehouse.cancel(jobId)
      const ran = fresh()
      await warehouse.submit(ran, { kind: 'block' })
      await ended(warehouse, ran)
      await warehouse.cancel(ran)
      expect(await warehouse.state(ran)).toEqual({ state: 'done' })
    })

    it('describes each column', async () => {
      const { fields } = await made()
      expect((await fields(SIZES)).map((field) => [field.name, field.description])).toEqual(
        SIZES.columns.map((wanted) => [wanted.name, wanted.description]),
      )
    })

    it('adds a new column to a table with rows and keeps the rest, then fills it', async () => {
      const { warehouse, rows, fields } = await made()
      await merged(warehouse, NAMES, [{ id: 'a', name: 'a', revision: 1 }])
      const { columns } = NAMES
      const wider: Table = {
        ...NAMES,
        columns: [...columns.slice(0, 1), column('kind', 'STRING'), ...columns.slice(1)],
      }
      await warehouse.ensure([wider])
      await warehouse.ensure([wider])
      await warehouse.ensure([NAMES])
      expect((await fields(wider)).map((field) => field.name)).toEqual(['id', 'name', 'revision', 'kind'])
      await merged(warehouse, wider, [{ id: 'b', name: 'b', revision: 1, kind: 'web' }])
      expect(byId(await rows(wider))).toEqual([
        { id: 'a', name: 'a', revision: 1, kind: null },
        { id: 'b', name: 'b', revision: 1, kind: 'web' },
      ])
    })

    it('refuses to give a column another type', async () => {
      const { warehouse } = await made()
      const other: Table = { ...NAMES, columns: [column('id', 'INT64', 'REQUIRED'), ...NAMES.columns.slice(1)] }
      await expect(warehouse.ensure([other])).rejects.toThrow(SchemaConflict)
    })
  })
}
