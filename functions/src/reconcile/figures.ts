/** What images add up to, as plain numbers, and in what two such sums differ. */
import { cellKey, durationBucket, type Contribution, type StatsShard } from '../contract/record.ts'
import type { CellCount } from '../export/warehouse.ts'

/** The sums of a cell that are everywhere: in the counters, and in both tables of BigQuery. */
export const FIGURES = ['images', 'reprocessed', 'bytesIn', 'bytesOut', 'pixels', 'milliseconds'] as const
const HISTOGRAM = 'histogram.'

/** A customer's day: `{source}~{format}~{outcome}` -> field -> sum. A field is one of {@link FIGURES} or `histogram.{bucket}`. */
export type Sums = Map<string, Map<string, number>>

function add(sums: Sums, cell: string, field: string, by: number): void {
  const fields = sums.get(cell) ?? new Map<string, number>()
  sums.set(cell, fields)
  fields.set(field, (fields.get(field) ?? 0) + by)
}

/** Adds one image, by the contribution that its record says it has made. */
export function addImage(sums: Sums, counted: Contribution): void {
  const cell = cellKey(counted)
  add(sums, cell, 'images', 1)
  for (const field of FIGURES) if (field !== 'images') add(sums, cell, field, counted[field])
  add(sums, cell, `${HISTOGRAM}${durationBucket(counted.milliseconds)}`, 1)
}

/** Adds a shard of counters. Takes one that is not whole: counters that are wrong are what recounts are for. */
export function addShard(sums: Sums, { cells }: Partial<Pick<StatsShard<unknown>, 'cells'>>): void {
  for (const [key, cell] of Object.entries(cells ?? {})) {
    for (const field of FIGURES) add(sums, key, field, numberOf(cell[field]))
    const histogram = Object.entries((cell as Partial<typeof cell>).histogram ?? {})
    for (const [bucket, images] of histogram) add(sums, key, `${HISTOGRAM}${bucket}`, numberOf(images))
  }
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0)

/** Adds a cell as BigQuery has it, which has no histogram here. */
export function addCell(sums: Sums, cell: CellCount): void {
  const key = `${cell.source}~${cell.format}~${cell.outcome}`
  for (const field of FIGURES) add(sums, key, field, cell[field])
}

export const imagesIn = (sums: Sums): number =>
  [...sums.values()].reduce((all, fields) => all + (fields.get('images') ?? 0), 0)

export interface Difference {
  readonly cell: string
  readonly field: string
  readonly expected: number
  readonly actual: number
}

/** In the order of cells and fields. What is not there is 0: a cell that fell to zero stays in the counters. */
export function differences(expected: Sums, actual: Sums, { histogram = true } = {}): readonly Difference[] {
  const found: Difference[] = []
  for (const cell of [...new Set([...expected.keys(), ...actual.keys()])].sort()) {
    const [should, is] = [expected.get(cell), actual.get(cell)]
    for (const field of new Set([...(should?.keys() ?? []), ...(is?.keys() ?? [])])) {
      if (!histogram && field.startsWith(HISTOGRAM)) continue
      const difference = { cell, field, expected: should?.get(field) ?? 0, actual: is?.get(field) ?? 0 }
      if (difference.expected !== difference.actual) found.push(difference)
    }
  }
  return found
}

/** The bucket of a histogram's field; null for every other field. */
export const bucketOf = (field: string): string | null =>
  field.startsWith(HISTOGRAM) ? field.slice(HISTOGRAM.length) : null

/** As a document holds them. */
export type PlainSums = { readonly [cell: string]: { readonly [field: string]: number } }

export const plainOf = (sums: Sums): PlainSums =>
  Object.fromEntries([...sums].map(([cell, fields]) => [cell, Object.fromEntries(fields)]))

export const sumsOf = (plain: PlainSums): Sums =>
  new Map(Object.entries(plain).map(([cell, fields]) => [cell, new Map(Object.entries(fields))]))
