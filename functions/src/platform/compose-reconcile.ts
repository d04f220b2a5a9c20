/** Puts the parts together for recount: a file of its own, since reconcile itself loads no client of BigQuery. */
import { setTimeout } from 'node:timers/promises'
import { parseSettings, type Settings } from '../config/settings.ts'
import { fixReportingZone } from '../ledger/reporting-zone.ts'
import { recount } from '../reconcile/recount.ts'
import { cloudLog } from './cloud-log.ts'
import { warehouseOf } from './compose-warehouse.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())
const warehouse = once(() => warehouseOf(settings()))

/** On a developer's machine nobody waits for an hour. */
const IS_LOCAL = process.env['FUNCTIONS_EMULATOR'] === 'true'
const TIMING = IS_LOCAL ? { quietSeconds: 5, latestSeconds: 60 } : { quietSeconds: 3600, latestSeconds: 86_400 }
/** The emulator commits within a moment; and what is looked at again would be recounted again, since it is quiet by then. */
const OVERLAP = IS_LOCAL ? { overlapSeconds: 2 } : {}

/** `seconds`: how long the run may take before it leaves the rest to the next. Throws where Firestore failed; what was written stays right. */
export async function recountNow(seconds: number): Promise<void> {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  const { reportingTimeZone: timeZone, recordDays } = settings()
  try {
    // Which days are sealed rests on it.
    await fixReportingZone(store(), timeZone)
    const { uniqueness: _, ...done } = await recount({
      store: store(),
      warehouse: warehouse(),
      log: cloudLog,
      timeZone,
      recordDays,
      timing: TIMING,
      ...OVERLAP,
      sleep: async (milliseconds) => setTimeout(milliseconds),
      outOfTime: () => elapsed() > seconds * 1000,
    })
    cloudLog.info('recount finished', { ...done, milliseconds: elapsed() })
  } catch (error) {
    cloudLog.error('recount failed', { milliseconds: elapsed(), error })
    throw error
  }
}
