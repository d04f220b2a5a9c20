import { CUSTOMER_STATS, CUSTOMERS, IMAGES, REVISION, type Table } from './schema.ts'
import { countStatement, dateLiteral, mergeStatement, quoted } from './statements.ts'

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
})
