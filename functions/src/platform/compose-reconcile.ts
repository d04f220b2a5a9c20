/** Puts the parts together for recount: a file of its own, since reconcile itself loads no client of BigQuery. */
import { setTimeout } from 'node:timers/promises'
import { recorded } from '../api/runs.ts'
import { parseSettings, type Settings } from '../config/settings.ts'
import { fixReportingZone } from '../ledger/reporting-zone.ts'
import { countDays, daysToCount, type Counted } from '../reconcile/counts.ts'
import { recount, type Recounted } from '../reconcile/recount.ts'
import { cloudLog } from './cloud-log.ts'
import { warehouseOf } from './compose-warehouse.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'
import { stopwatch } from './stopwatch.ts'

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())
const warehouse = once(() => warehouseOf(settings()))

/** On a developer's machine nobody waits for an hour. */
const IS_LOCAL = process.env['FUNCTIONS_EMULATOR'] === 'true'
const TIMING = IS_LOCAL ? { quietSeconds: 5, latestSeconds: 60 } : { quietSeconds: 3600, latestSeconds: 86_400 }
/** The emulator commits within a moment; and what is looked at again would be recounted again, since it is quiet by then. */
const OVERLAP = IS_LOCAL ? { overlapSeconds: 2 } : {}

/** Of a run's time, what recounting takes at most: the rest is for counting days. */
const RECOUNTING = 0.8

/** What counting days takes, but for when it ends. */
export const countingParts = () => ({
  store: store(),
  warehouse: warehouse(),
  log: cloudLog,
  timeZone: settings().reportingTimeZone,
  recordDays: settings().recordDays,
  sleep: async (milliseconds: number) => setTimeout(milliseconds),
})

/** `seconds`: how long the run may take before it leaves the rest to the next. Throws where Firestore failed; what was written stays right. */
export async function recountNow(seconds: number): Promise<void> {
  const { milliseconds, isPast } = stopwatch()
  const parts = countingParts()
  const work = async () => {
    // Which days are sealed rests on it.
    await fixReportingZone(parts.store, parts.timeZone)
    const outOfTime = () => isPast(seconds * RECOUNTING)
    const { touched, ...done } = await recount({ ...parts, timing: TIMING, ...OVERLAP, outOfTime })
    const dates = await daysToCount(parts, touched)
    return { done, counted: await countDays({ ...parts, outOfTime: () => isPast(seconds) }, dates) }
  }
  try {
    const { done, counted } = await recorded({ store: parts.store, log: cloudLog }, 'recount', work, countsOf)
    const { uniqueness: _, ...rest } = done
    cloudLog.info('recount finished', { ...rest, counted: counted.days, milliseconds: milliseconds() })
  } catch (error) {
    cloudLog.error('recount failed', { milliseconds: milliseconds(), error })
    throw error
  }
}

const countsOf = ({ done, counted }: { readonly done: Omit<Recounted, 'touched'>; readonly counted: Counted }) => ({
  'days recounted': done.days,
  repaired: done.repaired,
  left: done.left,
  'days counted': counted.days,
  'days that differ': counted.differing,
})
