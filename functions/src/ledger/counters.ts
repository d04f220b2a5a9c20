import {
  addFigures,
  cellKey,
  durationBucket,
  NO_FIGURES,
  type Cell,
  type Contribution,
  type StatsShard,
} from '../contract/record.ts'
import { increment, SERVER_TIME, type Document, type Increment, type WriteData } from './document-store.ts'
import type { Instant } from './instant.ts'

/** What moves from one contribution to another: the same fields as a cell, as increments. */
type CellChange = Record<string, Increment | Record<string, Increment>>

/**
 * The merge that replaces `before` by `after` in a customer's counters of one day. Either may be null: before the first commit,
 * or where a contribution is taken back. Cells that both touch are changed once, by the difference.
 */
export function counterChange(
  cell: { readonly customerId: string; readonly date: string; readonly exportShard: number },
  before: Contribution | null,
  after: Contribution | null,
): WriteData {
  const cells = new Map<string, Map<string, number>>()
  const add = (contribution: Contribution | null, sign: 1 | -1) => {
    if (contribution === null) return
    const key = cellKey(contribution)
    const fields = cells.get(key) ?? new Map<string, number>()
    cells.set(key, fields)
    const sum = (field: string, by: number) => fields.set(field, (fields.get(field) ?? 0) + sign * by)
    sum('images', 1)
    sum('reprocessed', contribution.reprocessed)
    sum('bytesIn', contribution.bytesIn)
    sum('bytesOut', contribution.bytesOut)
    sum('pixels', contribution.pixels)
    sum('milliseconds', contribution.milliseconds)
    sum(`histogram.${durationBucket(contribution.milliseconds)}`, 1)
  }
  add(before, -1)
  add(after, 1)
  const changes: Record<string, CellChange> = {}
  for (const [key, fields] of cells) {
    const histogram: Record<string, Increment> = {}
    const change: CellChange = { histogram }
    for (const [field, by] of fields) {
      if (field.startsWith('histogram.')) histogram[field.slice('histogram.'.length)] = increment(by)
      else change[field] = increment(by)
    }
    changes[key] = change
  }
  return { ...cell, cells: changes, updatedAt: SERVER_TIME }
}

const EMPTY: Cell = { ...NO_FIGURES, histogram: {} }

/** Adds up the shards of one customer and day. Cells that fell to zero stay, as zeros. */
export function sumShards(shards: readonly Pick<StatsShard<Instant>, 'cells'>[]): Map<string, Cell> {
  const sums = new Map<string, Cell>()
  for (const shard of shards) {
    for (const [key, cell] of Object.entries(shard.cells)) {
      const sum = sums.get(key) ?? EMPTY
      const histogram = { ...sum.histogram }
      for (const [bucket, count] of Object.entries(cell.histogram)) histogram[bucket] = (histogram[bucket] ?? 0) + count
      sums.set(key, { ...addFigures(sum, cell), histogram })
    }
  }
  return sums
}

/** The shards of a customer's day, as the store gives them. */
export const asStatsShard = (document: Document) => document.data as unknown as StatsShard<Instant>
