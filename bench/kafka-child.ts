/** One contestant of bench/kafka.ts in a process of its own. Prints one line of JSON: what it took, and its peak of memory. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { drain } from '../functions/src/bridge/run.ts'
import { lagOf } from '../functions/src/bridge/status.ts'
import { parseSettings } from '../functions/src/config/settings.ts'
import type * as KafkaJs from '../functions/node_modules/kafkajs/types/index.d.ts'
import { MemoryStore } from '../functions/src/ledger/testing/memory-store.ts'
import { Instant } from '../functions/src/ledger/instant.ts'
import { CloudObjects } from '../functions/src/platform/cloud-storage.ts'
import { KafkajsClient } from '../functions/src/platform/kafka.ts'
import { inParallel } from '../demo/parallel.ts'
import { ROOT } from '../stack/paths.ts'
import { benchRecord } from './kafka-records.ts'

const [what = '', bucket = '', count = '0', smallest = '0', largest = '0'] = process.argv.slice(2)
const settings = parseSettings(process.env)
const { kafka } = settings
const quiet = { info: () => {}, warn: console.error, error: console.error }

/** Milliseconds from the moment at which the first record could come. */
let milliseconds = 0

switch (what) {
  case 'bridge': {
    const client = new KafkajsClient(kafka)
    let joined = 0
    let micros = 0
    await drain(
      {
        deps: {
          kafka: client,
          raw: new CloudObjects(bucket),
          bucket: (name) => new CloudObjects(name),
          limits: { maxInputBytes: settings.maxInputBytes, datarefBuckets: [] },
          erased: async () => false,
          settings: kafka,
          log: { ...quiet, info: (message) => message === 'bridge has partitions' && (joined ||= performance.now()) },
          clock: () => performance.now(),
          sleep: async (ms, signal) => {
            // Looked at more often than in earnest, so that the end is seen when it comes.
            await setTimeout(ms === 500 ? 100 : ms, undefined, { signal }).catch(() => {})
          },
        },
        store: new MemoryStore({ now: () => Instant.ofMicros(++micros) }),
        log: quiet,
        member: 'bench',
        paused: async () => false,
        publishResults: async () => {
          milliseconds = performance.now() - joined
        },
      },
      { milliseconds: 3_600_000 },
    )
    const left = (await client.offsets(kafka.topic, kafka.group)).reduce((sum, one) => sum + lagOf(one), 0)
    if (left > 0) throw new Error(`the bridge left ${left} records`)
    break
  }
  case 'consume': {
    const { Kafka, logLevel } = createRequire(join(ROOT, 'functions', 'package.json'))('kafkajs') as typeof KafkaJs
    const bare = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
    const consumer = bare.consumer({ groupId: kafka.group, maxBytes: 16 * 2 ** 20, maxBytesPerPartition: 16 * 2 ** 20 })
    let seen = 0
    let joined = 0
    const all = Promise.withResolvers<void>()
    consumer.on(consumer.events.GROUP_JOIN, () => void (joined ||= performance.now()))
    await consumer.connect()
    await consumer.subscribe({ topics: [kafka.topic], fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        seen += batch.messages.length
        if (seen >= Number(count)) all.resolve()
      },
    })
    await all.promise
    milliseconds = performance.now() - joined
    await consumer.disconnect()
    break
  }
  case 'upload': {
    const { Storage } = createRequire(join(ROOT, 'functions', 'package.json'))('@google-cloud/storage') as {
      readonly Storage: new () => {
        bucket(name: string): { file(name: string): { save(bytes: Uint8Array, options: object): Promise<void> } }
      }
    }
    const target = new Storage().bucket(bucket)
    const indexes = Array.from({ length: Number(count) }, (_, index) => index)
    const started = performance.now()
    await inParallel(indexes, kafka.uploads, async (index) => {
      const bytes = benchRecord(index, Number(smallest), Number(largest))
      await target.file(`loop/${index}`).save(bytes, { resumable: false, contentType: 'image/jpeg' })
    })
    milliseconds = performance.now() - started
    break
  }
  default:
    throw new Error(`there is no contestant ${what}`)
}

const peak =
  process.platform === 'linux'
    ? Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
    : NaN
const { user, system } = process.cpuUsage()
process.stdout.write(`${JSON.stringify({ milliseconds, peakMiB: peak, cpuSeconds: (user + system) / 1e6 })}\n`)
process.exit()
