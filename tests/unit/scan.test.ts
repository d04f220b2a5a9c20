import { UsageError } from '../../admin/command.ts'
import { costOf, daysOf, scan, scanLines } from '../../admin/scan.ts'
import { TABLES } from '../../functions/src/export/schema.ts'
import { MemoryWarehouse } from '../../functions/src/export/testing/memory-warehouse.ts'
import { VIEWS } from '../../functions/src/export/views.ts'
import type { Job, ViewRead } from '../../functions/src/export/warehouse.ts'

const DAYS = { from: '2026-11-01', to: '2026-11-30' }

/** Tells so many bytes of everything, and what it was asked. */
class Counting extends MemoryWarehouse {
  readonly asked: (Job | ViewRead)[] = []
  readonly bytes: number
  constructor(bytes: number) {
    super()
    this.bytes = bytes
  }
  override async scanned(read: Job | ViewRead): Promise<number> {
    this.asked.push(read)
    return this.bytes
  }
}

const made = async (bytes: number) => {
  const warehouse = new Counting(bytes)
  await warehouse.ensure(TABLES, VIEWS)
  return warehouse
}

it('asks for the MERGE of each table into the last two days, and for each view of all days', async () => {
  const warehouse = await made(0)
  await scan(warehouse, DAYS, true)
  const merges = warehouse.asked.flatMap((read) => (read.kind === 'merge' ? [[read.table.name, read.dates]] : []))
  const last = ['2026-11-29', '2026-11-30']
  expect(merges).toEqual([
    ['customers', []],
    ['images', last],
    ['customer_stats', last],
  ])
  const views = warehouse.asked.flatMap((read) => (read.kind === 'view' ? [[read.view.name, read.days]] : []))
  expect(views).toEqual(VIEWS.map(({ name }) => [name, DAYS]))
})

it('changes no row', async () => {
  const warehouse = await made(0)
  await scan(warehouse, DAYS, true)
  for (const { name } of TABLES) expect(warehouse.rows(name)).toEqual([])
})

it('charges by the TiB, and 10 MiB at least', () => {
  expect(costOf(2 ** 40)).toBe(6.25)
  expect(costOf(2 ** 39)).toBe(3.125)
  expect(costOf(0)).toBe((6.25 * 10) / 2 ** 20)
})

it('shows bytes and cost, of MERGEs for a month as well', async () => {
  const lines = scanLines(await scan(await made(2 ** 30), DAYS, true), DAYS)
  const text = lines.join('\n')
  expect(text).toMatch(/^ {2}images +1024\.0 MiB +0\.006104 USD +52\.73 USD a month$/m)
  expect(text).toMatch(/^ {2}type_mix +1024\.0 MiB +0\.006104 USD$/m)
  expect(text).toContain('6.25 USD for each TiB')
  expect(text).not.toContain('no figure')
})

it('gives no figure where nobody counts', async () => {
  const scans = await scan(await made(0), DAYS, false)
  expect(scans.every(({ bytes, usd }) => bytes === null && usd === null)).toBe(true)
  const text = scanLines(scans, DAYS).join('\n')
  expect(text).toMatch(/^ {2}images +no figure$/m)
  expect(text).toContain('counts no bytes')
  expect(text).not.toMatch(/MiB +\d/)
})

it('takes the last 30 days by itself, and refuses what are no days', () => {
  expect(daysOf(undefined, undefined, '2026-11-30')).toEqual(DAYS)
  expect(daysOf('2026-01-01', '2026-01-01', '2026-11-30')).toEqual({ from: '2026-01-01', to: '2026-01-01' })
  expect(() => daysOf('2026-02-30', undefined, '2026-11-30')).toThrow(UsageError)
  expect(() => daysOf(undefined, 'today', '2026-11-30')).toThrow('expected YYYY-MM-DD')
  expect(() => daysOf('2026-12-01', undefined, '2026-11-30')).toThrow('is after')
})
