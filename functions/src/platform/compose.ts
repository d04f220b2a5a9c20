/** Puts the parts together for processImage, redrive and reconcile, once for each process and only what is used. */
import { recorded } from '../api/runs.ts'
import { location } from '../config/deployment.ts'
import { parseSettings, PROCESS_TIMEOUT_SECONDS, type Settings } from '../config/settings.ts'
import { pauseSource, unlessPaused } from '../intake/pause.ts'
import { limitsSource } from '../intake/own-limits.ts'
import type { Intake } from '../intake/receive.ts'
import { profileSource } from '../intake/profile-source.ts'
import { receive } from '../intake/receive.ts'
import type { RedriveTask } from '../intake/redrive-task.ts'
import type { Via } from '../ledger/claim.ts'
import { Ledger } from '../ledger/ledger.ts'
import { fixReportingZone } from '../ledger/reporting-zone.ts'
import { processImage } from '../processing/process-image.ts'
import { PROFILES } from '../processing/profiles.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { cloudLog } from './cloud-log.ts'
import { CloudObjects } from './cloud-storage.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'
import { stopwatch } from './stopwatch.ts'

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())
const clock = () => performance.now()
const pause = once(() => pauseSource({ store: store(), settings: settings(), log: cloudLog, clock }))
const paused = async () => pause()()

/** Loaded with the first image that needs it: most processes never enqueue anything. */
export const redriveLazily = unlessPaused(paused, async (task: RedriveTask) => {
  const { redriveQueue } = await import('./task-queue.ts')
  // After its lease nobody waits for an attempt any more. Cloud Tasks takes no deadline below 15 s.
  const deadline = Math.max(15, Math.min(PROCESS_TIMEOUT_SECONDS, settings().leaseSeconds))
  return redriveQueue(location.value(), deadline)(task)
})

const intake = once(async (): Promise<Intake> => {
  const current = settings()
  await fixReportingZone(store(), current.reportingTimeZone)
  return {
    store: store(),
    ledger: new Ledger(store(), current),
    raw: new CloudObjects(current.rawBucket),
    processed: new CloudObjects(current.processedBucket),
    profileFor: profileSource(store(), PROFILES, clock),
    paused,
    ...limitsSource({ store: store(), settings: current, clock }),
    settings: current,
    log: cloudLog,
    process: processImage,
    redrive: redriveLazily,
    clock,
  }
})

export async function receiveObject(objectName: string, via: Via): Promise<void> {
  await receive(await intake(), objectName, via)
}

/** `seconds`: how long the run may take before it leaves the rest to the next. */
export async function reconcileNow(seconds: number): Promise<void> {
  const { isPast } = stopwatch()
  const work = () =>
    reconcile({
      store: store(),
      raw: new CloudObjects(settings().rawBucket),
      log: cloudLog,
      redrive: redriveLazily,
      paused,
      settleSeconds: settings().leaseSeconds,
      rawDays: settings().rawDays,
      // With the one more that a list asks for, what one call to Storage gives.
      pageSize: 999,
      lanes: 16,
      outOfTime: () => isPast(seconds),
    })
  await recorded({ store: store(), log: cloudLog }, 'reconcile', work, ({ overdue, missed, stuck }) => ({
    overdue,
    missed,
    stuck,
  }))
}
