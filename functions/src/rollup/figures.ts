/** What rollups are made of: pure functions of plain values. docs/decisions/rollup.md says what follows from what. */
import {
  addShares,
  nameKeyOf,
  NO_DAY,
  NO_SHARE,
  SHARE_CHUNKS,
  shareOf,
  type CustomerMonth,
  type CustomerSummary,
  type DayFigures,
  type MonthShare,
  type Share,
} from '../contract/totals.ts'
import type { Customer, Figures, StatsShard } from '../contract/record.ts'
import type { Instant } from '../ledger/instant.ts'
import { addShard, bucketOf, FIGURES, type Sums } from '../reconcile/figures.ts'

export const monthOf = (date: string) => date.slice(0, 7)

/** What a day's shards add up to. */
export function figuresOf(shards: readonly Partial<Pick<StatsShard<unknown>, 'cells'>>[]): DayFigures {
  const sums: Sums = new Map()
  for (const shard of shards) addShard(sums, shard)
  const cells: Record<string, Figures> = {}
  const histogram: Record<string, number> = {}
  for (const [key, fields] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const figures = Object.fromEntries(FIGURES.map((field) => [field, fields.get(field) ?? 0])) as unknown as Figures
    if (FIGURES.some((field) => figures[field] !== 0)) cells[key] = figures
    if (!key.endsWith('~processed')) continue
    for (const [field, images] of fields) {
      const bucket = bucketOf(field)
      if (bucket !== null) histogram[bucket] = (histogram[bucket] ?? 0) + images
    }
  }
  return { cells, histogram: Object.fromEntries(Object.entries(histogram).filter(([, images]) => images !== 0)) }
}

export const isNothing = ({ cells, histogram }: DayFigures) =>
  Object.keys(cells).length === 0 && Object.keys(histogram).length === 0

type Days = CustomerMonth<Instant>['days']

/** Null where the month has nothing. */
export function monthShareOf(days: Days): MonthShare | null {
  const dates = Object.keys(days).sort()
  const share = dates.reduce<Share>((sum, date) => addShares(sum, shareOf(days[date] ?? NO_DAY)), NO_SHARE)
  const last = dates.findLast((date) => shareOf(days[date] ?? NO_DAY).some((figure) => figure !== 0))
  return last === undefined ? null : [...share, Number(last.slice(8))]
}

/** Where a customer stands in `shares/`: by FNV-1a, 32 bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function chunkOf(customerId: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(customerId)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash % SHARE_CHUNKS
}

/** Below 1 MiB, which a document takes. Bytes. */
const CHUNK_BYTES = 1_000_000

/**
 * A chunk's JSON with these customers' shares in place of those they had; nothing but zeros takes a customer out. Where it would not fit into a document
 * the customers with the fewest images are left out: to the page they are among the rest.
 */
export function chunkWith(json: string, changes: ReadonlyMap<string, Share>, limit = CHUNK_BYTES): string {
  const customers = new Map(Object.entries(JSON.parse(json) as Readonly<Record<string, Share>>))
  for (const [customerId, share] of changes) {
    if (share.some((figure) => figure !== 0)) customers.set(customerId, share)
    else customers.delete(customerId)
  }
  const text = jsonOf(customers)
  if (text.length <= limit) return text
  // Ids and figures are ASCII: a character is a byte.
  const byImages = [...customers].sort(([, a], [, b]) => b[0] - a[0])
  let left = limit - 2
  return jsonOf(new Map(byImages.filter((entry) => (left -= jsonOf(new Map([entry])).length - 1) >= 0)))
}

const jsonOf = (customers: ReadonlyMap<string, Share>) =>
  JSON.stringify(Object.fromEntries([...customers].sort(([a], [b]) => (a < b ? -1 : 1))))

export type Identity = Pick<CustomerSummary<Instant>, 'name' | 'nameKey' | 'kind' | 'erased'>

/** Of a customer without a document nothing is known but its id. */
export function identityOf(customerId: string, customer: Partial<Customer<Instant>> | null): Identity {
  const name = customer?.name ?? customerId
  return { name, nameKey: nameKeyOf(name), kind: customer?.kind ?? 'web', erased: customer?.erased ?? false }
}

/** A customer's line; null where it has nothing. */
export function summaryOf(
  customerId: string,
  { name, nameKey, kind, erased }: Identity,
  months: Readonly<Record<string, MonthShare>>,
  lastActivityAt: Instant,
): Omit<CustomerSummary<Instant>, 'updatedAt'> | null {
  const newest = Object.keys(months).sort().at(-1) ?? ''
  const ofNewest = months[newest]
  if (ofNewest === undefined) return null
  const [images, failed, bytesIn, bytesOut] = Object.values(months).reduce<Share>(
    (sum, [all, bad, into, out]) => addShares(sum, [all, bad, into, out]),
    NO_SHARE,
  )
  const lastDate = `${newest}-${String(ofNewest[4]).padStart(2, '0')}`
  return {
    customerId,
    name,
    nameKey,
    kind,
    erased,
    images,
    failed,
    bytesIn,
    bytesOut,
    lastDate,
    lastActivityAt,
    months,
  }
}
