/** Puts the parts together for the admin's callables: each loads what its own body needs, and only once it is called. */
import { randomBytes } from 'node:crypto'
import type { AdminCall, AdminCalls } from '../contract/admin.ts'
import { answer, type Body } from '../api/callable.ts'
import type { Caller } from '../api/refused.ts'
import { assertConnectable } from '../config/kafka-settings.ts'
import { parseSettings, type Settings } from '../config/settings.ts'
import { cloudLog } from './cloud-log.ts'
import { FirestoreStore } from './firestore-store.ts'
import { once } from './once.ts'
import { stopwatch } from './stopwatch.ts'

const settings = once((): Settings => parseSettings(process.env))
const store = once(() => new FirestoreStore())

/** `seconds`: as of {@link answerAdmin}. */
type TimedBody<Name extends AdminCall> = (
  ...args: [...Parameters<Body<Name>>, seconds: number]
) => ReturnType<Body<Name>>

const BODIES: { readonly [Name in AdminCall]: TimedBody<Name> } = {
  async adminSettings(request, context) {
    const [{ changeSettings }, { PROFILES }] = await Promise.all([
      import('../api/admin-settings.ts'),
      import('../processing/profiles.ts'),
    ])
    return changeSettings({ store: store(), profiles: PROFILES }, request, context)
  },

  async adminReplay(request, context) {
    const [{ adminReplay }, { Ledger }, { CloudObjects }, { redriveLazily: redrive }] = await Promise.all([
      import('../api/admin-replay.ts'),
      import('../ledger/ledger.ts'),
      import('./cloud-storage.ts'),
      import('./compose.ts'),
    ])
    const raw = new CloudObjects(settings().rawBucket)
    return adminReplay({ store: store(), raw, ledger: new Ledger(store(), settings()), redrive }, request, context)
  },

  async adminLetters(request, context) {
    const { adminLetters } = await import('../api/admin-letters.ts')
    const { kafka, reportingTimeZone, recordDays } = settings()
    if (kafka.brokers.length === 0) return adminLetters(null, request, context)
    assertConnectable(kafka)
    const { KafkajsClient } = await import('./kafka.ts')
    const { topic, group } = kafka
    const deps = { kafka: new KafkajsClient(kafka), store: store(), topic, group, reportingTimeZone, recordDays }
    return adminLetters(deps, request, context)
  },

  async adminExport(_request, context, seconds) {
    const [{ adminExport }, { exportOnce }] = await Promise.all([
      import('../api/admin-export.ts'),
      import('./compose-export.ts'),
    ])
    return adminExport((options) => exportOnce(seconds, options), context)
  },

  async adminHealth(request, context) {
    const [{ adminHealth }, { bucketTimes }, { countingParts }] = await Promise.all([
      import('../api/admin-health.ts'),
      import('./cloud-storage.ts'),
      import('./compose-reconcile.ts'),
    ])
    const emulated = process.env['FUNCTIONS_EMULATOR'] === 'true'
    const deps = { ...countingParts(), settings: settings(), bucketTimes, emulated, now: () => new Date() }
    return adminHealth(deps, request, context)
  },
}

/** `seconds`: how long it may take before it leaves the rest to a call of its own. Rejects with a {@link Refused} and nothing else. */
export function answerAdmin<Name extends AdminCall>(
  name: Name,
  seconds: number,
  caller: Caller | null,
  data: unknown,
): Promise<AdminCalls[Name][1]> {
  const { isPast } = stopwatch()
  const deps = {
    store: store(),
    log: cloudLog,
    now: () => new Date(),
    random: () => randomBytes(4).toString('hex'),
    outOfTime: () => isPast(seconds),
  }
  return answer(deps, name, (request, context) => BODIES[name](request, context, seconds), caller, data)
}
