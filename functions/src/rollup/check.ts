/** Whether the rollups of a day are what they should be. */
import { addDay, NO_DAY, totalsPath, type DayTotals } from '../contract/totals.ts'
import { SERVER_TIME, type WriteData } from '../ledger/document-store.ts'
import type { Instant } from '../ledger/instant.ts'
import type { Day } from '../reconcile/day.ts'
import { inTurn, isSame, type Turn } from './apply.ts'
import { isNothing } from './figures.ts'
import { readPageOfDay, readRolledUp } from './read.ts'

export interface Checked {
  /** Those whose day is not what their counters say: it has to be rolled up again. */
  readonly customers: readonly Day[]
  /** The totals were not what all customers' days add up to. They are now. */
  readonly totals: boolean
}

/**
 * Holds a day's counters, customers' days and totals against each other, all as of one moment. The latter two change together, and have to agree at any; of
 * counters that have changed after `before` nothing is said. Memory: the day's figures of every customer.
 */
export async function check(turn: Turn, date: string, before: Instant, limit: number): Promise<Checked> {
  const seen = await turn.store.snapshot(async (reader) => {
    const rolledUp = await readRolledUp(reader, date)
    const totals = (await reader.get(totalsPath(date))) as unknown as DayTotals<Instant> | null
    const expected = [...rolledUp.values()].reduce((sum, day) => addDay(sum, day), NO_DAY)
    const customers: Day[] = []
    for (let after: string | null = null; ;) {
      const page = await readPageOfDay(reader, date, after, limit)
      for (const { customerId, figures, changedAt } of page.readings) {
        const isSettled = changedAt === null || before.isAfter(changedAt)
        if (isSettled && !isSame(rolledUp.get(customerId) ?? NO_DAY, figures)) customers.push({ customerId, date })
        rolledUp.delete(customerId)
      }
      if ((after = page.after) === null) break
    }
    for (const customerId of rolledUp.keys()) customers.push({ customerId, date })
    return { customers, expected, isWrong: !isSame(totals ?? NO_DAY, expected) }
  })
  // Nobody else has written since: it would have been their turn.
  if (seen.isWrong) {
    await inTurn(turn, async (transaction) => {
      const totals = { date, ...seen.expected, updatedAt: SERVER_TIME } as unknown as WriteData
      if (isNothing(seen.expected)) transaction.delete(totalsPath(date))
      else transaction.set(totalsPath(date), totals)
    })
  }
  return { customers: seen.customers, totals: seen.isWrong }
}
