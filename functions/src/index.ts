/**
 * The triggers, in the order in which an image flows through them. Each loads what it needs on its first event: module loading is
 * what a cold start costs, and what a burst costs most.
 */
import { createRequire } from 'node:module'
import { onObjectFinalized } from 'firebase-functions/v2/storage'
import { onSchedule } from 'firebase-functions/v2/scheduler'
import type * as Tasks from 'firebase-functions/v2/tasks'
import { accountOf, bridgeIsWanted, bridgeSecrets, location, rawBucket } from './config/deployment.ts'
import { PROCESS_TIMEOUT_SECONDS } from './config/settings.ts'
import type { RedriveTask } from './intake/redrive-task.ts'

/** How long one run takes records. Then it still finishes, commits and answers. */
const BRIDGE_SECONDS = process.env['FUNCTIONS_EMULATOR'] === 'true' ? 45 : 480

/** The one function that this process runs. Not set where all are read to be deployed. */
const target = process.env['FUNCTION_TARGET']
/**
 * Of the triggers' modules this one alone brings half of firebase-admin along, three quarters of the loading of all
 * (docs/decisions/startup.md): only the process that runs redrive loads it. Not by import(), since the emulator takes no module
 * that awaits at its top level.
 */
const tasks =
  target === undefined || target === 'redrive'
    ? (createRequire(import.meta.url)('firebase-functions/v2/tasks') as typeof Tasks)
    : null

/** Kafka to the raw bucket. There is none where no broker is set: it would need a secret that nobody has made. */
export const bridgeKafka = bridgeIsWanted()
  ? onSchedule(
      {
        schedule: 'every 1 minutes',
        region: location,
        serviceAccount: accountOf('bridgeKafka'),
        memory: '1GiB',
        cpu: 1,
        concurrency: 1,
        // A run that goes on while the next begins shares the partitions with it.
        maxInstances: 2,
        ingressSettings: 'ALLOW_INTERNAL_ONLY',
        retryCount: 0,
        timeoutSeconds: 540,
        secrets: bridgeSecrets(),
      },
      async () => {
        const { bridgeNow } = await import('./platform/compose-bridge.ts')
        await bridgeNow(BRIDGE_SECONDS)
      },
    )
  : undefined

/** A raw object has arrived: process it, write its results, count it. */
export const processImage = onObjectFinalized(
  {
    bucket: rawBucket,
    region: location,
    serviceAccount: accountOf('processImage'),
    retry: true,
    memory: '2GiB',
    cpu: 1,
    concurrency: 2,
    timeoutSeconds: PROCESS_TIMEOUT_SECONDS,
    maxInstances: 50,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
  },
  async (event) => {
    const { receiveObject } = await import('./platform/compose.ts')
    await receiveObject(event.data.name, 'event')
  },
)

/** The same code, one image to a process: what has killed a process, and what reconcile has found, comes this way. */
export const redrive = tasks?.onTaskDispatched<RedriveTask>(
  {
    region: location,
    serviceAccount: accountOf('redrive'),
    memory: '4GiB',
    cpu: 1,
    concurrency: 1,
    timeoutSeconds: PROCESS_TIMEOUT_SECONDS,
    maxInstances: 10,
    ingressSettings: 'ALLOW_INTERNAL_ONLY',
    retryConfig: { maxAttempts: 8, minBackoffSeconds: 5, maxBackoffSeconds: 400 },
    rateLimits: { maxConcurrentDispatches: 10 },
  },
  async (request) => {
    const { receiveObject } = await import('./platform/compose.ts')
    await receiveObject(request.data.rawName, 'redrive')
  },
)

/** One run at a time; the next one takes up what a run leaves, so that none is retried. */
const everyFiveMinutes = {
  schedule: 'every 5 minutes',
  region: location,
  memory: '512MiB',
  cpu: 1,
  concurrency: 1,
  maxInstances: 1,
  ingressSettings: 'ALLOW_INTERNAL_ONLY',
  retryCount: 0,
} as const

/** Firestore to BigQuery: rows are there within ten minutes. */
export const exportToBigQuery = onSchedule(
  // Two pages of 24 MiB are in memory, several times over while they are made and sent.
  { ...everyFiveMinutes, memory: '1GiB', serviceAccount: accountOf('exportToBigQuery'), timeoutSeconds: 540 },
  async () => {
    const { exportNow } = await import('./platform/compose-export.ts')
    await exportNow(540 - 60)
  },
)

/** Finds what events have missed and what died at work. */
export const reconcile = onSchedule(
  { ...everyFiveMinutes, serviceAccount: accountOf('reconcile'), timeoutSeconds: 300 },
  async () => {
    const { reconcileNow } = await import('./platform/compose.ts')
    await reconcileNow(300 - 60)
  },
)

/** Recounts what has changed and come to rest: the counters must say what the records add up to, and BigQuery have each key once. */
export const recount = onSchedule(
  {
    ...everyFiveMinutes,
    serviceAccount: accountOf('recount'),
    schedule: 'every 1 hours',
    memory: '1GiB',
    timeoutSeconds: 540,
  },
  async () => {
    const { recountNow } = await import('./platform/compose-reconcile.ts')
    await recountNow(540 - 60)
  },
)
