import { ndjson } from '../rows.ts'
import { CUSTOMERS } from '../schema.ts'
import { MemoryWarehouse } from './memory-warehouse.ts'
import { describeWarehouse } from './warehouse-conformance.ts'

describeWarehouse('the warehouse in memory', async () => {
  const warehouse = new MemoryWarehouse()
  return {
    warehouse,
    rows: async (table) => warehouse.rows(table.name),
    fields: async (table) => warehouse.fields(table.name),
    drop: async (table) => warehouse.drop(table.name),
  }
})

it('lets two MERGEs at once insert the same key, as BigQuery does', async () => {
  const both = Promise.withResolvers<void>()
  let between = 0
  const warehouse = new MemoryWarehouse({
    gate: async ({ kind, jobId }, phase) => {
      if (kind !== 'job' || phase !== 'between' || !jobId.startsWith('merge')) return
      if (++between === 2) both.resolve()
      await both.promise
    },
  })
  await warehouse.ensure([CUSTOMERS])
  const rows = ndjson([{ customer_id: 'c1', revision: 1 }])
  await warehouse.submit('stage', { kind: 'stage', staging: 's', columnsOf: CUSTOMERS, rows })
  while ((await warehouse.state('stage')).state === 'running');
  for (const jobId of ['merge1', 'merge2']) {
    await warehouse.submit(jobId, { kind: 'merge', table: CUSTOMERS, staging: 's', dates: [] })
  }
  for (const jobId of ['merge1', 'merge2']) while ((await warehouse.state(jobId)).state === 'running');
  expect(await warehouse.count(CUSTOMERS)).toEqual({ rows: 2, keys: 1 })
})
