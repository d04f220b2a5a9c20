import { CUSTOMER_STATS, CUSTOMERS, EXPORT_STATUS, IMAGES, REVISION, type Table } from './schema.ts'
import {
  cellsStatement,
  countStatement,
  dateLiteral,
  eraseStatement,
  imagesByDateStatement,
  imageStatement,
  mergeStatement,
  quoted,
  viewStatement,
} from './statements.ts'

const merge = (table: Table, dates: readonly string[]) =>
  mergeStatement({ table, staging: 's1', dates }, `p.darkroom.${table.name}`, 'p.darkroom_staging.s1')

const exported = [IMAGES, CUSTOMER_STATS, CUSTOMERS].map((table) => [table.name, table] as const)

it('is one statement with literal dates on the target, the whole key and the revision', () => {
  expect(merge(CUSTOMER_STATS, ['2026-11-22', '2026-11-23'])).toBe(
    [
      'MERGE INTO `p.darkroom.customer_stats` AS target',
      'USING (SELECT `customer_id`, `date`, `source`, `format`, `outcome`, `images`, `reprocessed`, `bytes_in`, `bytes_out`, `pixels`, `milliseconds`, `histogram`, `revision` FROM `p.darkroom_staging.s1`) AS source',
      "ON target.`date` IN (DATE '2026-11-22', DATE '2026-11-23')",
      '  AND target.`date` = source.`date`',
      '  AND target.`customer_id` = source.`customer_id`',
      '  AND target.`source` = source.`source`',
      '  AND target.`format` = source.`format`',
      '  AND target.`outcome` = source.`outcome`',
      'WHEN MATCHED AND source.`revision` > target.`revision` THEN',
      '  UPDATE SET `images` = source.`images`, `reprocessed` = source.`reprocessed`, `bytes_in` = source.`bytes_in`, `bytes_out` = source.`bytes_out`, `pixels` = source.`pixels`, `milliseconds` = source.`milliseconds`, `histogram` = source.`histogram`, `revision` = source.`revision`',
      'WHEN NOT MATCHED THEN',
      '  INSERT (`customer_id`, `date`, `source`, `format`, `outcome`, `images`, `reprocessed`, `bytes_in`, `bytes_out`, `pixels`, `milliseconds`, `histogram`, `revision`)',
      '  VALUES (source.`customer_id`, source.`date`, source.`source`, source.`format`, source.`outcome`, source.`images`, source.`reprocessed`, source.`bytes_in`, source.`bytes_out`, source.`pixels`, source.`milliseconds`, source.`histogram`, source.`revision`)',
    ].join('\n'),
  )
})

it.each(exported)('inserts every column of %s and updates all but its key', (_, table) => {
  const text = merge(table, ['2026-11-23'])
  for (const { name } of table.columns) {
    expect(text).toMatch(new RegExp(`INSERT \\(.*\`${name}\``))
    expect(text).toMatch(new RegExp(`VALUES \\(.*source\\.\`${name}\``))
    const set = new RegExp(`SET .*\`${name}\` = source`)
    if (table.key.includes(name)) expect(text).not.toMatch(set)
    else expect(text).toMatch(set)
  }
  expect(text).toContain(`MATCHED AND source.\`${REVISION}\` > target.\`${REVISION}\``)
})

it('names no date where a table has no partitions, and insists on one where it has', () => {
  expect(merge(CUSTOMERS, [])).not.toContain("DATE '")
  expect(() => merge(IMAGES, [])).toThrow('names no date')
})

it('takes nothing into a statement that is not a name or a date', () => {
  expect(() => quoted('a`b')).toThrow(RangeError)
  expect(() => quoted('')).toThrow(RangeError)
  expect(() => dateLiteral("2026-11-23'")).toThrow(RangeError)
  expect(quoted('my-project.set.table')).toBe('`my-project.set.table`')
})

it('counts keys with a filter that lets every partition through', () => {
  expect(countStatement(IMAGES, 'p.d.images')).toContain("WHERE `date` >= DATE '0001-01-01'")
  expect(countStatement(CUSTOMERS, 'p.d.customers')).not.toContain('WHERE')
  expect(countStatement(IMAGES, 'p.d.images', ['2026-11-22', '2026-11-23'])).toContain(
    "WHERE `date` IN (DATE '2026-11-22', DATE '2026-11-23')",
  )
  for (const [table, dates] of [
    [IMAGES, []],
    [CUSTOMERS, ['2026-11-22']],
  ] as const) {
    expect(() => countStatement(table, 'p.d.t', dates)).toThrow(RangeError)
  }
})

it('erases by a parameter, with a filter that lets every partition through', () => {
  expect(eraseStatement(IMAGES, 'p.d.images')).toBe(
    "DELETE FROM `p.d.images` WHERE `date` >= DATE '0001-01-01' AND `customer_id` = @customer",
  )
  expect(eraseStatement(CUSTOMERS, 'p.d.customers')).toBe('DELETE FROM `p.d.customers` WHERE `customer_id` = @customer')
  expect(() => eraseStatement(EXPORT_STATUS, 'p.d.export_status')).toThrow('export_status has no column customer_id')
})

it('counts cells of literal days, of one customer by a parameter', () => {
  const days = { from: '2026-11-01', to: '2026-11-30' }
  expect(cellsStatement('images', 'p.d.images', days, true)).toBe(
    [
      'SELECT `date`, `customer_id`, `source`, `format`, `outcome`, COUNT(*) AS `images`, SUM(`reprocessed`) AS `reprocessed`, SUM(`bytes_in`) AS `bytes_in`, SUM(`bytes_out`) AS `bytes_out`, SUM(`pixels`) AS `pixels`, SUM(`milliseconds`) AS `milliseconds`',
      'FROM `p.d.images`',
      "WHERE `date` BETWEEN DATE '2026-11-01' AND DATE '2026-11-30' AND `customer_id` = @customer",
      'GROUP BY `date`, `customer_id`, `source`, `format`, `outcome`',
      'ORDER BY `date`, `customer_id`, `source`, `format`, `outcome`',
    ].join('\n'),
  )
  const stats = cellsStatement('customer_stats', 'p.d.customer_stats', days, false)
  expect(stats).toContain("WHERE `date` BETWEEN DATE '2026-11-01' AND DATE '2026-11-30' AND (`images` != 0 OR")
  expect(stats).not.toContain('@customer')
  expect(() => cellsStatement('images', 'p.d.images', { ...days, to: "' OR TRUE" }, false)).toThrow('not a date')
})

it('looks for an image in the partition of its day', () => {
  expect(imageStatement('p.d.images', '2026-11-01')).toBe(
    "SELECT * FROM `p.d.images` WHERE `date` = DATE '2026-11-01' AND `customer_id` = @customer AND `image_id` = @image",
  )
})

it('counts images by day, of the partitions that are named', () => {
  expect(imagesByDateStatement('p.d.images', ['2026-11-01', '2026-11-02'])).toBe(
    "SELECT `date`, COUNT(*) AS row_count FROM `p.d.images` WHERE `date` IN (DATE '2026-11-01', DATE '2026-11-02') GROUP BY `date`",
  )
  expect(() => imagesByDateStatement('p.d.images', [])).toThrow(RangeError)
  expect(() => imagesByDateStatement('p.d.images', ["2026-11-01' OR TRUE"])).toThrow(RangeError)
})

it('reads some days of a view, or all of one that has no date', () => {
  const view = { name: 'v', description: '', columns: [{ name: 'date', description: '' }], sql: () => '' }
  const days = { from: '2026-11-01', to: '2026-11-30' }
  expect(viewStatement(view, 'p.d.v', days)).toBe(
    "SELECT * FROM `p.d.v` WHERE `date` BETWEEN DATE '2026-11-01' AND DATE '2026-11-30'",
  )
  expect(viewStatement({ ...view, columns: [] }, 'p.d.v', days)).toBe('SELECT * FROM `p.d.v`')
})
