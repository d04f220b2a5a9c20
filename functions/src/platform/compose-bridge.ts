/** Puts the parts together for the bridge, function or worker: a file of its own, since no other function loads Kafka's client. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { hiding } from '../api/audit.ts'
import { recorded } from '../api/runs.ts'
import { drain, type BridgeRun, type Drained } from '../bridge/run.ts'
import { Results } from '../bridge/results.ts'
import { assertConnectable } from '../config/kafka-settings.ts'
import { parseSettings, type Settings } from '../config/settings.ts'
import { pauseSource } from '../intake/pause.ts'
import { erasedLately } from '../ledger/erasure.ts'
import { cloudLog } from './cloud-log.ts'
import { CloudObjects } from './cloud-storage.ts'
import { FirestoreStore } from './firestore-store.ts'
import { KafkajsClient } from './kafka.ts'
import { once } from './once.ts'
import { stopwatch } from './stopwatch.ts'

const settings = once((): Settings => {
  const parsed = parseSettings(process.env)
  assertConnectable(parsed.kafka)
  return parsed
})
const client = once(() => new KafkajsClient(settings().kafka))
const store = once(() => new FirestoreStore())
/** The bridge tries again itself, for as long as it takes, and says so: what the client tried in silence nobody would see. */
const STORAGE = { retryOptions: { autoRetry: false } }
/** Of this process: it tells its runs from those of others. */
const member = `${hostname().replaceAll(/[^\w-]/g, '-')}-${randomBytes(4).toString('hex')}`
const results = once(
  () =>
    new Results({
      store: store(),
      kafka: client(),
      topic: settings().kafka.topic,
      processedBucket: settings().processedBucket,
      holder: member,
    }),
)

/** Throws a SettingsError that lists every mistake. */
export const bridgeRun = once((): BridgeRun => {
  const { kafka, rawBucket, maxInputBytes } = settings()
  return {
    deps: {
      kafka: client(),
      raw: new CloudObjects(rawBucket, STORAGE),
      bucket: (name) => new CloudObjects(name, STORAGE),
      limits: { maxInputBytes, datarefBuckets: kafka.datarefBuckets },
      erased: erasedLately(store(), () => performance.now()),
      settings: kafka,
      log: cloudLog,
      clock: () => performance.now(),
      sleep: async (milliseconds, signal) => {
        // Called off, it is over all the same.
        await setTimeout(milliseconds, undefined, { signal }).catch(() => {})
      },
    },
    store: store(),
    log: cloudLog,
    member,
    paused: pauseSource({ store: store(), settings: settings(), log: cloudLog, clock: () => performance.now() }),
    publishResults: async (signal) => {
      if (kafka.results) await results().publish(signal)
    },
  }
})

/** `seconds`: how long the run may take records before it leaves the rest to the next. Throws where Kafka can't be used, after it has said so. */
export async function bridgeNow(seconds: number): Promise<void> {
  const { run, password } = settings().kafka
  const watch = stopwatch()
  // Where a worker does it this run is none, but it did run.
  const work = async () => (run === 'worker' ? null : drain(bridgeRun(), { milliseconds: seconds * 1000 }))
  try {
    const parts = { store: store(), log: cloudLog, hide: hiding([password]) }
    const drained = await recorded(parts, 'bridgeKafka', work, (done) => (done === null ? {} : countsOf(done)))
    if (drained !== null) {
      cloudLog.info('bridge finished', {
        outcome: drained.outcome,
        ...drained.counts,
        milliseconds: watch.milliseconds(),
      })
    }
  } catch (error) {
    cloudLog.error('bridge failed', { milliseconds: watch.milliseconds(), error })
    throw error
  }
}

const countsOf = ({ counts: { landed, deadLetters, dropped } }: Drained) => ({
  landed,
  'dead letters': deadLetters,
  dropped,
})

export const healthPort = () => settings().kafka.healthPort
