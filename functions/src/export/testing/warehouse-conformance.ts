import { ndjson, type Row } from '../rows.ts'
import { EXPORT_STATUS, type Table } from '../schema.ts'
import { SchemaConflict, type Job } from '../warehouse.ts'
import { column, done, ended, fresh, merged, NAMES, size, SIZES, type WarehouseHarness } from './warehouse-fixtures.ts'
import { describeReads } from './warehouse-reads-conformance.ts'

const OWNED: Table = {
  ...SIZES,
  name: 'owned',
  columns: [...SIZES.columns, column('customer_id', 'STRING')],
}
const OWNED_NAMES: Table = {
  ...NAMES,
  name: 'owned_names',
  columns: [...NAMES.columns, column('customer_id', 'STRING')],
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

    it('takes a row of the same revision, and never of a lower one, where it refills', async () => {
      const { warehouse, rows } = await made()
      await merged(warehouse, SIZES, [size('a', '2026-11-23', 5, 50), size('b', '2026-11-23', 5, 50)])
      await merged(warehouse, SIZES, [size('a', '2026-11-23', 5, 55), size('b', '2026-11-23', 4, 44)], true)
      expect(byId(await rows(SIZES))).toEqual([size('a', '2026-11-23', 5, 55), size('b', '2026-11-23', 5, 50)])
    })

    it('leaves columns that it is not told of as they are, where it replaces a row', async () => {
      const { warehouse, rows } = await made()
      const wider: Table = { ...NAMES, columns: [...NAMES.columns, column('kind', 'STRING')] }
      await warehouse.ensure([wider])
      await merged(warehouse, wider, [{ id: 'a', name: 'a', revision: 1, kind: 'web' }])
      await merged(warehouse, NAMES, [
        { id: 'a', name: 'A', revision: 2 },
        { id: 'b', name: 'B', revision: 1 },
      ])
      expect(byId(await rows(wider))).toEqual([
        { id: 'a', name: 'A', revision: 2, kind: 'web' },
        { id: 'b', name: 'B', revision: 1, kind: null },
      ])
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

    it('counts the partitions that it is asked for, and no others', async () => {
      const { warehouse } = await made()
      const rows = [
        size('a', '2026-11-22', 1),
        size('a', '2026-11-23', 1),
        size('a', '2026-11-23', 1),
        size('b', '2026-11-25', 1),
      ]
      await done(warehouse, { kind: 'append', table: SIZES, rows: ndjson(rows) })
      expect(await warehouse.count(SIZES, ['2026-11-22'])).toEqual({ rows: 1, keys: 1 })
      expect(await warehouse.count(SIZES, ['2026-11-22', '2026-11-23'])).toEqual({ rows: 3, keys: 2 })
      expect(await warehouse.count(SIZES, ['2026-11-24'])).toEqual({ rows: 0, keys: 0 })
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

    it("erases a customer's rows in all partitions, and nobody else's", async () => {
      const { warehouse, rows } = await made()
      await warehouse.ensure([OWNED, OWNED_NAMES])
      const dated = [
        { ...size('a', '2026-11-23', 1), customer_id: 'c1' },
        { ...size('b', '0001-01-01', 1), customer_id: 'c1' },
        { ...size('c', '2026-11-23', 1), customer_id: 'c1-2' },
        { ...size('d', '2026-11-23', 1), customer_id: null },
      ]
      const named = ['c1', 'c2'].map((id) => ({ id, name: id, revision: 1, customer_id: id }))
      await merged(warehouse, OWNED, dated)
      await merged(warehouse, OWNED_NAMES, named)
      for (const _ of [1, 2]) {
        for (const table of [OWNED, OWNED_NAMES]) await done(warehouse, { kind: 'erase', table, customerId: 'c1' })
        expect(byId(await rows(OWNED))).toEqual(dated.slice(2))
        expect(await rows(OWNED_NAMES)).toEqual(named.slice(1))
      }
    })

    it("gives a customer's rows in all partitions to another, and nobody else's", async () => {
      const { warehouse, rows } = await made()
      await warehouse.ensure([OWNED])
      const dated = [
        { ...size('a', '2026-11-23', 1), customer_id: 'c1' },
        { ...size('b', '2020-02-29', 1), customer_id: 'c1' },
        { ...size('c', '2026-11-23', 1), customer_id: 'c1-2' },
        { ...size('d', '2026-11-23', 1), customer_id: null },
      ]
      await merged(warehouse, OWNED, dated)
      for (const _ of [1, 2]) {
        await done(warehouse, { kind: 'reassign', table: OWNED, customerId: 'c1', to: "it's another" })
        const given = dated.map((row) => (row.customer_id === 'c1' ? { ...row, customer_id: "it's another" } : row))
        expect(byId(await rows(OWNED))).toEqual(byId(given))
      }
      // What comes for them later finds them under that name.
      const later = { ...size('b', '2020-02-29', 2, 20), customer_id: "it's another" }
      await merged(warehouse, OWNED, [later])
      expect(await rows(OWNED)).toContainEqual(later)
      expect(await rows(OWNED)).toHaveLength(4)
    })

    it('takes the id of a customer who is to be erased for text, whatever is in it', async () => {
      const { warehouse, rows } = await made()
      await warehouse.ensure([OWNED_NAMES])
      const named = ["x' OR 'a' = 'a", '%', 'c1'].map((id) => ({ id, name: id, revision: 1, customer_id: id }))
      await merged(warehouse, OWNED_NAMES, named)
      for (const customerId of ["' OR TRUE --", '\\', '_1', '%']) {
        await done(warehouse, { kind: 'erase', table: OWNED_NAMES, customerId })
      }
      expect(byId(await rows(OWNED_NAMES)).map(({ id }) => id)).toEqual(['c1', "x' OR 'a' = 'a"])
    })

    it('erases nothing from a table that has no customers', async () => {
      const { warehouse } = await made()
      const job = { kind: 'erase', table: EXPORT_STATUS, customerId: 'c1' } as const
      await expect(warehouse.submit(fresh(), job)).rejects.toThrow('export_status has no column customer_id')
    })

    describeReads(make)

    it('tells what a job would read, and does not do it', async () => {
      const { warehouse, rows } = await made()
      await merged(warehouse, NAMES, [{ id: 'a', name: 'a', revision: 1 }])
      const staging = fresh()
      const bytes = ndjson([{ id: 'a', name: 'b', revision: 2 }])
      await done(warehouse, { kind: 'stage', staging, columnsOf: NAMES, rows: bytes })
      for (const job of [
        { kind: 'merge', table: NAMES, staging, dates: [] },
        { kind: 'stage', staging, columnsOf: NAMES, rows: bytes },
        { kind: 'append', table: NAMES, rows: bytes },
        { kind: 'block' },
      ] as const satisfies readonly Job[]) {
        expect(await warehouse.scanned(job)).toBeGreaterThanOrEqual(0)
      }
      expect((await rows(NAMES)).map((row) => row['name'])).toEqual(['a'])
    })

    it.each(['a table', 'a view'])('refuses to make a view where there is %s of another kind', async (what) => {
      const { warehouse } = await made()
      const view = { name: NAMES.name, description: 'A view.', columns: [], sql: () => 'SELECT 1 AS one' }
      if (what === 'a table') await expect(warehouse.ensure([], [view])).rejects.toThrow(SchemaConflict)
      else {
        await warehouse.ensure([], [{ ...view, name: 'seen' }])
        await expect(warehouse.ensure([{ ...NAMES, name: 'seen' }])).rejects.toThrow(SchemaConflict)
      }
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

    it('tells a table that was dropped and made again from the one before, and otherwise always says the same', async () => {
      const { warehouse, drop } = await made()
      const before = await warehouse.ensure([SIZES, NAMES])
      expect([...before.keys()]).toEqual(['sizes', 'names'])
      const wider: Table = { ...NAMES, columns: [...NAMES.columns, column('kind', 'STRING')] }
      expect(await warehouse.ensure([SIZES, wider])).toEqual(before)
      await drop(NAMES)
      const after = await warehouse.ensure([SIZES, NAMES])
      expect(after.get('sizes')).toBe(before.get('sizes'))
      expect(after.get('names')).not.toBe(before.get('names'))
    })

    it('refuses to give a column another type', async () => {
      const { warehouse } = await made()
      const other: Table = { ...NAMES, columns: [column('id', 'INT64', 'REQUIRED'), ...NAMES.columns.slice(1)] }
      await expect(warehouse.ensure([other])).rejects.toThrow(SchemaConflict)
    })
  })
}
