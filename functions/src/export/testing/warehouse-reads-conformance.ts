import type { Row } from '../rows.ts'
import { CUSTOMER_STATS, IMAGES } from '../schema.ts'
import { compareCells } from '../cells.ts'
import type { CellCount } from '../warehouse.ts'
import { merged, type WarehouseHarness } from './warehouse-fixtures.ts'

const imageOf = (imageId: string, customerId: string, more: Row = {}): Row => ({
  ...Object.fromEntries(IMAGES.columns.map(({ name }) => [name, null])),
  customer_id: customerId,
  image_id: imageId,
  date: '2026-11-23',
  source: 'web',
  format: 'jpeg',
  outcome: 'processed',
  reprocessed: 0,
  bytes_in: 5,
  bytes_out: 3,
  pixels: 7,
  milliseconds: 11,
  revision: 1,
  ...more,
})

const cellOf = (date: string, customerId: string, more: Partial<CellCount> = {}): CellCount => ({
  date,
  customerId,
  source: 'web',
  format: 'jpeg',
  outcome: 'processed',
  images: 1,
  reprocessed: 0,
  bytesIn: 5,
  bytesOut: 3,
  pixels: 7,
  milliseconds: 11,
  ...more,
})

const statsOf = (cell: CellCount): Row => ({
  customer_id: cell.customerId,
  date: cell.date,
  source: cell.source,
  format: cell.format,
  outcome: cell.outcome,
  images: cell.images,
  reprocessed: cell.reprocessed,
  bytes_in: cell.bytesIn,
  bytes_out: cell.bytesOut,
  pixels: cell.pixels,
  milliseconds: cell.milliseconds,
  histogram: [],
  revision: 1,
})

const DAYS = { from: '2026-11-01', to: '2026-11-30' }

async function collected(cells: AsyncIterable<CellCount>): Promise<readonly CellCount[]> {
  const all: CellCount[] = []
  for await (const cell of cells) all.push(cell)
  return all
}

/** The part of the conformance suite that reads what verify and explain compare. */
export function describeReads(make: () => Promise<WarehouseHarness>): void {
  it('adds images up to cells, in order', async () => {
    const { warehouse } = await make()
    await warehouse.ensure([IMAGES])
    const images = [
      imageOf('1', 'c1'),
      imageOf('2', 'c1', { reprocessed: 2, bytes_in: 9_000_000_000_000_000, pixels: null }),
      imageOf('3', 'c1', { format: 'png', outcome: 'corrupt', bytes_out: 0 }),
      imageOf('4', 'B', { source: 'kafka' }),
      imageOf('5', 'a_', { date: '2026-11-01' }),
      imageOf('6', 'a-', { date: '2026-11-01' }),
      imageOf('7', 'c1', { date: '2026-10-31' }),
      imageOf('8', 'c1', { date: '2026-12-01' }),
    ]
    await merged(warehouse, IMAGES, images)
    const expected = [
      cellOf('2026-11-01', 'a-'),
      cellOf('2026-11-01', 'a_'),
      cellOf('2026-11-23', 'B', { source: 'kafka' }),
      cellOf('2026-11-23', 'c1', {
        images: 2,
        reprocessed: 2,
        bytesIn: 9_000_000_000_000_005,
        bytesOut: 6,
        milliseconds: 22,
      }),
      cellOf('2026-11-23', 'c1', { format: 'png', outcome: 'corrupt', bytesOut: 0 }),
    ]
    expect(await warehouse.imagesByDate(['2026-11-01', '2026-11-23', '2026-11-30'])).toEqual(
      new Map([
        ['2026-11-01', 2],
        ['2026-11-23', 4],
      ]),
    )
    expect(await collected(warehouse.cells('images', DAYS))).toEqual(expected)
    expect(await collected(warehouse.cells('images', DAYS, 'c1'))).toEqual(expected.slice(3))
    expect(await collected(warehouse.cells('images', { from: '2026-10-31', to: '2026-10-31' }))).toEqual([
      cellOf('2026-10-31', 'c1'),
    ])
    expect(await collected(warehouse.cells('images', { from: '2027-01-01', to: '2027-12-31' }))).toEqual([])
  })

  it('gives counters as they stand, wrong ones too, but for those that are 0', async () => {
    const { warehouse } = await make()
    await warehouse.ensure([CUSTOMER_STATS])
    const none = { images: 0, reprocessed: 0, bytesIn: 0, bytesOut: 0, pixels: 0, milliseconds: 0 }
    const cells = [
      cellOf('2026-11-01', 'z'),
      cellOf('2026-11-23', 'c1', { source: 'kafka', bytesIn: Number.MAX_SAFE_INTEGER }),
      cellOf('2026-11-23', 'c1', { format: 'avif', images: -1 }),
      cellOf('2026-11-23', 'c1', { format: 'png', ...none, pixels: 1 }),
      cellOf('2026-11-23', 'c2'),
    ]
    const zero = cellOf('2026-11-23', 'c1', { format: 'gif', ...none })
    await merged(warehouse, CUSTOMER_STATS, [...cells, zero].map(statsOf).toReversed())
    expect(await collected(warehouse.cells('customer_stats', DAYS))).toEqual(cells)
    expect(await collected(warehouse.cells('customer_stats', DAYS, 'c2'))).toEqual(cells.slice(4))
  })

  it('gives more cells than a page has, in the order that is promised', async () => {
    const { warehouse } = await make()
    await warehouse.ensure([CUSTOMER_STATS])
    const cells = Array.from({ length: 10_500 }, (_, i) => cellOf('2026-11-23', `c${i}`))
    await merged(warehouse, CUSTOMER_STATS, cells.map(statsOf))
    const found = await collected(warehouse.cells('customer_stats', DAYS))
    expect(found).toEqual(cells.sort(compareCells))
  })

  it('says so where a figure is too large to be a number', async () => {
    const { warehouse } = await make()
    await warehouse.ensure([IMAGES])
    const huge = ['1', '2'].map((id) => imageOf(id, 'c1', { bytes_in: Number.MAX_SAFE_INTEGER }))
    await merged(warehouse, IMAGES, huge)
    await expect(collected(warehouse.cells('images', DAYS))).rejects.toThrow(RangeError)
  })

  it("finds an image's row, as it was written", async () => {
    const { warehouse } = await make()
    await warehouse.ensure([IMAGES])
    const image = imageOf('1', 'c1', {
      alpha: false,
      file_name: 'größe "1".jpg',
      received_at: '2026-11-23T12:00:00.123456Z',
      processed_at: '2026-11-23T12:00:01.000000Z',
    })
    await merged(warehouse, IMAGES, [image, imageOf('1', 'c2'), imageOf('2', 'c1')])
    expect(await warehouse.imageRow('2026-11-23', 'c1', '1')).toEqual(image)
    expect(await warehouse.imageRow('2026-11-23', 'c1', '3')).toBeNull()
    expect(await warehouse.imageRow('2026-11-22', 'c1', '1')).toBeNull()
    expect(await warehouse.imageRow('2026-11-23', "' OR TRUE --", '1')).toBeNull()
  })
}
